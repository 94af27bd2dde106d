import {
  ACCESS_CHANGES,
  type AccessChange,
  type AccessCode,
  type DrivePermission,
  type Grantee,
  type Role,
  ROLES,
} from '../model/sharing.js';
import {
  type CopyAccess,
  covers,
  type GranteeMapping,
  granteeKey,
  type ItemAccess,
  rankOf,
  type EffectiveAccess,
  type SharingRules,
} from './wanted-access.js';

/** Items by role. */
export type RoleCounts = Readonly<Partial<Record<Role, number>>>;

/** How the access of a grantee changes, over all items of a plan. */
export interface AccessRow {
  readonly grantee: Grantee;
  /** The mapped grantee on the copies; null: nobody. */
  readonly becomes: Grantee | null;
  /** The line of the people map that applies. */
  readonly line?: number;
  /** Items that the grantee can open now; for a gain, only the items concerned. */
  readonly now: RoleCounts;
  /** Items among these that `becomes` will be able to open; for a gain, in the new roles. */
  readonly after: RoleCounts;
  readonly change: AccessChange;
  /** Reasons for differences, the most frequent first; empty for `keeps`. */
  readonly reasons: readonly AccessChangeReason[];
}

export interface AccessChangeReason {
  readonly code: AccessCode;
  readonly items: number;
  /** Of `existing_folder`: the path in the target of the first such folder. */
  readonly folder?: string;
  /** There are more such folders. */
  readonly isMore?: true;
}

export interface AccessTable {
  /** Ordered by change (gains, loses, less, keeps), then by number of items, then by address. */
  readonly rows: readonly AccessRow[];
  /** Numbers of grantees; keeps + less + loses is the number of present grantees. */
  readonly counts: Readonly<Record<AccessChange, number>>;
  readonly items: number;
  /** Items whose permissions the source cannot read. */
  readonly unreadable: number;
  /** Permissions to write. */
  readonly permissions: number;
  /** By line of the people map. */
  readonly lines: ReadonlyMap<number, LineUsage>;
}

/** Grantees of originals that a line of the people map names, and items that they can open now. */
export interface LineUsage {
  readonly people: number;
  readonly items: number;
}
export const NO_USAGE: LineUsage = { people: 0, items: 0 };

/** Adds the line usage of some rows, without gains, which are not grantees of originals. */
export function addLineUsage(usage: Map<number, LineUsage>, rows: readonly AccessRow[]): void {
  for (const { line, now, change } of rows) {
    if (line === undefined || change === 'gains') continue;
    const { people, items } = usage.get(line) ?? NO_USAGE;
    usage.set(line, { people: people + 1, items: items + sum(now) });
  }
}

/** Distinct accesses to count in memory before they are added to the rows. */
const MAX_OPEN = 10_000;

/**
 * Counts the access of a plan. Memory and time depend on the number of distinct accesses, not on the number of items.
 */
export class AccessTally {
  private readonly rows = new Map<string, Row>();
  /** By grantee and reason. */
  private readonly gains = new Map<string, Gain>();
  private open = new Map<CopyAccess, number>();
  private items = 0;
  private unreadable = 0;
  private permissions = 0;

  constructor(private readonly rules: SharingRules) {}

  /** Counts an item; do not call it for items that are not copied. */
  add({ access, wanted, isUnreadable }: ItemAccess): void {
    this.items++;
    this.permissions += wanted.length;
    if (isUnreadable) this.unreadable++;
    this.open.set(access, (this.open.get(access) ?? 0) + 1);
    if (this.open.size >= MAX_OPEN) this.addUp();
  }

  table(): AccessTable {
    this.addUp();
    const now = [...this.rows.values()].map((row) => row.result());
    const rows = [...now, ...this.gainRows()].sort(
      (one, other) =>
        ACCESS_CHANGES.indexOf(one.change) - ACCESS_CHANGES.indexOf(other.change) ||
        sizeOf(other) - sizeOf(one) ||
        (granteeKey(one.grantee) < granteeKey(other.grantee) ? -1 : 1),
    );
    const counts = { gains: 0, loses: 0, less: 0, keeps: 0 };
    for (const { change } of rows) counts[change]++;
    const lines = new Map([...this.rules.people].map(({ line }) => [line, NO_USAGE]));
    addLineUsage(lines, now);
    const { items, unreadable, permissions } = this;
    return { rows, counts, items, unreadable, permissions, lines };
  }

  private addUp(): void {
    for (const [access, count] of this.open) this.addItems(access, count);
    this.open = new Map();
  }

