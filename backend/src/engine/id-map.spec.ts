import { aPlannedItem } from '../../test/support/builders.js';
import type { InMemoryLedger } from '../../test/support/in-memory-ledger.js';
import { mapCsv } from './id-map.js';
import type { ItemState, Outcome } from './model/items.js';
import { aStartedTransfer } from '../../test/support/started-transfer.js';

/** A ledger of a running transfer with an item for each outcome. */
async function aLedger(...outcomes: readonly (readonly [ItemState, Outcome?])[]): Promise<InMemoryLedger> {
  const items = outcomes.map((_, ordinal) => aPlannedItem(ordinal));
  const ledger = await aStartedTransfer(items);
  for (const [ordinal, [state, outcome = {}]] of outcomes.entries())
    if (state === 'copying') await ledger.begin(ordinal);
    else if (state !== 'waiting') await ledger.settle(items[ordinal]!, state, outcome);
  return ledger;
}

async function linesOf(ledger: Parameters<typeof mapCsv>[0]): Promise<string[]> {
  let text = '';
  for await (const part of mapCsv(ledger)) text += part;
  return text.split('\r\n');
}

it('has a line for each item whose copy exists, as far as the transfer has come', async () => {
  const ledger = await aLedger(
    ['verified', { destinationId: 'copy-0' }],
    ['unverified', { destinationId: 'copy-1' }],
    // Its copy differed from the original.
    ['failed', { destinationId: 'copy-2', code: 'checksum_mismatch' }],
    ['skipped', { code: 'already_there' }],
    ['copying'],
    ['waiting'],
  );
  expect(await linesOf(ledger)).toEqual([
    '\uFEFFold_id,new_id,name,path',
    'source-0,copy-0,item 0,item 0',
    'source-1,copy-1,item 1,item 1',
    '',
  ]);
});

it('omits copies that an undo moved to the trash, but not those that it left', async () => {
  const ledger = await aLedger(['verified', { destinationId: 'copy-0' }], ['verified', { destinationId: 'copy-1' }]);
  await ledger.settleUndo(0, 'trashed');
  await ledger.settleUndo(1, 'left');
  expect(await linesOf(ledger)).toEqual(['\uFEFFold_id,new_id,name,path', 'source-1,copy-1,item 1,item 1', '']);
});

it('contains no formula', async () => {
  const outcome = { destinationId: '-copy' };
  const item = { ...aPlannedItem(0, { name: '=1+1', path: '=1+1' }), state: 'verified', attempts: 1, outcome } as const;
  const lines = await linesOf({ ordinals: () => Promise.resolve([0]), items: () => Promise.resolve([item]) });
  expect(lines[1]).toBe("source-0,'-copy,'=1+1,'=1+1");
});
