import type { Role } from '../drive/model.ts';
import type { BehaviorSettings, Quotas } from '../faults/behavior.ts';
import type { Fault } from '../faults/fault.ts';
import type { ItemAccess } from './access-report.ts';
import type { Preset, PresetResult } from '../seed/presets.ts';
import type { ImportResult } from '../seed/seeding.ts';
import type { BillingBucket, Prices, UnitClass } from '../http/meter.ts';
import type { LogFilter } from '../http/stats.ts';
import type { Limits, Switches } from '../faults/switches.ts';

/** What `POST /__sandbox/tokens` gives: as Google's token endpoint. */
export interface Tokens {
  access_token: string;
  refresh_token: string;
  expires_in: number;
  scope: string;
  token_type: 'Bearer';
}

/** A line of the tree: what the sandbox itself says of an item, beside the Drive API. */
export interface TreeItem {
  /** From the account's top; slashes and backslashes in names have a backslash before them. */
  path: string;
  names: string[];
  id: string;
  parentId?: string;
  name: string;
  mimeType: string;
  /** The owner's address; items of shared drives have `driveId` instead. */
  owner?: string;
  driveId?: string;
  md5?: string;
  sha256?: string;
  size?: number;
  createdTime: string;
  modifiedTime: string;
  trashed: boolean;
  description?: string;
  starredBy?: string[];
  properties?: Record<string, string>;
  appProperties?: Record<string, string>;
  shortcutTarget?: string;
  text?: string;
  permissions: { id: string; type: string; role: string; email?: string; domain?: string; expirationTime?: string }[];
}

/** A line of the log. */
export interface LoggedRequest {
  time: string;
  operation: string;
  method: string;
  path: string;
  account?: string;
  /** 0 when the connection broke without an answer. */
  status: number;
  ms: number;
  /** `ok`, `dropped`, `refused`, or Google's reason. */
  verdict: string;
  fault?: string;
}

export interface SandboxStats {
  since: string;
  total: number;
  requests: Record<string, Record<string, number>>;
  byAccount: Record<string, { requests: number; quotaUnits: number }>;
  /** By OAuth client or service account. */
  byProject: Record<string, { requests: number; units: number }>;
  /** Units that are billed. */
  byBucket: Record<BillingBucket, number>;
  quotaUnits: number;
  bytesIn: number;
  bytesOut: number;
  peakConcurrency: number;
  running: number;
  notifications: number;
  faultsStruck: number[];
}

/** What an administrator, or a licence, decides about an account. */
export interface PersonChanges {
  admin?: boolean;
  delegatedAdmin?: boolean;
  suspended?: boolean;
  archived?: boolean;
  mailboxSetup?: boolean;
  driveLicence?: boolean;
  deleted?: boolean;
  orgUnitPath?: string;
  aliases?: string[];
}

/** Usage of one day, which ends at midnight Pacific time. */
export interface UsageDay {
  date: string;
  requests: number;
  units: number;
  /** Without errors. */
  successful: { requests: number; units: number };
  classes: Record<UnitClass, { requests: number; units: number }>;
  egressBytes: number;
  /** An account has no cost of its own: allowances are the project's. */
  buckets: { bucket: BillingBucket; units: number; cost?: number }[];
  cost?: number;
}

/** Usage of a project, or of one account in it. */
export interface Usage {
  minutes: { peakUnits: number; current: { since: string; units: number } | null };
  days: UsageDay[];
}

export interface UsageReport {
  day: string;
  dayEnds: string;
  prices: Prices;
  projects: (Usage & { project: string; accounts: (Usage & { account: string })[] })[];
}

export interface PriceInput extends Partial<Omit<Prices, 'freeUnitsPerDay' | 'perMillionUnits'>> {
  freeUnitsPerDay?: Partial<Prices['freeUnitsPerDay']>;
  perMillionUnits?: Partial<Prices['perMillionUnits']>;
}

/** The settings; `BehaviorSettings` describes each. */
export interface BehaviorInput extends Partial<Omit<BehaviorSettings, 'faults' | 'quotas' | 'limits' | 'switches'>> {
  faults?: (Omit<Fault, 'kind'> & { kind?: Fault['kind'] })[];
  quotas?: Quotas | 'google';
  limits?: Partial<Limits>;
  switches?: Partial<Switches>;
}

