/** The type of folders. */
export const FOLDER = 'application/vnd.google-apps.folder';

/** The used fields of a file in Drive. */
export interface DriveFile {
  id: string;
  name: string;
  mimeType: string;
  size?: string;
  md5Checksum?: string;
  sha256Checksum?: string;
  createdTime?: string;
  trashed?: boolean;
  parents?: string[];
  /** Of a shortcut. */
  shortcutDetails?: { targetId?: string };
  /** The folder inherits no permissions, except those of a shared drive's managers. */
  inheritedPermissionsDisabled?: boolean;
  writersCanShare?: boolean;
  /** Readers and commenters may not copy, print or download it. */
  copyRequiresWriterPermission?: boolean;
  downloadRestrictions?: {
    itemDownloadRestriction?: { restrictedForReaders?: boolean; restrictedForWriters?: boolean };
  };
  contentRestrictions?: { readOnly?: boolean }[];
}

/** An item in a listed folder. */
export type Child = Pick<DriveFile, 'id' | 'name' | 'mimeType' | 'createdTime' | 'shortcutDetails'>;

/** A role with its expiry (epoch milliseconds; missing: none). */
export interface Reach {
  role: string;
  expires?: number;
  /** Of the permission. */
  id?: string;
}
/** Who can open a file, by `keyOf`. */
export type Readers = ReadonlyMap<string, Reach>;

/** Read-only access to one account's Drive. */
export interface Drive {
  /** The file's metadata; undefined if it was deleted. */
  get(id: string | undefined): Promise<DriveFile | undefined>;
  /** The items in a folder; undefined if it was deleted. */
  children(id: string): Promise<Child[] | undefined>;
}

/** A Drive with readable contents and permissions. */
export interface OpenDrive extends Drive {
  /** The account's address. */
  address(): Promise<string | undefined>;
  /** Who can open a file; undefined if it was deleted, or this account cannot see it. */
  readers(id: string): Promise<Readers | undefined>;
  /** SHA-256 of the stored bytes; undefined if the file was deleted. */
  digest(id: string | undefined): Promise<string | undefined>;
}

/** Google rounds expiries, so smaller differences (ms) are ignored. */
const EXPIRY_SLACK_MS = 60_000;

const ROLES = ['reader', 'commenter', 'writer', 'fileOrganizer', 'organizer', 'owner'];
export const rankOf = (role: string | undefined) => ROLES.indexOf(role ?? '');

/** The grantee as text. People and groups share keys, because an address belongs to only one of them. */
export const keyOf = (type: string, name = '') =>
  type === 'anyone' ? 'anyone' : type === 'domain' ? `@${name.toLowerCase()}` : name.toLowerCase();

export const endOf = ({ expires = Infinity }: Reach) => expires;

/** Whether somebody has at least the expected access, for as long. */
export const covers = (has: Reach | undefined, least: Reach) =>
  has !== undefined && rankOf(has.role) >= rankOf(least.role) && endOf(has) >= endOf(least) - EXPIRY_SLACK_MS;
