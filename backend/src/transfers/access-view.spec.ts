import { aParty, aPlan } from '../../test/support/builders.js';
import { InMemoryLedger } from '../../test/support/in-memory-ledger.js';
import { anOrder } from '../../test/support/run-transfer.js';
import type { AccessFacts } from '../engine/model/plan-facts.js';
import type { AccessGrant, AccessOutcome, SharingOptions } from '../engine/model/sharing.js';
import type { AccessRow } from '../engine/sharing/access-table.js';
import { accessPage, outcomesOf, peoplePage, sharingChoices, sharingView, usageByLine } from './access-view.js';
import { AccessListQueryDto, PeopleQueryDto, TransferAccessQueryDto } from './sharing.dto.js';

const OPTIONS: SharingOptions = {
  unmapped: 'keep',
  links: 'restrict',
  owner: 'drop',
  outsiders: 'keep',
  notify: false,
  lines: 2,
};
const PEOPLE = [
  { line: 1, from: 'ana@old.example', to: 'ana@new.example' },
  { line: 4, from: 'temp@old.example', to: null },
];

const user = (address: string) => ({ type: 'user', address }) as const;
const aRow = (parts: Partial<AccessRow> & Pick<AccessRow, 'grantee'>): AccessRow => ({
  becomes: parts.grantee,
  now: { reader: 2 },
  after: { reader: 2 },
  change: 'keeps',
  reasons: [],
  ...parts,
});
const ROWS: AccessRow[] = [
  aRow({ grantee: user('gina@new.example'), now: {}, change: 'gains', reasons: [{ code: 'target_folder', items: 2 }] }),
  aRow({
    grantee: user('temp@old.example'),
    becomes: null,
    line: 4,
    after: {},
    change: 'loses',
    reasons: [{ code: 'map_nobody', items: 2 }],
  }),
  aRow({
    grantee: { type: 'anyone' },
    after: { reader: 1 },
    change: 'less',
    reasons: [{ code: 'link_restricted', items: 2 }],
  }),
  aRow({ grantee: user('ana@old.example'), becomes: user('ana@new.example'), line: 1 }),
  aRow({ grantee: { type: 'group', address: 'team@old.example' } }),
];
const FACTS: AccessFacts = {
  items: 2,
  permissions: 5,
  counts: { gains: 1, loses: 1, less: 1, keeps: 2 },
  refused: 0,
  target: 1,
  warnings: [],
  warningCount: 0,
};

const aGrant = (address: string, outcome: AccessOutcome, parts: Partial<AccessGrant> = {}): AccessGrant => ({
  grantee: user(address),
  role: 'reader',
  originals: [user(address.replace('new', 'old'))],
  outcome,
  ...parts,
});

async function aLedger(): Promise<InMemoryLedger> {
  const order = anOrder(aParty('ana'), aParty('ben'), ['a'], { sharing: OPTIONS });
  const ledger = new InMemoryLedger(order, new Map(), PEOPLE);
  const plan = (await ledger.restartPlan())!;
  await ledger.storeAccessTable(ROWS, plan);
  await ledger.storeFacts({ plan: aPlan({ access: FACTS }) });
  await ledger.completePlan(plan);
  return ledger;
}

const query = (parts: Partial<TransferAccessQueryDto> = {}) => Object.assign(new AccessListQueryDto(), parts);
const addresses = ({ items }: { items: readonly { grantee: { address?: string } }[] }) =>
  items.map(({ grantee }) => grantee.address ?? 'anyone');

it('lists who can open originals and copies, with the reason as a sentence', async () => {
  const { items, counts, nextCursor } = await accessPage(await aLedger(), query());
  expect(counts).toEqual(FACTS.counts);
  expect(nextCursor).toBeUndefined();
  expect(items[0]).toEqual({
    grantee: user('gina@new.example'),
    now: {},
    after: { reader: 2 },
    change: 'gains',
    code: 'target_folder',
    reason: 'Everyone who can open the target folder can open what is copied into it.',
  });
  expect(items[1]).toMatchObject({ becomes: null, line: 4, change: 'loses' });
  expect(items[3]).toMatchObject({ becomes: user('ana@new.example'), line: 1 });
  expect(items[4]).not.toHaveProperty('becomes');
});

it.each<[Partial<TransferAccessQueryDto>, string[]]>([
  [{ q: 'ANA@new' }, ['ana@old.example']],
  [{ q: '@old.example' }, ['temp@old.example', 'ana@old.example', 'team@old.example']],
  [{ change: 'gains' }, ['gina@new.example']],
  [{ change: 'keeps', q: 'team' }, ['team@old.example']],
  [{ q: 'nobody' }, []],
])('finds %j', async (parts, found) => {
  const page = await accessPage(await aLedger(), query(parts));
  expect(addresses(page)).toEqual(found);
  expect(page.counts).toEqual(FACTS.counts);
});

