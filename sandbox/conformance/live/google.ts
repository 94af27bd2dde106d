import { randomUUID } from 'node:crypto';
import type { Answer, Ask } from '../send.ts';
import { valueOfTime } from '../fresh.ts';
import type { Present } from '../match.ts';
import type { Server } from '../play.ts';
import { FOLDER, PEOPLE, type Person, type Request, type Scenario } from '../scenario.ts';
import { reasonOf, type Clock, type Connection } from './connection.ts';
import { ACCOUNTS, type Account } from './credentials.ts';
import { CreatedItems, nameOfCreated, withIds } from './items.ts';
import { homesOf, requestsOf } from './plan.ts';
import { RowCannotRun, RunProblem } from './problem.ts';

/** An account at Google, as it is before the run. */
export interface Identity {
  email: string;
  displayName: string;
  items: ReadonlySet<string>;
}

/** Allowed difference of times, for the clocks of both sides and the time that a row takes. */
const TOLERANCE_MS = 5 * 60_000;
/** Maximum items of an account, which fit into one page; with more, a list might miss those of the rows. */
const MAX_ITEMS = 1000;
/** Bytes that the rows need. */
const ROOM = 20_000_000;
const DRIVE_SCOPE = 'https://www.googleapis.com/auth/drive';

export const RUN_FOLDER = 'Conformance of the Drive sandbox';

/**
 * Two accounts at Google, or at a server like it. All rows work in folders below one folder of the run in each account;
 * items that they create elsewhere are deleted one by one.
 */
export class GoogleServer implements Server {
  readonly people: Readonly<Record<Account, Identity>>;
  private readonly connection: Connection;
  private readonly clock: Clock;
  private readonly signal: AbortSignal;
  private readonly patienceMs: number;
  private readonly runFolders: Partial<Record<Account, string>> = {};
  private homes: Partial<Record<Account, string>> = {};
  private items = new CreatedItems();
  private began = 0;
  private transfersOwnership = false;
  /** Items that could not be deleted. */
  readonly leftBehind: string[] = [];

  private constructor(
    connection: Connection,
    people: Record<Account, Identity>,
    { clock, signal, patienceMs }: { clock: Clock; signal: AbortSignal; patienceMs: number },
  ) {
    this.connection = connection;
    this.people = people;
    this.clock = clock;
    this.signal = signal;
    this.patienceMs = patienceMs;
  }

  /**
   * Checks both accounts.
   * @throws RunProblem for a token that has expired or lacks the scope, a full storage, or an account with too many items
   */
  static async open(
    connection: Connection,
    options: { clock: Clock; signal: AbortSignal; patienceMs: number },
  ): Promise<GoogleServer> {
    const people: Partial<Record<Account, Identity>> = {};
    for (const account of ACCOUNTS) people[account] = await identityOf(account, connection);
    const { alice, bob } = people as Record<Account, Identity>;
    if (alice.email === bob.email) throw new RunProblem('credentials', 'Both credentials belong to the same account.');
    return new GoogleServer(connection, { alice, bob }, options);
  }

  /** Whether both accounts belong to one organisation; consumer accounts do not. */
  get sameOrganisation(): boolean {
    const [first, second] = ACCOUNTS.map((account) => this.people[account].email.split('@')[1]);
    return first === second && !/^(gmail|googlemail)\.com$/.test(first ?? '');
  }

  async begin(scenario: Scenario, name: string): Promise<void> {
    this.items = new CreatedItems();
    this.homes = {};
    for (const account of homesOf(scenario)) {
      const run = (this.runFolders[account] ??= await this.makeFolder(
        account,
        `${RUN_FOLDER} ${this.stamp()}`,
        'root',
      ));
      this.homes[account] = await this.makeFolder(account, name.slice(0, 100), run);
    }
    for (const [account, home] of Object.entries(this.homes)) this.items.addFolder(home, account as Account);
    this.began = this.clock.now();
    this.transfersOwnership = requestsOf(scenario).some(({ ask }) => ask.includes('transferOwnership=true'));
  }

