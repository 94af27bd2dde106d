import { Component, computed, effect, inject } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import { Commands } from '../../core/commands';
import { formatNames } from '../../core/formats';
import { PageTitles } from '../../core/page-titles';
import { folderOf } from '../../core/plan-labels';
import { explain } from '../../core/problem';
import { ProblemNote } from '../../core/problem-note';
import { Texts } from '../../texts/texts';
import { EmptyState } from '../../ui/empty-state';
import { Icon } from '../../ui/icon';
import { Note } from '../../ui/note';
import { Steps } from '../../ui/steps';
import { WaitingRows } from '../../ui/waiting-rows';
import { AccessCard } from './access-card';
import { ChecksCard } from './checks-card';
import { CountingCard } from './counting-card';
import { FilterCard } from './filter-card';
import { leadOf } from './forecast';
import { ForeseenList } from './foreseen-list';
import { LinksCard } from './links-card';
import { MethodsCard } from './methods-card';
import { reviewCommands } from './review-commands';
import { ReviewAside } from './review-aside';
import { ReviewSection } from './review-section';
import { ReviewStore } from './review-store';

/** What a transfer would do, before it starts: the growing count, then its methods, checks and uncopyable items. */
@Component({
  selector: 'cm-review-page',
  imports: [
    AccessCard,
    ChecksCard,
    CountingCard,
    EmptyState,
    FilterCard,
    ForeseenList,
    Icon,
    LinksCard,
    MatButton,
    MethodsCard,
    Note,
    ProblemNote,
    ReviewAside,
    ReviewSection,
    RouterLink,
    Steps,
    WaitingRows,
  ],
  providers: [ReviewStore],
  templateUrl: './review-page.html',
  styleUrl: './review-page.scss',
})
export default class ReviewPage {
  private readonly texts = inject(Texts);
  protected readonly store = inject(ReviewStore);
  protected readonly t = this.texts.review;

  protected readonly lead = computed(() => leadOf(this.store.preflight()));
  /** What was selected, by name as far as the names are known. */
  protected readonly selected = computed(() => {
    const selection = this.store.preflight()?.selection;
    return selection ? formatNames(selection.names, selection.count, selection.names.length || 1) : '';
  });
  /** Why the count failed, where no check explains it. */
  protected readonly failure = computed(() => {
    const { problem, target } = this.store.preflight() ?? {};
    if (!problem || !target) return { heading: this.store.heading(), text: '' };
    const { text, known } = explain({ ...problem, status: 0 }, { folder: folderOf(target) || undefined });
    return known ? { heading: text, text: '' } : { heading: problem.title, text: problem.detail };
  });

  constructor() {
    inject(Commands).offer(reviewCommands(this.store));
    const titles = inject(PageTitles);
    effect(() => {
      const { preflight, heading } = this.store;
      const current = preflight();
      const page = this.texts.shell().pages.review;
      if (current?.state === 'counting') titles.set(this.t().counting.title(current.counts.found), page);
      else titles.set(current ? heading() : '', page);
    });
  }
}
