/** `anyone`: everybody who has the link, or finds the item by a search if it is discoverable. */
export type GranteeType = 'user' | 'group' | 'domain' | 'anyone';

/**
 * From the least to the most. `fileOrganizer` and `organizer` exist in shared drives only, `owner` in My Drive only.
 */
export const ROLES = ['reader', 'commenter', 'writer', 'fileOrganizer', 'organizer', 'owner'] as const;
export type Role = (typeof ROLES)[number];

/** Who has a role. */
export interface Grantee {
  readonly type: GranteeType;
  /** E-mail address of a user or group, name of a domain; lower case. Missing: anyone. */
  readonly address?: string;
}

/** A permission as Google reports it. */
export interface DrivePermission {
  readonly id: string;
  readonly grantee: Grantee;
  readonly role: Role;
  /** Epoch milliseconds; missing: it does not expire. */
  readonly expiresAt?: number;
  /** For domains and anyone: searches find the item. */
  readonly isDiscoverable?: boolean;
  /** The account of the grantee was deleted. */
  readonly isDeleted?: boolean;
  /** The grantee sees that a limited folder exists, but not its contents (Google, "Limited and expansive access"). */
  readonly isMetadataOnly?: boolean;
  /**
   * Inherited from a folder above. Missing in lists of items. If a grantee also has a direct permission with a lower
   * role, this is `true` in shared drives and `false` in My Drive, which does not distinguish the two.
   */
  readonly isInherited?: boolean;
}

/** A permission to create. */
export type NewPermission = Pick<DrivePermission, 'grantee' | 'role' | 'expiresAt' | 'isDiscoverable'>;

/** Settings of an item that restrict what its permissions allow (Google, reference of `files`). */
export interface AccessRestrictions {
  /** A folder that does not inherit permissions of the folders above (`inheritedPermissionsDisabled`). */
  readonly isLimited?: boolean;
  /** Writers may not share it (`writersCanShare: false`). */
  readonly isClosedToSharing?: boolean;
  /** Readers and commenters may not copy, print or download it (`copyRequiresWriterPermission`). */
  readonly isClosedToCopying?: boolean;
  /** `downloadRestrictions.itemDownloadRestriction`. */
  readonly download?: { readonly readers: boolean; readonly writers: boolean };
  /** It is locked (`contentRestrictions[].readOnly`). */
  readonly lock?: { readonly reason?: string };
}

/** Restrictions to set (`true`) or lift (`false`); omitted ones do not change. */
export interface RestrictionChanges extends Omit<AccessRestrictions, 'lock'> {
  /** Null: unlock it. */
  readonly lock?: AccessRestrictions['lock'] | null;
}

/** Who can open an original, as the source account sees it. */
export interface SourceAccess {
  /** All effective permissions, including inherited ones; missing: the source cannot read them. */
  readonly permissions?: readonly DrivePermission[];
  readonly restrictions: AccessRestrictions;
}

/** How a transfer carries sharing over. `mode: none` in the API is the absence of these options. */
export interface SharingOptions {
  /** Grantees without a line in the people map. */
  readonly unmapped: 'keep' | 'drop';
  /** Anyone-with-the-link permissions: keep the role, reader at most, or leave out. */
  readonly links: 'keep' | 'restrict' | 'drop';
  /** The role of an original's owner on the copy. */
  readonly owner: 'drop' | 'reader' | 'writer';
  /** Grantees outside the domains of both accounts. */
  readonly outsiders: 'keep' | 'drop';
  /** Whether Google may send e-mail to addresses that cannot be added otherwise. */
  readonly notify: boolean;
  /** Number of lines of the people map, which the ledger stores separately; at most MAX_PEOPLE_LINES. */
  readonly lines: number;
}

/** A line of the people map: `from` becomes `to`. Both are an address, or `@` and a domain; lower case. */
export interface PeopleLine {
  /** Line number in the CSV file or the list, from 1. */
  readonly line: number;
  readonly from: string;
  /** Null: nobody. */
  readonly to: string | null;
}

export const MAX_PEOPLE_LINES = 20_000;

/** A permission that a copy should have directly. */
export interface WantedPermission {
  readonly grantee: Grantee;
  readonly role: Role;
  readonly expiresAt?: number;
  readonly isDiscoverable?: boolean;
  /** The grantees of the original that it replaces; several if lines map them to one. */
  readonly originals: readonly Grantee[];
  /** Why it allows less than on the original. */
  readonly reduced?: AccessCode;
}

/** The outcome of a wanted permission. `waiting`: not written, or not read back yet. */
export const ACCESS_OUTCOMES = ['waiting', 'equal', 'narrower', 'wider'] as const;
export type AccessOutcome = (typeof ACCESS_OUTCOMES)[number];

/** The change of a grantee's access, from the originals to the copies. */
export const ACCESS_CHANGES = ['gains', 'loses', 'less', 'keeps'] as const;
export type AccessChange = (typeof ACCESS_CHANGES)[number];

