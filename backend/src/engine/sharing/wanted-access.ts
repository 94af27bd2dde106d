import type { ItemKind } from '../ports/drive.js';
import type {
  AccessCode,
  AccessRestrictions,
  DrivePermission,
  Grantee,
  Role,
  SharingOptions,
  SourceAccess,
  WantedPermission,
} from '../model/sharing.js';
import type { PeopleMap } from './people-map.js';

/** What decides about the access of copies, beside the originals. */
export interface SharingRules {
  readonly options: SharingOptions;
  readonly people: PeopleMap;
  /** E-mail addresses of the two accounts, lower case. */
  readonly accounts: { readonly source: string; readonly destination: string };
  readonly target: {
    /** It is a shared drive, or lies in one. */
    readonly isInSharedDrive: boolean;
    /** Effective permissions of the target folder, which everything that is copied into it inherits. */
    readonly permissions: readonly DrivePermission[];
  };
  /** Epoch milliseconds: what has expired, and how far ahead an expiry may lie. */
  readonly now: number;
}

/** What a grantee has on a copy, directly or from a folder above. */
export interface Reach {
  readonly grantee: Grantee;
  readonly role: Role;
  /** Epoch milliseconds; missing where it does not expire. */
  readonly expiresAt?: number;
}

/** What the grantee of an original becomes. */
export interface Fate {
  /** Null: nobody. */
  readonly becomes: Grantee | null;
  /** Line of the people map that says so. */
  readonly line?: number;
  /** Why it is less than on the original. */
  readonly code?: AccessCode;
}

/** Who is to have access to a copy. Items that inherit everything share the object of the folder they are in. */
export interface CopyAccess {
  /** Effective permissions of the original that count: without CloudMover's own and expired ones. Missing: unreadable. */
  readonly source?: readonly DrivePermission[];
  /** What the grantees of `source` become, by `granteeKey`. */
  readonly fates: ReadonlyMap<string, Fate>;
  /** All who will have access if Google refuses nothing, by `granteeKey`; those of the target folder included. */
  readonly effective: ReadonlyMap<string, Reach>;
}

/** The same, with what is to be done on the copy itself. */
export interface ItemAccess {
  readonly access: CopyAccess;
  /** Direct permissions of the copy: groups and domains first, then people, then anyone. */
  readonly wanted: readonly WantedPermission[];
  /** Permissions of the original's own that are not carried over. */
  readonly left: readonly { readonly original: Grantee; readonly role: Role; readonly code: AccessCode }[];
  /**
   * To be set on the copy. A limited folder must be limited before anything is granted on a folder above it: until
   * then, all who get access there could open what it holds.
   */
  readonly restrictions: AccessRestrictions;
}

/** Identifies a grantee. A person and a group have one key, because an address belongs to one of them. */
export const granteeKey = ({ type, address = '' }: Grantee): string =>
  type === 'anyone' ? '*' : type === 'domain' ? `@${address}` : address;

/** Works out the access of the copies of a plan. Feed it the items in the order of their ordinals: folders come first. */
export class AccessPlan {
  constructor(private readonly rules: SharingRules) {}

  /**
   * @param source what the ledger has for the item; missing where it has the same access as the folder it is planned in
   */
  add(
    item: { readonly ordinal: number; readonly parent: number | null; readonly kind: ItemKind },
    source: SourceAccess | undefined,
  ): ItemAccess {
    throw new Error(`not written yet: ${item.ordinal}, ${source?.permissions?.length}, ${this.rules.now}`);
  }
}
