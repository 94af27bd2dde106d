import { DOCUMENT, InMemoryDrives, refusal, SHORTCUT } from '../../test/support/in-memory-drive.js';
import { InMemoryLedger } from '../../test/support/in-memory-ledger.js';
import { type Random, randomOf } from '../../test/support/random.js';
import { anOrder, copyAll, SkippingClock } from '../../test/support/run-transfer.js';
import { DocumentRefusedError, ReconnectNeededError, SIDES } from './errors.js';
import { replaceAddresses } from './links/drive-addresses.js';
import { recordsOf } from './model/records.js';
import type { Drives } from './ports/drive.js';
import { copyIdOf, type ItemRecord } from './model/items.js';
import { PARKED_STATES, TERMINAL_STATES } from './model/states.js';
import { Transfer } from './transfer.js';

// Random trees, refusals, lost responses, crashes, concurrent workers, cancels and edits; each run from one seed. A run
// that breaks an invariant prints its seed: FUZZ_SEED=n runs that one, FUZZ_RUNS=n that many.

const ANA = 'ana@example.com';
const BEN = 'ben@example.com';
const CARL = 'carl@example.com';
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 400);
const FIRST_SEED = Number(process.env['FUZZ_SEED'] ?? 1);
/** Maximum number of faults in a run. After them nothing fails, so every run must end. */
const MAX_FAULTS = 12;
const MAX_ROUNDS = 80;

const link = (id: string) => `https://drive.google.com/open?id=${id}`;

/** Creates a tree of up to 40 items, of which documents link to others. @returns the selected ids */
function createItems(google: InMemoryDrives, random: Random): string[] {
  const folders = [google.folder(ANA, 'Work')];
  const targets: string[] = [google.put(ANA, { name: 'outside', content: 'x' })];
  for (let left = 3 + random.below(37); left > 0; left--) {
    const parent = random.oneOf(folders);
    const name = random.oneOf(['a', 'b/c', '🌵', '..', `n${left}`]);
    const owner = random.chance(0.1) ? CARL : ANA;
    const what = random.below(10);
    if (what < 2) folders.push(google.folder(ANA, name, parent));
    else if (what < 4) {
      const links = Array.from({ length: random.below(4) }, () => ` ${link(random.oneOf([...targets, ...folders]))}`);
      const content = `doc ${left}${links.join('')}`;
      targets.push(google.put(owner, { name, parent, mimeType: DOCUMENT, content }));
    } else if (what < 5)
      google.put(ANA, { name, parent, mimeType: SHORTCUT, targetId: random.oneOf([...targets, ...folders]) });
    else {
      const rights = random.oneOf([{}, {}, {}, { canCopy: false }, { canCopy: false, canDownload: false }]);
      targets.push(google.put(owner, { name, parent, content: 'c'.repeat(random.below(50)) + left, ...rights }));
    }
  }
  const single = google.put(ANA, { name: 'single', content: 'alone' });
  return random.chance(0.5) ? [folders[0]!] : [folders[0]!, single];
}

/** Its sleeps take no time, but requests that are under way continue meanwhile. */
class TurningClock extends SkippingClock {
  override async sleep(ms: number, signal: AbortSignal): Promise<void> {
    for (let turns = Math.min(ms / 250, 40); turns > 0; turns--) await new Promise((next) => setImmediate(next));
    await super.sleep(ms, signal);
  }
}

/** A process. After its death it changes nothing, but writes that it had sent may still arrive. */
function aProcess(ledger: InMemoryLedger, drives: Drives) {
  const death = new Error('killed');
  const control = { dead: false };
  const mortal = <T extends object>(real: T): T =>
    new Proxy(real, {
      get(target, property) {
        const value: unknown = Reflect.get(target, property);
        if (typeof value !== 'function') return value;
        return async (...args: unknown[]): Promise<unknown> => {
          if (control.dead) throw death;
          const result: unknown = await value.apply(target, args);
          if (control.dead) throw death;
          return result;
        };
      },
    });
  const mortals = { source: mortal(drives.source), destination: mortal(drives.destination), clock: drives.clock };
  return { control, transfer: new Transfer(mortal(ledger), mortals) };
}