  private addItems({ source, mappings, effective }: CopyAccess, count: number): void {
    /** Present roles by mapped grantee: their own, and those of grantees mapped to them. */
    const own = new Map<string, number>();
    const represented = new Map<string, { readonly rank: number; readonly line: number | undefined }>();
    for (const [key, permission] of source) {
      const { grantee, role } = permission;
      const mapping = mappings.get(key)!;
      const name = granteeKey(grantee);
      // A dropped grantee may still have access through the target folder or a folder above, under the same address.
      const target = granteeKey(mapping.becomes ?? grantee);
      const row = this.rows.get(name) ?? new Row(grantee);
      this.rows.set(name, row);
      row.add(permission, mapping, effective.get(target), count);
      const rank = rankOf(role);
      if (!permission.isDeleted) own.set(name, Math.max(rank, own.get(name) ?? -1));
      if (rank > (represented.get(target)?.rank ?? -1)) represented.set(target, { rank, line: mapping.line });
    }
    for (const [key, access] of effective) {
      const rank = rankOf(access.role);
      const before = own.get(key) ?? -1;
      if (rank <= before || key === this.rules.accounts.destination) continue;
      const by = represented.get(key);
      if (rank > (by?.rank ?? -1))
        this.gain(withoutOriginal(access), key, access, undefined).add(before, access, count);
      else this.gain('people_map', key, access, by?.line).add(before, access, count);
    }
  }

  private gain(code: AccessCode, key: string, { grantee }: EffectiveAccess, line: number | undefined): Gain {
    const id = `${code} ${key}`;
    const gain = this.gains.get(id) ?? new Gain(code, grantee, line);
    this.gains.set(id, gain);
    return gain;
  }

  /** A person who replaces another gains nothing, unless they also have access under their own address. */
  private gainRows(): AccessRow[] {
    return [...this.gains.values()]
      .filter(({ code, grantee }) => code !== 'people_map' || this.rows.has(granteeKey(grantee)))
      .map((gain) => gain.result());
  }
}

/** Why a grantee can open a copy for whom the original is no reason. */
function withoutOriginal({ isOfTarget, existing }: EffectiveAccess): AccessCode {
  if (isOfTarget) return 'target_folder';
  if (!existing) return 'original_moved';
  return existing.folder === undefined ? 'replaced_item' : 'existing_folder';
}

type Counts = Partial<Record<Role, number>>;

const count = (counts: Counts, role: Role, items: number) => (counts[role] = (counts[role] ?? 0) + items);
const sum = (counts: RoleCounts) => Object.values(counts).reduce((all, items) => all + items, 0);
const sizeOf = ({ now, after }: AccessRow) => Math.max(sum(now), sum(after));

/** A grantee of originals. */
class Row {
  private becomes: Grantee | null = null;
  private line: number | undefined;
  private readonly now: Counts = {};
  private readonly after: Counts = {};
  private readonly reasons = new Map<AccessCode, number>();
  /** Items that the grantee cannot open afterwards, and those with less access. */
  private lost = 0;
  private reduced = 0;

  constructor(private readonly grantee: Grantee) {}

  add(permission: DrivePermission, mapping: GranteeMapping, access: EffectiveAccess | undefined, items: number): void {
    this.becomes ??= mapping.becomes;
    this.line ??= mapping.line;
    count(this.now, permission.role, items);
    if (access) count(this.after, access.role, items);
    if (access && covers(access, permission)) return;
    if (access) this.reduced += items;
    else this.lost += items;
    // No code: several people became one, with roles that end at different times.
    const code = mapping.code ?? 'expiry_differs';
    this.reasons.set(code, (this.reasons.get(code) ?? 0) + items);
  }

  result(): AccessRow {
    const { grantee, becomes, line, now, after, lost, reduced } = this;
    const reasons = [...this.reasons].map(([code, items]) => ({ code, items })).sort((a, b) => b.items - a.items);
    const change = lost === sum(now) ? 'loses' : lost + reduced > 0 ? 'less' : 'keeps';
    return { grantee, becomes, ...(line !== undefined && { line }), now, after, change, reasons };
  }
}

/** A grantee with more access than now. */
class Gain {
  private readonly now: Counts = {};
  private readonly after: Counts = {};
  private items = 0;
  private folder: string | undefined;
  private isMore = false;

  constructor(
    readonly code: AccessCode,
    readonly grantee: Grantee,
    private readonly line: number | undefined,
  ) {}

  /** @param before rank of the present role; below 0: none */
  add(before: number, { role, existing }: EffectiveAccess, items: number): void {
    this.items += items;
    this.folder ??= existing?.folder;
    if (existing?.folder !== this.folder) this.isMore = true;
    if (before >= 0) count(this.now, ROLES[before]!, items);
    count(this.after, role, items);
  }

  result(): AccessRow {
    const { grantee, line, now, after, code, items, folder, isMore } = this;
    const mapped = line !== undefined && { line };
    const where = folder !== undefined && { folder, ...(isMore && { isMore }) };
    const reasons = [{ code, items, ...where }];
    return { grantee, becomes: grantee, ...mapped, now, after, change: 'gains', reasons };
  }
}
