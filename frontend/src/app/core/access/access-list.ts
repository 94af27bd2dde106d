import { ScrollingModule } from '@angular/cdk/scrolling';
import { Component, computed, inject, input, linkedSignal, signal } from '@angular/core';
import { map } from 'rxjs';
import { preflightsListAccess, transfersListAccess } from '../../api/functions';
import { AccessCounts } from '../../api/models/access-counts';
import { AccessRoles } from '../../api/models/access-roles';
import { AccessRow } from '../../api/models/access-row';
import { Grantee } from '../../api/models/grantee';
import { Texts } from '../../texts/texts';
import { EmptyState } from '../../ui/empty-state';
import { Icon, IconName } from '../../ui/icon';
import { ListTools } from '../../ui/list-tools';
import { UpdateList } from '../../ui/update-list';
import { WaitingRows } from '../../ui/waiting-rows';
import { ApiClient } from '../api-client';
import { formatCount } from '../formats';
import { pagedResource } from '../paged-resource';
import { ProblemNote } from '../problem-note';
import { virtualRows } from '../virtual-rows';

const PAGE = 200;

const CHANGES = ['gains', 'loses', 'less', 'keeps'] as const;
type Change = (typeof CHANGES)[number];
type Outcome = NonNullable<AccessRow['outcome']> | 'reverted';
const ICONS: Record<Grantee['type'], IconName> = { user: 'user', group: 'people', domain: 'site', anyone: 'globe' };
/** From the most to the least. */
const ROLES = ['owner', 'organizer', 'fileOrganizer', 'writer', 'commenter', 'reader'] as const;

/**
 * Who can open the originals, and who can open their copies: of a preflight, or of a transfer with what came of it. What
 * changes comes first. Filters and the search run on the server.
 */
@Component({
  selector: 'cm-access-list',
  imports: [EmptyState, Icon, ListTools, ProblemNote, ScrollingModule, UpdateList, WaitingRows],
  templateUrl: './access-list.html',
  styleUrls: ['../../ui/table-rows.scss', './access-list.scss'],
})
export class AccessList {
  private readonly api = inject(ApiClient);
  private readonly texts = inject(Texts).access;
  protected readonly t = computed(() => this.texts().list);

  readonly of = input.required<'preflight' | 'transfer'>();
  readonly id = input.required<string>();
  /** Changes when the list is out of date. */
  readonly version = input('');
  /** Changes when there are newer outcomes to load. */
  readonly news = input('');

  protected readonly change = signal<Change | undefined>(undefined);
  protected readonly search = signal('');
  protected readonly list = pagedResource({
    query: () => ({ of: this.of(), id: this.id(), q: this.search(), change: this.change() }),
    load: ({ of, id, q, change }, cursor) => {
      const params = { id, limit: PAGE, ...(q && { q }), ...(change && { change }), ...(cursor && { cursor }) };
      return this.api
        .request(of === 'preflight' ? preflightsListAccess : transfersListAccess, params, 'both')
        .pipe(map(({ items, nextCursor, counts }) => ({ items, next: nextCursor, counts })));
    },
    version: this.version,
    news: this.news,
  });
  /** Of all, whatever is shown; they stay while another page loads. */
  private readonly counts = linkedSignal<AccessCounts | undefined, AccessCounts>({
    source: () => this.list.pages().at(0)?.counts,
    computation: (counts, before) => counts ?? before?.value ?? { gains: 0, loses: 0, less: 0, keeps: 0 },
  });
  protected readonly filters = computed(() => {
    const counts = this.counts();
    const all = counts.gains + counts.loses + counts.less + counts.keeps;
    return [
      { value: undefined, label: this.t().all, count: formatCount(all) },
      ...CHANGES.map((change) => ({
        value: change,
        label: this.t().changes[change],
        count: formatCount(counts[change]),
      })),
    ];
  });
  protected readonly isFiltered = computed(() => this.change() !== undefined || this.search() !== '');
  protected readonly showsOutcome = computed(() => this.of() === 'transfer');
  protected readonly rows = virtualRows({
    count: () => this.list.items().length,
    row: 64,
    phoneRow: 112,
    inView: 10,
    more: () => this.list.more(),
  });
  protected readonly byGrantee = (_: number, { grantee }: AccessRow): string => `${grantee.type} ${grantee.address}`;

  protected icon = ({ type }: Grantee): IconName => ICONS[type];

  protected name({ type, address = '' }: Grantee): string {
    const { anyone, domain } = this.t();
    if (type === 'anyone') return anyone;
    return type === 'domain' ? domain(address) : address;
  }

  protected becomes({ becomes }: AccessRow): string {
    if (becomes === undefined) return this.t().same;
    return becomes === null ? this.t().nobody : this.name(becomes);
  }

  /** "12 writer, 52 reader"; "0" without access. */
  protected roles(roles: AccessRoles): string {
    const parts = ROLES.filter((role) => roles[role]).map(
      (role) => `${formatCount(roles[role] ?? 0)} ${this.t().roles[role]}`,
    );
    return parts.join(', ') || '0';
  }

  /** What came of a transfer's row. Wider access may have been removed at once, or remain. */
  protected outcome({ outcome, code }: AccessRow): Outcome | undefined {
    if (!this.showsOutcome()) return undefined;
    return outcome === 'wider' && code === 'reverted' ? 'reverted' : outcome;
  }

  /** The line of the map, or the reason; the API's sentence for a code of a later version. */
  protected why({ change, code, line, reason, folder, moreFolders = false, outcome }: AccessRow): string {
    if (line !== undefined && (code === undefined || code === 'map_nobody' || code === 'people_map'))
      return this.t().line(line);
    if (code === 'existing_folder' && folder !== undefined) return this.texts().existingFolder(folder, moreFolders);
    const words = code === undefined ? undefined : this.texts().codes[code];
    const isAsPlanned = outcome !== 'narrower' && outcome !== 'wider';
    return change === 'keeps' && isAsPlanned ? '' : (words ?? reason ?? '');
  }
}