/** The access of an item's copy: the wanted permissions and their outcomes. */
export interface AccessRecord {
  readonly ordinal: number;
  /** Id of the copy; a later run may replace it by another copy. */
  readonly copyId: string;
  readonly grants: readonly AccessGrant[];
  /** Missing if the original has none; `applied`: all are set on the copy. */
  readonly restrictions?: {
    readonly wanted: RestrictionChanges;
    readonly state: 'waiting' | 'applied' | 'refused';
    /** Those that could not be set or lifted; missing: all if the state is `refused`, else none. */
    readonly refused?: readonly (keyof RestrictionChanges)[];
    /** Why the first of them was refused. */
    readonly code?: AccessCode;
  };
  /**
   * Direct permissions of the copy before the first write that CloudMover did not create; it neither removes nor lowers
   * them. Empty if the copy was new, so that nothing was read. Missing: all that has been written to the copy
   * has its id in `grants`.
   */
  readonly before?: readonly EarlierPermission[];
}

/** A permission of a copy that CloudMover did not create. */
export interface EarlierPermission {
  readonly id: string;
  readonly role: Role;
  readonly expiresAt?: number;
}

export interface AccessGrant extends WantedPermission {
  readonly outcome: AccessOutcome;
  /** For `narrower`: Google's reason. For `wider`: `reverted`, `original_moved`, or why Google refused. */
  readonly code?: AccessCode;
  /** Id of the permission that CloudMover created or changed; later runs may change or remove it. */
  readonly permissionId?: string;
  /** The role that CloudMover set. If the permission has another one, the destination's owner has changed it. */
  readonly setRole?: Role;
  /**
   * The permission before CloudMover raised its role; restored instead of removing the permission. Without
   * `permissionId` it was removed for now, because Google accepted no change, and must be given back.
   */
  readonly raisedFrom?: EarlierPermission;
  /** The item that the copy replaced had this permission, created by the destination's owner. */
  readonly isKept?: true;
  /** The original lost it since an earlier run: remove it from the copy, then from this record. */
  readonly isWithdrawn?: true;
}

/**
 * Why access differs from the original's: as planned, or refused by Google. Sentences are in `ACCESS_REASONS`, and for
 * the portal in both languages.
 */
export const ACCESS_CODES = [
  /** A gain: copies inherit the permissions of the target folder. */
  'target_folder',
  /** A gain: copies inherit the permissions of a folder that the target contained already. */
  'existing_folder',
  /** A gain: a copy keeps the permissions of the item that it replaces. */
  'replaced_item',
  /** A gain: the people map maps somebody to a person who could open other items, or had a lower role. */
  'people_map',
  /** A gain: the original was moved out of a folder that more people can open, and its copy stays in that folder's copy. */
  'original_moved',
  /** A line of the people map maps the grantee to nobody. */
  'map_nobody',
  'unmapped_dropped',
  'outsider_dropped',
  'link_dropped',
  'link_restricted',
  'owner_dropped',
  'owner_reduced',
  /** The grantee's account was deleted. */
  'account_deleted',
  /** The source cannot read the permissions of the item, so they are not carried over. */
  'unreadable',
  /** Organizer and fileOrganizer exist only in shared drives, and there not on files. */
  'role_not_available',
  /** The permission expired before it could be set, or its expiry was shortened to a year. */
  'expired',
  'expiry_shortened',
  /**
   * The grantee should have two roles that end at different times, and Google keeps one for each person: the one that
   * the destination's owner gave, otherwise the one that lasts longer.
   */
  'expiry_differs',
  /** Google allows no expiry for this role, item or grantee, so the permission is omitted. */
  'expiry_not_allowed',
  /** `invalidSharingRequest`: the address has no Google account, and e-mail is not allowed. */
  'no_google_account',
  /** `shareOutNotPermitted` and similar: the destination's domain. */
  'domain_forbids_sharing_out',
  /** `shareInNotPermitted`: the grantee's domain. */
  'domain_forbids_sharing_in',
  /** `publishOutNotPermitted`, `invalidLinkVisibility`: links. */
  'link_not_permitted',
  /** `targetUserRoleLimitedByLicenseRestriction`. */
  'license',
  /** `cannotShareTeamDrive…`, `teamDriveDomainUsersOnlyRestriction` and similar. */
  'shared_drive_restricted',
  /** The permission would also open a copy below that could not be limited like its original. */
  'opens_limited_folder',
  /** A limited folder was merged into an existing one, whose owner decides who can open it. */
  'merged_folder',
  /** Any other refusal. */
  'refused',
  /** Access beyond the wanted one was found and removed at once. */
  'reverted',
  /** The destination's owner changed it after CloudMover had set it. */
  'changed_since',
] as const;
export type AccessCode = (typeof ACCESS_CODES)[number];

/** Numbers of permissions by outcome; `wanted` is the sum. */
export interface AccessCounts extends Readonly<Record<AccessOutcome | 'wanted', number>> {
  /** Numbers of narrower and wider permissions, by code. */
  readonly reasons: Readonly<Partial<Record<AccessCode, number>>>;
  /** Numbers of restrictions of copies, by state, and of the refused ones, by code. */
  readonly restrictions: Readonly<Record<NonNullable<AccessRecord['restrictions']>['state'], number>> & {
    readonly reasons: Readonly<Partial<Record<AccessCode, number>>>;
  };
}
