import { computed, inject, Service, signal, effect } from '@angular/core';
import { SessionStore } from './sessions';
import { File as DriveItem } from '../api/models/file';

const KEY = 'cloudmover.selection';
const COUNTED = 'cloudmover.counted';
/** Storing more IDs than this takes noticeably long, so it waits for a pause. */
const STORED_AT_ONCE = 1_000;
const PAUSE_MS = 500;

/** A selected item. After a reload only its ID is known, until a list contains it. */
export type Chosen = Pick<DriveItem, 'id'> &
  Partial<Pick<DriveItem, 'name' | 'kind' | 'mimeType' | 'size' | 'ownedByMe' | 'parentId'>> & {
    /** An identifier of the folder where it was selected. */
    readonly place?: string;
  };

/** Identifies an account without storing its address (FNV-1a, 32 bits; a collision only keeps stale IDs), or a selection. */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0).toString(16);
}

function stored(): { account: string; ids: string[] } | undefined {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? 'null');
    if (typeof value !== 'object' || value === null || !('account' in value) || !('ids' in value)) return undefined;
    const { account, ids } = value;
    if (typeof account !== 'string' || !Array.isArray(ids)) return undefined;
    return { account, ids: ids.filter((id) => typeof id === 'string') };
  } catch {
    return undefined;
  }
}

function store(account: string, chosen: ReadonlyMap<string, Chosen>): void {
  if (chosen.size === 0) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, JSON.stringify({ account, ids: [...chosen.keys()] }));
}

const fingerprintOf = (ids: Iterable<string>): string => fingerprint([...ids].toSorted().join(' '));

/** Copies field by field: spreading 50,000 items takes ten times as long. */
function chosenIn(place: string, { id, name, kind, mimeType, size, ownedByMe, parentId }: Chosen): Chosen {
  return { id, name, kind, mimeType, size, ownedByMe, parentId, place };
}

/**
 * The items selected in the source, in all its folders. The selection survives navigation, reloads and a new sign-in of
 * the same account (its IDs are in sessionStorage). Connecting another source account empties it.
 */
@Service()
export class Selection {
  private readonly sessions = inject(SessionStore);
  private readonly before = stored();
  private readonly chosen = signal<ReadonlyMap<string, Chosen>>(
    new Map((this.before?.ids ?? []).map((id) => [id, { id }])),
  );

  readonly items = computed(() => [...this.chosen().values()]);
  readonly ids: () => ReadonlySet<string> = computed(() => new Set(this.chosen().keys()));
  readonly count = computed(() => this.chosen().size);
  private readonly owner = signal(this.before?.account);

  constructor() {
    effect(() => {
      const account = this.sessions.account('source');
      if (!account) return;
      const owner = fingerprint(account.email);
      if (this.owner() !== undefined && this.owner() !== owner) this.chosen.set(new Map());
      this.owner.set(owner);
    });
    effect((onCleanup) => {
      const account = this.owner();
      const chosen = this.chosen();
      if (account === undefined) return;
      if (chosen.size <= STORED_AT_ONCE) return store(account, chosen);
      const timer = setTimeout(() => store(account, chosen), PAUSE_MS);
      onCleanup(() => clearTimeout(timer));
    });
  }

  /** Adds or removes items. @param place the folder where they were selected */
  change(items: readonly Chosen[], chosen: boolean, place?: string): void {
    const next = new Map(this.chosen());
    for (const item of items)
      if (chosen) next.set(item.id, place === undefined ? item : chosenIn(place, item));
      else next.delete(item.id);
    this.chosen.set(next);
  }

  /** Empties the selection. @returns a function that restores it */
  clear(): () => void {
    const before = this.chosen();
    this.chosen.set(new Map());
    return () => this.chosen.set(before);
  }

  /** Remembers of which items a count is, for {@link clearCounted}. */
  noteCount(preflightId: string, ids: readonly string[]): void {
    sessionStorage.setItem(COUNTED, `${preflightId} ${fingerprintOf(ids)}`);
  }

  /** Remembers that another count is of the same items. */
  noteRecount(preflightId: string, nextId: string): void {
    const [counted, items] = sessionStorage.getItem(COUNTED)?.split(' ') ?? [];
    if (counted === preflightId) sessionStorage.setItem(COUNTED, `${nextId} ${items}`);
  }

  /** Empties the selection once the transfer of a count has started, unless other items have been selected since. */
  clearCounted(preflightId: string): void {
    if (sessionStorage.getItem(COUNTED) === `${preflightId} ${fingerprintOf(this.ids())}`) this.clear();
  }

  /** Adds the details of items of which only the ID was known. */
  addDetails(items: readonly Chosen[]): void {
    const unknown = items.filter(
      (item) => this.chosen().get(item.id)?.kind === undefined && this.chosen().has(item.id),
    );
    if (unknown.length > 0) this.change(unknown, true);
  }
}
