import { Clipboard } from '@angular/cdk/clipboard';
import { inject, Service } from '@angular/core';
import { Texts } from '../texts/texts';
import { Toasts } from './toasts';

/** What a person whose organisation forbids Drive apps sends to its administrator. */
@Service()
export class AdministratorNote {
  private readonly clipboard = inject(Clipboard);
  private readonly toasts = inject(Toasts);
  private readonly texts = inject(Texts).problems;

  /** Copies the note and confirms it; where the browser forbids copying, shows the note itself. */
  copy(account?: string): void {
    const { noteForAdministrator, noteCopied, noteNotCopied } = this.texts();
    const note = noteForAdministrator(account, location.origin);
    if (this.clipboard.copy(note)) this.toasts.say(noteCopied);
    else this.toasts.keep(`${noteNotCopied} ${note}`);
  }
}