async function run(seed: number): Promise<void> {
  const random = randomOf(seed);
  const google = new InMemoryDrives();
  google.pageSize = random.oneOf([2, 5, 1000]);
  const clock = new TurningClock();
  const readOnly = random.chance(0.1);
  const drives: Drives = { source: google.drive(ANA, { readOnly }), destination: google.drive(BEN), clock };
  const mode = !readOnly && random.chance(0.5) ? 'move' : 'copy';
  const items = createItems(google, random);
  const newFolder = random.chance(0.3) ? { newFolderName: 'From Ana' } : {};
  const target = { folderId: 'root', ...newFolder };
  const links = random.oneOf([undefined, 'report', 'rewrite'] as const);
  const ledger = new InMemoryLedger(
    anOrder(drives.source.account, drives.destination.account, items, { mode, target, ...(links && { links }) }),
  );
  const planned = new Map([...google.items.values()].map((item) => [item.id, item.content.toString()]));
  const original = new Map([...google.items].map(([id, item]) => [id, { ...item }]));

  let faults = 0;
  let processes: { dead: boolean }[] = [];
  const edits = random.chance(0.3);
  google.index = { lagMs: random.chance(0.5) ? 1_000 + random.below(6_000) : 0, uptime: () => clock.slept };
  const mayFail = (probability: number) => faults < MAX_FAULTS && random.chance(probability) && ++faults > 0;
  const injectFault = (op: string) => {
    if (mayFail(0.01)) for (const process of processes) process.dead = random.chance(0.7);
    if (!mayFail(0.03)) return;
    // The errors that the client throws after its own retries.
    if (random.chance(0.3))
      throw new ReconnectNeededError(ledger.order[random.oneOf(['source', 'destination'] as const)].credentialId);
    if (op === 'copy' && random.chance(0.5)) throw refusal('not_found'); // a share that is not visible yet
    if (op === 'grantReading' && random.chance(0.5)) throw refusal('sharing_refused');
    if (op === 'writeDocument' && random.chance(0.5)) throw new DocumentRefusedError('edited_meanwhile');
    throw refusal(random.oneOf(['google_unavailable', 'rate_limited', 'quota_exceeded']));
  };
  google.before = async (op) => {
    const state = await ledger.state();
    for (let turns = random.below(4); turns > 0; turns--) await new Promise((next) => setImmediate(next));
    if (state !== 'canceling' && (op === 'trash' || op === 'update' || op === 'generateIds') && mayFail(0.01))
      throw refusal('google_unavailable');
    if (edits && state === 'running' && mayFail(0.02)) {
      const file = random.oneOf(
        [...google.items.values()].filter((item) => item.owner === ANA && item.content.length > 0 && !item.trashed),
      );
      Object.assign(file, {
        content: Buffer.from(`edited ${faults}`),
        revision: file.revision + 1,
        modifiedTime: new Date(1e12 + faults).toISOString(),
      });
      original.set(file.id, { ...file });
    }
    // A cancel searches once for unreported copies, and ignores what Google refuses.
    if (op !== 'trash' && state !== 'canceling') injectFault(op);
  };
  google.afterWrite = (op, id) => {
    if (mayFail(0.01)) for (const process of processes) process.dead = random.chance(0.7);
    if (!mayFail(0.05)) return;
    // A lost response: with a reserved id the client repeats the write, and Google answers that the id is taken.
    const isDocument = google.items.get(id)!.mimeType === DOCUMENT;
    throw refusal(op === 'grantReading' ? 'google_unavailable' : isDocument ? 'ambiguous_write' : 'id_taken');
  };
  const cancelAt = random.chance(0.2) ? random.below(6) : -1;
  const { signal } = new AbortController();
  const step = async (work: (transfer: Transfer) => Promise<void>) => {
    // If only one of two workers sees an edit, the closing check finds it; a cancel has no closing check.
    const workers = random.chance(0.3) && !(edits && cancelAt >= 0) ? 2 : 1;
    const started = Array.from({ length: workers }, () => aProcess(ledger, drives));
    processes = started.map(({ control }) => control);
    const ends = await Promise.allSettled(started.map(({ transfer }) => work(transfer)));
    for (const end of ends) {
      if (end.status === 'fulfilled') continue;
      const { code, message } = end.reason as { code?: string; message: string };
      if (code !== 'google_unavailable' && message !== 'killed') throw end.reason as Error;
    }
  };
  const cancel = async () => {
    for (let turns = random.below(60); turns > 0; turns--) await new Promise((next) => setImmediate(next));
    await ledger.advance(['planning', 'running', 'waiting_quota', 'needs_reconnect'], 'canceling');
  };
  for (let round = 0; !TERMINAL_STATES.includes(await ledger.state()); round++) {
    if (round > MAX_ROUNDS) throw new Error(`no end: ${JSON.stringify(await ledger.snapshot())}`);
    if (PARKED_STATES.includes(await ledger.state())) await ledger.resume({ confirmed: SIDES });
    const canceled = round === cancelAt ? cancel() : undefined;
    const state = await ledger.state();
    if (state === 'planning' || state === 'running') {
      await step((transfer) => transfer.plan(signal));
      if ((await ledger.state()) === 'running') await step((transfer) => copyAll(transfer, ledger, signal));
      if ((await ledger.state()) === 'running' && (await ledger.openFiles()) === 0)
        await step((transfer) => transfer.finish(signal));
    } else await step((transfer) => transfer.finish(signal));
    await canceled;
  }

  const readers = () => [...google.items.values()].filter((item) => item.readers.size > 0).length;
  const snapshot = await ledger.snapshot();
  if (readers() > 0) expect(snapshot.shares.open).toBeGreaterThan(0);
  faults = MAX_FAULTS;
  processes = [];
  expect(await new Transfer(ledger, drives).sweep(signal)).toBe(0);
  expect(readers()).toBe(0);

  const records: ItemRecord[] = [];
  for await (const record of recordsOf(ledger)) records.push(record);
  const { state, counts, found, bytes } = snapshot;
  expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(found);
  if (state === 'failed') expect(snapshot.problem).toBeDefined();
  else expect([counts.waiting, counts.copying]).toEqual([0, 0]);
  expect(snapshot.bytes.copying).toBe(0);
  const verified = records.filter((record) => record.state === 'verified');
  expect(bytes.verified).toBe(verified.reduce((sum, record) => sum + (record.size ?? 0), 0));
  for (const record of records)
    if (record.state === 'failed' || record.state === 'skipped') expect(record.outcome.reason).toBeTruthy();

  // The plan has every selected item once.
  if (state.startsWith('completed')) {
    const below = (id: string): string[] => [
      id,
      ...[...original.values()].filter((item) => item.parent === id).flatMap((item) => below(item.id)),
    ];
    expect(records.map((record) => record.sourceId).sort()).toEqual(items.flatMap(below).sort());
  }

  // Each verified item has one copy outside the trash, with the right content and place; nothing else exists.
  const idOf = new Map(records.map((record) => [record.ordinal, record.outcome.destinationId]));
  const live = [...google.items.values()].filter(
    (item) =>
      item.owner === BEN && item.parent !== null && !google.isTrashed(item) && item.id !== snapshot.resultFolderId,
  );
  for (const record of verified) {
    const copy = live.find((item) => item.id === record.outcome.destinationId);
    expect([record.path, copy?.name, copy?.mimeType]).toEqual([record.path, record.name, record.mimeType]);
    expect(copy!.parent).toBe(record.parent === null ? snapshot.resultFolderId : idOf.get(record.parent));
    const versions = [planned.get(record.sourceId), original.get(record.sourceId)!.content.toString()];
    if (record.kind === 'file' && !edits) expect(versions).toContain(copy!.content.toString());
    if (record.kind === 'file') expect(copy!.content.length).toBe(record.size);
  }
  // Each link to something that was copied leads to the copy, and each document was changed at most once.
  if (links && state.startsWith('completed')) {
    const copies = new Map(records.map((record) => [record.sourceId, copyIdOf(record)]));
    const newIdOf = (id: string) => (links === 'rewrite' ? copies.get(id) : undefined);
    for (const record of verified.filter(({ kind }) => kind === 'google')) {
      const { state: recorded, code } = (await ledger.linkRecord(record.ordinal))!;
      expect([record.path, recorded, code]).toEqual([record.path, 'done', undefined]);
      const copy = google.items.get(record.outcome.destinationId!)!;
      expect([record.path, copy.revision > 2]).toEqual([record.path, false]);
      if (edits) continue;
      const text = replaceAddresses(planned.get(record.sourceId)!, newIdOf);
      expect([record.path, copy.content.toString()]).toEqual([record.path, text]);
    }
    const { found: all, waiting, rewritten, outside, unsupported, failed } = snapshot.links!;
    expect(waiting + rewritten + outside + unsupported + failed).toBe(all);
    if (links === 'rewrite') expect([waiting, unsupported, failed]).toEqual([0, 0, 0]);
  }

  const reported = new Set(
    records.filter((record) => record.state !== 'skipped').map((record) => record.outcome.destinationId),
  );
  expect(live.filter((item) => !reported.has(item.id)).map((item) => item.name)).toEqual([]);

  // Only originals whose copies are verified are in the trash.
  const trashed = [...google.items.values()].filter((item) => item.owner !== BEN && google.isTrashed(item));
  if (mode === 'copy') expect(trashed).toEqual([]);
  for (const item of trashed) {
    const record = verified.find(({ sourceId }) => sourceId === item.id);
    const copy = live.find(({ id }) => id === record?.outcome.destinationId);
    if (record?.kind !== 'google')
      expect([item.name, item.content.toString()]).toEqual([item.name, copy?.content.toString()]);
    else expect([item.name, copy?.mimeType]).toEqual([item.name, DOCUMENT]);
  }
}

it(`keeps its invariants whatever happens, ${RUNS} times`, async () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed++)
    await run(seed).catch((error: unknown) => {
      throw new Error(`FUZZ_SEED=${seed} FUZZ_RUNS=1 breaks an invariant.`, { cause: error });
    });
}, 600_000);
