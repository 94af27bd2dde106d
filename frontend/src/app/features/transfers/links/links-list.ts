import { ScrollingModule } from '@angular/cdk/scrolling';
import { Component, computed, inject, input, linkedSignal, signal, untracked } from '@angular/core';
import { MatButton, MatIconButton } from '@angular/material/button';
import { map } from 'rxjs';
import { transfersListLinks } from '../../../api/functions';
import { LinkRow } from '../../../api/models/link-row';
import { TransferLinks } from '../../../api/models/transfer-links';
import { ApiClient } from '../../../core/api-client';
import { formatCount } from '../../../core/formats';
import { addressCopier } from '../../../core/links/copy-address';
import { DOCUMENT_ICONS } from '../../../core/links/document-icons';
import { pagedResource } from '../../../core/paged-resource';
import { ProblemNote } from '../../../core/problem-note';
import { virtualRows } from '../../../core/virtual-rows';
import { Texts } from '../../../texts/texts';
import { EmptyState } from '../../../ui/empty-state';
import { Icon } from '../../../ui/icon';
import { ListTools } from '../../../ui/list-tools';
import { UpdateList } from '../../../ui/update-list';
import { WaitingRows } from '../../../ui/waiting-rows';
import { linkReason, placeLabel, unreadOf } from './link-labels';

const PAGE = 200;

/** What a person has to do something about comes first. */
const OUTCOMES = ['unsupported', 'failed', 'unread', 'waiting', 'rewritten', 'outside'] as const;
type Outcome = (typeof OUTCOMES)[number];
const TO_DO: readonly Outcome[] = ['unsupported', 'failed', 'unread'];

interface Lines {
  readonly first: string;
  readonly second: string;
  readonly isAddress: boolean;
}

/** The links in the copies with one outcome, at first with the first that there is. Filters and the search run on the server. */
@Component({
  selector: 'cm-links-list',
  imports: [
    EmptyState,
    Icon,
    ListTools,
    MatButton,
    MatIconButton,
    ProblemNote,
    ScrollingModule,
    UpdateList,
    WaitingRows,
  ],
  templateUrl: './links-list.html',
  styleUrls: ['../../../ui/table-rows.scss', './links-list.scss'],
})
export class LinksList {
  private readonly api = inject(ApiClient);
  private readonly texts = inject(Texts).links;
  protected readonly t = computed(() => this.texts().list);

  readonly transferId = input.required<string>();
  readonly links = input.required<TransferLinks>();
  /** Changes when the list is out of date, such as at the end of a transfer. */
  readonly version = input('');

  private readonly counts = computed<Record<Outcome, number>>(() => {
    const { unsupported, failed, waiting, rewritten, outside } = this.links();
    return { unsupported, failed, unread: unreadOf(this.links()), waiting, rewritten, outside };
  });
  /** Stays as chosen, even if the last of its links gets another outcome. */
  protected readonly outcome = linkedSignal<string, Outcome>({
    source: this.transferId,
    computation: () => untracked(() => OUTCOMES.find((each) => this.counts()[each] > 0) ?? 'unsupported'),
  });
  protected readonly filters = computed(() =>
    OUTCOMES.filter((each) => each === this.outcome() || this.counts()[each] > 0).map((outcome) => ({
      value: outcome,
      label: this.t().outcomes[outcome],
      count: formatCount(this.counts()[outcome]),
    })),
  );
  protected readonly search = signal('');
  protected readonly list = pagedResource({
    query: () => ({ id: this.transferId(), q: this.search(), outcome: this.outcome() }),
    load: ({ id, q, outcome }, cursor) => {
      const params = { id, limit: PAGE, outcome, ...(q && { q }), ...(cursor && { cursor }) };
      return this.api
        .request(transfersListLinks, params, 'both')
        .pipe(map(({ items, nextCursor }) => ({ items, next: nextCursor })));
    },
    version: this.version,
    // They change each second while links are searched.
    news: computed(() => OUTCOMES.map((each) => this.counts()[each]).join(' ')),
  });
  protected readonly whatHeading = computed(() => {
    const { what, address } = this.t().columns;
    return TO_DO.includes(this.outcome()) ? what : address;
  });
  protected readonly rows = virtualRows({
    count: () => this.list.items().length,
    row: 64,
    phoneRow: 144,
    inView: 10,
    more: () => this.list.more(),
  });
  protected readonly rowCount = computed(() => {
    if (this.search() !== '') return this.list.hasMore() ? -1 : this.list.items().length + 1;
    return this.counts()[this.outcome()] + 1;
  });

  /** Links have no ID. A row that stays keeps the focus. */
  protected readonly byPosition = (index: number): number => index;
  protected readonly icons = DOCUMENT_ICONS;
  protected readonly placeOf = placeLabel;
  protected readonly copy = addressCopier();

  /** The two lines about a link: what a person can do and why, or the address that it had and the one that it has. */
  protected linesOf({ outcome, needsConsent, text = '', newText, ...reason }: LinkRow): Lines {
    if (TO_DO.includes(outcome)) {
      const { title, fix } = linkReason(reason);
      return { first: fix || title, second: fix ? title : '', isAddress: false };
    }
    if (needsConsent && outcome === 'rewritten')
      return { first: this.t().consent, second: this.t().becomes(newText ?? text), isAddress: false };
    return { first: text, second: newText === undefined ? '' : this.t().becomes(newText), isAddress: true };
  }

  /** The address that a person has to enter. */
  protected addressToCopy({ outcome, newText }: LinkRow): string | undefined {
    return TO_DO.includes(outcome) ? newText : undefined;
  }
}
