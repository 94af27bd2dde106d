import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { CliError, incompleteList, EXIT, reasonOf } from '../errors.ts';
import { covers, type DriveFile, keyOf, type OpenDrive, type Reach, type Readers } from './drive.ts';

const FIELDS =
  'id,name,mimeType,size,md5Checksum,sha256Checksum,createdTime,modifiedTime,trashed,parents,shortcutDetails(targetId),' +
  'inheritedPermissionsDisabled,writersCanShare,copyRequiresWriterPermission,' +
  'downloadRestrictions(itemDownloadRestriction),contentRestrictions(readOnly)';
const TRIES = 7;
/** A request that gets no byte for so long is given up; a download may take hours. */
const SILENCE_MS = 120_000;
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

export interface GoogleDriveOptions {
  /** The option that names another server than Google's, as the person types it. */
  rootOption?: string;
  /** Of a person who stops the program. */
  signal?: AbortSignal;
  /** Half of the shortest wait before a repetition (ms). */
  waitMs?: number;
}

/** What came of a request. */
type Outcome<T> = { value: T } | { status?: number; reason: string; cause?: unknown };

/** An account's Drive at Google, with an access token. */
export class GoogleDrive implements OpenDrive {
  private readonly side: string;
  private readonly token: string;
  private readonly apiRoot: string;
  private readonly rootOption: string;
  private readonly signal: AbortSignal | undefined;
  private readonly waitMs: number;
  private answered = false;

  constructor(
    side: string,
    token: string,
    apiRoot: string,
    { rootOption = '--api-root URL', signal, waitMs = 500 }: GoogleDriveOptions = {},
  ) {
    this.side = side;
    this.token = token;
    this.apiRoot = apiRoot;
    this.rootOption = rootOption;
    this.signal = signal;
    this.waitMs = waitMs;
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
        fields: 'nextPageToken,incompleteSearch,files(id,name,mimeType,createdTime,shortcutDetails(targetId))',
        pageSize: '1000',
        supportsAllDrives: 'true',
        includeItemsFromAllDrives: 'true',
        ...(pageToken && { pageToken }),
      });
      if (!page) return undefined;
      if (page.incompleteSearch) throw incompleteList(this.side);
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

  /** SHA-256 of the stored bytes; undefined if the file was deleted. */
  async digest(id: string | undefined) {
    const query = { alt: 'media', supportsAllDrives: 'true' };
    return this.ask(`files/${encodeURIComponent(id ?? '')}`, query, async (parts) => {
      const hash = createHash('sha256');
      for await (const part of parts) hash.update(part);
      return hash.digest('hex');
    });
  }

  /** @param hidden statuses of items that the account cannot see */
  private json<T>(path: string, query: Record<string, string>, hidden?: readonly number[]) {
    return this.ask(path, query, async (parts) => JSON.parse(await text(parts)) as T, hidden);
  }

  /**
   * Sends a request until it succeeds as a whole, body included.
   * @param read reads the body; called again for each attempt
   * @returns undefined for a hidden status
   * @throws CliError if it does not succeed
   */
  private async ask<T>(
    path: string,
    query: Record<string, string>,
    read: (parts: AsyncIterable<Uint8Array>) => Promise<T>,
    hidden: readonly number[] = [404],
  ): Promise<T | undefined> {
    const url = new URL(`/drive/v3/${path}`, this.apiRoot);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.send(url, read);
      if ('value' in outcome) return outcome.value;
      const { status, reason, cause } = outcome;
      const isLimit = status === 429 || /rateLimitExceeded/i.test(reason);
      if (status !== undefined && hidden.includes(status) && !isLimit) return undefined;
      if (status === 401) throw this.signInNeeded();
      const code = cause instanceof Error ? codeOf(cause.cause) : '';
      // No response so far, and a retry would not help.
      if (!this.answered && UNREACHABLE.has(code))
        throw new CliError(
          `${url.origin} cannot be reached (${code}). Is there a network? A sandbox is named with ${this.rootOption}.`,
          { cause },
        );
      const again = status === undefined || status >= 500 || isLimit;
      if (!again || attempt >= TRIES)
        throw new CliError(
          status === undefined
            ? `The ${this.side} cannot be read at ${url.origin}: ${reason}. Try again.`
            : `Google refused to read the ${this.side}: ${reason}`,
          { cause },
        );
      const { signal } = this;
      await sleep(Math.min(2 ** attempt, 32) * this.waitMs * (1 + Math.random()), undefined, { signal });
    }
  }

  /** Sends a request once. @throws what aborted it if the person stopped the program */
  private async send<T>(url: URL, read: (parts: AsyncIterable<Uint8Array>) => Promise<T>): Promise<Outcome<T>> {
    const silence = new AbortController();
    const watch = setTimeout(
      () => silence.abort(new Error(`nothing came for ${SILENCE_MS / 1000} seconds`)),
      SILENCE_MS,
    );
    try {
      const response = await fetch(url, {
        headers: { authorization: `Bearer ${this.token}`, 'accept-encoding': 'identity' },
        signal: this.signal ? AbortSignal.any([silence.signal, this.signal]) : silence.signal,
      });
      this.answered = true;
      const parts = watched(response.body ?? [], () => watch.refresh());
      if (response.ok) return { value: await read(parts) };
      return { status: response.status, reason: (await text(parts)).slice(0, 500) };
    } catch (cause) {
      if (this.signal?.aborted) throw cause;
      return { reason: reasonOf(cause), cause };
    } finally {
      clearTimeout(watch);
    }
  }

  private signInNeeded(): CliError {
    const name = `${this.side.toUpperCase()}_ACCESS_TOKEN`;
    return new CliError(
      `Google does not accept the access token of the ${this.side}: it has ended, or is another's. Put a new one into ${name}, or into the file that ${name}_FILE names.`,
      { exitCode: EXIT.person, code: 'access_token_refused', details: { side: this.side } },
    );
  }
}

/** The parts of a body; `onPart` is called for each as it comes. */
async function* watched(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, onPart: () => void) {
  for await (const part of body) {
    onPart();
    yield part;
  }
}

const codeOf = (error: unknown) =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : '';
