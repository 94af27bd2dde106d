import { Clipboard } from '@angular/cdk/clipboard';
import { inject, Service } from '@angular/core';
import { Texts } from '../texts/texts';
import { Toasts } from './toasts';

/** A note that people can send to their administrator if their organisation forbids Drive apps. */
@Service()
export class AdministratorNote {
  private readonly clipboard = inject(Clipboard);
  private readonly toasts = inject(Toasts);
  private readonly texts = inject(Texts).problems;

  /** Copies the note and confirms it. If the browser forbids copying, shows the note instead. */
  copy(account?: string): void {
    const { noteForAdministrator, noteCopied, noteNotCopied } = this.texts();
    const note = noteForAdministrator(account, location.origin);
    if (this.clipboard.copy(note)) this.toasts.say(noteCopied);
    else this.toasts.keep(`${noteNotCopied} ${note}`);
  }
}
