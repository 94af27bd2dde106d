import { DOCUMENT, InMemoryDrives, refusal } from '../../test/support/in-memory-drive.js';
import { InMemoryLedger } from '../../test/support/in-memory-ledger.js';
import { anOrder, copyAll, runTransfer, SkippingClock } from '../../test/support/run-transfer.js';
import type { Drives } from './copy.js';
import { type TransferOrder, TERMINAL_STATES } from './ports/ledger.js';
import { recordsOf } from './records.js';
import { Transfer } from './transfer.js';

const ANA = 'ana@example.com';
const BEN = 'ben@example.com';
const { signal } = new AbortController();

/** A transfer that has ended, with what can be done to it then. */
async function anEndedTransfer(more: Partial<TransferOrder> = {}, prepare?: (world: InMemoryDrives) => void) {
  const world = new InMemoryDrives();
  const drives: Drives = { source: world.drive(ANA), destination: world.drive(BEN), clock: new SkippingClock() };
  const top = world.folder(ANA, 'Work');
  const ids = {
    top,
    inner: world.folder(ANA, 'inner', top),
    a: world.put(ANA, { name: 'a', parent: top, content: 'a' }),
    b: world.put(ANA, { name: 'b', parent: top, content: 'b' }),
    doc: world.put(ANA, { name: 'doc', parent: top, mimeType: DOCUMENT, content: 'a document' }),
  };
  const deep = world.put(ANA, { name: 'deep', parent: ids.inner, content: 'deep' });
  prepare?.(world);
  const ledger = new InMemoryLedger(anOrder(drives.source.account, drives.destination.account, [top], more));
  await runTransfer(ledger, drives);
  world.before = () => undefined;
  const goOn = async (to: 'running' | 'updating' | 'undoing') => {
    await ledger.advance(TERMINAL_STATES, to);
    if (to === 'undoing') await new Transfer(ledger, drives).finish(signal);
    else await runTransfer(ledger, drives);
  };
  const copyOf = async (sourceId: string) => {
    for await (const item of recordsOf(ledger)) if (item.sourceId === sourceId) return item.outcome.destinationId!;
    throw new Error('It is not in the plan.');
  };
  return { world, drives, ledger, goOn, copyOf, ids: { ...ids, deep } };
}

const lines = (world: InMemoryDrives, owner: string) => world.tree(world.rootOf(owner));
const names = (world: InMemoryDrives, owner: string) => lines(world, owner).map((line) => line.split(' | ')[0]);

describe('retry', () => {
  it('takes the failed ones only', async () => {
    const { world, ledger, goOn } = await anEndedTransfer({}, (prepared) => {
      prepared.before = (op, id) => {
        if (op === 'copy' && prepared.items.get(id)?.name === 'a') throw refusal('source_flagged');
      };
    });
    expect((await ledger.snapshot()).failures).toEqual({ source_flagged: 1 });
    world.calls.length = 0;
    expect(await ledger.reopen()).toBe(1);
    await goOn('running');
    expect((await ledger.snapshot()).state).toBe('completed');
    expect(lines(world, BEN)).toEqual(lines(world, ANA));
    expect(world.calls.filter((op) => op === 'copy')).toHaveLength(1);
  });

  it('makes a folder that could not be made, and what belongs into it', async () => {
    const { world, ledger, goOn } = await anEndedTransfer({}, (prepared) => {
      let refused = false;
      prepared.before = (op) => {
        if (op === 'createFolder' && refused) throw refusal('google_refused');
        if (op === 'createFolder') refused = true;
      };
    });
    expect((await ledger.snapshot()).counts.failed).toBe(2);
    await ledger.reopen();
    await goOn('running');
    expect(lines(world, BEN)).toEqual(lines(world, ANA));
  });
});

