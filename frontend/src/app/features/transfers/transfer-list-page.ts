import { Component, computed, ElementRef, inject, input, viewChild } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Router, RouterLink } from '@angular/router';
import { Command as Offer, Commands } from '../../core/commands';
import { Connection } from '../../core/connection';
import { Consents } from '../../core/consents';
import { formatExact, formatMoment } from '../../core/formats';
import { Remedy } from '../../core/problem';
import { ProblemNote } from '../../core/problem-note';
import { Shortcuts } from '../../core/shortcuts';
import { StateChip } from '../../core/state-chip';
import { Transfer } from '../../core/transfer-updates';
import { typedWords } from '../../ui/typed-words';
import { Texts } from '../../texts/texts';
import { Avatar } from '../../ui/avatar';
import { EmptyState } from '../../ui/empty-state';
import { Icon } from '../../ui/icon';
import { WaitingRows } from '../../ui/waiting-rows';
import { barCounts } from './bar-counts';
import { LedgerBar } from './ledger-bar';
import { Filter, TransferListStore } from './transfer-list-store';
import { hasBegunUndo, summaryOf, titleOf } from './transfer-state';

/** The transfers of the connected accounts, filtered by state and name. */
@Component({
  selector: 'cm-transfer-list-page',
  imports: [Avatar, EmptyState, Icon, LedgerBar, MatButton, ProblemNote, RouterLink, StateChip, WaitingRows],
  providers: [TransferListStore],
  templateUrl: './transfer-list-page.html',
  styleUrl: './transfer-list-page.scss',
})
export default class TransferListPage {
  private readonly router = inject(Router);
  protected readonly store = inject(TransferListStore);
  protected readonly consents = inject(Consents);
  protected readonly offline = inject(Connection).offline;
  protected readonly t = inject(Texts).transfers;

  /** The query of the address. */
  readonly state = input<string>();
  readonly q = input<string>();

  private readonly box = viewChild<ElementRef<HTMLInputElement>>('box');

  protected readonly typed = typedWords(() => this.store.search());

  protected readonly titleOf = titleOf;
  protected readonly barCounts = barCounts;

  /** The commands of this page for the command palette. */
  private readonly offered = computed<readonly Offer[]>(() => {
    const { list, palette } = this.t();
    return [
      { id: 'transfers-new', label: list.create, run: () => void this.router.navigate(['/move']) },
      ...this.store
        .filters()
        .filter(({ key }) => key !== this.store.filter())
        .map(({ key, label }) => ({
          id: `transfers-${key}`,
          label: palette.list(label),
          run: () => this.filter({ state: key }),
        })),
      ...this.store.shown().map((transfer) => ({
        id: `transfers-open-${transfer.id}`,
        label: palette.open(titleOf(transfer)),
        run: () => void this.router.navigate(['/transfers', transfer.id]),
      })),
    ];
  });

  constructor() {
    this.store.show(computed(() => ({ state: this.state(), q: this.q() })));
    inject(Commands).offer(this.offered);
    inject(Shortcuts).bind({ '/': () => this.box()?.nativeElement.focus() });
  }

  /** Replaces the address: the browser's back button leads to the previous page. */
  protected filter(change: { state?: Filter; q?: string }): void {
    const { state, q } = { state: this.store.filter(), q: this.store.search(), ...change };
    void this.router.navigate([], {
      queryParams: { state: state === 'all' ? null : state, q: q || null },
      replaceUrl: true,
    });
  }

  protected search(text: string): void {
    this.typed.set(text);
    this.filter({ q: text.trim() });
  }

  protected remedy(remedy: Remedy): void {
    if (remedy === 'connect') void this.router.navigate(['/connect']);
    else this.store.list.retry();
  }

  protected summary(transfer: Transfer): string {
    return summaryOf(transfer);
  }

  protected progress(transfer: Transfer): string {
    const { state, counts, undo } = transfer;
    const { countedSoFar, undoneOf, verifiedOf } = this.t().list;
    if (hasBegunUndo(transfer)) return undoneOf(undo?.trashed ?? 0, counts.found);
    return state === 'planning' ? countedSoFar(counts.found) : verifiedOf(counts.verified, counts.found);
  }

  protected started(transfer: Transfer): string {
    return formatMoment(transfer.startedAt ?? transfer.createdAt);
  }

  protected startedExactly(transfer: Transfer): string {
    return formatExact(transfer.startedAt ?? transfer.createdAt);
  }
}
