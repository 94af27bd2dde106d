import { Component, computed, inject, input } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { AccessList } from '../../core/access/access-list';
import { Dialogs } from '../../core/dialogs';
import { formatCount } from '../../core/formats';
import { Transfer } from '../../core/transfer-updates';
import { Texts } from '../../texts/texts';
import { EmptyState } from '../../ui/empty-state';
import { Icon } from '../../ui/icon';
import { Note } from '../../ui/note';
import { Sum, SumTerm } from '../../ui/sum';
import { Reason, ReasonList } from './reason-list';
import { TransferStore } from './transfer-store';

/** The total, then its terms; a rare one is shown only if it is not zero. */
const TERMS = [
  { key: 'wanted', segment: undefined, isRare: false },
  { key: 'equal', segment: 'verified', isRare: false },
  { key: 'narrower', segment: 'unverified', isRare: false },
  { key: 'wider', segment: 'failed', isRare: true },
  { key: 'waiting', segment: 'waiting', isRare: true },
] as const;

/** The permissions and restrictions of the copies: what was wanted, what came of it and why, and who can open them. */
@Component({
  selector: 'cm-access-tab',
  imports: [AccessList, EmptyState, Icon, MatButton, Note, ReasonList, Sum],
  template: `
    @let sharing = transfer().sharing;
    @if (sharing.mode === 'none') {
      <cm-empty-state icon="people" [heading]="t().off">
        {{ missing() }}
        @if (canCarry()) {
          <button
            emptyAction
            matButton="tonal"
            type="button"
            [disabled]="missing() !== '' || !store.canCommand()"
            (click)="carry()"
          >
            {{ t().carry.act }}
          </button>
        }
      </cm-empty-state>
    } @else {
      <div class="totals">
        <cm-sum [label]="t().totals.label" [terms]="totals()" />
        @if (store.allows('report')) {
          <button
            matButton="outlined"
            type="button"
            [disabled]="!store.canSave()"
            [disabledInteractive]="store.saving()"
            (click)="store.save('access')"
          >
            <cm-icon name="download" class="small" /> {{ t().csv }}
          </button>
        }
      </div>
      @if (sharing.wider > sharing.left) {
        <cm-note class="note" kind="warn" [heading]="t().wider(sharing.wider - sharing.left)" />
      }
      @if (sharing.left > 0) {
        <cm-note class="note" kind="bad" [heading]="t().left(sharing.left)" />
      }
      @if (sharing.restrictions.wanted > 0) {
        <cm-note
          class="note"
          [kind]="sharing.restrictions.refused > 0 ? 'warn' : 'info'"
          [heading]="t().restrictions(sharing.restrictions.applied, sharing.restrictions.wanted)"
        >
          {{ whyUnrestricted() }}
        </cm-note>
      }
      @if (sharing.unreadable > 0) {
        <cm-note class="note" kind="warn" [heading]="t().unreadable(sharing.unreadable)" />
      }
      <cm-reason-list [heading]="t().reasons" [reasons]="reasons()" />
      <cm-access-list
        class="list"
        of="transfer"
        [id]="transfer().id"
        [version]="transfer().finishedAt ?? ''"
        [news]="news()"
      />
    }
  `,
  styles: `
    .totals {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      justify-content: space-between;
      gap: 12px 24px;
      padding: 16px;
    }
    .note {
      margin: 0 16px 16px;
    }
    .list {
      display: block;
      border-top: 1px solid var(--line);
    }
  `,
})
export class AccessTab {
  protected readonly store = inject(TransferStore);
  private readonly dialogs = inject(Dialogs);
  private readonly texts = inject(Texts).access;
  private readonly transfers = inject(Texts).transfers;
  protected readonly t = computed(() => this.texts().transfer);

  readonly transfer = input.required<Transfer>();

  /** Whether the transfer can still carry sharing over. */
  protected readonly canCarry = computed(() => this.store.allows('carry_access'));
  /** The account that this needs, if it is not signed in here. */
  protected readonly missing = computed(() => {
    const account = this.store.missingFor('carry_access')[0];
    return account ? this.transfers().page.needs([this.t().carry.act], account.email) : '';
  });

  /** wanted = equal + narrower + wider + waiting. */
  protected readonly totals = computed<SumTerm[]>(() => {
    const { sharing } = this.transfer();
    const { totals } = this.t();
    return TERMS.filter(({ key, isRare }) => !isRare || sharing[key] > 0).map(({ key, segment }) => ({
      key,
      segment,
      value: formatCount(sharing[key]),
      label: totals[key],
    }));
  });
  protected readonly reasons = computed<Reason[]>(() => {
    const { codes, fixes, transfer } = this.texts();
    return this.transfer().sharing.reasons.map(({ code, title, advice, count }) => ({
      code,
      title: codes[code] ?? title,
      fix: codes[code] ? fixes[code] : advice,
      counted: transfer.reason(count),
    }));
  });
  /** Why restrictions could not be set, in sentences. */
  protected readonly whyUnrestricted = computed(() => {
    const { codes, transfer } = this.texts();
    const { reasons } = this.transfer().sharing.restrictions;
    return reasons.map(({ code, title, count }) => transfer.restrictionReason(codes[code] ?? title, count)).join(' ');
  });
  /** Changes when outcomes of the list change, which they do each second while access is set. */
  protected readonly news = computed(() => {
    const { equal, narrower, wider, waiting } = this.transfer().sharing;
    return [equal, narrower, wider, waiting].join(' ');
  });

  protected async carry(): Promise<void> {
    const started = await this.dialogs.open<true>(
      () => import('./carry-access-dialog').then(({ CarryAccessDialog }) => CarryAccessDialog),
      { data: this.transfer().id, maxWidth: 760 },
    );
    // The button that had the focus is gone.
    if (started) this.store.commandsSent.update((count) => count + 1);
  }
}