describe('a delta run', () => {
  it('takes what is new, changed and renamed, in place', async () => {
    const { world, ledger, goOn, ids, copyOf } = await anEndedTransfer();
    const before = await copyOf(ids.a);
    world.edit(ids.a, { content: Buffer.from('changed'), modifiedTime: '2026-10-01T10:00:00.000Z' });
    world.edit(ids.b, { name: 'renamed' });
    world.edit(ids.doc, { content: Buffer.from('rewritten'), modifiedTime: '2026-10-02T10:00:00.000Z' });
    world.put(ANA, { name: 'new', parent: ids.inner, content: 'new' });
    const folder = world.folder(ANA, 'new folder', ids.top);
    world.put(ANA, { name: 'in it', parent: world.folder(ANA, 'deeper', folder), content: 'x' });
    world.calls.length = 0;
    await goOn('updating');
    expect(await ledger.snapshot()).toMatchObject({
      state: 'completed',
      delta: { added: 4, changed: 2, renamed: 1, left: 0 },
    });
    expect(lines(world, BEN)).toEqual(lines(world, ANA));
    expect(world.items.get(before)!.trashed).toBe(true);
    expect(world.calls.filter((op) => op === 'copy')).toHaveLength(4);
    // A second one finds nothing.
    world.calls.length = 0;
    await goOn('updating');
    expect(world.calls.filter((op) => ['copy', 'create', 'createFolder', 'trash'].includes(op))).toEqual([]);
    expect((await ledger.snapshot()).delta).toMatchObject({ added: 0, changed: 0, renamed: 0, left: 0 });
  });

  it('finds the same by listing anew when Google has forgotten the list of changes', async () => {
    const { world, drives, ledger, goOn, ids } = await anEndedTransfer();
    world.edit(ids.a, { content: Buffer.from('changed'), modifiedTime: '2026-10-01T10:00:00.000Z' });
    world.put(ANA, { name: 'new', parent: ids.inner, content: 'new' });
    drives.source.changes = () => Promise.reject(refusal('google_refused'));
    await goOn('updating');
    expect((await ledger.snapshot()).delta).toMatchObject({ added: 1, changed: 1 });
    expect(lines(world, BEN)).toEqual(lines(world, ANA));
  });

  it('leaves what was deleted in the source, and a copy that somebody works on', async () => {
    const { world, ledger, goOn, ids, copyOf } = await anEndedTransfer();
    world.edit(ids.b, { trashed: true });
    world.edit(ids.a, { content: Buffer.from('changed here'), modifiedTime: '2026-10-01T10:00:00.000Z' });
    world.edit(await copyOf(ids.a), { content: Buffer.from('changed there') });
    await goOn('updating');
    expect((await ledger.snapshot()).delta).toMatchObject({ changed: 0, left: 2 });
    expect(world.items.get(await copyOf(ids.a))!.content.toString()).toBe('changed there');
    expect(names(world, BEN)).toContain('Work/b');
  });

  it('does not take the earlier copy of a document for the new one when an answer is lost', async () => {
    const { world, drives, ledger, ids, copyOf } = await anEndedTransfer();
    const before = await copyOf(ids.doc);
    world.edit(ids.doc, { content: Buffer.from('rewritten'), modifiedTime: '2026-10-02T10:00:00.000Z' });
    await ledger.advance(TERMINAL_STATES, 'updating');
    let copies = 0;
    world.before = (op) => {
      if (op === 'copy' && copies++ === 0) throw refusal('ambiguous_write'); // it did not land
    };
    await runTransfer(ledger, drives);
    expect(await copyOf(ids.doc)).not.toBe(before);
    expect(world.items.get(await copyOf(ids.doc))!.content.toString()).toBe('rewritten');
  });

  it('is harmless when it is repeated from any point', async () => {
    const { world, drives, ledger, ids } = await anEndedTransfer();
    world.edit(ids.a, { content: Buffer.from('changed'), modifiedTime: '2026-10-01T10:00:00.000Z' });
    world.put(ANA, { name: 'new', parent: ids.inner, content: 'new' });
    for (let at = 0; at < 60; at++) {
      await ledger.advance(TERMINAL_STATES, 'updating');
      let calls = 0;
      world.before = () => {
        if (++calls > at) throw new Error('the process dies');
      };
      await runTransfer(ledger, drives).catch(() => undefined);
      world.before = () => undefined;
    }
    await ledger.advance(TERMINAL_STATES, 'updating');
    await runTransfer(ledger, drives);
    await ledger.reopen();
    await ledger.advance(TERMINAL_STATES, 'running');
    await runTransfer(ledger, drives);
    expect(lines(world, BEN)).toEqual(lines(world, ANA));
  });
});

