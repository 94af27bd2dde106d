import { FOLDER, InMemoryDrives, refusal } from '../../test/support/in-memory-drive.js';
import { InMemoryLedger } from '../../test/support/in-memory-ledger.js';
import { type Random, randomOf } from '../../test/support/random.js';
import { anOrder, copyAll, SkippingClock } from '../../test/support/run-transfer.js';
import { recordsOf } from './model/records.js';
import type { DrivePermission, Grantee } from './model/sharing.js';
import type { Drives } from './ports/drive.js';
import { Transfer } from './transfer.js';

// Random trees, permissions, limited folders, changes between runs and interruptions, from one seed each. The stored
// access must say for every item exactly who can open it. FUZZ_SEED=n runs that seed, FUZZ_RUNS=n that many.

const [ANA, BEN, CARL] = ['ana@old.example', 'ben@new.example', 'carl@old.example'];
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 60);
const FIRST_SEED = Number(process.env['FUZZ_SEED'] ?? 1);
const UPDATES = 4;
const sharing = { unmapped: 'keep', links: 'keep', owner: 'drop', outsiders: 'keep', notify: false, lines: 0 } as const;
const { signal } = new AbortController();

const GRANTEES: readonly Grantee[] = [
  ...['dora@old.example', 'eva@old.example', BEN].map((address) => ({ type: 'user' as const, address })),
  { type: 'group', address: 'team@old.example' },
  { type: 'anyone' },
];

function randomPermissions(random: Random): Map<string, DrivePermission> {
  const given = Array.from({ length: random.below(3) }, (): DrivePermission => {
    const grantee = random.oneOf(GRANTEES);
    const role = random.oneOf(['reader', 'commenter', 'writer'] as const);
    const expires = grantee.type === 'user' && random.chance(0.2);
    const id = `${grantee.type}-${grantee.address ?? ''}`;
    return { id, grantee, role, ...(expires && { expiresAt: 4_000_000_000_000 + random.below(2) }) };
  });
  return new Map(given.map((permission) => [permission.id, permission]));
}

/** Creates up to `left` items below some folders and adds them to the list. */
function createItems(google: InMemoryDrives, random: Random, items: string[], left: number): void {
  for (; left > 0; left--) {
    const folders = items.filter((id) => google.items.get(id)!.mimeType === FOLDER);
    const parent = random.oneOf(folders);
    const owner = random.chance(0.2) ? CARL : ANA;
    items.push(
      google.put(owner, {
        name: `n${items.length}`,
        parent,
        // Ana may not see who else can open items that she can only read.
        ...(random.chance(0.4) && { mimeType: FOLDER, limited: owner === ANA && random.chance(0.1) }),
        ...(random.chance(0.4) && { permissions: randomPermissions(random) }),
        ...(random.chance(0.1) && { restrictions: { lock: {} } }),
      }),
    );
  }
}

async function run(seed: number): Promise<void> {
  const random = randomOf(seed);
  const google = new InMemoryDrives();
  google.pageSize = random.oneOf([2, 1000]);
  google.isLeftOut = () => random.chance(0.1);
  const drives: Drives = { source: google.drive(ANA), destination: google.drive(BEN), clock: new SkippingClock() };
  const place = random.chance(0.3) ? google.sharedDrive(ANA, [CARL]) : google.folder(ANA, 'Above');
  const top = google.folder(ANA, 'Work', place);
  const items = [top];
  createItems(google, random, items, 25);
  const ledger = new InMemoryLedger(anOrder(drives.source.account, drives.destination.account, [top], { sharing }));

  for (let round = 0; round <= UPDATES; round++) {
    await planned(ledger, drives, google, random);
    await expectAccess(ledger, google, `after run ${round}`);
    expect(await ledger.advance(['running'], 'completed')).toBe(true);
    for (let changes = random.below(4); changes > 0; changes--) {
      const id = random.chance(0.2) ? place : random.oneOf(items);
      const { mimeType, owner } = google.items.get(id)!;
      const parent = random.oneOf(items);
      const isFolder = google.items.get(parent)!.mimeType === FOLDER;
      if (id !== place && id !== top && isFolder && !isBelow(google, parent, id) && random.chance(0.3))
        google.edit(id, { parent });
      else if (mimeType === FOLDER && owner === ANA && id !== place && random.chance(0.2))
        google.edit(id, { limited: !google.items.get(id)!.limited });
      else google.edit(id, { permissions: randomPermissions(random) });
    }
    createItems(google, random, items, random.below(3));
    expect(await ledger.advance(['completed'], 'updating')).toBe(true);
  }
}

const isBelow = (google: InMemoryDrives, id: string | null, folder: string): boolean =>
  id !== null && (id === folder || isBelow(google, google.items.get(id)!.parent, folder));

/** Plans or updates the plan, and copies, with random interruptions. */
async function planned(ledger: InMemoryLedger, drives: Drives, google: InMemoryDrives, random: Random): Promise<void> {
  for (let interruptions = random.below(3); ; interruptions--) {
    let left = interruptions > 0 ? random.below(40) : Infinity;
    google.before = () => {
      if (left-- <= 0) throw refusal('google_unavailable');
    };
    const note = ledger.storeSourceAccess.bind(ledger);
    if (interruptions > 0 && random.chance(0.5))
      ledger.storeSourceAccess = async (found, plan) => {
        await note(new Map([...found].slice(0, random.below(found.size + 1))), plan);
        throw refusal('google_unavailable');
      };
    const transfer = new Transfer(ledger, drives);
    const done = await transfer.plan(signal).then(
      () => true,
      () => false,
    );
    ledger.storeSourceAccess = note;
    google.before = () => undefined;
    if (!done) continue;
    await copyAll(transfer, ledger);
    return;
  }
}

const linesOf = (permissions: readonly DrivePermission[] | undefined): readonly string[] | undefined =>
  permissions
    ?.filter(({ grantee, isMetadataOnly }) => grantee.address !== BEN && !isMetadataOnly)
    .map(({ grantee, role, expiresAt }) => `${grantee.address ?? grantee.type} ${role} ${expiresAt ?? ''}`)
    .sort();

async function expectAccess(ledger: InMemoryLedger, google: InMemoryDrives, when: string): Promise<void> {
  const kept = new Map((await ledger.sourceAccess(-1, 10_000)).map(({ ordinal, access }) => [ordinal, access]));
  const resolved = new Map<number, readonly string[] | undefined>();
  for await (const { ordinal, parent, sourceId, path } of recordsOf(ledger)) {
    const own = kept.get(ordinal);
    resolved.set(ordinal, own ? linesOf(own.permissions) : resolved.get(parent!));
    const original = google.items.get(sourceId)!;
    const wanted = linesOf(google.permissionsOf(original));
    expect({ when, path, access: resolved.get(ordinal) }).toEqual({ when, path, access: wanted });
    expect({ when, path, lock: own?.restrictions.lock }).toEqual({ when, path, lock: original.restrictions.lock });
  }
}

it(`stores exactly who can open each item, in ${RUNS} runs with changes and interruptions`, async () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed++)
    await run(seed).catch((error: unknown) => {
      throw new Error(`FUZZ_SEED=${seed} FUZZ_RUNS=1`, { cause: error });
    });
});
