import { Component, computed, inject, input } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { formatCount } from '../../../core/formats';
import { isFinished, Transfer } from '../../../core/transfer-updates';
import { Texts } from '../../../texts/texts';
import { StackedBar } from '../../../ui/charts/stacked-bar';
import { EmptyState } from '../../../ui/empty-state';
import { Sum, SumTerm } from '../../../ui/sum';
import { Reason, ReasonList } from '../reason-list';
import { TransferStore } from '../transfer-store';
import { linkReason, unreadOf } from './link-labels';
import { LinksList } from './links-list';

/** found = the sum of these; a rare one is shown only if it is not zero. */
const TERMS = [
  { key: 'rewritten', segment: 'verified', isRare: true },
  { key: 'waiting', segment: 'waiting', isRare: true },
  { key: 'outside', segment: 'skipped', isRare: false },
  { key: 'unsupported', segment: 'unverified', isRare: false },
  { key: 'failed', segment: 'failed', isRare: false },
] as const;

/** The links in the copied documents: what became of them and why, and the command to list or rewrite them afterwards. */
@Component({
  selector: 'cm-links-tab',
  imports: [EmptyState, LinksList, MatButton, ReasonList, StackedBar, Sum],
  templateUrl: './links-tab.html',
  styleUrl: './links-tab.scss',
})
export class LinksTab {
  protected readonly store = inject(TransferStore);
  private readonly texts = inject(Texts).links;
  private readonly transfers = inject(Texts).transfers;
  protected readonly t = computed(() => this.texts().transfer);

  readonly transfer = input.required<Transfer>();

  protected readonly links = computed(() => this.transfer().links);
  protected readonly read = computed(() => this.links().documents.read);
  protected readonly unread = computed(() => unreadOf(this.links()));
  /** Whether there is nothing to show yet. */
  protected readonly isAhead = computed(() => !isFinished(this.transfer()) && this.read() + this.unread() === 0);

  /** What can be done with the links now. The first one is the most useful. */
  protected readonly actions = computed(() => {
    if (!this.store.allows('links')) return [];
    const { act, again } = this.t();
    const { mode } = this.links();
    const rewrite = { mode: 'rewrite', label: mode === 'rewrite' ? again.rewrite : act.rewrite } as const;
    if (mode === 'rewrite') return [rewrite];
    return [rewrite, { mode: 'report', label: mode === 'report' ? again.report : act.report } as const];
  });
  /** The account that this needs, if it is not signed in here. */
  protected readonly missing = computed(() => {
    const account = this.store.missingFor('links')[0];
    const labels = this.actions().map(({ label }) => label);
    return account && labels.length > 0 ? this.transfers().page.needs(labels, account.email) : '';
  });

  private readonly terms = computed(() =>
    TERMS.map(({ key, segment, isRare }) => ({ key, segment, isRare, count: this.links()[key] })).filter(
      ({ isRare, count }) => !isRare || count > 0,
    ),
  );
  protected readonly parts = this.terms;
  protected readonly totals = computed<SumTerm[]>(() => {
    const { found } = this.links();
    const { totals } = this.t();
    return [
      { key: 'found', value: formatCount(found), label: totals.found(found) },
      ...this.terms().map(({ key, segment, count }) => ({
        key,
        segment,
        value: formatCount(count),
        label: totals[key],
      })),
    ];
  });
  /** The terms as text: "1,688 rewritten, 6 failed". */
  protected readonly summary = computed(() =>
    this.terms()
      .map(({ key, count }) => `${formatCount(count)} ${this.t().totals[key]}`)
      .join(', '),
  );
  /** Of links, then of documents. */
  protected readonly reasons = computed<Reason[]>(() => {
    const { reasons, documents } = this.links();
    const { counted } = this.t();
    return [
      ...reasons.map((each) => ({ ...linkReason(each), code: each.code, counted: counted.links(each.count) })),
      ...documents.unread.map((each) => ({
        ...linkReason(each),
        code: `unread ${each.code}`,
        counted: counted.documents(each.count),
      })),
    ];
  });
}
