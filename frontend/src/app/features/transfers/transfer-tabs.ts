import { afterRenderEffect, Component, computed, ElementRef, inject, input, viewChild } from '@angular/core';
import { RouterLink } from '@angular/router';
import { formatCount } from '../../core/formats';
import { Transfer } from '../../core/transfer-updates';
import { Viewport } from '../../core/viewport';
import { Texts } from '../../texts/texts';
import { EmptyState } from '../../ui/empty-state';
import { WaitingRows } from '../../ui/waiting-rows';
import { AccessTab } from './access-tab';
import { FailureGroups } from './failure-groups';
import { ArrivedPanel } from './finished/arrived-panel';
import { TimelineChart } from './finished/timeline-chart';
import { InFlight } from './in-flight';
import { describeReason } from './item-labels';
import { ItemList, ListFilter } from './item-list';
import { unreadOf } from './links/link-labels';
import { LinksTab } from './links/links-tab';
import { RateChart } from './rate-chart';
import { TransferLog } from './transfer-log';
import { TransferStore } from './transfer-store';

/** How much of the next tab is visible, as a hint that the row scrolls. */
const EDGE_PX = 24;

export const TABS = ['overview', 'items', 'failed', 'skipped', 'access', 'links', 'log'] as const;
export type Tab = (typeof TABS)[number];

/** The tabs of a transfer: overview, items, failed, skipped, access, links and log. The address selects one. */
@Component({
  selector: 'cm-transfer-tabs',
  imports: [
    AccessTab,
    ArrivedPanel,
    EmptyState,
    FailureGroups,
    InFlight,
    ItemList,
    LinksTab,
    RateChart,
    RouterLink,
    TimelineChart,
    TransferLog,
    WaitingRows,
  ],
  host: { class: 'stack' },
  templateUrl: './transfer-tabs.html',
  styleUrl: './transfer-tabs.scss',
})
export class TransferTabs {
  protected readonly store = inject(TransferStore);
  private readonly viewport = inject(Viewport);
  private readonly texts = inject(Texts);
  protected readonly t = this.texts.transfers;
  protected readonly f = this.texts.finished;
  protected readonly formatCount = formatCount;

  readonly transfer = input.required<Transfer>();
  readonly shown = input.required<Tab>();
  /** The filter of the lists. */
  readonly filter = input.required<ListFilter>();
  private readonly tabRow = viewChild<ElementRef<HTMLElement>>('tabRow');

  protected readonly tabs = computed(() => {
    const { counts, sharing, links } = this.transfer();
    const counted: Partial<Record<Tab, number>> = {
      failed: counts.failed,
      skipped: counts.skipped,
      access: sharing.narrower,
      links: links.failed + unreadOf(links),
    };
    return TABS.map((key) => ({ key, label: this.t().tabs[key], count: counted[key] ?? 0 }));
  });
  protected readonly reasons = computed(() => {
    const { skipGroups, failureGroups } = this.transfer();
    const groups = this.shown() === 'skipped' ? skipGroups : failureGroups;
    // Failed items and items that could not be verified may share a reason.
    const titles = new Map(groups.map((group) => [group.code, describeReason(group).title]));
    return [...titles].map(([code, title]) => ({ code, title }));
  });
  /** Changes when the log has new events. */
  protected readonly logVersion = computed(() => {
    const { state, failureGroups, skipGroups, schedule, withdrawn } = this.transfer();
    return JSON.stringify([state, failureGroups.length, skipGroups.length, schedule, withdrawn]);
  });
  /** Changes when items get another result, also by an undo. */
  protected readonly settledItems = computed(() => {
    const { counts, undo } = this.transfer();
    const { verified, unverified, failed, skipped } = counts;
    return [verified, unverified, failed, skipped, undo?.trashed, undo?.left].join(' ');
  });
  /** How the items were copied; the first two methods are shown even at 0. */
  protected readonly methods = computed(() => {
    const { ways } = this.transfer();
    const { inside, through, converted, made, merged } = this.t().overview;
    return [
      { name: inside, count: ways.serverCopy },
      { name: through, count: ways.relay },
      { name: converted, count: ways.export },
      { name: made, count: ways.created },
      { name: merged, count: ways.merged },
    ].filter(({ count }, index) => count > 0 || index < 2);
  });

  constructor() {
    afterRenderEffect({ mixedReadWrite: () => this.scrollToTab() });
  }

  protected setFilter({ q, reason, state }: ListFilter): void {
    this.store.go({ q: q || null, reason: reason || null, state: state || null });
  }

  /** Scrolls only the row of tabs: `scrollIntoView` would also scroll the page. */
  private scrollToTab(): void {
    this.shown();
    this.texts.language();
    this.viewport.phone();
    const row = this.tabRow()?.nativeElement;
    const tab = row?.querySelector<HTMLElement>('[aria-current]');
    if (!row || !tab) return;
    const over = tab.offsetLeft + tab.offsetWidth - row.offsetLeft - row.clientWidth;
    row.scrollLeft = Math.max(0, over + EDGE_PX, Math.min(row.scrollLeft, tab.offsetLeft - row.offsetLeft - EDGE_PX));
  }
}
