import type { ItemDto } from '../../src/transfers/items.dto.js';
import { connectAdmin, forgetLimits, watchCommands } from '../support/redis.js';
import { connect, PUBLIC_URL, startStack, type Stack } from '../support/stack.js';
import { TransfersApi } from '../support/transfers-api.js';

/** A valid id that no transfer has. */
const UNKNOWN = '1UnknownAbCdEfGhIjKlMnOpQrStUvWxYz';
const LIMIT = 40;

describe('links from outside', () => {
  let stack: Stack;
  let api: TransfersApi;
  let copied: ItemDto[];
  beforeAll(async () => {
    stack = await startStack({
      ...{ CLOUDMOVER_ROLE: 'all', CLOUDMOVER_WAITAOF: 'off' },
      ...{ MOVED_LINKS: 'on', RATE_LIMIT_ADDRESS: String(LIMIT) },
    });
    api = await TransfersApi.connect(stack);
    const { id } = await api.run({ items: [(await api.aTree({ files: 3 })).folderId] });
    copied = await api.items(id);
  });
  afterAll(() => stack.close());
  // What one test used up does not count in the next.
  beforeEach(forgetLimits);

  const search = (tokens: Record<string, string>, ids: unknown) =>
    stack.api.post('/api/copies/search').set(tokens).send({ ids });

  it('finds copies for the accounts of their transfer, and for nobody else', async () => {
    const ids = [...copied.map(({ sourceId }) => sourceId), UNKNOWN];
    const { body } = await search(api.tokens, ids).expect(200);
    const { copies } = body as { copies: { sourceId: string; destinationId: string }[] };
    expect(copies.map(({ sourceId, destinationId }) => [sourceId, destinationId]).sort()).toEqual(
      copied.map(({ sourceId, destinationId }) => [sourceId, destinationId!]).sort(),
    );
    await stack.control('POST', 'accounts', { email: 'carol@example.com' });
    const stranger = { 'X-Source-Token': await connect(stack, 'source', 'carol@example.com') };
    const known = await search(stranger, [copied[0]!.sourceId]).expect(200);
    expect(known.body).toEqual({ copies: [] });
    expect((await search(stranger, [UNKNOWN]).expect(200)).body).toEqual(known.body);
    for (const wrong of [undefined, [], ['no id'], 'x', Array(501).fill(UNKNOWN)])
      expect((await search(api.tokens, wrong).expect(400)).body).toMatchObject({ code: 'invalid_request' });
  });

  it('gives known and unknown ids the same response, after the same commands to Redis', async () => {
    const redis = await connectAdmin();
    let commands: string[][] = [];
    let end: ((of: string[][]) => void) | undefined;
    const stopWatching = await watchCommands((args) => {
      commands.push(args);
      if (args[0]?.toLowerCase() === 'echo') end?.(commands);
    });
    /** The response to an id, and how often Redis counted the request. */
    const seen = async (id: string) => {
      commands = [];
      const ended = new Promise<string[][]>((resolve) => (end = resolve));
      const { status, headers, text } = await stack.api.get(`/moved/${id}`);
      await redis.echo('end');
      const sent = await ended;
      expect(sent.filter((args) => args.join(' ').includes(id))).toEqual([]);
      const { date: _d, 'x-request-id': _r, ratelimit: _l, ...rest } = headers as Record<string, string>;
      return {
        ...{ status, text, headers: { ...rest, location: rest['location']?.replace(id, 'ID') } },
        counted: sent.filter((args) => args.some((each) => each.startsWith('cloudmover:limit:'))).length,
      };
    };
    const known = await seen(copied[0]!.sourceId);
    expect(known).toMatchObject({
      status: 302,
      headers: { location: `${PUBLIC_URL}/moved?id=ID`, 'cache-control': 'no-store' },
      counted: 1,
    });
    for (const id of [copied[1]!.sourceId, UNKNOWN]) expect(await seen(id)).toEqual(known);
    stopWatching();
    redis.disconnect();
  });

  it('limits them by address', async () => {
    const statuses = new Set<number>();
    // Up to three times as many as the limit, of which some renew meanwhile: a busy machine sends them slowly.
    for (let call = 0; call < 3 * LIMIT && !statuses.has(429); call++)
      statuses.add((await stack.api.get(`/moved/${UNKNOWN}`)).status);
    expect([...statuses]).toEqual([302, 429]);
  });
});
