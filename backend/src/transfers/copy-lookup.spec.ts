import { aParty, aPlannedItem, aSession } from '../../test/support/builders.js';
import { InMemoryLedger } from '../../test/support/in-memory-ledger.js';
import { anOrder } from '../../test/support/run-transfer.js';
import { CopyLookup } from './copy-lookup.js';
import type { TransferPosition, TransferStore } from './transfer-store.port.js';
import { aStartedTransfer } from '../../test/support/started-transfer.js';

interface Copied {
  readonly from: string;
  readonly to: string;
  /** Source id → id of its copy; null: it has none. */
  readonly copies: Readonly<Record<string, string | null>>;
}

async function aLedger(index: number, { from, to, copies }: Copied): Promise<InMemoryLedger> {
  const order = { ...anOrder(aParty(from), aParty(to), ['a']), id: `transfer-${index}`, createdAt: 1_000 - index };
  const items = Object.keys(copies).map((sourceId, ordinal) => aPlannedItem(ordinal, { sourceId, name: sourceId }));
  const ledger = await aStartedTransfer(items, order);
  for (const item of items) {
    const destinationId = copies[item.sourceId];
    if (destinationId)
      await ledger.settle(item, 'verified', { destinationId, webViewLink: `https://x/${destinationId}` });
  }
  return ledger;
}

/** A store of these transfers, the newest first, and the ids of those whose plan was read. */
async function aStore(...transfers: readonly Copied[]) {
  const ledgers = await Promise.all(transfers.map((transfer, index) => aLedger(index, transfer)));
  const read: string[] = [];
  const list = (subs: readonly string[], after: TransferPosition | undefined, limit: number) =>
    Promise.resolve(
      ledgers
        .map(({ order }) => order)
        .filter(({ source, destination }) => subs.includes(source.sub) || subs.includes(destination.sub))
        .filter(({ createdAt }) => !after || createdAt < after.createdAt)
        .slice(0, limit),
    );
  const find = (id: string) => {
    read.push(id);
    return Promise.resolve(ledgers.find(({ order }) => order.id === id));
  };
  return { lookup: new CopyLookup({ list, find } as unknown as TransferStore), read, ledgers };
}

const as = (...subs: string[]) =>
  subs.map((sub) => aSession({ account: { sub, email: `${sub}@example.com`, name: '' } }));
const found = ({ copies }: { copies: { sourceId: string; destinationId: string }[] }) =>
  Object.fromEntries(copies.map(({ sourceId, destinationId }) => [sourceId, destinationId]));

it('finds the copies of originals for either account of a transfer', async () => {
  const { lookup } = await aStore({ from: 'ana', to: 'ben', copies: { doc: 'doc-2', pic: 'pic-2', failed: null } });
  const ids = ['doc', 'failed', 'unknown'];
  for (const who of [as('ana'), as('ben'), as('ana', 'ben')])
    expect(await lookup.find(who, { ids })).toEqual({
      copies: [{ sourceId: 'doc', destinationId: 'doc-2', name: 'doc', webViewLink: 'https://x/doc-2' }],
    });
});

it('reads nothing of other accounts’ transfers, so an id of theirs is like an unknown one', async () => {
  const { lookup, read } = await aStore(
    { from: 'eve', to: 'eve', copies: { own: 'own-2' } },
    { from: 'ana', to: 'ben', copies: { doc: 'doc-2' } },
  );
  const asked = async (id: string) => {
    read.length = 0;
    return { answer: await lookup.find(as('eve'), { ids: [id] }), read: [...read] };
  };
  expect(await asked('doc')).toEqual({ answer: { copies: [] }, read: ['transfer-0'] });
  expect(await asked('unknown')).toEqual(await asked('doc'));
});

it('returns the newest copy that exists', async () => {
  const { lookup, ledgers } = await aStore(
    { from: 'ana', to: 'cy', copies: { doc: 'doc-4' } },
    { from: 'ana', to: 'ben', copies: { doc: null } },
    { from: 'ana', to: 'ben', copies: { doc: 'doc-2' } },
  );
  expect(found(await lookup.find(as('ana'), { ids: ['doc'] }))).toEqual({ doc: 'doc-4' });
  expect(found(await lookup.find(as('ben'), { ids: ['doc'] }))).toEqual({ doc: 'doc-2' });
  await ledgers[0]!.settleUndo(0, 'trashed');
  expect(found(await lookup.find(as('ana'), { ids: ['doc'] }))).toEqual({ doc: 'doc-2' });
});

it('searches a bounded number of items, and continues from a cursor', async () => {
  const others = Array.from({ length: 250 }, () => ({ from: 'ana', to: 'ben', copies: { other: 'x' } }));
  const { lookup, read } = await aStore(...others, { from: 'ana', to: 'ben', copies: { doc: 'doc-2' } });
  const first = await lookup.find(as('ana'), { ids: ['doc'] });
  expect(first.copies).toEqual([]);
  expect(read).toHaveLength(200);
  const second = await lookup.find(as('ana'), { ids: ['doc'], cursor: first.nextCursor! });
  expect(found(second)).toEqual({ doc: 'doc-2' });
  expect(second).not.toHaveProperty('nextCursor');
  expect(read).toHaveLength(251);
});
