import { LiveAnnouncer } from '@angular/cdk/a11y';
import { Component, computed, effect, inject, input, untracked, viewChild } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatDialog, MatDialogRef } from '@angular/material/dialog';
import { RouterLink } from '@angular/router';
import { Clock } from '../../core/clock';
import { Command as Offer, Commands } from '../../core/commands';
import { PageTitles } from '../../core/page-titles';
import { describeState } from '../../core/state-look';
import { isFinished, TransferUpdates } from '../../core/transfer-updates';
import { Texts } from '../../texts/texts';
import { EmptyState } from '../../ui/empty-state';
import { WaitingRows } from '../../ui/waiting-rows';
import { Announcer } from './announcements';
import { ItemDrawer, openItem } from './item-drawer';
import { ListFilter } from './item-list';
import { LinksAside } from './links/links-aside';
import { TransferAside } from './transfer-aside';
import { TransferHeader } from './transfer-header';
import { TransferNotices } from './transfer-notices';
import { TransferProgress } from './transfer-progress';
import { percent, titleOf } from './transfer-state';
import { TransferStore } from './transfer-store';
import { Tab, TABS, TransferTabs } from './transfer-tabs';

/** The page of one transfer, from the first count to the report; live while it runs. */
@Component({
  selector: 'cm-transfer-page',
  imports: [
    EmptyState,
    LinksAside,
    MatButton,
    RouterLink,
    TransferAside,
    TransferHeader,
    TransferNotices,
    TransferProgress,
    TransferTabs,
    WaitingRows,
  ],
  providers: [TransferStore],
  template: `
    <div class="page">
      <cm-transfer-header />
      <cm-transfer-notices />
      @if (store.transfer(); as transfer) {
        <cm-transfer-progress [transfer]="transfer" />
        <div class="columns">
          <cm-transfer-tabs [transfer]="transfer" [shown]="shownTab()" [filter]="filter()" />
          @if (shownTab() === 'links' && store.finished()) {
            <cm-links-aside [links]="transfer.links" />
          } @else {
            <cm-transfer-aside [transfer]="transfer" />
          }
        </div>
      } @else if (store.problem()?.status === 404) {
        <cm-empty-state icon="search" [heading]="t().page.notFound.heading">
          {{ t().page.notFound.text }}
          <a emptyAction matButton="outlined" routerLink="/transfers">{{ t().page.notFound.all }}</a>
        </cm-empty-state>
      } @else if (!store.problem()) {
        <div class="card waiting"><cm-waiting-rows [label]="t().page.loading" /></div>
      }
    </div>
  `,
  styles: `
    .waiting,
    .columns {
      margin-top: 20px;
    }
  `,
})
export default class TransferPage {
  private readonly dialog = inject(MatDialog);
  private readonly clock = inject(Clock);
  private readonly titles = inject(PageTitles);
  private readonly announcer = inject(LiveAnnouncer);
  private readonly updates = inject(TransferUpdates);
  protected readonly store = inject(TransferStore);
  private readonly texts = inject(Texts);
  protected readonly t = this.texts.transfers;

  private readonly header = viewChild(TransferHeader);

  /** The address: the transfer, the tab, the filter of its list, and the open item. */
  readonly id = input.required<string>();
  readonly tab = input<string>();
  readonly reason = input<string>();
  readonly q = input<string>();
  readonly state = input<string>();
  readonly item = input<string>();

  protected readonly shownTab = computed<Tab>(() => TABS.find((key) => key === this.tab()) ?? 'overview');
  protected readonly filter = computed<ListFilter>(() => ({
    q: this.q(),
    reason: this.reason(),
    state: this.state(),
  }));

  /** The commands of this page for the command palette. */
  private readonly offered = computed<readonly Offer[]>(() => {
    const { store } = this;
    if (!store.transfer()) return [];
    const { palette, tabs } = this.t();
    const parked = store.parked();
    const offer = (id: string, label: string, run: () => void): Offer => ({ id: `transfer-${id}`, label, run });
    return [
      ...(parked && !store.offline() ? [offer('reconnect', parked.action, () => store.reconnect())] : []),
      ...(store.canCommand() ? store.buttons() : [])
        .filter(({ command }) => store.missingFor(command).length === 0)
        .map((button) => offer(button.command, button.label, () => void store.press(button))),
      ...(store.canCommand() && store.allows('cancel')
        ? [offer('cancel', palette.cancel, () => void store.cancel())]
        : []),
      ...(store.canSave()
        ? (['csv', 'json', 'map'] as const).map((format) =>
            offer(`report-${format}`, palette[format], () => void store.save(format)),
          )
        : []),
      ...(store.offline() ? [] : [offer('rename', this.texts.finished().name.palette, () => this.header()?.rename())]),
      ...TABS.filter((key) => key !== this.shownTab()).map((key) =>
        offer(`tab-${key}`, palette.tab(tabs[key]), () => store.go({ tab: key, q: null, reason: null, state: null })),
      ),
    ];
  });

  constructor() {
    this.store.show(this.id);
    inject(Commands).offer(this.offered);
    effect((onCleanup) => onCleanup(this.updates.follow(this.id())));
    effect(() => {
      const transfer = this.store.transfer();
      if (!transfer) return this.titles.set(this.store.heading());
      const progress = isFinished(transfer) || transfer.state === 'planning' ? '' : ` ${percent(transfer)}%`;
      this.titles.set(`${describeState(transfer.state, transfer.limitReached).label}${progress}`, titleOf(transfer));
    });
    this.announceProgress();
    this.openItemOfAddress();
  }

  private announceProgress(): void {
    const announcements = new Announcer();
    effect(() => {
      const transfer = this.store.transfer();
      if (!transfer) return;
      this.clock.refresh();
      const next = announcements.next(transfer, Date.now());
      // A hidden tab only changes its title.
      if (next && document.visibilityState === 'visible')
        untracked(() => void this.announcer.announce(next.text, next.politeness));
    });
  }

  /** The drawer follows the address; closing it removes the item from the address. */
  private openItemOfAddress(): void {
    const ordinal = computed(() => (/^\d{1,15}$/.test(this.item() ?? '') ? Number(this.item()) : undefined));
    const known = computed(() => this.store.transfer() !== undefined);
    effect((onCleanup) => {
      const wanted = ordinal();
      const transferId = this.id();
      if (wanted === undefined || !known()) return;
      const ref: MatDialogRef<ItemDrawer> = untracked(() => openItem(this.dialog, { transferId, ordinal: wanted }));
      const closed = ref.afterClosed().subscribe(() => this.store.go({ item: null }));
      onCleanup(() => {
        closed.unsubscribe();
        ref.close();
      });
    });
  }
}
