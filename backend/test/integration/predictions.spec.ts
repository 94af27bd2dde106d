import { type Preset, PRESET_NAMES } from '@cloudmover/drive-sandbox';
import type { ItemRecord } from '../../src/engine/model/items.js';
import type { TransferOrder } from '../../src/engine/model/order.js';
import { recordsOf } from '../../src/engine/model/records.js';
import type { Drives } from '../../src/engine/ports/drive.js';
import { InMemoryLedger } from '../support/in-memory-ledger.js';
import { anOrder, runTransfer } from '../support/run-transfer.js';
import { ANA, sandboxDrives } from '../support/sandbox-drives.js';

const BEN = 'ben@example.com';
const CARL = 'carl@example.com';
const ELSEWHERE = 'ben@elsewhere.example';
/** Omitted, because it has only plain files, which `office` and `graduate` cover. */
const PLAIN: Preset = 'million';
const FOLDER = 'application/vnd.google-apps.folder';

const line = ({ path, mimeType, outcome }: ItemRecord) => `${path}: ${outcome.code} (${mimeType})`;

it.each<[Preset, string[], Partial<TransferOrder>]>([
  ['graduate', [BEN], {}],
  ['office', [BEN], {}],
  ['office', [CARL, BEN], {}],
  ['school', [BEN], {}],
  ['linked', [BEN], {}],
  ['hostile', [BEN], {}],
  ['hostile', [CARL, BEN], { allowConversion: true, shortcuts: 'follow' }],
])('of the preset %s, with %j and %j, predicts exactly what is not copied', async (preset, others, options) => {
  const { drives, control, close } = await sandboxDrives(others);
  try {
    await control.fill(ANA, preset);
    const { items } = await drives.source.children('root', undefined, new AbortController().signal);
    await expectPredicted(
      drives,
      items.map(({ id }) => id),
      options,
    );
  } finally {
    await close();
  }
});

it.each([BEN, ELSEWHERE])(
  'of shared drives with restrictions, predicts exactly what is not copied for %s',
  async (ben) => {
    const { drives, client, close } = await sandboxDrives([ben]);
    const { signal } = new AbortController();
    const asIs = (answer: unknown) => answer as { id: string };
    const aDrive = async (credentialId: string, restrictions: Record<string, boolean>) => {
      const query = { requestId: JSON.stringify(restrictions) };
      const request = { credentialId, query };
      const { id } = await client.json(
        {
          ...request,
          method: 'POST',
          path: '/drive/v3/drives',
          body: { name: `Drive ${Object.keys(restrictions).join()}` },
        },
        asIs,
      );
      await client.json({ ...request, method: 'PATCH', path: `/drive/v3/drives/${id}`, body: { restrictions } }, asIs);
      return id;
    };
    try {
      const chosen: string[] = [];
      for (const restrictions of <Record<string, boolean>[]>[
        {},
        { domainUsersOnly: true },
        { driveMembersOnly: true },
        { copyRequiresWriterPermission: true },
        { adminManagedRestrictions: true, sharingFoldersRequiresOrganizerPermission: true },
      ]) {
        const driveId = await aDrive(ANA, restrictions);
        const [id, file] = await drives.source.generateIds(2, 'file', signal);
        const item = { parentId: driveId, name: 'x', mimeType: 'text/plain' };
        await drives.source.createFolder({ ...item, id: id!, mimeType: FOLDER }, signal);
        await drives.source.create({ ...item, id: file!, parentId: id! }, [Buffer.from('x')], signal);
        for (const type of ['document', 'form'])
          await client.json(
            {
              credentialId: ANA,
              method: 'POST',
              path: '/drive/v3/files',
              query: { supportsAllDrives: true },
              body: { name: type, mimeType: `application/vnd.google-apps.${type}`, parents: [id] },
            },
            asIs,
          );
        chosen.push(id!);
      }
      const folderId = await aDrive(ben, {
        domainUsersOnly: true,
        driveMembersOnly: true,
        copyRequiresWriterPermission: true,
      });
      await expectPredicted(drives, chosen, { target: { folderId } });
    } finally {
      await close();
    }
  },
);

async function expectPredicted(
  drives: Drives,
  chosen: readonly string[],
  options: Partial<TransferOrder>,
): Promise<void> {
  const ledger = new InMemoryLedger(anOrder(drives.source.account, drives.destination.account, chosen, options));
  await runTransfer(ledger, drives);
  const records = async () => {
    const all: ItemRecord[] = [];
    for await (const record of recordsOf(ledger)) all.push(record);
    return all;
  };
  const ended = await records();
  const named = new Map((await ledger.foreseen(-1, 10_000)).map(({ ordinal, code }) => [ordinal, code]));
  const predicted = ended.filter(({ ordinal }) => (named.get(ordinal) ?? 'lossy') !== 'lossy');
  expect(ended.filter(({ state }) => state === 'failed' || state === 'unverified').map(line)).toEqual([]);
  expect(ended.filter(({ state }) => state === 'skipped').map(line)).toEqual(
    predicted.map((item) => line({ ...item, outcome: { code: named.get(item.ordinal)! } })),
  );
  const { state, plan, ways, counts } = await ledger.snapshot();
  expect(state).toBe('completed');
  const figures = (['server_copy', 'relay', 'export', 'created', 'none'] as const).map(
    (way) => plan!.forecast[way]?.items ?? 0,
  );
  expect(figures).toEqual([ways.server_copy, ways.relay, ways.export, ways.created, counts.skipped]);

  // A retry with conversion copies exactly the items that it is offered for.
  const helped =
    counts.skipped -
    ended.filter(({ state: is, outcome }) => is === 'skipped' && outcome.code !== 'conversion_needed').length;
  const codes = ['conversion_needed'] as const;
  expect(await ledger.reopen(codes, { skipped: codes, mayConvert: true })).toBe(helped);
  await ledger.advance(['completed'], 'running');
  await runTransfer(ledger, drives);
  expect(await ledger.snapshot()).toMatchObject({
    state: 'completed',
    ways: { export: ways.export + helped },
    counts: { skipped: counts.skipped - helped, failed: 0 },
  });
  expect(await ledger.reopen(codes, { skipped: codes })).toBe(0);
}

it('covers each preset', () => {
  expect([...PRESET_NAMES].sort()).toEqual(['graduate', 'hostile', PLAIN, 'office', 'school', 'linked'].sort());
});
