// One account's Drive for `npm run live-check`, without CloudMover.
import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { URL } from 'node:url';
import { z } from 'zod';
import { Problem } from './workspace.ts';

export const FOLDER = 'application/vnd.google-apps.folder';
/** The private property of everything that a check creates, so that this run or a later one finds it. */
export const MARK = 'cloudmoverLiveCheck';
/** The limit for this command; CloudMover and the comparison add about 200 for the transfer. */
export const MAX_REQUESTS = 400;
const TIMEOUT_MS = 60_000;
const TOO_FAST = new Set(['rateLimitExceeded', 'userRateLimitExceeded', 'sharingRateLimitExceeded']);
/** Upload chunks are multiples of this ("Upload file data"). */
export const QUANTUM = 256 * 1024;

const EDITOR_HOSTS = [
  ['/v1/documents', 'https://docs.googleapis.com'],
  ['/v4/spreadsheets', 'https://sheets.googleapis.com'],
] as const;

/** Metadata of a file in requests. */
type Metadata = Record<string, unknown> & { appProperties?: Record<string, string> };

interface Question {
  query?: Record<string, string | number | boolean>;
  body?: Buffer | object;
  headers?: Record<string, string>;
}

/** The used fields of a file; probes request some of them. */
export const FILE = z.looseObject({
  id: z.string().optional(),
  mimeType: z.string().optional(),
  size: z.string().optional(),
  md5Checksum: z.string().optional(),
  sha256Checksum: z.string().optional(),
  modifiedTime: z.string().optional(),
  version: z.string().optional(),
  properties: z.record(z.string(), z.string()).optional(),
  permissions: z.array(z.unknown()).optional(),
  capabilities: z.object({ canCopy: z.boolean().optional() }).optional(),
});
/** A created file always has an id. */
const MADE = FILE.extend({ id: z.string() });
const FOUND = z.object({ files: z.array(MADE).default([]) });
export const IDS = z.object({ ids: z.tuple([z.string()]) });
export const ABOUT = z.object({
  user: z.object({ emailAddress: z.string().default(''), permissionId: z.string().default('') }),
});
/** https://developers.google.com/workspace/drive/api/guides/handle-errors */
const ERROR = z.object({
  error: z.object({
    errors: z.array(z.object({ reason: z.string().default('') })).optional(),
    status: z.string().optional(),
  }),
});

/** An error of Google's, with status and reason only, because its message may contain file names. */
class GoogleError extends Error {
  readonly status: number;

  constructor(status: number, reason: string) {
    super(`${status} ${reason}`);
    this.status = status;
  }
}

/** Google refuses a request. */
export class Refusal extends GoogleError {}

/** Google does not answer now (an outage, too many requests, an ended sign-in), which says nothing about an assumption. */
export class NoAnswer extends GoogleError {}

/** The requests of both accounts so far, and refusals for their rate. */
export class Budget {
  requests = 0;
  /** Google's refusals of requests that were too fast. */
  tooFast: string[] = [];

  /** The check has ended or was stopped, and sends no more requests. */
  isClosed = false;

  spend() {
    if (this.isClosed) throw new Problem('The check was ended.');
    if (++this.requests > MAX_REQUESTS) throw new Problem(`More than ${MAX_REQUESTS} requests: the check stops here.`);
  }
}

/** One account's Drive, without CloudMover. */
export class Account {
  readonly apiRoot: string;
  readonly accessToken: () => Promise<string>;
  readonly budget: Budget;

  constructor({
    apiRoot,
    accessToken,
    budget,
  }: {
    apiRoot: string;
    accessToken: () => Promise<string>;
    budget: Budget;
  }) {
    this.apiRoot = apiRoot;
    this.accessToken = accessToken;
    this.budget = budget;
  }

  /** Google serves the APIs of its editors from hosts of their own. */
  private rootOf(path: string): string {
    const [, host] = EDITOR_HOSTS.find(([beginning]) => path.startsWith(beginning)) ?? [];
    return host && this.apiRoot.endsWith('.googleapis.com') ? host : this.apiRoot;
  }