  /** Deletes everything that a row created. Never throws: remaining items are in `leftBehind`. */
  async end(): Promise<void> {
    await this.cleaning(async () => {
      // Deleting a folder does not delete items of other owners.
      if (this.transfersOwnership) for (const id of this.items.files()) await this.remove('bob', `files/${id}`);
      for (const [account, home] of Object.entries(this.homes)) await this.remove(account as Account, `files/${home}`);
      for (const { path, by } of this.items.elsewhere()) await this.remove(by, path);
    });
    this.homes = {};
    this.items = new CreatedItems();
  }

  /** Deletes the folders of the run. Never throws: remaining items are in `leftBehind`. */
  async close(): Promise<void> {
    await this.end();
    await this.cleaning(async () => {
      for (const account of ACCOUNTS) {
        const folder = this.runFolders[account];
        if (folder !== undefined) await this.remove(account, `files/${folder}`);
        await this.removeUnanswered(account);
      }
    });
  }

  /**
   * Deletes what requests created whose responses were lost: new items at the top of My Drive, with the names that the
   * requests gave.
   */
  private async removeUnanswered(account: Account): Promise<void> {
    const names = this.connection.unanswered.flatMap(({ by, path, body }) => {
      const name = by === account ? nameOfCreated(path, body) : undefined;
      return name === undefined ? [] : [name];
    });
    if (names.length === 0) return;
    try {
      const query = new URLSearchParams({
        q: "'root' in parents and 'me' in owners and trashed = false",
        fields: 'files(id,name)',
        pageSize: String(MAX_ITEMS),
      });
      const { json } = await this.connection.ask(account, 'GET', `/drive/v3/files?${query.toString()}`);
      for (const { id, name } of (json['files'] ?? []) as unknown as { id: string; name: string }[]) {
        const isOurs = names.includes(name) || (names.includes('Untitled') && name.startsWith('Untitled '));
        if (isOurs && !this.people[account].items.has(id)) await this.remove(account, `files/${id}`);
      }
    } catch (error) {
      this.leftBehind.push(`perhaps files of ${account} named ${names.join(', ')}: ${(error as Error).message}`);
    }
  }

  valueOf(name: string, person: Person): string | undefined {
    if (name === 'home') return this.homes[person as Account];
    if (name === 'unique') return randomUUID();
    const named = /^name of (\w+)$/.exec(name)?.[1];
    if (named !== undefined) return this.people[named as Account].displayName;
    return valueOfTime(name, this.began);
  }

  withRealPeople(text: string): string {
    if (!text.includes('example')) return text;
    return ACCOUNTS.reduce((changed, account) => {
      const [theirs, real] = [PEOPLE[account], this.people[account].email];
      return changed.replaceAll(theirs, real).replaceAll(encodeURIComponent(theirs), encodeURIComponent(real));
    }, text);
  }

  /** Replaces real addresses with the names of the rows, for output. */
  withoutRealPeople(text: string): string {
    return ACCOUNTS.reduce((changed, account) => {
      const { email, displayName } = this.people[account];
      return changed.replaceAll(email, PEOPLE[account]).replaceAll(displayName, account);
    }, text);
  }

  present(): Present {
    return { text: new Date(this.began).toISOString(), toleranceMs: TOLERANCE_MS };
  }

  async send(step: Request, method: string, address: string, ask: Ask): Promise<Answer> {
    const as = (step.as ?? 'alice') as Account | 'nobody';
    this.items.guard(method, address, ask.body);
    const asked = withIds(method, address, this.items);
    const answer = await this.connection.ask(as, method, asked.address, ask, step);
    if (answer.status === 403 && step.status !== 403 && /accessNotConfigured|SERVICE_DISABLED/.test(answer.text))
      throw new RowCannotRun('an API is not enabled in the project of the tokens');
    const location = answer.headers['location'];
    // The address of an upload is a credential.
    if (typeof location === 'string' && /upload/.test(location)) this.connection.secrets.add(location);
    return asked.read(answer, as);
  }

  advance(): void {
    throw new RowCannotRun('needs a clock that can be advanced');
  }

