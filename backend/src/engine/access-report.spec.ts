import { aParty, aPlannedItem } from '../../test/support/builders.js';
import { InMemoryLedger } from '../../test/support/in-memory-ledger.js';
import { anOrder } from '../../test/support/run-transfer.js';
import { sharingOptions } from '../../test/support/sharing.js';
import { accessCsv } from './access-report.js';
import type { AccessFacts, PlanFacts } from './model/plan-facts.js';
import { reportBody, reportCsv } from './report.js';

const sharing = sharingOptions();

/** Three copies: without permissions, with three, and with two, of which one expires earlier as requested. */
async function aLedger(
  prepare: (ledger: InMemoryLedger, plan: number) => Promise<unknown> = async () => undefined,
): Promise<InMemoryLedger> {
  const ledger = new InMemoryLedger(anOrder(aParty('ana'), aParty('ben'), ['a'], { sharing }));
  const plan = (await ledger.restartPlan())!;
  await ledger.append(
    [0, 1, 2].map((ordinal) => aPlannedItem(ordinal)),
    plan,
  );
  await prepare(ledger, plan);
  await ledger.completePlan(plan);
  await ledger.advance(['ready'], 'running');
  const ana = { type: 'user', address: 'ana@new.example' } as const;
  const original = { type: 'user', address: 'ana@old.example' } as const;
  const anyone = { type: 'anyone' } as const;
  await ledger.recordAccess({
    ordinal: 1,
    copyId: 'copy-1',
    grants: [
      { grantee: ana, role: 'writer', originals: [original], outcome: 'equal', permissionId: 'id-of-ana' },
      { grantee: anyone, role: 'reader', originals: [anyone], outcome: 'narrower', code: 'link_not_permitted' },
      { grantee: { type: 'domain', address: 'new.example' }, role: 'reader', originals: [], outcome: 'waiting' },
    ],
    restrictions: {
      wanted: { isLimited: true, isClosedToCopying: true, download: { readers: true, writers: false } },
      state: 'refused',
      refused: ['isClosedToCopying', 'download'],
      code: 'refused',
    },
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
    restrictions: { wanted: { isClosedToSharing: false, lock: {} }, state: 'waiting' },
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

it('has a line for each permission and restriction, with its outcome and reason', async () => {
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
      permission_id: 'id-of-ana',
    },
    { grantee_type: 'anyone', grantee: '', outcome: 'narrower', reason_code: 'link_not_permitted' },
    { grantee_type: 'domain', grantee: 'new.example', outcome: 'waiting', restriction: '' },
    { path: 'item 1', grantee_type: '', role: '', restriction: 'limited_access', outcome: 'applied', reason: '' },
    { restriction: 'no_copying', outcome: 'refused', reason_code: 'refused', reason: 'Google refused it.' },
    { restriction: 'no_download_by_readers', outcome: 'refused' },
    { path: 'item 2', expires: '2027-01-02T00:00:00.000Z', outcome: 'equal', reason_code: 'expiry_shortened' },
    { restriction: 'lifted writers_cannot_share', outcome: 'waiting', reason: '' },
    { restriction: 'locked', outcome: 'waiting' },
  ]);
  expect(rows[6]!['grantee']).toBe("'=evil()@new.example");
});

it('counts permissions and restrictions by item in the report, as CSV and as JSON', async () => {
  const ledger = await aLedger();
  const [head, ...lines] = await linesOf(reportCsv(ledger));
  const first = head!.indexOf('access_wanted');
  expect(head!.slice(first, first + 3)).toEqual(['access_wanted', 'access_equal', 'access_refused']);
  expect(lines.map((line) => line.slice(first, first + 3))).toEqual([
    ['', '', ''],
    ['3', '1', '1'],
    ['1', '1', '0'],
  ]);
  const last = head!.indexOf('restrictions');
  expect(head!.slice(last)).toEqual(['restrictions', 'restrictions_refused']);
  expect(lines.map((line) => line.slice(last))).toEqual([
    ['', ''],
    ['3', '2'],
    ['2', '0'],
  ]);
  let text = '';
  for await (const part of reportBody(ledger, await ledger.snapshot())) text += part;
  const { summary, items } = JSON.parse(`{${text}`) as { summary: object; items: object[] };
  const restrictions = { wanted: 5, applied: 1, refused: 2, waiting: 2 };
  expect(summary).toMatchObject({ access: { wanted: 4, equal: 2, narrower: 1, wider: 0, waiting: 1, restrictions } });
  expect(items).toMatchObject([
    {},
    { accessWanted: 3, accessEqual: 1, accessRefused: 1, restrictions: 3, restrictionsRefused: 2 },
    { accessWanted: 1, restrictions: 2, restrictionsRefused: 0 },
  ]);
  expect(items[0]).not.toHaveProperty('accessWanted');
});

it('names items whose permissions the source could not read, and counts them', async () => {
  const ledger = await aLedger(async (it, plan) => {
    await it.append([{ ...aPlannedItem(3), kind: 'folder' }, { ...aPlannedItem(4), parent: 3 }, aPlannedItem(5)], plan);
    const accesses = [
      [3, { restrictions: {} }],
      [5, { permissions: [], restrictions: {} }],
    ] as const;
    await it.storeSourceAccess(new Map(accesses), plan);
    const access = { warnings: [{ code: 'unreadable', items: 2 }] } as unknown as AccessFacts;
    await it.storeFacts({ plan: { access } as PlanFacts });
  });

  const [head, ...lines] = await linesOf(accessCsv(ledger));
  const rows = lines.map((line) => Object.fromEntries(head!.map((name, index) => [name, line[index]])));
  expect(rows.filter(({ outcome }) => outcome === 'unread')).toMatchObject([
    { path: 'item 3', source_id: 'source-3', grantee: '', role: '', outcome: 'unread', reason_code: 'unreadable' },
    { path: 'item 4', outcome: 'unread', reason: 'The source account may not see who can open the item.' },
  ]);
  let text = '';
  for await (const part of reportBody(ledger, await ledger.snapshot())) text += part;
  expect(JSON.parse(`{${text}`)).toMatchObject({ summary: { access: { unreadable: 2 } } });
});