describe('undo', () => {
  it('puts the copies of a copy into the trash, folders and all', async () => {
    const { world, ledger, goOn } = await anEndedTransfer({ target: { folderId: 'root', newFolderName: 'From Ana' } });
    const mine = world.put(BEN, { name: 'mine', content: 'mine' });
    await goOn('undoing');
    expect(names(world, BEN)).toEqual(['mine']);
    expect(world.items.get(mine)!.trashed).toBe(false);
    expect(names(world, ANA)).toHaveLength(6);
    expect(await ledger.snapshot()).toMatchObject({ state: 'undone', undo: { trashed: 6, left: 0, restored: 0 } });
  });

  it('brings the originals of a move back first', async () => {
    const { world, ledger, goOn } = await anEndedTransfer({ mode: 'move' });
    expect(names(world, ANA)).toEqual([]);
    await goOn('undoing');
    expect(names(world, ANA)).toHaveLength(6);
    expect(names(world, BEN)).toEqual([]);
    expect((await ledger.snapshot()).undo).toEqual({ trashed: 6, left: 0, restored: 6 });
  });

  it('leaves what somebody has changed since, with the folders around it', async () => {
    const { world, ledger, goOn, copyOf, ids } = await anEndedTransfer();
    world.edit(await copyOf(ids.deep), { content: Buffer.from('edited') });
    world.put(BEN, { name: 'added', parent: await copyOf(ids.top), content: 'x' });
    await goOn('undoing');
    expect(names(world, BEN)).toEqual(['Work', 'Work/added', 'Work/inner', 'Work/inner/deep']);
    expect((await ledger.snapshot()).undo).toEqual({ trashed: 3, left: 3, restored: 0 });
  });

  it('leaves a copy whose original cannot be brought back', async () => {
    const { world, ledger, goOn, ids } = await anEndedTransfer({ mode: 'move' });
    world.remove(ids.a);
    await goOn('undoing');
    expect(names(world, BEN)).toEqual(['Work', 'Work/a']);
    expect((await ledger.snapshot()).undo).toEqual({ trashed: 4, left: 2, restored: 5 });
  });

  it('is harmless when it is repeated from any point', async () => {
    const { world, drives, ledger } = await anEndedTransfer({ mode: 'move' });
    await ledger.advance(TERMINAL_STATES, 'undoing');
    for (let at = 0; at < 40; at++) {
      let calls = 0;
      world.before = () => {
        if (++calls > at) throw new Error('the process dies');
      };
      await new Transfer(ledger, drives).finish(signal).catch(() => undefined);
      // At no moment are both gone.
      const alive = new Set([...names(world, ANA), ...names(world, BEN)]);
      expect(alive.size).toBe(6);
    }
    world.before = () => undefined;
    await new Transfer(ledger, drives).finish(signal);
    expect(names(world, ANA)).toHaveLength(6);
    expect(names(world, BEN)).toEqual([]);
    expect((await ledger.snapshot()).undo).toEqual({ trashed: 6, left: 0, restored: 6 });
  });

  it('brings back what was replaced', async () => {
    const there: string[] = [];
    const { world, goOn } = await anEndedTransfer({ conflict: 'replace' }, (prepared) => {
      const folder = prepared.folder(BEN, 'Work');
      there.push(prepared.put(BEN, { name: 'a', parent: folder, content: 'of Ben' }));
    });
    expect(world.items.get(there[0]!)!.trashed).toBe(true);
    await goOn('undoing');
    expect(names(world, BEN)).toEqual(['Work', 'Work/a']);
    expect(world.items.get(there[0]!)!.trashed).toBe(false);
  });
});

describe('a pause', () => {
  it('stops the copying, and a resumption completes it', async () => {
    const world = new InMemoryDrives();
    const drives: Drives = { source: world.drive(ANA), destination: world.drive(BEN), clock: new SkippingClock() };
    const top = world.folder(ANA, 'Work');
    for (let index = 0; index < 40; index++) world.put(ANA, { name: `${index}`, parent: top, content: `${index}` });
    const ledger = new InMemoryLedger(anOrder(drives.source.account, drives.destination.account, [top]));
    const transfer = new Transfer(ledger, drives);
    await transfer.plan(signal);
    world.before = async (op) => {
      if (op === 'copy') await ledger.advance(['running'], 'pausing');
    };
    await copyAll(transfer, ledger);
    await transfer.finish(signal);
    const { state, counts } = await ledger.snapshot();
    expect(state).toBe('paused');
    expect(counts.copying).toBe(0);
    expect(counts.waiting).toBeGreaterThan(10);
    world.before = () => undefined;
    await ledger.resume();
    await runTransfer(ledger, drives);
    expect((await ledger.snapshot()).state).toBe('completed');
    expect(lines(world, BEN)).toEqual(lines(world, ANA));
  });

  it('comes by itself when the destination is full: nothing is failed for it', async () => {
    const world = new InMemoryDrives();
    const drives: Drives = { source: world.drive(ANA), destination: world.drive(BEN), clock: new SkippingClock() };
    const top = world.folder(ANA, 'Work');
    for (let index = 0; index < 5; index++) world.put(ANA, { name: `${index}`, parent: top, content: `${index}` });
    const ledger = new InMemoryLedger(anOrder(drives.source.account, drives.destination.account, [top]));
    world.before = (op) => {
      if (op === 'copy') throw refusal('destination_storage_full');
    };
    await runTransfer(ledger, drives);
    expect(await ledger.snapshot()).toMatchObject({
      state: 'paused',
      problem: { code: 'destination_storage_full' },
      counts: { waiting: 5, failed: 0 },
    });
    world.before = () => undefined;
    await ledger.resume();
    await runTransfer(ledger, drives);
    const { state, problem } = await ledger.snapshot();
    expect({ state, problem }).toEqual({ state: 'completed' });
  });
});

it('converts only where that was allowed, and says what the copy lacks', async () => {
  const protect = (world: InMemoryDrives) => {
    for (const item of world.items.values()) if (item.name === 'doc') world.edit(item.id, { canCopy: false });
  };
  const refused = await anEndedTransfer({}, protect);
  expect((await refused.ledger.snapshot()).failures).toEqual({ conversion_needed: 1 });
  const allowed = await anEndedTransfer({ allowConversion: true }, protect);
  expect(await allowed.ledger.snapshot()).toMatchObject({ state: 'completed', ways: { export: 1 } });
  for await (const item of recordsOf(allowed.ledger))
    if (item.name === 'doc') expect(item.outcome.lossy!.length).toBeGreaterThan(0);
});
