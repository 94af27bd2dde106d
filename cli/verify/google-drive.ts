import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { CliError } from '../errors.ts';
import { covers, type DriveFile, keyOf, type OpenDrive, type Reach, type Readers } from './drive.ts';

const FIELDS =
  'id,name,mimeType,size,md5Checksum,sha256Checksum,createdTime,modifiedTime,trashed,parents,shortcutDetails(targetId),' +
  'inheritedPermissionsDisabled,writersCanShare,copyRequiresWriterPermission,' +
  'downloadRestrictions(itemDownloadRestriction),contentRestrictions(readOnly)';
const TRIES = 7;
const TIMEOUT_MS = 120_000;
/** Codes of errors that a retry does not fix: no DNS entry, no server, no route. */
const UNREACHABLE = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH']);

/** A permission of a file in Drive. */
interface Permission {
  id: string;
  type: string;
  emailAddress?: string;
  domain?: string;
  role: string;
  expirationTime?: string;
  deleted?: boolean;
  view?: string;
}

interface Page {
  files?: DriveFile[];
  nextPageToken?: string;
  incompleteSearch?: boolean;
}

/** An account's Drive at Google, with an access token. */
export class GoogleDrive implements OpenDrive {
  private readonly side: string;
  private readonly token: string;
  private readonly apiRoot: string;
  private answered = false;

  constructor(side: string, token: string, apiRoot: string) {
    this.side = side;
    this.token = token;
    this.apiRoot = apiRoot;
  }

  /** The file's metadata; undefined if it was deleted. */
  async get(id: string | undefined) {
    if (!id) return undefined;
    return this.json<DriveFile>(`files/${encodeURIComponent(id)}`, { fields: FIELDS, supportsAllDrives: 'true' });
  }

  async children(id: string) {
    const found: DriveFile[] = [];
    const seen = new Set<string>();
    for (let pageToken: string | undefined; ;) {
      const page: Page | undefined = await this.json<Page>('files', {
        q: `'${id}' in parents and trashed=false`,
        fields: 'nextPageToken,incompleteSearch,files(id,name,createdTime)',
        pageSize: '1000',
        supportsAllDrives: 'true',
        includeItemsFromAllDrives: 'true',
        ...(pageToken && { pageToken }),
      });
      if (!page) return undefined;
      if (page.incompleteSearch)
        throw new CliError(`Google listed a folder of the ${this.side} incompletely. Try again.`);
      found.push(...(page.files ?? []));
      pageToken = page.nextPageToken;
      if (!pageToken) return found;
      if (seen.has(pageToken)) throw new CliError(`Google repeated a page token of the ${this.side}. Try again.`);
      seen.add(pageToken);
    }
  }

  /** The address of this account. */
  async address() {
    const about = await this.json<{ user?: { emailAddress?: string } }>('about', { fields: 'user(emailAddress)' });
    return about?.user?.emailAddress?.toLowerCase();
  }

  /** Who can open a file; undefined if it was deleted, or this account cannot see it. */
  async readers(id: string): Promise<Readers | undefined> {
    const readers = new Map<string, Reach>();
    for (let pageToken: string | undefined; ;) {
      const page = await this.json<{ permissions?: Permission[]; nextPageToken?: string }>(
        `files/${encodeURIComponent(id)}/permissions`,
        {
          fields: 'nextPageToken,permissions(id,type,emailAddress,domain,role,expirationTime,deleted,view)',
          pageSize: '100',
          supportsAllDrives: 'true',
          ...(pageToken && { pageToken }),
        },
        [403, 404],
      );
      if (!page) return undefined;
      for (const { id, type, emailAddress, domain, role, expirationTime, deleted, view } of page.permissions ?? []) {
        const key = keyOf(type, emailAddress ?? domain);
        const reach = { id, role, ...(expirationTime && { expires: Date.parse(expirationTime) }) };
        if (!deleted && view !== 'metadata' && !covers(readers.get(key), reach)) readers.set(key, reach);
      }
      if (!(pageToken = page.nextPageToken)) return readers;
    }
  }

  /** SHA-256 of the stored bytes. */
  async digest(id: string | undefined) {
    const hash = createHash('sha256');
    const response = await this.ask(`files/${encodeURIComponent(id ?? '')}`, {
      alt: 'media',
      supportsAllDrives: 'true',
    });
    for await (const part of response.body ?? []) hash.update(part);
    return hash.digest('hex');
  }

  /** @param hidden statuses of items that the account cannot see */
  private async json<T>(path: string, query: Record<string, string>, hidden: readonly number[] = [404]) {
    const response = await this.ask(path, query, hidden);
    return response.ok ? ((await response.json()) as T) : undefined;
  }

  private async ask(path: string, query: Record<string, string>, hidden: readonly number[] = [404]): Promise<Response> {
    const url = new URL(`/drive/v3/${path}`, this.apiRoot);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    for (let attempt = 1; ; attempt++) {
      const response = await fetch(url, {
        headers: { authorization: `Bearer ${this.token}`, 'accept-encoding': 'identity' },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      }).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
      const status = response instanceof Response ? response.status : undefined;
      const reason =
        response instanceof Error ? response.message : response.ok ? '' : (await response.clone().text()).slice(0, 500);
      const isLimit = status === 429 || /rateLimitExceeded/i.test(reason);
      if (response instanceof Response && (response.ok || (hidden.includes(response.status) && !isLimit))) {
        this.answered = true;
        return response;
      }
      if (status === 401)
        throw new CliError(
          `Google does not accept the access token of the ${this.side}: it has ended, or is another's.`,
        );
      const code = response instanceof Error ? codeOf(response.cause) : '';
      // No response so far, and a retry would not help.
      if (!this.answered && UNREACHABLE.has(code))
        throw new CliError(
          `${url.origin} cannot be reached (${code}). Is there a network? A sandbox is named with --api-root URL.`,
        );
      const again = status === undefined || status >= 500 || isLimit;
      if (!again || attempt >= TRIES) throw new CliError(`Google refused to read the ${this.side}: ${reason}`);
      await sleep(Math.min(2 ** attempt, 32) * 500 * (1 + Math.random()));
    }
  }
}

const codeOf = (error: unknown) =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : '';
