import { keys } from '../../src/adapters/redis/keys.js';
import type { PreflightDto } from '../../src/transfers/preflights.dto.js';
import type { ItemDto, ItemListDto } from '../../src/transfers/items.dto.js';
import type { TransferDto } from '../../src/transfers/transfers.dto.js';
import { connectRedis } from './redis.js';
import { connect, type Stack } from './stack.js';
import { until } from '../../../tools/until.ts';

export const ALICE = 'alice@example.com';
export const BOB = 'bob@example.com';
const ENDED: readonly string[] = ['completed', 'completed_with_failures', 'canceled', 'failed', 'undone'];

/** An item as the sandbox's control API lists it. */
export interface Entry {
  readonly path: string;
  readonly id: string;
  readonly name: string;
  readonly mimeType: string;
  readonly md5?: string;
  readonly size?: number;
  readonly modifiedTime: string;
  readonly trashed: boolean;
  readonly permissions: readonly { readonly role: string }[];
}

export const hasEnded = ({ state }: Pick<TransferDto, 'state'>): boolean => ENDED.includes(state);

/** The API for Alice and Bob, and the sandbox's contents of both accounts. */
export class TransfersApi {
  private constructor(
    private readonly stack: Stack,
    readonly tokens: Record<string, string>,
  ) {}

  /** Connects both accounts of a sandbox after a reset. */
  static async connect(stack: Stack): Promise<TransfersApi> {
    return new TransfersApi(stack, {
      'X-Source-Token': await connect(stack, 'source', ALICE),
      'X-Destination-Token': await connect(stack, 'destination', BOB),
    });
  }

