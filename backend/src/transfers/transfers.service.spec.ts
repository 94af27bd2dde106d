import type { PlannedItem } from '../engine/ports/ledger.js';
import { InMemoryLedger } from '../../test/support/in-memory-ledger.js';
import { anOrder } from '../../test/support/run-transfer.js';
import { aKeeper } from '../../test/support/grant-keeper.js';
import { TransferClaims } from './transfer-claims.js';
import { TransferCommands } from './transfer-commands.js';
import { UNDO_DAYS } from './transfer-actions.js';
import { TransfersService } from './transfers.service.js';

const aParty = (sub: string) => ({ sub, email: `${sub}@example.com`, readOnly: false });
const aFile = (ordinal: number): PlannedItem => ({
  ordinal,
  parent: null,
  top: ordinal,
  depth: 0,
  path: `file ${ordinal}`,
  name: `file ${ordinal}`,
  sourceId: `source-${ordinal}`,
  mimeType: 'text/plain',
  kind: 'file',
  size: 1,
  checksums: {},
  ownedByMe: true,
  canCopy: true,
  canDownload: true,
});

const aLedger = async (found: number): Promise<InMemoryLedger> => {
  const ledger = new InMemoryLedger(anOrder(aParty('ana'), aParty('ben'), ['a']));
  const plan = (await ledger.restartPlan())!;
  await ledger.append(
    Array.from({ length: found }, (_, ordinal) => aFile(ordinal)),
    plan,
  );
  await ledger.completePlan(plan);
  await ledger.advance(['ready'], 'running');
  return ledger;
};

/** Neither of these is asked for what is tested here. */
const nobody = undefined as never;
const service = new TransfersService(nobody, nobody, nobody, nobody, nobody, nobody, nobody);
const claims = new TransferClaims(aKeeper());
/** There is always a place. */
const limits = { inPlace: (_order: unknown, open: () => Promise<void>) => open() } as never;

describe('items', () => {
  const FOUND = 45_000;

  it('looks at 20,000 at most in one answer, and leads on to the one that is looked for', async () => {
    const ledger = await aLedger(FOUND);
    const answers: { found: number; cursor: string | undefined }[] = [];
    for (let cursor: string | undefined; ;) {
      const page = await service.items(ledger, { q: `FILE ${FOUND - 1}`, limit: 10, ...(cursor && { cursor }) });
      answers.push({ found: page.items.length, cursor: page.nextCursor });
      cursor = page.nextCursor;
      if (!cursor) break;
    }
    expect(answers).toEqual([
      { found: 0, cursor: '20000' },
      { found: 0, cursor: '40000' },
      { found: 1, cursor: undefined },
    ]);
  });

  it('finds exceptions without reading the plan', async () => {
    const ledger = await aLedger(FOUND);
    await ledger.settle(aFile(7), 'failed', { code: 'not_found', reason: 'Gone.' });
    await ledger.settle(aFile(44_998), 'skipped', { code: 'canceled' });
    await ledger.settle(aFile(44_999), 'failed', { code: 'not_found', reason: 'Gone.' });
    let read = 0;
    const counting = Object.assign(Object.create(ledger) as InMemoryLedger, {
      items: async (from: number, count: number) => {
        const records = await ledger.items(from, count);
        read += records.length;
        return records;
      },
    });
    const ordinals = async (query: object) =>
      (await service.items(counting, { limit: 10, ...query })).items.map(({ ordinal }) => ordinal);
    expect(await ordinals({ state: 'failed' })).toEqual([7, 44_999]);
    expect(await ordinals({ reason: 'not_found' })).toEqual([7, 44_999]);
    expect(await ordinals({ reason: 'canceled' })).toEqual([44_998]);
    expect(await ordinals({ state: 'failed', cursor: '8' })).toEqual([44_999]);
    expect(await ordinals({ state: 'verified' })).toEqual([]);
    expect(read).toBeLessThan(10_000);
  });
});

describe('undo', () => {
  it('is refused when the end is too long ago', async () => {
    const ledger = await aLedger(1);
    await ledger.settle(aFile(0), 'verified', { destinationId: 'copy', way: 'server_copy' });
    await ledger.advance(['running'], 'completed');
    const snapshot = await ledger.snapshot();
    const old = Object.assign(Object.create(ledger) as InMemoryLedger, {
      snapshot: async () => ({ ...snapshot, finishedAt: Date.now() - (UNDO_DAYS + 1) * 24 * 3600 * 1_000 }),
    });
    const steps: string[] = [];
    const queue = { next: async (_id: string, state: string) => void steps.push(state) };
    const commands = new TransferCommands(nobody, queue as never, limits, claims);
    await expect(commands.obey('undo', old)).rejects.toMatchObject({ code: 'undo_expired' });
    expect(await ledger.state()).toBe('completed');
    await commands.obey('undo', ledger);
    expect(await ledger.state()).toBe('undoing');
    expect(steps).toEqual(['undoing']);
  });
});

describe('retry', () => {
  it('takes failed folders up together with what failed for want of them', async () => {
    const ledger = await aLedger(3);
    const folder = { ...aFile(0), kind: 'folder' as const };
    await ledger.amend(folder);
    await ledger.settle(folder, 'failed', { code: 'destination_read_only' });
    await ledger.settle(aFile(1), 'failed', { code: 'folder_missing' });
    await ledger.settle(aFile(2), 'failed', { code: 'too_large' });
    await ledger.advance(['running'], 'completed_with_failures');
    const commands = new TransferCommands(nobody, { next: async () => undefined } as never, limits, claims);
    await commands.obey('retry', ledger, ['folder_missing']);
    expect((await ledger.items(0, 3)).map(({ state }) => state)).toEqual(['waiting', 'waiting', 'failed']);
  });
});
