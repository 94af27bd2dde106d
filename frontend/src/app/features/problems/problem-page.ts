import { Component, computed, effect, inject, input } from '@angular/core';
import { RouterLink } from '@angular/router';
import type { ProblemCode } from '../../api/models/problem-code';
import { PROBLEM_CODE } from '../../api/models/problem-code-array';
import { PageTitles } from '../../core/page-titles';
import { problemPages as german } from '../../texts/de/problem-pages';
import { problemPages as english } from '../../texts/en/problem-pages';
import { Texts } from '../../texts/texts';
import { EmptyState } from '../../ui/empty-state';

/**
 * The page to which the `type` of a problem links (RFC 9457 §3.1.1): what a code of the API means and what to do; without
 * a code, the list of all. It sends no requests, so it works even while the API does not.
 */
@Component({
  selector: 'cm-problem-page',
  imports: [EmptyState, RouterLink],
  templateUrl: './problem-page.html',
  styleUrl: './problem-page.scss',
})
export default class ProblemPage {
  private readonly titles = inject(PageTitles);
  private readonly language = inject(Texts).language;

  /** The code in the address; undefined for the list. */
  readonly code = input<string>();

  protected readonly codes = PROBLEM_CODE;
  protected readonly t = computed(() => ({ en: english, de: german })[this.language()]);
  /** Undefined for the list and for an unknown code. */
  protected readonly page = computed(() => {
    const code = this.code();
    if (code === undefined || !isKnown(code)) return undefined;
    const [title, meaning, remedy] = this.t().codes[code];
    return { title, meaning, remedy };
  });

  constructor() {
    effect(() => {
      if (this.code() === undefined) this.titles.set(this.t().all);
      else this.titles.set(this.page()?.title ?? this.t().unknown.heading);
    });
  }
}

function isKnown(code: string): code is ProblemCode {
  return Object.hasOwn(english.codes, code);
}