  /**
   * Google's lists and permissions lag, so a request that may be too early is repeated for some time. A write is
   * repeated only after a 404, which has changed nothing.
   */
  async mayAskAgain({ ask, status }: Request, answer: Answer, waitedMs: number): Promise<number | undefined> {
    const isList = /^GET (files|changes|drives)\b[^/]*(\?|$)/.test(ask) && answer.status === status;
    const isAccess =
      answer.status !== status &&
      (ask.startsWith('GET ')
        ? [answer.status, status].every((each) => [200, 403, 404].includes(Number(each)))
        : answer.status === 404);
    if (!(isList || isAccess) || this.signal.aborted) return undefined;
    const wait = Math.max(1000, waitedMs);
    if (waitedMs + wait > this.patienceMs) return undefined;
    await this.clock.sleep(wait, this.signal);
    return wait;
  }

  private stamp(): string {
    return new Date(this.clock.now()).toISOString().slice(0, 16).replace('T', ' ');
  }

  private async makeFolder(account: Account, name: string, parent: string): Promise<string> {
    const answer = await this.connection.ask(account, 'POST', '/drive/v3/files?fields=id', {
      body: { name, mimeType: FOLDER, parents: [parent] },
    });
    const id: unknown = answer.json['id'];
    if (typeof id === 'string') return id;
    if (reasonOf(answer) === 'insufficientPermissions')
      throw new RunProblem('credentials', `The token of ${account} lacks the scope ${DRIVE_SCOPE}.`);
    throw new RunProblem(
      'differs',
      `Cannot create a folder for ${account}: ${answer.status} ${reasonOf(answer) ?? ''}.`,
    );
  }

  private async cleaning(work: () => Promise<void>): Promise<void> {
    this.connection.isCleaning = true;
    try {
      await work();
    } finally {
      this.connection.isCleaning = false;
    }
  }

  /** Deletes an item with one account or, if it may not, with the other, because the owner may have changed. */
  private async remove(account: Account, path: string): Promise<void> {
    const refused: string[] = [];
    for (const each of [account, ...ACCOUNTS.filter((other) => other !== account)]) {
      try {
        const address = `/drive/v3/${path}?supportsAllDrives=true`;
        const { status } = await this.connection.ask(each, 'DELETE', address, {}, { status: 204 });
        if ([200, 204, 404].includes(status)) return;
        refused.push(`${status} for ${each}`);
      } catch (error) {
        refused.push((error as Error).message);
      }
    }
    this.leftBehind.push(`${path}: ${refused.join(', ')}`);
  }
}

async function identityOf(account: Account, connection: Connection): Promise<Identity> {
  const granted = await connection.scopesOf(account);
  if (granted !== undefined && !granted.includes(DRIVE_SCOPE))
    throw new RunProblem('credentials', `The token of ${account} lacks the scope ${DRIVE_SCOPE}.`);
  const about = await connection.ask(
    account,
    'GET',
    '/drive/v3/about?fields=user(emailAddress,displayName),storageQuota',
  );
  if (about.status !== 200)
    throw new RunProblem(
      'credentials',
      reasonOf(about) === 'insufficientPermissions'
        ? `The token of ${account} lacks the scope ${DRIVE_SCOPE}.`
        : `Cannot read the account of ${account}: ${about.status} ${reasonOf(about) ?? ''}.`,
    );
  const { user, storageQuota } = about.json as unknown as {
    user: { emailAddress: string; displayName: string };
    storageQuota?: { limit?: string; usage?: string };
  };
  if (Number(storageQuota?.limit) > 0 && Number(storageQuota?.limit) - Number(storageQuota?.usage) < ROOM)
    throw new RunProblem('storageFull', `The storage of ${account} is full: the rows need ${ROOM / 1e6} MB.`);
  const address = `/drive/v3/files?pageSize=${MAX_ITEMS}&fields=nextPageToken,files(id)`;
  const list = await connection.ask(account, 'GET', address);
  if (list.json['nextPageToken'] !== undefined)
    throw new RunProblem(
      'usage',
      `The account of ${account} holds more than ${MAX_ITEMS} items. Use an account made for tests.`,
    );
  const files = (list.json['files'] ?? []) as unknown as { id: string }[];
  return { email: user.emailAddress, displayName: user.displayName, items: new Set(files.map(({ id }) => id)) };
}