  /** The items of an account, not through the Drive API. */
  async entries(account: string): Promise<Entry[]> {
    const text = await this.stack.control<string>('GET', `tree?account=${account}`);
    return text
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Entry);
  }

  /** Path, type, checksum and time of all items below a path that are not in the trash, sorted. */
  async shape(account: string, below = ''): Promise<string[]> {
    return (await this.entries(account))
      .filter((entry) => !entry.trashed && entry.path.startsWith(below))
      .map(
        ({ path, mimeType, md5, modifiedTime }) =>
          `${path.slice(below.length)} ${mimeType} ${md5 ?? ''} ${modifiedTime}`,
      )
      .sort();
  }

  aTree(parts: object = {}): Promise<{ folderId: string }> {
    return this.stack.control('POST', 'trees', {
      account: ALICE,
      folders: 3,
      files: 12,
      bytes: 40_000,
      seed: 7,
      ...parts,
    });
  }

  /**
   * Fills Alice's Drive with the documents of the preset `linked`, without the one with 5,000 links: the sandbox is in this
   * process and changes them all at once, which blocks it for seconds on a busy machine. `links-of-a-transfer.spec.ts`
   * covers that document.
   * @returns the id of their folder
   */
  async linkedDocuments(): Promise<string> {
    await this.stack.control('POST', 'presets', { account: ALICE, preset: 'linked' });
    const entries = await this.entries(ALICE);
    const idOf = (wanted: string) => entries.find(({ name }) => name === wanted)!.id;
    await this.drive(ALICE, 'DELETE', `/drive/v3/files/${idOf('Many links')}`);
    return idOf('Linked');
  }

  behave(behavior: object): Promise<void> {
    return this.stack.control('PUT', 'behavior', behavior);
  }

  /** Calls Drive v3 as an account, not through the product. */
  async drive<T = { id: string }>(account: string, method: string, path: string, body?: object): Promise<T> {
    const { access_token: token } = await this.stack.control<{ access_token: string }>('POST', 'tokens', { account });
    const response = await fetch(`${this.stack.sandbox.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`The sandbox returned ${response.status} for ${method} ${path}: ${text}`);
    return (text ? JSON.parse(text) : undefined) as T;
  }

  /** Creates a text file. */
  async aFile(account: string, name: string, content: string, parent?: string): Promise<{ id: string }> {
    const metadata = { name, mimeType: 'text/plain', ...(parent && { parents: [parent] }) };
    const file = await this.drive(account, 'POST', '/drive/v3/files', metadata);
    await this.write(account, file.id, content);
    return file;
  }

  /** Changes a file's content. */
  async write(account: string, id: string, content: string): Promise<void> {
    const { access_token: token } = await this.stack.control<{ access_token: string }>('POST', 'tokens', { account });
    const response = await fetch(`${this.stack.sandbox.url}/upload/drive/v3/files/${id}?uploadType=media`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'text/plain' },
      body: content,
    });
    if (!response.ok) throw new Error(`The sandbox returned ${response.status}: ${await response.text()}`);
  }

  async start(body: object, headers: Record<string, string> = {}): Promise<TransferDto> {
    const request = this.stack.api.post('/api/transfers').set({ ...this.tokens, ...headers });
    return (await request.send(body).expect(202)).body as TransferDto;
  }

  async get(id: string): Promise<TransferDto> {
    return (await this.stack.api.get(`/api/transfers/${id}`).set(this.tokens).expect(200)).body as TransferDto;
  }

  /** Polls until `wanted` holds; the counts must add up at each poll. */
  async until(id: string, wanted: (transfer: TransferDto) => boolean): Promise<TransferDto> {
    return until(`the transfer is as wanted: ${wanted.toString()}`, async () => {
      const transfer = await this.get(id);
      const { found, ...states } = transfer.counts;
      expect(Object.values(states).reduce((sum, count) => sum + count, 0)).toBe(found);
      return wanted(transfer) && transfer;
    });
  }

  async run(body: object): Promise<TransferDto> {
    return this.ended((await this.start(body)).id);
  }

  ended(id: string): Promise<TransferDto> {
    return this.until(id, hasEnded);
  }

  /** Makes the next scheduled run due at a time (epoch ms), as if the schedule had been set accordingly. */
  async makeDue(id: string, at: number): Promise<void> {
    const redis = await connectRedis();
    await redis.hset(keys.transfer(id), 'nextRun', at);
    redis.disconnect();
  }

  /** Sends a command that must be accepted. */
  async command(id: string, command: string, body?: object): Promise<TransferDto> {
    const { status, body: answer } = await this.stack.api
      .post(`/api/transfers/${id}/${command}`)
      .set(this.tokens)
      .send(body);
    if (status !== 202) throw new Error(`${command} returned ${status}: ${JSON.stringify(answer)}`);
    return answer as TransferDto;
  }

  /** Sends a command that must be refused. @returns the problem's code and detail */
  async refused(id: string, command: string, body?: object): Promise<{ status: number; code: string; detail: string }> {
    const answer = await this.stack.api.post(`/api/transfers/${id}/${command}`).set(this.tokens).send(body);
    const { code, detail } = answer.body as { code: string; detail: string };
    return { status: answer.status, code, detail };
  }

  async items(id: string, query: object = {}): Promise<ItemDto[]> {
    const { body } = await this.stack.api
      .get(`/api/transfers/${id}/items`)
      .set(this.tokens)
      .query({ limit: 1000, ...query })
      .expect(200);
    return (body as ItemListDto).items;
  }

  async preflight(body: object): Promise<PreflightDto> {
    const { body: made } = await this.stack.api.post('/api/preflights').set(this.tokens).send(body).expect(202);
    return made as PreflightDto;
  }

  async preflightAt(id: string): Promise<PreflightDto> {
    return (await this.stack.api.get(`/api/preflights/${id}`).set(this.tokens).expect(200)).body as PreflightDto;
  }

  /** Polls until counting has ended. */
  async counted(id: string): Promise<PreflightDto> {
    return until('the preflight is counted', async () => {
      const preflight = await this.preflightAt(id);
      return preflight.state !== 'counting' && preflight;
    });
  }
}
