import { SandboxClient } from '@cloudmover/drive-sandbox';
import type { TransferDto } from '../../src/transfers/transfers.dto.js';
import { startStack, type Stack } from '../support/stack.js';
import { ALICE, BOB, hasEnded, TransfersApi } from '../support/transfers-api.js';

let stack: Stack;
let google: SandboxClient;
let api: TransfersApi;

beforeAll(async () => {
  stack = await startStack({ CLOUDMOVER_ROLE: 'all' });
  google = new SandboxClient(stack.sandbox.url);
});
afterAll(() => stack.close());
beforeEach(async () => {
  await google.reset();
  api = await TransfersApi.connect(stack);
});

const address = (id: string) => `https://docs.google.com/document/d/${id}/edit`;
/** A document of Alice's with a link to each id. */
const aDocument = async (name: string, ids: readonly string[] = []): Promise<string> =>
  (
    await stack.control<{ id: string }>('POST', 'documents', {
      account: ALICE,
      name,
      document: { content: ids.map((id) => ['see ', { text: 'it', url: address(id) }]) },
    })
  ).id;
const copyOf = async (name: string) => (await api.entries(BOB)).find((entry) => entry.name === name)!;
const textOf = async (name: string) => JSON.stringify(await google.document((await copyOf(name)).id));
const linked = async (id: string, mode: string): Promise<TransferDto> => {
  const accepted = await api.command(id, 'links', { mode });
  return api.until(id, (now) => hasEnded(now) && now.revision > accepted.revision);
};

it('lists links of a completed transfer, and rewrites them, also to what another transfer copied', async () => {
  const plan = await aDocument('plan');
  const late = await aDocument('late');
  const index = await aDocument('index', [plan, late]);
  const { id } = await api.run({ items: [plan, index] });
  const { modifiedTime } = await copyOf('index');

  expect(await linked(id, 'report')).toMatchObject({
    state: 'completed',
    links: { mode: 'report', found: 2, waiting: 1, outside: 1 },
  });
  expect(await linked(id, 'rewrite')).toMatchObject({ state: 'completed', links: { rewritten: 1, outside: 1 } });
  expect(await textOf('index')).toContain(address((await copyOf('plan')).id));

  await api.run({ items: [late] });
  expect(await linked(id, 'rewrite')).toMatchObject({ state: 'completed', links: { rewritten: 2, outside: 0 } });
  expect(await textOf('index')).toContain(address((await copyOf('late')).id));
  expect(await copyOf('index')).toMatchObject({ modifiedTime });
});
