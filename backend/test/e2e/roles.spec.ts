import { QueueProbe } from '../../src/insight/queue-probe.port.js';
import { connect, startStack } from '../support/stack.js';
import { until } from '../../../tools/until.ts';

const ALICE = 'alice@example.com';
const BOB = 'bob@example.com';

it('lets one process serve the API and others run transfers', async () => {
  const stack = await startStack({ CLOUDMOVER_ROLE: 'api' });
  const headers = {
    'X-Source-Token': await connect(stack, 'source', ALICE),
    'X-Destination-Token': await connect(stack, 'destination', BOB),
  };
  const tree = { account: ALICE, folders: 2, files: 30, bytes: 3_000, seed: 3 };
  const { folderId } = await stack.control<{ folderId: string }>('POST', 'trees', tree);
  const created = await stack.api
    .post('/api/transfers')
    .set(headers)
    .send({ items: [folderId] })
    .expect(202);
  const { id } = created.body as { id: string };
  const state = async () => {
    const { body } = await stack.api.get(`/api/transfers/${id}`).set(headers).expect(200);
    return (body as { state: string }).state;
  };
  // It waits in the queue, because there is no worker.
  await until('the first step waits', async () => (await stack.app.get(QueueProbe).depth()).waiting === 1);
  expect(await state()).toBe('planning');
  const workers = [await stack.startAnother('worker'), await stack.startAnother('worker')];
  await until('it is completed', async () => (await state()) === 'completed');
  for (const worker of workers) await worker.close();
  await stack.close();
});
