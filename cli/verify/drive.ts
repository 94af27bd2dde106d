/** What is read of a file in Drive. */
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
  /** Of a folder: what is given above does not reach into it, but for managers of a shared drive. */
  inheritedPermissionsDisabled?: boolean;
}

/** What somebody may do, and until when (epoch milliseconds; missing: it does not end). */
export interface Reach {
  role: string;
  expires?: number;
}
/** Who can open a file, by `keyOf`. */
export type Readers = ReadonlyMap<string, Reach>;

/** One account's Drive, read only. */
export interface Drive {
  /** The file's metadata; undefined when it is gone. */
  get(id: string | undefined): Promise<DriveFile | undefined>;
  /** What is in a folder; undefined when it is gone. */
  children(id: string): Promise<Pick<DriveFile, 'id' | 'name' | 'createdTime'>[] | undefined>;
}

/** A Drive whose contents and permissions can be read, too. */
export interface OpenDrive extends Drive {
  /** The account's address. */
  address(): Promise<string | undefined>;
  /** Who can open a file; undefined when it is gone, or this account may not see it. */
  readers(id: string): Promise<Readers | undefined>;
  /** SHA-256 of the bytes as they are stored. */
  digest(id: string | undefined): Promise<string>;
}

/** Google rounds an expiry: this much (ms) is no difference. */
const EXPIRY_SLACK_MS = 60_000;

const ROLES = ['reader', 'commenter', 'writer', 'fileOrganizer', 'organizer', 'owner'];
export const rankOf = (role: string | undefined) => ROLES.indexOf(role ?? '');

/** Who a permission is for, as text. A person and a group are one: an address belongs to one of them. */
export const keyOf = (type: string, name = '') =>
  type === 'anyone' ? 'anyone' : type === 'domain' ? `@${name.toLowerCase()}` : name.toLowerCase();

export const endOf = ({ expires = Infinity }: Reach) => expires;

/** Whether somebody may do all that is to be allowed, for as long. */
export const covers = (has: Reach | undefined, least: Reach) =>
  has !== undefined && rankOf(has.role) >= rankOf(least.role) && endOf(has) >= endOf(least) - EXPIRY_SLACK_MS;
