import type { TransferDto } from '../../src/transfers/transfers.dto.js';
import { startStack, type Stack } from '../support/stack.js';
import { TransfersApi } from '../support/transfers-api.js';

// Its own stack, because the pace of an account is kept for an hour after a limit and would slow other tests down.
let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ CLOUDMOVER_ROLE: 'all', CLOUDMOVER_WAITAOF: 'off' });
});
afterAll(() => stack.close());

it('returns the pace that Google accepts and the length of a slow-down, during a transfer and after it', async () => {
  const api = await TransfersApi.connect(stack);
  // All but the first copies wait for the limit, so that there are enough left to exceed it.
  await api.behave({ faults: [{ operation: 'files.copy', kind: 'hold', nth: 10, times: 1_000_000 }] });
  const { id } = await api.start({ items: [(await api.aTree({ files: 60 })).folderId] });
  await api.until(id, ({ state, counts }) => state === 'running' && counts.verified > 4);
  expect(await api.get(id)).toMatchObject({ slowDowns: 0 });
  expect((await api.get(id)).pacing).toBeUndefined();
  const asked = Date.now();
  await api.behave({ quotas: { writesPerSecond: 4, writeBurst: 2 } });
  const { pacing, startedAt, slowDowns } = await api.until(
    id,
    ({ pacing: current, slowDowns: times }) => current?.accepted !== undefined && !!current.slowed && times > 0,
  );
  expect(pacing!.accepted).toBeGreaterThan(1);
  expect(pacing!.accepted).toBeLessThan(100);
  expect(Date.parse(pacing!.slowed!.at)).toBeGreaterThan(Math.max(Date.parse(startedAt!), asked) - 1_000);
  expect(pacing!.slowed!.seconds).toBeLessThan(60);
  const { body } = await stack.api.get('/api/transfers').set(api.tokens).expect(200);
  expect((body as { transfers: TransferDto[] }).transfers.find((each) => each.id === id)).not.toHaveProperty('pacing');
  await api.command(id, 'cancel');
  expect(await api.get(id)).not.toHaveProperty('pacing');
  const report = await stack.api.get(`/api/transfers/${id}/report`).set(api.tokens).buffer(true).expect(200);
  const { transfer } = JSON.parse(report.text) as { transfer: TransferDto };
  expect(transfer.slowDowns).toBeGreaterThanOrEqual(slowDowns);
});
