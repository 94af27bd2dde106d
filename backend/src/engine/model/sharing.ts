/** `anyone`: everybody who has the link, or who finds the item by a search where it is discoverable. */
export type GranteeType = 'user' | 'group' | 'domain' | 'anyone';

/** From the least to the most. `fileOrganizer` and `organizer` exist in shared drives only, `owner` in My Drive only. */
export const ROLES = ['reader', 'commenter', 'writer', 'fileOrganizer', 'organizer', 'owner'] as const;
export type Role = (typeof ROLES)[number];

/** Who has a role. */
export interface Grantee {
  readonly type: GranteeType;
  /** E-mail address of a user or group, name of a domain; lower case. Missing: anyone. */
  readonly address?: string;
}

/** A permission as the drive states it. */
export interface DrivePermission {
  readonly id: string;
  readonly grantee: Grantee;
  readonly role: Role;
  /** Epoch milliseconds; missing where it does not expire. */
  readonly expiresAt?: number;
  /** Of a domain or anyone: the item can be found by a search. */
  readonly isDiscoverable?: boolean;
  /** The account of the grantee was deleted. */
  readonly isDeleted?: boolean;
  /** The grantee sees that a limited folder exists, not what it holds (Google, "Limited and expansive access"). */
  readonly isMetadataOnly?: boolean;
  /**
   * It comes from a folder above. Missing in lists of items. Where a grantee has a direct permission below one of a
   * higher role from above, this is `true` in shared drives and `false` in My Drive, which does not tell them apart.
   */
  readonly isInherited?: boolean;
}

/** A permission that is to be given. */
export type NewPermission = Pick<DrivePermission, 'grantee' | 'role' | 'expiresAt' | 'isDiscoverable'>;

