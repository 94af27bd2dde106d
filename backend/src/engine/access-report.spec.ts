import { aPlannedItem } from '../../test/support/builders.js';
import { InMemoryLedger } from '../../test/support/in-memory-ledger.js';
import { anOrder } from '../../test/support/run-transfer.js';
import { sharingOptions } from '../../test/support/sharing.js';
import { accessCsv } from './access-report.js';
import { reportBody, reportCsv } from './report.js';

const aParty = (sub: string) => ({ sub, email: `${sub}@example.com`, readOnly: false });
const sharing = sharingOptions();

/** Three copies: without permissions, with three, and with two, of which one expires earlier as requested. */
async function aLedger(): Promise<InMemoryLedger> {
  const ledger = new InMemoryLedger(anOrder(aParty('ana'), aParty('ben'), ['a'], { sharing }));
  const plan = (await ledger.restartPlan())!;
  await ledger.append(
    [0, 1, 2].map((ordinal) => aPlannedItem(ordinal)),
    plan,
  );
  await ledger.completePlan(plan);
  await ledger.advance(['ready'], 'running');
  const ana = { type: 'user', address: 'ana@new.example' } as const;
  const original = { type: 'user', address: 'ana@old.example' } as const;
  const anyone = { type: 'anyone' } as const;
  await ledger.recordAccess({
    ordinal: 1,
    copyId: 'copy-1',
    grants: [
      { grantee: ana, role: 'writer', originals: [original], outcome: 'equal' },
      { grantee: anyone, role: 'reader', originals: [anyone], outcome: 'narrower', code: 'link_not_permitted' },
      { grantee: { type: 'domain', address: 'new.example' }, role: 'reader', originals: [], outcome: 'waiting' },
    ],
  });
  await ledger.recordAccess({
    ordinal: 2,
    copyId: 'copy-2',
    grants: [
      {
        grantee: { type: 'user', address: '=evil()@new.example' },
        role: 'reader',
        expiresAt: Date.UTC(2027, 0, 2),
        originals: [original],
        reduced: 'expiry_shortened',
        outcome: 'equal',
      },
    ],
  });
  return ledger;
}

async function linesOf(csv: AsyncIterable<string>): Promise<string[][]> {
  let text = '';
  for await (const part of csv) text += part;
  return text
    .slice(1)
    .trimEnd()
    .split('\r\n')
    .map((line) => line.split(','));
}

it('has a line for each permission, with its outcome and reason', async () => {
  const [head, ...lines] = await linesOf(accessCsv(await aLedger()));
  const rows = lines.map((line) => Object.fromEntries(head!.map((name, index) => [name, line[index]])));
  expect(rows).toMatchObject([
    {
      path: 'item 1',
      source_id: 'source-1',
      destination_id: 'copy-1',
      grantee_type: 'user',
      grantee: 'ana@new.example',
      role: 'writer',
      outcome: 'equal',
      reason: '',
      original_grantees: 'ana@old.example',
    },
    { grantee_type: 'anyone', grantee: '', outcome: 'narrower', reason_code: 'link_not_permitted' },
    { grantee_type: 'domain', grantee: 'new.example', outcome: 'waiting' },
    { path: 'item 2', expires: '2027-01-02T00:00:00.000Z', outcome: 'equal', reason_code: 'expiry_shortened' },
  ]);
  expect(rows[3]!['grantee']).toBe("'=evil()@new.example");
});

it('counts permissions by item in the report, as CSV and as JSON', async () => {
  const ledger = await aLedger();
  const [head, ...lines] = await linesOf(reportCsv(ledger));
  const first = head!.indexOf('access_wanted');
  expect(head!.slice(first, first + 3)).toEqual(['access_wanted', 'access_equal', 'access_refused']);
  expect(lines.map((line) => line.slice(first, first + 3))).toEqual([
    ['', '', ''],
    ['3', '1', '1'],
    ['1', '1', '0'],
  ]);
  let text = '';
  for await (const part of reportBody(ledger, await ledger.snapshot())) text += part;
  const { summary, items } = JSON.parse(`{${text}`) as { summary: object; items: object[] };
  expect(summary).toMatchObject({ access: { wanted: 4, equal: 2, narrower: 1, wider: 0, waiting: 1 } });
  expect(items).toMatchObject([{}, { accessWanted: 3, accessEqual: 1, accessRefused: 1 }, { accessWanted: 1 }]);
  expect(items[0]).not.toHaveProperty('accessWanted');
});
