import { type AccessChange, type AccessCode, type Grantee, type Role } from '../model/sharing.js';
import type { CopyAccess } from './wanted-access.js';

/** Items by role. */
export type RoleCounts = Readonly<Partial<Record<Role, number>>>;

/** What becomes of the access of a grantee, over all items of a plan. */
export interface AccessRow {
  readonly grantee: Grantee;
  /** Who it is on the copies; null: nobody. */
  readonly becomes: Grantee | null;
  /** Line of the people map that says so. */
  readonly line?: number;
  /** Items that it can open now. Of a gain: of the items concerned. */
  readonly now: RoleCounts;
  /** Of the same items, those that `becomes` will be able to open. Of a gain: with what it gains. */
  readonly after: RoleCounts;
  readonly change: AccessChange;
  /** The most frequent reason for what is lost, less or gained, with its number of items; missing for `keeps`. */
  readonly code?: AccessCode;
  readonly reasons: readonly { readonly code: AccessCode; readonly items: number }[];
}

export interface AccessTable {
  /** By change (gains, loses, less, keeps), then by number of items, then by address. */
  readonly rows: readonly AccessRow[];
  /** Grantees: keeps + less + loses = all of now; gains beside it. */
  readonly counts: Readonly<Record<AccessChange, number>>;
  readonly items: number;
  /** Items whose permissions the source may not read. */
  readonly unreadable: number;
  /** Permissions to be written on the copies. */
  readonly permissions: number;
  /** Lines of the people map that no grantee uses. */
  readonly unusedLines: readonly number[];
  /** By line: grantees that use it, and items that they can open now. */
  readonly lines: ReadonlyMap<number, { readonly people: number; readonly items: number }>;
}

/** Adds up the access of a plan, item by item: each distinct access is examined once, at the end. */
export class AccessTally {
  add(access: CopyAccess, permissions: number): void {
    throw new Error(`not written yet: ${access.fates.size}, ${permissions}`);
  }

  table(): AccessTable {
    throw new Error('not written yet');
  }
}
