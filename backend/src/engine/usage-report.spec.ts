import { aParty } from '../../test/support/builders.js';
import { InMemoryLedger } from '../../test/support/in-memory-ledger.js';
import { anOrder } from '../../test/support/run-transfer.js';
import { usageCsv } from './usage-report.js';

async function linesOf(ledger: InMemoryLedger): Promise<string[]> {
  let text = '';
  for await (const part of usageCsv(ledger)) text += part;
  return text.split('\r\n');
}

it('has a line for each class that occurs, and the totals', async () => {
  const ledger = new InMemoryLedger(anOrder(aParty('ana'), aParty('ben'), ['a']));
  expect(await linesOf(ledger)).toEqual(['\uFEFFclass,requests,units,bytes_in,bytes_out', 'total,0,0,0,0', '']);
  await ledger.countUsage({ list: 55, edit: 1_173, free: 2, received: 2_500_000, sent: 220_000 });
  expect(await linesOf(ledger)).toEqual([
    '\uFEFFclass,requests,units,bytes_in,bytes_out',
    ...['list,55,5500,,', 'edit,1173,58650,,', 'free,2,0,,', 'total,1230,64150,2500000,220000', ''],
  ]);
});