/** Settings of an item that restrict what its permissions allow (Google, reference of `files`). */
export interface AccessRestrictions {
  /** Of a folder: permissions of the folders above don't reach into it (`inheritedPermissionsDisabled`). */
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

/** Restrictions to set (`true`) or lift (`false`); those that are not named stay as they are. */
export interface RestrictionChanges extends Omit<AccessRestrictions, 'lock'> {
  /** Null: unlock it. */
  readonly lock?: AccessRestrictions['lock'] | null;
}

/** Who can open an original, as the source states it. */
export interface SourceAccess {
  /** All effective permissions, those of the folders above included; missing where the source may not read them. */
  readonly permissions?: readonly DrivePermission[];
  readonly restrictions: AccessRestrictions;
}

/** What a transfer does with access. `mode: none` is the absence of these options. */
export interface SharingOptions {
  /** Grantees that no line of the people map names. */
  readonly unmapped: 'keep' | 'drop';
  /** Anyone-with-the-link permissions: keep the role, reader at most, or leave out. */
  readonly links: 'keep' | 'restrict' | 'drop';
  /** What the owner of an original gets on its copy. */
  readonly owner: 'drop' | 'reader' | 'writer';
  /** Grantees outside the domains of both accounts. */
  readonly outsiders: 'keep' | 'drop';
  /** Whether Google may send its e-mail to addresses that cannot be added without it. */
  readonly notify: boolean;
  /** Lines of the people map, which the ledger keeps by itself: it may have MAX_PEOPLE_LINES. */
  readonly lines: number;
}

/** A line of the people map: `from` becomes `to`. Both are an address, or `@` and a domain; lower case. */
export interface PeopleLine {
  /** Of the CSV file or the list, from 1. */
  readonly line: number;
  readonly from: string;
  /** Null: nobody. */
  readonly to: string | null;
}

export const MAX_PEOPLE_LINES = 20_000;

/** A permission that a copy is to have directly, and for whom it is. */
export interface WantedPermission {
  readonly grantee: Grantee;
  readonly role: Role;
  readonly expiresAt?: number;
  readonly isDiscoverable?: boolean;
  /** The grantees of the original that this one stands for: more than one where lines map several to one. */
  readonly originals: readonly Grantee[];
  /** Why it is less than the original had, although the map does not ask for less. */
  readonly reduced?: AccessCode;
}

/** What became of a wanted permission. `waiting`: not written, or not proved yet. */
export const ACCESS_OUTCOMES = ['waiting', 'equal', 'narrower', 'wider'] as const;
export type AccessOutcome = (typeof ACCESS_OUTCOMES)[number];

/** What a person will be able to do, beside what the person can do now. */
export const ACCESS_CHANGES = ['gains', 'loses', 'less', 'keeps'] as const;
export type AccessChange = (typeof ACCESS_CHANGES)[number];

/** Access of one item's copy: what is to be, and what came of it. Ordinals are those of the plan. */
export interface AccessRecord {
  readonly ordinal: number;
  /** The copy it is about: a later run may replace it by another one. */
  readonly copyId: string;
  readonly grants: readonly AccessGrant[];
  /** `applied`: the restrictions of the original are set on the copy; missing where it has none. */
  readonly restrictions?: {
    readonly wanted: RestrictionChanges;
    readonly state: 'waiting' | 'applied' | 'refused';
    readonly code?: AccessCode;
  };
  /**
   * Permissions that the copy had directly before the first write, and that are not CloudMover's: they are neither
   * removed nor lowered. Missing: not read, because the copy is new.
   */
  readonly before?: readonly EarlierPermission[];
}

/** A permission of a copy that is not CloudMover's. */
export interface EarlierPermission {
  readonly id: string;
  readonly role: Role;
  readonly expiresAt?: number;
}

export interface AccessGrant extends WantedPermission {
  readonly outcome: AccessOutcome;
  /** Of `narrower`: Google's reason. Of `wider`: `reverted`. */
  readonly code?: AccessCode;
  /** Of the permission that CloudMover created or changed; what a later run may change or remove. */
  readonly permissionId?: string;
  /** The role in which CloudMover left that permission: in another one, the destination's owner has changed it. */
  readonly setRole?: Role;
  /** What CloudMover raised: to remove the permission is to go back to this. */
  readonly raisedFrom?: EarlierPermission;
  /** The item that the copy took the place of had it: the destination's owner gave it. */
  readonly isKept?: true;
  /** The original lost it since an earlier run: it is to be removed from the copy, and then from this record. */
  readonly isWithdrawn?: true;
}

/**
 * Why access differs from the original's: foreseen, or Google's refusal. Each has its sentence in `ACCESS_REASONS` and,
 * for the portal, in both languages.
 */
export const ACCESS_CODES = [
  /** Everyone who can open the target folder can open what is copied into it. */
  'target_folder',
  /** Of a gain: a line of the people map makes somebody a person who has access of their own, to other items or in a lower role. */
  'people_map',
  /** Of a gain: what a shortcut points at is copied into a folder that more people can open (`shortcuts: follow`). */
  'shortcut_followed',
  /** A line of the people map names nobody. */
  'map_nobody',
  'unmapped_dropped',
  'outsider_dropped',
  'link_dropped',
  'link_restricted',
  'owner_dropped',
  'owner_reduced',
  /** The grantee's account was deleted. */
  'account_deleted',
  /** The source may not read the permissions of the item, so they are not carried over. */
  'unreadable',
  /** Organizer and fileOrganizer exist in shared drives only; in those, not on files. */
  'role_not_available',
  /** It expired before it could be set, or lies more than a year ahead and is shortened. */
  'expired',
  'expiry_shortened',
  /** Google allows no expiry for this role, item or grantee: the permission is left out. */
  'expiry_not_allowed',
  /** `invalidSharingRequest`: the address has no Google account, and no e-mail may be sent. */
  'no_google_account',
  /** `shareOutNotPermitted` and its kin: the destination's domain. */
  'domain_forbids_sharing_out',
  /** `shareInNotPermitted`: the grantee's domain. */
  'domain_forbids_sharing_in',
  /** `publishOutNotPermitted`, `invalidLinkVisibility`: links. */
  'link_not_permitted',
  /** `targetUserRoleLimitedByLicenseRestriction`. */
  'license',
  /** `cannotShareTeamDrive…`, `teamDriveDomainUsersOnlyRestriction` and their kin. */
  'shared_drive_restricted',
  /** The grantee's account is suspended. */
  'suspended',
  /** It would also open a copy below that could not be limited as its original is. */
  'opens_limited_folder',
  /** Of a limited folder: its copy was merged into one that was there, whose owner decides whom it is limited to. */
  'merged_folder',
  /** Any other refusal; its detail states Google's words. */
  'refused',
  /** More than was wanted was found and removed at once. */
  'reverted',
  /** The person who owns the destination changed it after CloudMover had set it. */
  'changed_since',
] as const;
export type AccessCode = (typeof ACCESS_CODES)[number];

/** Wanted permissions by outcome: `wanted` is the sum of the others. */
export interface AccessCounts extends Readonly<Record<AccessOutcome | 'wanted', number>> {
  /** Permissions that came out narrower or wider, by their code. */
  readonly reasons: Readonly<Partial<Record<AccessCode, number>>>;
  /** Copies by whether the restrictions of the original are set on them. */
  readonly restrictions: Readonly<Record<NonNullable<AccessRecord['restrictions']>['state'], number>>;
}