/** The control API refused; the message names what is wrong. */
export class SandboxRefusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * The control API of a running sandbox, for tests. It needs only `fetch`. Every method rejects with a
 * `SandboxRefusal` when the sandbox refuses, and with what `fetch` throws when there is none.
 */
export class SandboxClient {
  private readonly base: string;

  /** @param url where the sandbox is, as `GOOGLE_BASE_URL` has it */
  constructor(url: string) {
    this.base = `${url.replace(/\/+$/, '')}/__sandbox`;
  }

  /** Tokens without a browser; `expiresIn` in seconds. */
  tokens(account: string, options: { scopes?: string[]; expiresIn?: number; clientId?: string } = {}): Promise<Tokens> {
    return this.json('POST', 'tokens', { account, ...options });
  }

  /** Ends an account's access tokens as if their hour were over. */
  expireTokens(account: string): Promise<{ expired: number }> {
    return this.json('POST', 'tokens/expire', { account });
  }

  /** Revokes what an account granted, to one client or to all. */
  revokeGrants(account: string, clientId?: string): Promise<{ ended: number }> {
    return this.json('POST', 'grants/revoke', { account, clientId });
  }

  addAccount(
    email: string,
    options: { name?: string; quotaBytes?: number; unlimitedStorage?: boolean } = {},
  ): Promise<{ rootId: string }> {
    return this.json('POST', 'accounts', { email, ...options });
  }

  /** Creates a shared drive, which its organizer manages. @returns its id, which is also that of its top folder */
  addDrive(
    name: string,
    organizer: string,
    members: { email: string; role: Exclude<Role, 'owner'> }[] = [],
  ): Promise<{ id: string; name: string }> {
    return this.json('POST', 'drives', { name, organizer, members });
  }

  /** Joins domains to one organisation, the primary one first. */
  setOrganization(domains: string[]): Promise<{ customerId: string; primaryDomain: string; domains: string[] }> {
    return this.json('POST', 'organizations', { domains });
  }

  /** Changes what the directory says of an account; what is left out stays as it is. */
  updatePerson(email: string, changes: PersonChanges): Promise<Required<PersonChanges>> {
    return this.json('POST', 'people', { email, ...changes });
  }

  /** Makes a group, or replaces its members: addresses of people and groups, or a customer id for everyone. */
  setGroup(email: string, members: string[], name?: string): Promise<{ email: string; members: string[] }> {
    return this.json('POST', 'groups', { email, members, name });
  }

  /** Sets what an organisation delegates to a service account; no scopes withdraw it. */
  delegate(email: string, domain: string, scopes: string[]): Promise<unknown> {
    return this.json('POST', 'service-accounts/delegation', { email, domain, scopes });
  }

  addClient(
    clientId: string,
    clientSecret: string,
    redirectUris: string[],
    options: { testing?: boolean; rotationGraceSeconds?: number } = {},
  ): Promise<unknown> {
    return this.json('POST', 'clients', { clientId, clientSecret, redirectUris, ...options });
  }

  /** Imports a folder of the sandbox's machine into an account. */
  import(account: string, path: string, parentId?: string): Promise<ImportResult> {
    return this.json('POST', 'import', { account, path, parentId });
  }

  /** A made-up tree that costs no disk; the same figures and seed make the same one. */
  makeTree(
    account: string,
    plan: { folders?: number; files?: number; bytes?: number; seed?: number; name?: string; parentId?: string },
  ): Promise<{ folderId: string; name: string; folders: number; files: number; bytes: number }> {
    return this.json('POST', 'trees', { account, ...plan });
  }

  /** Fills an account from a preset. The same preset and seed (default: 1) create the same items. */
  fill(account: string, preset: Preset, options: { parentId?: string; seed?: number } = {}): Promise<PresetResult> {
    return this.json('POST', 'presets', { account, preset, ...options });
  }

  /** Creates a Google document from a short description; `npx drive-sandbox` describes it at `POST /documents`. */
  createDocument(
    account: string,
    name: string,
    described: { document: object } | { spreadsheet: object } | { presentation: object } | { form: object },
    options: { parentId?: string } = {},
  ): Promise<{ id: string }> {
    return this.json('POST', 'documents', { account, name, ...described, ...options });
  }