  /**
   * Sends a request and returns Google's answer, also a refusal. Retries requests that were refused as too fast.
   * @throws {NoAnswer}
   */
  async ask(method: string, path: string, { query = {}, body, headers = {} }: Question = {}) {
    const url = new URL(path, this.rootOf(path));
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
    if (url.origin !== new URL(this.rootOf(path)).origin) throw new Problem('Google named another host for an upload.');
    const isJson = body !== undefined && !Buffer.isBuffer(body);
    for (let attempt = 1; ; attempt++) {
      this.budget.spend();
      const response = await fetch(url, {
        method,
        redirect: 'manual',
        headers: {
          authorization: `Bearer ${await this.accessToken()}`,
          'accept-encoding': 'identity',
          ...(isJson && { 'content-type': 'application/json; charset=UTF-8' }),
          ...headers,
        },
        ...(body !== undefined && { body: Buffer.isBuffer(body) ? Uint8Array.from(body) : JSON.stringify(body) }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const bytes = Buffer.from(await response.arrayBuffer());
      const json = jsonIn(bytes, response.headers);
      const { errors, status = '' } = ERROR.safeParse(json).data?.error ?? {};
      const reason = (errors?.[0]?.reason || status).slice(0, 60);
      const isTooFast = response.status === 429 || TOO_FAST.has(reason);
      if (isTooFast) {
        const retryAfter = response.headers.get('retry-after');
        this.budget.tooFast.push(
          `${response.status} ${reason || 'without a reason'}, Retry-After ${retryAfter ?? 'missing'}`,
        );
        if (attempt < 5) {
          await sleep(Math.min(Number(retryAfter) || 2 ** attempt, 30) * 1000);
          continue;
        }
      }
      if (isTooFast || response.status === 401 || response.status >= 500) throw new NoAnswer(response.status, reason);
      return { status: response.status, headers: response.headers, bytes, json, reason };
    }
  }

  /** Returns the JSON of a response. @throws {Refusal} for any status except 2xx @throws {NoAnswer} */
  async call<T>(answered: z.ZodType<T>, method: string, path: string, options?: Question): Promise<T> {
    const answer = await this.ask(method, path, options);
    if (answer.status >= 300) throw new Refusal(answer.status, answer.reason || 'without a reason');
    return answered.parse(answer.json);
  }

  get(id: string, fields: string, options: Question = {}) {
    return this.call(FILE, 'GET', fileAt(id), { ...options, query: { fields, supportsAllDrives: true } });
  }

  /** Creates an item without content, with the mark. */
  create(metadata: Metadata, fields = 'id') {
    const body = { ...metadata, appProperties: { [MARK]: '1', ...metadata.appProperties } };
    return this.call(MADE, 'POST', '/drive/v3/files', { query: { fields, supportsAllDrives: true }, body });
  }

  /** Uploads in one request. */
  upload(metadata: Metadata, mediaType: string, content: string | Buffer, fields = 'id') {
    const boundary = randomUUID();
    const marked = { ...metadata, appProperties: { [MARK]: '1' } };
    const head = `--${boundary}\r\ncontent-type: application/json; charset=UTF-8\r\n\r\n${JSON.stringify(marked)}\r\n--${boundary}\r\ncontent-type: ${mediaType}\r\n\r\n`;
    return this.call(MADE, 'POST', '/upload/drive/v3/files', {
      query: { uploadType: 'multipart', fields, supportsAllDrives: true },
      headers: { 'content-type': `multipart/related; boundary=${boundary}` },
      body: Buffer.concat([Buffer.from(head), Buffer.from(content), Buffer.from(`\r\n--${boundary}--\r\n`)]),
    });
  }

  /** Begins a resumable upload. @returns its address */
  async session(metadata: Metadata, size: number, fields = 'id') {
    const { status, headers, reason } = await this.ask('POST', '/upload/drive/v3/files', {
      query: { uploadType: 'resumable', fields, supportsAllDrives: true },
      headers: { 'x-upload-content-type': 'application/octet-stream', 'x-upload-content-length': String(size) },
      body: { ...metadata, appProperties: { [MARK]: '1' } },
    });
    const address = headers.get('location');
    if (status >= 300 || !address) throw new Refusal(status, reason || 'no address');
    return address;
  }

  chunk(address: string, content: Buffer, start: number, size: number) {
    const range = `bytes ${start}-${start + content.length - 1}/${size}`;
    return this.ask('PUT', address, { headers: { 'content-range': range }, body: content });
  }

  /** Uploads in chunks. @returns Google's last response */
  async uploadLarge(metadata: Metadata, content: Buffer, fields = 'id') {
    const address = await this.session(metadata, content.length, fields);
    const size = 16 * QUANTUM;
    for (let start = 0; ; start += size) {
      const answer = await this.chunk(address, content.subarray(start, start + size), start, content.length);
      if (answer.status < 300) return MADE.parse(answer.json);
      if (answer.status !== 308 || start + size >= content.length) throw new Refusal(answer.status, answer.reason);
    }
  }

  copy(id: string, body: Metadata, fields = 'id') {
    const marked = { ...body, appProperties: { [MARK]: '1' } };
    return this.call(MADE, 'POST', `${fileAt(id)}/copy`, { query: { fields, supportsAllDrives: true }, body: marked });
  }

  async search(q: string, fields = 'id') {
    const query = { q, fields: `files(${fields})`, pageSize: 100 };
    return (await this.call(FOUND, 'GET', '/drive/v3/files', { query })).files;
  }

  remove(id: string) {
    return this.ask('DELETE', fileAt(id), { query: { supportsAllDrives: true } });
  }

  /**
   * Stops this account's requests and deletes what the check created: folders with their contents, and leftovers of an
   * earlier check. @returns the number of items that could not be deleted
   * @param own ids of folders created by this run, which may not be in the index yet
   */
  async clean(own: readonly string[] = []) {
    this.budget.isClosed = true;
    const cleaner = new Account({ ...this, budget: new Budget() });
    const removed = async (id: string) => {
      try {
        return (await cleaner.remove(id)).status;
      } catch (error) {
        if (error instanceof NoAnswer) return error.status;
        throw error;
      }
    };
    for (const id of own) await removed(id);
    for (let round = 0; ; round++) {
      const found = await cleaner.search(
        `appProperties has { key='${MARK}' and value='1' } and 'me' in owners`,
        'id,mimeType',
      );
      found.sort((one, other) => Number(other.mimeType === FOLDER) - Number(one.mimeType === FOLDER));
      const statuses: number[] = [];
      for (const { id } of found) statuses.push(await removed(id));
      // 404: already deleted with its folder, and still in the index.
      const stayed = statuses.filter((status) => status >= 300 && status !== 404).length;
      if (stayed > 0 && round >= 2) return stayed;
      if (stayed === 0 && !statuses.some((status) => status < 300)) return 0;
    }
  }
}

export const fileAt = (id: string) => `/drive/v3/files/${encodeURIComponent(id)}`;

function jsonIn(bytes: Buffer, headers: Headers): unknown {
  if (!/json/.test(headers.get('content-type') ?? '')) return undefined;
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
