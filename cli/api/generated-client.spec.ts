import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import createClient from 'openapi-fetch';
import { connect } from '../../tools/api-client.ts';
import { startStack, type Stack } from '../../tools/stack.ts';
import type { EventOf, TransferRequest } from './client.ts';
import { eventsIn } from './events.ts';
import type { paths } from './openapi.ts';

/** The request of the README’s example; this constant proves that it compiles. */
const IN_README: TransferRequest = {
  items: ['FOLDER_ID'],
  target: { folderId: 'root', newFolderName: 'From Ana' },
};

it('the README’s example is a request of the generated types', () => {
  const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
  const [, body = ''] = /curl -X POST \S+\/api\/transfers [^']*'[^']*' \\\n +-d '([^']+)'/.exec(readme) ?? [];
  expect(JSON.parse(body)).toEqual(IN_README);
});

// What an integrator does: openapi-typescript generates `paths`, openapi-fetch calls it, and no type is cast.
describe('a generated client', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ seedDemo: true, inMemory: true });
  });
  afterAll(() => stack?.close());

  it('drives a whole transfer and reads its events', async () => {
    const [source, destination] = [
      await connect(stack.url, 'source', 'alice@example.com'),
      await connect(stack.url, 'destination', 'bob@example.com'),
    ];
    const client = createClient<paths>({
      baseUrl: stack.url,
      headers: { 'x-source-token': source, 'x-destination-token': destination },
    });

    const { data: page } = await createClient<paths>({
      baseUrl: stack.url,
      headers: { authorization: `Bearer ${source}` },
    }).GET('/list-files', { params: { query: { page_size: 100 } } });
    const folder = page?.files.find(({ name, kind }) => kind === 'folder' && name === 'Work')?.id ?? '';

    const { data: preflight, response } = await client.POST('/api/preflights', {
      body: { ...IN_README, items: [folder] },
    });
    expect(response.headers.get('location')).toBe(`/api/preflights/${preflight?.id}`);
    const path = { id: preflight?.id ?? '' };
    const counting = await client.GET('/api/preflights/{id}/events', { params: { path }, parseAs: 'stream' });
    let found = 0;
    for await (const { event, data } of eventsIn<EventOf<'/api/preflights/{id}/events'>>(counting.data!))
      if (event === 'preflight') found = data.counts.found;
    expect(found).toBe(23);

    const { data: transfer, error } = await client.POST('/api/transfers', { body: { preflightId: path.id } });
    expect([error, transfer?.id]).toEqual([undefined, path.id]);
    const events = await client.GET('/api/transfers/{id}/events', { params: { path }, parseAs: 'stream' });
    const states = new Set<string>();
    let verified = 0;
    for await (const { event, data } of eventsIn<EventOf<'/api/transfers/{id}/events'>>(events.data!)) {
      if (event !== 'transfer') continue;
      states.add(data.state);
      verified = data.counts.verified;
    }
    expect([...states].at(-1)).toBe('completed');
    expect(verified).toBe(22);

    const { data: items } = await client.GET('/api/transfers/{id}/items', {
      params: { path, query: { state: 'skipped', limit: 5 } },
    });
    expect(items?.items.map(({ code }) => code)).toHaveLength(1);
    const { data: csv } = await client.GET('/api/transfers/{id}/report', {
      params: { path, query: { format: 'csv' } },
      parseAs: 'text',
    });
    expect(csv?.split('\r\n')[0]).toMatch(/^path,name,state,/);
  });

  it('gets problems with a code of the closed list', async () => {
    const { error, response } = await createClient<paths>({ baseUrl: stack.url }).GET('/api/transfers', {
      params: { query: { limit: 5 } },
    });
    expect([error?.code, response.status]).toEqual(['token_missing', 401]);
  });
});