  /** The whole model of a Google document: what to compare with. */
  document(fileId: string): Promise<{ id: string; name: string; mimeType: string; document: object }> {
    return this.json('GET', `documents?${new URLSearchParams({ fileId }).toString()}`);
  }

  /** Edits a Google document like a person who has it open; default: the owner writes a sentence at its end. */
  editDocument(
    fileId: string,
    options: { account?: string; text?: string; index?: number; tabId?: string } = {},
  ): Promise<{ id: string; revisionId: string }> {
    return this.json('POST', 'documents/edit', { fileId, ...options });
  }

  /** Everything in an account, or below a folder, read beside the Drive API: what to compare with. */
  tree(account: string, options: { folderId?: string; checksums?: boolean } = {}): Promise<TreeItem[]> {
    return this.lines('tree', { account, ...options });
  }

  /** Who may open an item, or with `tree` each item below it too, person by person: what to compare with. */
  async access(item: string, options: { tree?: boolean; pageSize?: number } = {}): Promise<ItemAccess[]> {
    const found: ItemAccess[] = [];
    let pageToken: string | undefined;
    do {
      const given = Object.entries({ item, ...options, pageToken }).filter(([, value]) => value !== undefined);
      const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
      const page = await this.json<{ items: ItemAccess[]; nextPageToken?: string }>(
        'GET',
        `access?${query.toString()}`,
      );
      found.push(...page.items);
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
    return found;
  }

  stats(): Promise<SandboxStats> {
    return this.json('GET', 'stats');
  }

  /** Drive's units as Google would bill them; see `Meter`. */
  meter(): Promise<UsageReport> {
    return this.json('GET', 'meter');
  }

  /** Allowances and prices of the meter. */
  setPrices(prices: PriceInput): Promise<Prices> {
    return this.json('PUT', 'prices', prices);
  }

  clearStats(): Promise<void> {
    return this.json('DELETE', 'stats');
  }

  /** Requests so far, oldest first. */
  log(filter: LogFilter = {}): Promise<LoggedRequest[]> {
    return this.lines('log', filter);
  }

  /** Sets how the sandbox behaves; omitted settings return to their defaults. */
  behave(settings: BehaviorInput): Promise<BehaviorSettings> {
    return this.json('PUT', 'behavior', settings);
  }

  /** Changes only what is given. */
  adjust(settings: BehaviorInput): Promise<BehaviorSettings> {
    return this.json('PATCH', 'behavior', settings);
  }

  /** Advances the sandbox's clock. */
  advance(advanceMs: number): Promise<{ now: string; advancedMs: number }> {
    return this.json('POST', 'clock', { advanceMs });
  }

  /** Uses up the 750 GB of a day, of one account or of all. */
  useUpDay(account?: string): Promise<{ accounts: string[] }> {
    return this.json('POST', 'days/use', { account });
  }

  fillStorage(account: string): Promise<{ storageBytes: number }> {
    return this.json('POST', 'storage/fill', { account });
  }

  /** Uploads that were started and have not become a file; `kept` in bytes. */
  async openUploads(): Promise<{ account: string; name: string; total?: number; kept: number }[]> {
    const { uploads } = await this.json<{ uploads: { account: string; name: string; total?: number; kept: number }[] }>(
      'GET',
      'uploads',
    );
    return uploads;
  }

  expireUploads(uploadId?: string): Promise<{ expired: number }> {
    return this.json('POST', 'uploads/expire', { uploadId });
  }

  /** Restores everything to the start; tokens and later clients are deleted. */
  reset(): Promise<{ accounts: string[] }> {
    return this.json('POST', 'reset', {});
  }

  private async lines<T>(call: string, query: object): Promise<T[]> {
    const given = Object.entries(query).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)] as [string, string]],
    );
    const text = await this.ask('GET', `${call}?${new URLSearchParams(given).toString()}`);
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as T);
  }

  private async json<T>(method: string, call: string, body?: object): Promise<T> {
    const text = await this.ask(method, call, body);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  private async ask(method: string, call: string, body?: object): Promise<string> {
    const answer = await fetch(`${this.base}/${call}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await answer.text();
    if (answer.ok) return text;
    throw new SandboxRefusal(answer.status, messageOf(text) ?? `The sandbox answered ${answer.status} to ${call}.`);
  }
}

function messageOf(text: string): string | undefined {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: string } };
    return error?.message;
  } catch {
    return undefined;
  }
}