it('returns the list page by page', async () => {
  const ledger = await aLedger();
  const seen: string[][] = [];
  for (let cursor: string | undefined; ;) {
    const page = await accessPage(ledger, query({ limit: 2, q: 'old', ...(cursor && { cursor }) }));
    seen.push(addresses(page));
    cursor = page.nextCursor;
    if (!cursor) break;
  }
  expect(seen).toEqual([['temp@old.example', 'ana@old.example'], ['team@old.example']]);
});

it('states that access remains, although other access of the same grantee was reverted', async () => {
  const ledger = await aLedger();
  const reverted = aGrant('ana@new.example', 'wider', { code: 'reverted' });
  const refused = aGrant('ana@new.example', 'wider', { code: 'refused' });
  for (const [ordinal, grant] of [reverted, refused].entries())
    await ledger.recordAccess({ ordinal, copyId: 'a', grants: [grant] });
  const { items } = await accessPage(ledger, query({ q: 'ana@old' }), await outcomesOf(ledger));
  expect(items.map(({ outcome, code }) => [outcome, code])).toEqual([['wider', 'refused']]);
});

it('states the worst outcome of a grantee, and why', async () => {
  const ledger = await aLedger();
  const gina = aGrant('gina@new.example', 'equal', { originals: [user('gina@new.example')] });
  const grants = [aGrant('ana@new.example', 'equal'), aGrant('team@new.example', 'equal'), gina];
  await ledger.recordAccess({ ordinal: 0, copyId: 'a', grants });
  const refused = aGrant('ana@new.example', 'narrower', { code: 'no_google_account' });
  await ledger.recordAccess({ ordinal: 7, copyId: 'b', grants: [refused, aGrant('team@new.example', 'waiting')] });
  const outcomes = await outcomesOf(ledger);
  const { items } = await accessPage(ledger, query({ q: 'old.example' }), outcomes);
  expect(items.map(({ outcome, code }) => [outcome, code])).toEqual([
    [undefined, 'map_nobody'],
    ['narrower', 'no_google_account'],
    ['waiting', undefined],
  ]);
  expect(addresses(await accessPage(ledger, query({ outcome: 'narrower' }), outcomes))).toEqual(['ana@old.example']);
  // What she gains comes from the target folder.
  const [gains] = (await accessPage(ledger, query({ change: 'gains' }), outcomes)).items;
  expect(gains).not.toHaveProperty('outcome');
});

it('adds up: wanted = equal + narrower + wider + waiting, even for permissions without a record', async () => {
  const ledger = await aLedger();
  const sharing = async () => sharingView(ledger.order, await ledger.snapshot());
  expect(await sharing()).toMatchObject({ mode: 'carry', lines: 2, wanted: 5, waiting: 5, equal: 0 });
  const grants = [aGrant('x@new.example', 'equal'), aGrant('y@new.example', 'narrower', { code: 'license' })];
  await ledger.recordAccess({ ordinal: 0, copyId: 'a', grants });
  expect(await sharing()).toMatchObject({ wanted: 5, waiting: 3, equal: 1, narrower: 1, wider: 0 });
  await ledger.advance(['ready'], 'completed');
  expect(await sharing()).toMatchObject({ wanted: 2, waiting: 0 });
  expect((await sharing()).reasons).toEqual([
    {
      code: 'license',
      title: "The person's licence does not allow this role.",
      advice: expect.any(String),
      count: 1,
      retryable: true,
    },
  ]);
});

it('states when it resumes while Google limits changes of sharing', async () => {
  const ledger = await aLedger();
  const sharing = async () => sharingView(ledger.order, await ledger.snapshot());
  await ledger.advance(['ready'], 'running');
  await ledger.advance(['running'], 'finishing');
  await ledger.recordAccess({ ordinal: 0, copyId: 'a', grants: [aGrant('x@new.example', 'waiting')] });
  expect(await sharing()).not.toHaveProperty('resumeAt');
  const resumeAt = Math.ceil(Date.now() / 1_000) * 1_000 + 3_600_000;
  await ledger.park('waiting_quota', { resumeAt, limit: 'sharing' });
  expect((await sharing()).resumeAt).toBe(new Date(resumeAt).toISOString());
  // Another limit of Google's.
  await ledger.resume();
  await ledger.park('waiting_quota', { resumeAt });
  expect(await sharing()).not.toHaveProperty('resumeAt');
});

it('returns the people map page by page, with whom each line names', async () => {
  const ledger = await aLedger();
  const usage = await usageByLine(ledger);
  const page = (parts: Partial<PeopleQueryDto>) =>
    peoplePage(ledger, Object.assign(new PeopleQueryDto(), parts), usage);
  const [ana, temp] = PEOPLE.map((line) => ({ ...line, people: 1, items: 2 }));
  expect(await page({})).toEqual({ lines: [ana, temp] });
  expect(await page({ limit: 1 })).toEqual({ lines: [ana], nextCursor: '1' });
  expect(await page({ limit: 1, cursor: '1' })).toEqual({ lines: [temp] });
});

it('shows the defaults of a transfer without sharing', () => {
  expect(sharingChoices({})).toMatchObject({ mode: 'none', owner: 'drop', lines: 0 });
  expect(sharingChoices({ sharing: OPTIONS })).toEqual({ mode: 'carry', ...OPTIONS });
});
