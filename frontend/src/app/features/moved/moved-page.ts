import { Clipboard } from '@angular/cdk/clipboard';
import { Component, computed, effect, inject, input, signal } from '@angular/core';
import { form, FormField } from '@angular/forms/signals';
import { MatButton } from '@angular/material/button';
import { Connection } from '../../core/connection';
import { PageTitles } from '../../core/page-titles';
import { ProblemNote } from '../../core/problem-note';
import { SessionStore } from '../../core/sessions';
import { Submission } from '../../core/submission';
import { Toasts } from '../../core/toasts';
import { Texts } from '../../texts/texts';
import { Note } from '../../ui/note';
import { ConnectFirst } from './connect-first';
import { CopySearch } from './copy-search';
import { MovedLink } from './moved-link';
import { movedTexts } from './moved-texts';
import { idsIn, PastedText, ReplacedText, replaceIn } from './pasted-text';

/**
 * Replaces the addresses in a text that a person pastes, in the browser; only ids are sent. With `?id=` it opens the copy
 * of one original instead.
 */
@Component({
  selector: 'cm-moved-page',
  imports: [ConnectFirst, FormField, MatButton, MovedLink, Note, ProblemNote],
  templateUrl: './moved-page.html',
  styleUrl: './moved-page.scss',
})
export default class MovedPage {
  private readonly search = inject(CopySearch);
  private readonly clipboard = inject(Clipboard);
  private readonly toasts = inject(Toasts);
  private readonly titles = inject(PageTitles);
  protected readonly sessions = inject(SessionStore);
  protected readonly offline = inject(Connection).offline;
  protected readonly t = movedTexts(inject(Texts));

  /** The id of an original, from the address `/moved/{id}` of the API. */
  readonly id = input<string>();

  protected readonly form = form(signal(''));
  /** The formatted form of the text, until it is edited. */
  private readonly html = signal<string | undefined>(undefined);
  protected readonly text = computed<PastedText>(() => {
    const html = this.html();
    return { plain: this.form().value(), ...(html !== undefined && { html }) };
  });
  protected readonly hasAddress = computed(() => idsIn(this.text()).size > 0);
  protected readonly submission = new Submission();
  /** Undefined until the addresses of the current text have been replaced. */
  protected readonly result = signal<ReplacedText | undefined>(undefined);
  /** What came of the addresses, announced to screen readers. */
  protected readonly outcome = computed(() => {
    const result = this.result();
    if (!result) return [];
    const t = this.t();
    const { replaced, unknown, fixed } = result;
    return [t.replaced(replaced), ...(unknown ? [t.unknown(unknown)] : []), ...(fixed ? [t.fixed(fixed)] : [])];
  });

  /** The formatted form of what is being pasted, if it becomes the whole text. */
  private pasting?: string;

  constructor() {
    effect(() => this.titles.set(this.t().title));
  }

  protected paste({ clipboardData }: ClipboardEvent, { selectionStart, selectionEnd, value }: HTMLTextAreaElement) {
    const html = clipboardData?.getData('text/html');
    const isWhole = selectionStart === 0 && selectionEnd === value.length;
    this.pasting = html && isWhole && idsIn({ plain: html }).size > 0 ? html : undefined;
  }

  protected edited(): void {
    this.html.set(this.pasting);
    this.pasting = undefined;
    this.result.set(undefined);
    this.submission.problem.set('');
  }

  protected replace(): Promise<void> {
    const text = this.text();
    return this.submission.run(async () => {
      const copies = await this.search.find(idsIn(text));
      if (text === this.text()) this.result.set(replaceIn(text, (id) => copies.get(id)?.destinationId));
    });
  }

  protected async copy(text: PastedText): Promise<void> {
    const isCopied = (await copyFormatted(text)) || this.clipboard.copy(text.plain);
    this.toasts.say(isCopied ? this.t().copied : this.t().notCopied);
  }
}

/** @returns false if the text has no formatted form, or the browser refused it */
async function copyFormatted({ plain, html }: PastedText): Promise<boolean> {
  if (html === undefined) return false;
  const partOf = (type: string, text: string) => ({ [type]: new Blob([text], { type }) });
  try {
    await navigator.clipboard.write([
      new ClipboardItem({ ...partOf('text/plain', plain), ...partOf('text/html', html) }),
    ]);
    return true;
  } catch {
    return false;
  }
}
