import { jest } from '@jest/globals';
import { DOCUMENT, FOLDER, InMemoryDrives, refusal, SHORTCUT } from '../../test/support/in-memory-drive.js';
import { InMemoryLedger } from '../../test/support/in-memory-ledger.js';
import { anOrder, copyAll, runTransfer, SkippingClock } from '../../test/support/run-transfer.js';
import { DriveError } from './errors.js';
import type { Drives } from './ports/drive.js';
import type { TransferOrder } from './model/order.js';
import { statesFor, TERMINAL_STATES } from './model/states.js';
import { recordsOf } from './model/records.js';
import { PLAN_PAGE } from './ports/ledger/plan.js';
import { Transfer } from './transfer.js';

const ANA = 'ana@example.com';
const BEN = 'ben@example.com';
const { signal } = new AbortController();

/** A transfer that has ended, and what the tests do with it. */
async function anEndedTransfer(more: Partial<TransferOrder> = {}, prepare?: (google: InMemoryDrives) => void) {
  const google = new InMemoryDrives();
  const drives: Drives = { source: google.drive(ANA), destination: google.drive(BEN), clock: new SkippingClock() };
  const top = google.folder(ANA, 'Work');
  const ids = {
    top,
    inner: google.folder(ANA, 'inner', top),
    a: google.put(ANA, { name: 'a', parent: top, content: 'a' }),
    b: google.put(ANA, { name: 'b', parent: top, content: 'b' }),
    doc: google.put(ANA, { name: 'doc', parent: top, mimeType: DOCUMENT, content: 'a document' }),
  };
  const deep = google.put(ANA, { name: 'deep', parent: ids.inner, content: 'deep' });
  prepare?.(google);
  const ledger = new InMemoryLedger(anOrder(drives.source.account, drives.destination.account, [top], more));
  await runTransfer(ledger, drives);
  google.before = () => undefined;
  const continueRun = async (to: 'running' | 'updating' | 'undoing') => {
    await ledger.advance(TERMINAL_STATES, to);
    if (to === 'undoing') await new Transfer(ledger, drives).finish(signal);
    else await runTransfer(ledger, drives);
  };
  const copyOf = async (sourceId: string) => {
    for await (const item of recordsOf(ledger)) if (item.sourceId === sourceId) return item.outcome.destinationId!;
    throw new Error('It is not in the plan.');
  };
  return { google, drives, ledger, continueRun, copyOf, ids: { ...ids, deep } };
}

const lines = (google: InMemoryDrives, owner: string) => google.tree(google.rootOf(owner));
const names = (google: InMemoryDrives, owner: string) => lines(google, owner).map((line) => line.split(' | ')[0]);

describe('links', () => {
  it('leave a transfer completed, whatever happens to the work on them', async () => {
    const { drives, ledger } = await anEndedTransfer();
    const { found, counts } = await ledger.snapshot();
    const transfer = new Transfer(ledger, drives);
    const link = () => ledger.advance(statesFor('links'), 'linking');
    await link();
    await transfer.finish(signal);
    expect(await ledger.state()).toBe('completed');

    await link();
    await ledger.advance(['linking'], 'pausing');
    await transfer.finish(signal);
    expect(await ledger.snapshot()).toMatchObject({ state: 'paused', resumeState: 'linking' });
    await ledger.advance(['paused'], 'canceling');
    await transfer.finish(signal);
    expect(await ledger.state()).toBe('completed');

    await link();
    await transfer.fail({ code: 'internal', detail: 'A bug.' }, signal);
    expect(await ledger.snapshot()).toMatchObject({ state: 'completed', found, counts });
    expect((await ledger.events()).at(-1)).toMatchObject({ state: 'completed', code: 'internal', detail: 'A bug.' });
  });

  it('do not keep a later run from being canceled', async () => {
    const { drives, ledger } = await anEndedTransfer();
    await ledger.advance(['completed'], 'linking');
    await ledger.advance(['linking'], 'pausing');
    await new Transfer(ledger, drives).finish(signal);
    await ledger.resume();
    await new Transfer(ledger, drives).finish(signal);
    await ledger.advance(['completed'], 'updating');
    await ledger.advance(['updating'], 'canceling');
    await new Transfer(ledger, drives).finish(signal);
    expect(await ledger.state()).toBe('canceled');
  });
});

describe('retry', () => {
  it('retries only failed items', async () => {
    const { google, ledger, continueRun } = await anEndedTransfer({}, (prepared) => {
      prepared.before = (op, id) => {
        if (op === 'copy' && prepared.items.get(id)?.name === 'a') throw refusal('source_flagged');
      };
    });
    expect((await ledger.snapshot()).failures).toEqual({ source_flagged: 1 });
    google.calls.length = 0;
    expect(await ledger.reopen()).toBe(1);
    await continueRun('running');
    expect((await ledger.snapshot()).state).toBe('completed');
    expect(lines(google, BEN)).toEqual(lines(google, ANA));
    expect(google.calls.filter((op) => op === 'copy')).toHaveLength(1);
  });

  it('creates a folder that had failed, and its contents', async () => {
    const { google, ledger, continueRun } = await anEndedTransfer({}, (prepared) => {
      let refused = false;
      prepared.before = (op) => {
        if (op === 'createFolder' && refused) throw refusal('google_refused');
        if (op === 'createFolder') refused = true;
      };
    });
    expect((await ledger.snapshot()).counts.failed).toBe(2);
    await ledger.reopen();
    await continueRun('running');
    expect(lines(google, BEN)).toEqual(lines(google, ANA));
  });
});

describe('a delta run', () => {
  it.each(['updating', 'running', 'finishing'] as const)(
    'does what is left of one that failed while it was %s',
    async (when) => {
      const { google, drives, ledger, continueRun, ids } = await anEndedTransfer();
      google.edit(ids.a, { content: Buffer.from('changed'), modifiedTime: '2026-10-01T10:00:00.000Z' });
      google.put(ANA, { name: 'new', parent: ids.inner, content: 'new' });
      await ledger.advance(['completed'], 'updating');
      const transfer = new Transfer(ledger, drives);
      if (when === 'updating') await ledger.extendPlan();
      else await transfer.plan(signal);
      if (when === 'finishing') await copyAll(transfer, ledger);
      if (when === 'finishing') await ledger.advance(['running'], 'finishing');
      expect(await ledger.state()).toBe(when);
      await transfer.fail({ code: 'internal', detail: 'A fault.' }, signal);
      expect(await ledger.state()).toBe('failed');

      google.put(ANA, { name: 'newer', parent: ids.top, content: 'newer' });
      await continueRun('updating');
      expect(await ledger.snapshot()).toMatchObject({ state: 'completed', counts: { waiting: 0, failed: 0 } });
      expect(lines(google, BEN)).toEqual(lines(google, ANA));
    },
  );

  it('copies what is new and changed, and renames what was renamed', async () => {
    const { google, ledger, continueRun, ids, copyOf } = await anEndedTransfer();
    const before = await copyOf(ids.a);
    google.edit(ids.a, { content: Buffer.from('changed'), modifiedTime: '2026-10-01T10:00:00.000Z' });
    google.edit(ids.b, { name: 'renamed' });
    google.edit(ids.doc, { content: Buffer.from('rewritten'), modifiedTime: '2026-10-02T10:00:00.000Z' });
    google.put(ANA, { name: 'new', parent: ids.inner, content: 'new' });
    const folder = google.folder(ANA, 'new folder', ids.top);
    google.put(ANA, { name: 'in it', parent: google.folder(ANA, 'deeper', folder), content: 'x' });
    google.calls.length = 0;
    await continueRun('updating');
    expect(await ledger.snapshot()).toMatchObject({
      state: 'completed',
      delta: { added: 4, changed: 2, renamed: 1, left: 0, unchanged: 3 },
    });
    expect(lines(google, BEN)).toEqual(lines(google, ANA));
    expect(google.items.get(before)!.trashed).toBe(true);
    expect(google.calls.filter((op) => op === 'copy')).toHaveLength(4);
    // A second one finds nothing.
    google.calls.length = 0;
    await continueRun('updating');
    expect(google.calls.filter((op) => ['copy', 'create', 'createFolder', 'trash'].includes(op))).toEqual([]);
    expect((await ledger.snapshot()).delta).toMatchObject({ added: 0, changed: 0, renamed: 0, left: 0, unchanged: 10 });
  });

  it.each(['google_refused', 'not_found', 'source_permission_denied'] as const)(
    'finds the same by listing again when the list of changes has expired (%s)',
    async (code) => {
      const { google, drives, ledger, continueRun, ids } = await anEndedTransfer();
      google.edit(ids.a, { content: Buffer.from('changed'), modifiedTime: '2026-10-01T10:00:00.000Z' });
      google.put(ANA, { name: 'new', parent: ids.inner, content: 'new' });
      const changes = drives.source.changes.bind(drives.source);
      const forgotten = Object.values((await ledger.snapshot()).plan!.changesFrom);
      drives.source.changes = (token, ...args) =>
        forgotten.includes(token) ? Promise.reject(refusal(code)) : changes(token, ...args);
      google.calls.length = 0;
      await continueRun('updating');
      expect((await ledger.snapshot()).delta).toMatchObject({ added: 1, changed: 1, listedAnew: true });
      expect(lines(google, BEN)).toEqual(lines(google, ANA));
      // Unchanged items are not copied again.
      expect(google.calls.filter((op) => op === 'copy')).toHaveLength(2);
      // From then on, there is a list of changes again.
      google.edit(ids.b, { content: Buffer.from('changed too'), modifiedTime: '2026-10-03T10:00:00.000Z' });
      google.calls.length = 0;
      await continueRun('updating');
      expect((await ledger.snapshot()).delta).toEqual({
        added: 0,
        changed: 1,
        renamed: 0,
        left: 0,
        unchanged: 6,
        at: expect.any(Number) as number,
      });
      expect(google.calls.filter((op) => op === 'copy')).toHaveLength(1);
      expect(lines(google, BEN)).toEqual(lines(google, ANA));
    },
  );

  it('keeps the copy of what was deleted in the source, and a copy that someone edits', async () => {
    const { google, ledger, continueRun, ids, copyOf } = await anEndedTransfer();
    google.edit(ids.b, { trashed: true });
    google.edit(ids.a, { content: Buffer.from('changed here'), modifiedTime: '2026-10-01T10:00:00.000Z' });
    google.edit(await copyOf(ids.a), { content: Buffer.from('changed there') });
    await continueRun('updating');
    expect((await ledger.snapshot()).delta).toMatchObject({ changed: 0, left: 2 });
    expect(google.items.get(await copyOf(ids.a))!.content.toString()).toBe('changed there');
    expect(names(google, BEN)).toContain('Work/b');
  });

  it.each<[string, 'a' | 'doc' | 'inner', Partial<Parameters<InMemoryDrives['edit']>[1]>, string]>([
    ['was renamed', 'a', { name: 'mine' }, 'mine'],
    ['was edited', 'a', { content: Buffer.from('mine') }, 'a'],
    ['was edited, a document', 'doc', { modifiedTime: '2026-10-03T10:00:00.000Z' }, 'doc'],
    ['was renamed, a folder', 'inner', { name: 'mine' }, 'mine'],
    ['is in the trash', 'a', { trashed: true }, 'a'],
  ])('does not rename a copy that %s', async (_how, which, edit, name) => {
    const { google, ledger, continueRun, ids, copyOf } = await anEndedTransfer();
    const copy = await copyOf(ids[which]);
    google.edit(ids[which], { name: 'renamed' });
    google.edit(copy, edit);
    const { modifiedTime } = google.items.get(copy)!;
    // Otherwise its documents would count as copied in this run.
    const later = Date.now() + 60_000;
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => later);
    await continueRun('updating').finally(() => clock.mockRestore());
    expect((await ledger.snapshot()).delta).toMatchObject({ renamed: 0, left: 1 });
    expect(google.items.get(copy)).toMatchObject({ name, modifiedTime });
  });

  it('renames a folder whose contents have changed, also after an interruption', async () => {
    const { google, drives, ledger, continueRun, ids, copyOf } = await anEndedTransfer();
    const copy = await copyOf(ids.inner);
    google.put(ANA, { name: 'late', parent: ids.inner, content: 'late' });
    google.edit(copy, { modifiedTime: '2026-10-03T10:00:00.000Z' });
    google.edit(ids.inner, { name: 'renamed' });
    const rename = jest.spyOn(ledger, 'rename').mockRejectedValueOnce(new Error('killed'));
    await ledger.advance(TERMINAL_STATES, 'updating');
    await expect(runTransfer(ledger, drives)).rejects.toThrow('killed');
    expect(google.items.get(copy)!.name).toBe('renamed');
    rename.mockRestore();
    await runTransfer(ledger, drives);
    expect((await ledger.snapshot()).state).toBe('completed');
    expect(names(google, BEN)).toContain('Work/renamed/late');
    google.edit(ids.inner, { name: 'again' });
    await continueRun('updating');
    expect((await ledger.snapshot()).delta).toMatchObject({ renamed: 1, left: 0 });
    expect(names(google, BEN)).toContain('Work/again/late');
  });

  it('goes on if the destination may not rename a copy, and waits if Google is busy', async () => {
    const { google, ledger, continueRun, ids, copyOf } = await anEndedTransfer();
    const copy = await copyOf(ids.a);
    let error: Error = refusal('google_refused');
    google.before = (op, id) => {
      if (op === 'update' && id === copy) throw error;
    };
    google.edit(ids.a, { name: 'renamed' });
    google.edit(ids.b, { name: 'renamed too' });
    await continueRun('updating');
    expect(await ledger.snapshot()).toMatchObject({ state: 'completed', delta: { renamed: 1, left: 1 } });
    expect(names(google, BEN)).toEqual(expect.arrayContaining(['Work/a', 'Work/renamed too']));

    error = new DriveError('rate_limited', { retryAfter: 60 });
    google.edit(ids.a, { name: 'renamed again' });
    await continueRun('updating');
    expect((await ledger.snapshot()).state).toBe('waiting_quota');
  });

  it('leaves an earlier copy that somebody edits between the comparison and the new copy', async () => {
    const { google, drives, ledger, copyOf, ids } = await anEndedTransfer();
    google.edit(ids.a, { content: Buffer.from('changed'), modifiedTime: '2026-10-01T10:00:00.000Z' });
    const earlier = await copyOf(ids.a);
    await ledger.advance(['completed'], 'updating');
    const transfer = new Transfer(ledger, drives);
    await transfer.plan(signal);
    google.edit(earlier, {
      content: Buffer.from('by Ben'),
      modifiedTime: new Date(Date.now() + 1_000).toISOString(),
    });
    await copyAll(transfer, ledger);
    await transfer.finish(signal);
    expect(google.items.get(earlier)).toMatchObject({ trashed: false });
    const { outcome } = (await ledger.item((await ledger.ordinalsOf(new Set([ids.a]))).get(ids.a)!))!;
    expect(outcome.reason).toBe('The item that it replaces was edited meanwhile, so it stays beside the copy.');
  });

  it('does not take an earlier document that stays for the copy of a later run', async () => {
    const { google, drives, ledger, copyOf, ids } = await anEndedTransfer();
    const earlier = await copyOf(ids.doc);
    google.edit(ids.doc, { content: Buffer.from('second'), modifiedTime: '2026-10-01T10:00:00.000Z' });
    await ledger.advance(['completed'], 'updating');
    const transfer = new Transfer(ledger, drives);
    await transfer.plan(signal);
    const modifiedTime = new Date(Date.now() + 1_000).toISOString();
    google.edit(earlier, { content: Buffer.from('by Ben'), modifiedTime });
    await copyAll(transfer, ledger);
    await transfer.finish(signal);
    expect(google.items.get(earlier)).toMatchObject({ trashed: false, modifiedTime });
    expect(google.items.get(earlier)!.marker).toBeUndefined();
    expect(google.items.get(await copyOf(ids.doc))!.marker).toBeDefined();
  });

  it.each([
    ['a retry', 'running', false],
    ['a rerun', 'updating', false],
    ['a rerun, after a version that did not record the comparison', 'updating', true],
  ] as const)(
    'leaves an earlier copy that somebody edits before %s of the run that compared it',
    async (_how, to, old) => {
      const { google, drives, ledger, copyOf, ids } = await anEndedTransfer();
      const earlier = await copyOf(ids.a);
      const unedited = await copyOf(ids.b);
      for (const id of [ids.a, ids.b])
        google.edit(id, { content: Buffer.from('changed'), modifiedTime: '2026-10-01T10:00:00.000Z' });
      const reopenAs = ledger.reopenAs.bind(ledger);
      if (old) ledger.reopenAs = ({ comparedAt: _at, ...item }, ...args) => reopenAs(item, ...args);
      await ledger.advance(['completed'], 'updating');
      await new Transfer(ledger, drives).plan(signal);
      await ledger.advance(['running'], 'canceling');
      await new Transfer(ledger, drives).finish(signal);
      google.edit(earlier, {
        content: Buffer.from('by Ben'),
        modifiedTime: new Date(Date.now() + 1_000).toISOString(),
      });
      const later = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 3_600_000);
      try {
        if (to === 'running') await ledger.reopen();
        await ledger.advance(['canceled'], to);
        await runTransfer(ledger, drives);
      } finally {
        later.mockRestore();
      }
      expect(await ledger.snapshot()).toMatchObject({ state: 'completed', counts: { verified: 6 } });
      expect(google.items.get(earlier)).toMatchObject({ trashed: false });
      expect(google.items.get(unedited)).toMatchObject({ trashed: true });
    },
  );

  it('reports an earlier document that stays because Google never answers, and never takes it for a copy', async () => {
    const { google, ledger, continueRun, copyOf, ids } = await anEndedTransfer();
    const earlier = await copyOf(ids.doc);
    google.edit(ids.doc, { content: Buffer.from('second'), modifiedTime: '2026-10-01T10:00:00.000Z' });
    google.before = (op, id) => {
      if (op === 'trash' && id === earlier) throw refusal('google_unavailable');
    };
    await continueRun('updating');
    expect(await ledger.state()).toBe('completed');
    expect(google.items.get(earlier)!.trashed).toBe(false);
    expect(google.items.get(earlier)!.marker).toBeUndefined();
    const ordinal = (await ledger.ordinalsOf(new Set([ids.doc]))).get(ids.doc)!;
    expect((await ledger.item(ordinal))!.outcome.reason).toMatch(/^The item that it replaces stays beside the copy/);
  });

  it('replaces an earlier copy although Google was unreachable for a while, and copies it once', async () => {
    const { google, ledger, continueRun, copyOf, ids } = await anEndedTransfer();
    google.edit(ids.a, { content: Buffer.from('changed'), modifiedTime: '2026-10-01T10:00:00.000Z' });
    const earlier = await copyOf(ids.a);
    let isAway = false;
    google.before = (op) => {
      isAway ||= op === 'trash';
      if (isAway) throw refusal('google_unavailable');
    };
    await expect(continueRun('updating')).rejects.toMatchObject({ code: 'google_unavailable' });
    google.before = () => undefined;
    const drives: Drives = { source: google.drive(ANA), destination: google.drive(BEN), clock: new SkippingClock() };
    await runTransfer(ledger, drives);
    expect(await ledger.state()).toBe('completed');
    expect(google.items.get(earlier)).toMatchObject({ trashed: true });
    expect(lines(google, BEN)).toEqual(lines(google, ANA));
  });

  it('does not mistake the earlier copy of a document for the new one when a response is lost', async () => {
    const { google, drives, ledger, ids, copyOf } = await anEndedTransfer();
    const before = await copyOf(ids.doc);
    google.edit(ids.doc, { content: Buffer.from('rewritten'), modifiedTime: '2026-10-02T10:00:00.000Z' });
    await ledger.advance(TERMINAL_STATES, 'updating');
    let copies = 0;
    google.before = (op) => {
      if (op === 'copy' && copies++ === 0) throw refusal('ambiguous_write'); // it did not arrive
    };
    await runTransfer(ledger, drives);
    expect(await copyOf(ids.doc)).not.toBe(before);
    expect(google.items.get(await copyOf(ids.doc))!.content.toString()).toBe('rewritten');
  });

  it('can be repeated from any point', async () => {
    const { google, drives, ledger, ids } = await anEndedTransfer();
    google.edit(ids.a, { content: Buffer.from('changed'), modifiedTime: '2026-10-01T10:00:00.000Z' });
    google.put(ANA, { name: 'new', parent: ids.inner, content: 'new' });
    for (let at = 0; at < 60; at++) {
      await ledger.advance(TERMINAL_STATES, 'updating');
      let calls = 0;
      google.before = () => {
        if (++calls > at) throw new Error('the process dies');
      };
      await runTransfer(ledger, drives).catch(() => undefined);
      google.before = () => undefined;
    }
    await ledger.advance(TERMINAL_STATES, 'updating');
    await runTransfer(ledger, drives);
    await ledger.reopen();
    await ledger.advance(TERMINAL_STATES, 'running');
    await runTransfer(ledger, drives);
    expect(lines(google, BEN)).toEqual(lines(google, ANA));
  });
});

describe('undo', () => {
  it('moves the copies of a copy to the trash, with their folders', async () => {
    const { google, ledger, continueRun } = await anEndedTransfer({
      target: { folderId: 'root', newFolderName: 'From Ana' },
    });
    const mine = google.put(BEN, { name: 'mine', content: 'mine' });
    await continueRun('undoing');
    expect(names(google, BEN)).toEqual(['mine']);
    expect(google.items.get(mine)!.trashed).toBe(false);
    expect(names(google, ANA)).toHaveLength(6);
    expect(await ledger.snapshot()).toMatchObject({ state: 'undone', undo: { trashed: 6, left: 0, restored: 0 } });
  });

  it('restores the originals of a move first', async () => {
    const { google, ledger, continueRun } = await anEndedTransfer({ mode: 'move' });
    expect(names(google, ANA)).toEqual([]);
    await continueRun('undoing');
    expect(names(google, ANA)).toHaveLength(6);
    expect(names(google, BEN)).toEqual([]);
    expect((await ledger.snapshot()).undo).toEqual({ trashed: 6, left: 0, restored: 6 });
  });

  it('keeps what someone has changed since, with the folders above it', async () => {
    const { google, ledger, continueRun, copyOf, ids } = await anEndedTransfer();
    google.edit(await copyOf(ids.deep), { content: Buffer.from('edited') });
    google.put(BEN, { name: 'added', parent: await copyOf(ids.top), content: 'x' });
    await continueRun('undoing');
    expect(names(google, BEN)).toEqual(['Work', 'Work/added', 'Work/inner', 'Work/inner/deep']);
    expect((await ledger.snapshot()).undo).toEqual({ trashed: 3, left: 3, restored: 0 });
  });

  it('keeps a copy whose original cannot be restored', async () => {
    const { google, ledger, continueRun, ids } = await anEndedTransfer({ mode: 'move' });
    google.remove(ids.a);
    await continueRun('undoing');
    expect(names(google, BEN)).toEqual(['Work', 'Work/a']);
    expect((await ledger.snapshot()).undo).toEqual({ trashed: 4, left: 2, restored: 5 });
  });

  it('can be repeated from any point', async () => {
    const { google, drives, ledger } = await anEndedTransfer({ mode: 'move' });
    await ledger.advance(TERMINAL_STATES, 'undoing');
    for (let at = 0; at < 40; at++) {
      let calls = 0;
      google.before = () => {
        if (++calls > at) throw new Error('the process dies');
      };
      await new Transfer(ledger, drives).finish(signal).catch(() => undefined);
      // There is always at least one of the two.
      const alive = new Set([...names(google, ANA), ...names(google, BEN)]);
      expect(alive.size).toBe(6);
    }
    google.before = () => undefined;
    await new Transfer(ledger, drives).finish(signal);
    expect(names(google, ANA)).toHaveLength(6);
    expect(names(google, BEN)).toEqual([]);
    expect((await ledger.snapshot()).undo).toEqual({ trashed: 6, left: 0, restored: 6 });
  });

  it('restores what was replaced', async () => {
    const there: string[] = [];
    const { google, continueRun } = await anEndedTransfer({ conflict: 'replace' }, (prepared) => {
      const folder = prepared.folder(BEN, 'Work');
      there.push(prepared.put(BEN, { name: 'a', parent: folder, content: 'of Ben' }));
    });
    expect(google.items.get(there[0]!)!.trashed).toBe(true);
    await continueRun('undoing');
    expect(names(google, BEN)).toEqual(['Work', 'Work/a']);
    expect(google.items.get(there[0]!)!.trashed).toBe(false);
  });
});

describe('a pause', () => {
  it('stops copying, and resuming completes it', async () => {
    const google = new InMemoryDrives();
    const drives: Drives = { source: google.drive(ANA), destination: google.drive(BEN), clock: new SkippingClock() };
    const top = google.folder(ANA, 'Work');
    for (let index = 0; index < 40; index++) google.put(ANA, { name: `${index}`, parent: top, content: `${index}` });
    const ledger = new InMemoryLedger(anOrder(drives.source.account, drives.destination.account, [top]));
    const transfer = new Transfer(ledger, drives);
    await transfer.plan(signal);
    google.before = async (op) => {
      if (op === 'copy') await ledger.advance(['running'], 'pausing');
    };
    await copyAll(transfer, ledger);
    await transfer.finish(signal);
    const { state, counts } = await ledger.snapshot();
    expect(state).toBe('paused');
    expect(counts.copying).toBe(0);
    expect(counts.waiting).toBeGreaterThan(10);
    google.before = () => undefined;
    await ledger.resume();
    await runTransfer(ledger, drives);
    expect((await ledger.snapshot()).state).toBe('completed');
    expect(lines(google, BEN)).toEqual(lines(google, ANA));
  });

  it('happens automatically when the destination is full, and fails no item', async () => {
    const google = new InMemoryDrives();
    const drives: Drives = { source: google.drive(ANA), destination: google.drive(BEN), clock: new SkippingClock() };
    const top = google.folder(ANA, 'Work');
    for (let index = 0; index < 5; index++) google.put(ANA, { name: `${index}`, parent: top, content: `${index}` });
    const ledger = new InMemoryLedger(anOrder(drives.source.account, drives.destination.account, [top]));
    google.before = (op) => {
      if (op === 'copy') throw refusal('destination_storage_full');
    };
    await runTransfer(ledger, drives);
    expect(await ledger.snapshot()).toMatchObject({
      state: 'paused',
      problem: { code: 'destination_storage_full' },
      counts: { waiting: 5, failed: 0 },
    });
    google.before = () => undefined;
    await ledger.resume();
    await runTransfer(ledger, drives);
    const { state, problem } = await ledger.snapshot();
    expect({ state, problem }).toEqual({ state: 'completed' });
  });
});

it.each(['running', 'updating'] as const)(
  'pauses instead of copying into a trashed folder, and resumes once the folder is restored (%s)',
  async (to) => {
    const target = { folderId: 'root', newFolderName: 'Archive' };
    const { google, drives, ledger, continueRun, ids } = await anEndedTransfer({ target }, (prepared) => {
      prepared.before = (op, id) => {
        if (op === 'copy' && prepared.items.get(id)?.name === 'a') throw refusal('source_flagged');
      };
    });
    const { resultFolderId } = await ledger.snapshot();
    google.put(ANA, { name: 'new', parent: ids.inner, content: 'new' });
    google.edit(resultFolderId!, { trashed: true });
    google.calls.length = 0;
    if (to === 'running') await ledger.reopen();
    await continueRun(to);
    expect(await ledger.snapshot()).toMatchObject({
      state: 'paused',
      problem: { code: 'target_trashed', detail: expect.stringContaining('"Archive"') as string },
      counts: { failed: 0 },
    });
    expect(google.calls.filter((op) => ['copy', 'create', 'createFolder'].includes(op))).toEqual([]);

    google.edit(resultFolderId!, { trashed: false });
    await ledger.resume();
    await runTransfer(ledger, drives);
    expect(await ledger.snapshot()).toMatchObject({ state: 'completed', counts: { failed: 0, waiting: 0 } });
  },
);

it('converts only if that was allowed, and reports what the copy lacks', async () => {
  const protect = (google: InMemoryDrives) => {
    for (const item of google.items.values()) if (item.name === 'doc') google.edit(item.id, { canCopy: false });
  };
  const refused = await anEndedTransfer({}, protect);
  expect(await refused.ledger.snapshot()).toMatchObject({ state: 'completed', skips: { conversion_needed: 1 } });
  const allowed = await anEndedTransfer({ allowConversion: true }, protect);
  expect(await allowed.ledger.snapshot()).toMatchObject({ state: 'completed', ways: { export: 1 } });
  for await (const item of recordsOf(allowed.ledger))
    if (item.name === 'doc') expect(item.outcome.lossy!.length).toBeGreaterThan(0);
});

/** Later than all other times. */
const LATER = '2026-10-01T10:00:00.000Z';

/** Two accounts, or one that is both, and a transfer between them. */
function setUp(same = false) {
  const google = new InMemoryDrives();
  const drives: Drives = {
    source: google.drive(ANA),
    destination: google.drive(same ? ANA : BEN),
    clock: new SkippingClock(),
  };
  const ledgerOf = (items: string[], more: Partial<TransferOrder> = {}) =>
    new InMemoryLedger(anOrder(drives.source.account, drives.destination.account, items, more));
  const transfer = async (items: string[], more: Partial<TransferOrder> = {}) => {
    const ledger = ledgerOf(items, more);
    await runTransfer(ledger, drives);
    return ledger;
  };
  const continueRun = async (ledger: InMemoryLedger, to: 'running' | 'updating' | 'undoing') => {
    if (to === 'running') await ledger.reopen();
    await ledger.advance(TERMINAL_STATES, to);
    if (to === 'undoing') await new Transfer(ledger, drives).finish(signal);
    else await runTransfer(ledger, drives);
  };
  return { google, drives, ledgerOf, transfer, continueRun };
}
/** Begins a delta run and cancels it before it copies. */
const cancelPlanned = async (ledger: InMemoryLedger, drives: Drives) => {
  await ledger.advance(TERMINAL_STATES, 'updating');
  const again = new Transfer(ledger, drives);
  await again.plan(signal);
  await ledger.advance(['running'], 'canceling');
  await again.finish(signal);
};
const copyOf = async (ledger: InMemoryLedger, sourceId: string) => {
  for await (const item of recordsOf(ledger)) if (item.sourceId === sourceId) return item.outcome.destinationId!;
  throw new Error('It is not in the plan.');
};
const states = async (ledger: InMemoryLedger) => {
  const found: Record<string, string> = {};
  for await (const item of recordsOf(ledger)) found[item.path] = item.outcome.code ?? item.state;
  return found;
};
describe('a delta run in special cases', () => {
  it('creates a folder that the filter had left out, when it has contents', async () => {
    const { google, transfer, continueRun } = setUp();
    const top = google.folder(ANA, 'Work');
    google.put(ANA, { name: 'a.pdf', parent: top, mimeType: 'application/pdf', content: 'a' });
    const inner = google.folder(ANA, 'inner', google.folder(ANA, 'outer', top));
    const ledger = await transfer([top], { filter: { types: ['pdf'] } });
    google.put(ANA, { name: 'b.pdf', parent: inner, mimeType: 'application/pdf', content: 'b' });
    await continueRun(ledger, 'updating');
    expect((await ledger.snapshot()).state).toBe('completed');
    expect(lines(google, BEN)).toEqual(lines(google, ANA));
  });

  it('does not copy the target of a new shortcut twice', async () => {
    const { google, transfer, continueRun } = setUp();
    const top = google.folder(ANA, 'Work');
    const a = google.put(ANA, { name: 'a', parent: top, content: 'a' });
    const ledger = await transfer([top], { shortcuts: 'follow' });
    google.put(ANA, { name: 'to a', parent: top, mimeType: SHORTCUT, targetId: a });
    google.put(ANA, { name: 'to inner', parent: google.folder(ANA, 'inner', top), mimeType: SHORTCUT, targetId: top });
    await continueRun(ledger, 'updating');
    expect(await states(ledger)).toEqual({
      Work: 'verified',
      'Work/a': 'verified',
      'Work/to a': 'verified',
      'Work/inner': 'verified',
      'Work/inner/to inner': 'verified',
    });
    expect([...google.items.values()].filter(({ owner, name }) => owner === BEN && name === 'to a')[0]!.mimeType).toBe(
      SHORTCUT,
    );
    expect((await ledger.snapshot()).state).toBe('completed');
  });

  it.each([false, true])(
    'a delta run leaves followed items under the name they got (forgotten: %s)',
    async (forgotten) => {
      const { google, drives, transfer, continueRun } = setUp();
      const top = google.folder(ANA, 'Work');
      const outside = google.put(ANA, { name: 'outside', content: 'out' });
      const chosen = google.put(ANA, {
        name: 'link',
        mimeType: SHORTCUT,
        targetId: google.put(ANA, { name: 'far', content: 'f' }),
      });
      google.put(ANA, { name: 'to it', parent: top, mimeType: SHORTCUT, targetId: outside });
      const ledger = await transfer([top, chosen], { shortcuts: 'follow' });
      const before = names(google, BEN);
      expect(before).toEqual(['Work', 'Work/to it', 'link']);
      google.edit(outside, { starred: true });
      google.edit(chosen, { starred: true });
      if (forgotten) drives.source.changes = () => Promise.reject(refusal('google_refused'));
      await continueRun(ledger, 'updating');
      expect(names(google, BEN)).toEqual(before);
      expect((await ledger.snapshot()).delta).toMatchObject({ added: 0, renamed: 0 });
    },
  );

  it('finds selected files too when Google’s list of changes has expired', async () => {
    const { google, drives, transfer, continueRun } = setUp();
    const a = google.put(ANA, { name: 'a', content: 'a' });
    const ledger = await transfer([a]);
    google.edit(a, { content: Buffer.from('changed'), modifiedTime: LATER });
    drives.source.changes = () => Promise.reject(refusal('google_refused'));
    await continueRun(ledger, 'updating');
    expect((await ledger.snapshot()).delta).toMatchObject({ changed: 1 });
    expect(lines(google, BEN)).toEqual(lines(google, ANA));
  });

  it.each([false, true])('counts what was moved out or deleted (changes forgotten: %s)', async (forgotten) => {
    const { google, drives, transfer, continueRun } = setUp();
    const top = google.folder(ANA, 'Work');
    const [trashed, deleted, moved, edited] = ['trashed', 'deleted', 'moved', 'edited'].map((name) =>
      google.put(ANA, { name, parent: top, content: name }),
    ) as [string, string, string, string];
    google.put(ANA, { name: 'stays', parent: top, content: 'stays' });
    const ledger = await transfer([top]);
    google.edit(trashed, { trashed: true });
    google.remove(deleted);
    google.edit(moved, { parent: google.rootOf(ANA) });
    google.edit(edited, { parent: google.rootOf(ANA), content: Buffer.from('changed'), modifiedTime: LATER });
    if (forgotten) drives.source.changes = () => Promise.reject(refusal('google_refused'));
    await continueRun(ledger, 'updating');
    expect((await ledger.snapshot()).delta).toMatchObject({ added: 0, changed: 1, renamed: 0, left: 3, unchanged: 2 });
  });

  it('neither reads nor counts what a move itself has trashed when the list of changes has expired', async () => {
    const { google, drives, transfer, continueRun } = setUp();
    const top = google.folder(ANA, 'Work');
    const a = google.put(ANA, { name: 'a', parent: top, content: 'a' });
    const ledger = await transfer([top], { mode: 'move' });
    drives.source.changes = () => Promise.reject(refusal('google_refused'));
    google.before = (op, id) => {
      if (op === 'get' && id === a) throw new Error('It is read.');
    };
    await continueRun(ledger, 'updating');
    expect((await ledger.snapshot()).delta).toMatchObject({ left: 0, unchanged: 2 });
  });

  it('loses nothing of a folder that was moved in when it is interrupted', async () => {
    const { google, drives, transfer } = setUp();
    const top = google.folder(ANA, 'Work');
    const moved = google.folder(ANA, 'moved');
    const inner = google.folder(ANA, 'inner', moved);
    for (let n = 0; n < 1_100; n++) google.put(ANA, { name: `${n}`, parent: moved, content: '' });
    google.put(ANA, { name: 'deep', parent: inner, content: 'x' });
    const ledger = await transfer([top]);
    google.edit(moved, { parent: top });
    await ledger.advance(TERMINAL_STATES, 'updating');
    let listed = 0;
    google.pageSize = 500;
    google.before = (op) => {
      if (op === 'children' && ++listed > 6) throw refusal('google_unavailable');
    };
    await expect(new Transfer(ledger, drives).plan(signal)).rejects.toThrow();
    expect((await ledger.snapshot()).found).toBeGreaterThan(1);
    google.before = () => undefined;
    await runTransfer(ledger, drives);
    expect(names(google, BEN)).toHaveLength(1_104);
  });

  it.each([undefined, 'Backup'])('does not copy its own copies (new folder: %s)', async (newFolderName) => {
    const { google, transfer, continueRun } = setUp(true);
    const top = google.folder(ANA, 'Work');
    google.put(ANA, { name: 'a', parent: top, content: 'a' });
    const ledger = await transfer([top], { target: { folderId: top, ...(newFolderName && { newFolderName }) } });
    const before = names(google, ANA);
    await continueRun(ledger, 'updating');
    expect(names(google, ANA)).toEqual(before);
  });

  it('counts what was moved within the source', async () => {
    const { google, transfer, continueRun } = setUp();
    const top = google.folder(ANA, 'Work');
    const a = google.put(ANA, { name: 'a', parent: top, content: 'a' });
    const inner = google.folder(ANA, 'inner', top);
    const ledger = await transfer([top]);
    google.edit(a, { parent: inner });
    await continueRun(ledger, 'updating');
    expect((await ledger.snapshot()).delta).toMatchObject({ added: 0, changed: 0, renamed: 0, left: 1 });
  });

  it.each(['finish', 'cancel'])('leaves one copy of an item found only at the end: %s', async (end) => {
    const { google, drives, transfer } = setUp();
    const a = google.put(ANA, { name: 'a', content: 'a' });
    const ledger = await transfer([a]);
    google.edit(a, { content: Buffer.from('changed'), modifiedTime: LATER });
    await ledger.advance(TERMINAL_STATES, 'updating');
    const again = new Transfer(ledger, drives);
    await again.plan(signal);
    const stop = new AbortController();
    google.afterWrite = (op) => {
      if (op !== 'copied') return;
      if (end === 'cancel') stop.abort();
      throw new Error('the answer is lost');
    };
    await copyAll(again, ledger, stop.signal).catch(() => undefined);
    google.afterWrite = () => undefined;
    if (end === 'cancel') await ledger.advance(['running'], 'canceling');
    await again.finish(signal);
    expect((await ledger.item(0))!.state).toBe('verified');
    expect(lines(google, BEN)).toEqual(lines(google, ANA));
  });

  it('finds changes in a shared drive that a shortcut led to', async () => {
    const { google, drives, transfer, continueRun } = setUp();
    const top = google.folder(ANA, 'Work');
    const far = google.put(ANA, { name: 'far', content: 'a' });
    google.put(ANA, { name: 'link', parent: top, mimeType: SHORTCUT, targetId: far });
    const get = drives.source.get.bind(drives.source);
    drives.source.get = async (id, ...args) => ({
      ...(await get(id, ...args)),
      ...(id === far && { driveId: 'theirs' }),
    });
    const changes = drives.source.changes.bind(drives.source);
    drives.source.changes = async (token, driveId, ...rest) => {
      const page = await changes(token, driveId, ...rest);
      return { ...page, changes: page.changes.filter(({ id }) => (driveId === 'theirs') === (id === far)) };
    };
    const ledger = await transfer([top], { shortcuts: 'follow' });
    google.edit(far, { content: Buffer.from('changed'), modifiedTime: LATER });
    await continueRun(ledger, 'updating');
    expect((await ledger.snapshot()).delta).toMatchObject({ changed: 1 });
  });

  describe.each([
    ['skip', ['Work/a: a', 'Work/a: another a', 'Work/both/y: y of Ben', 'Work/both/z: z', 'Work/x: x of Ben']],
    ['replace', ['Work/a: a', 'Work/a: another a', 'Work/both/y: y', 'Work/both/z: z', 'Work/x: x']],
    ['newer', ['Work/a: a', 'Work/a: another a', 'Work/both/y: y', 'Work/both/z: z', 'Work/x: x of Ben']],
  ] as const)('that adds what meets others’ items, by "%s"', (conflict, expected) => {
    /** Ben has added items to the destination; Ana adds items with the same names to the source. */
    async function aMeeting(more: Partial<TransferOrder> = {}) {
      const { google, drives, transfer, continueRun } = setUp();
      const top = google.folder(ANA, 'Work');
      const a = google.put(ANA, { name: 'a', parent: top, content: 'a' });
      const ledger = await transfer([top], { conflict, ...more });
      const there = await copyOf(ledger, top);
      google.put(BEN, { name: 'x', parent: there, content: 'x of Ben', modifiedTime: LATER });
      const folder = google.folder(BEN, 'both', there);
      google.put(BEN, { name: 'y', parent: folder, content: 'y of Ben' });
      google.put(ANA, { name: 'x', parent: top, content: 'x' });
      google.put(ANA, { name: 'a', parent: top, content: 'another a' });
      const both = google.folder(ANA, 'both', top);
      google.put(ANA, { name: 'y', parent: both, content: 'y', modifiedTime: LATER });
      google.put(ANA, { name: 'z', parent: both, content: 'z' });
      const contents = () =>
        lines(google, BEN)
          .map((line) => line.split(' | '))
          .filter(([, type]) => type !== FOLDER)
          .map(([name, , content]) => `${name!.replace('New/', '')}: ${content}`)
          .sort();
      return { google, drives, ledger, continueRun, contents, a };
    }

    it('follows the policy of the first run, and keeps its own copies', async () => {
      const { google, ledger, continueRun, contents, a } = await aMeeting();
      await continueRun(ledger, 'updating');
      expect(contents()).toEqual(expected);
      expect(google.items.get(await copyOf(ledger, a))!.trashed).toBe(false);
      const skipped = expected.filter((line) => line.endsWith('of Ben')).length;
      expect((await ledger.snapshot()).plan!.conflicts).toEqual({ merged: 1, skipped, replaced: 2 - skipped });
      // Its decision does not change.
      await continueRun(ledger, 'updating');
      expect(contents()).toEqual(expected);
    });

    it('copies the second item of a name whose first conflicted in the first run', async () => {
      const { google, transfer, continueRun } = setUp();
      const top = google.folder(ANA, 'Work');
      google.put(ANA, { name: 'p', parent: top, content: 'p' });
      google.put(BEN, { name: 'p', parent: google.folder(BEN, 'Work'), content: 'p of Ben', modifiedTime: LATER });
      const ledger = await transfer([top], { conflict });
      google.put(ANA, { name: 'p', parent: top, content: 'another p' });
      await continueRun(ledger, 'updating');
      const [, first, second] = lines(google, BEN).map((line) => line.split(' | ')[2]);
      expect([first, second].sort()).toEqual(['another p', conflict === 'replace' ? 'p' : 'p of Ben']);
    });

    it('also in the new folder that the transfer created', async () => {
      const { ledger, continueRun, contents } = await aMeeting({ target: { folderId: 'root', newFolderName: 'New' } });
      await continueRun(ledger, 'updating');
      expect(contents()).toEqual(expected);
    });

    it('also when it is interrupted at any point', async () => {
      const { google, drives, ledger, contents } = await aMeeting();
      for (let at = 0; at < 50; at++) {
        await ledger.advance(TERMINAL_STATES, 'updating');
        let calls = 0;
        google.before = () => {
          if (++calls > at) throw new Error('the process dies');
        };
        await runTransfer(ledger, drives).catch(() => undefined);
        google.before = () => undefined;
      }
      await runTransfer(ledger, drives);
      expect(contents()).toEqual(expected);
    });
  });

  it('reports everything it did even if it was interrupted', async () => {
    const { google, drives, transfer } = setUp();
    const top = google.folder(ANA, 'Work');
    const a = google.put(ANA, { name: 'a', parent: top, content: 'a' });
    const ledger = await transfer([top]);
    google.edit(a, { content: Buffer.from('changed'), modifiedTime: LATER });
    const fresh = google.folder(ANA, 'fresh', top);
    await ledger.advance(TERMINAL_STATES, 'updating');
    google.before = async (op, id) => {
      if (op === 'children' && id === fresh) await ledger.advance(['updating'], 'pausing');
    };
    const again = new Transfer(ledger, drives);
    await again.plan(signal);
    await again.finish(signal);
    expect((await ledger.snapshot()).state).toBe('paused');
    google.before = () => undefined;
    await ledger.resume();
    await runTransfer(ledger, drives);
    expect((await ledger.snapshot()).delta).toMatchObject({ added: 1, changed: 1 });
    expect(lines(google, BEN)).toEqual(lines(google, ANA));
  });

  it('can be retried after it was canceled before its folders were restored', async () => {
    const { google, drives, transfer, continueRun } = setUp();
    const top = google.folder(ANA, 'Work');
    const inner = google.folder(ANA, 'inner', top);
    google.put(ANA, { name: 'a.pdf', parent: top, mimeType: 'application/pdf', content: 'a' });
    const ledger = await transfer([top], { filter: { types: ['pdf'] } });
    google.put(ANA, { name: 'b.pdf', parent: inner, mimeType: 'application/pdf', content: 'b' });
    await ledger.advance(TERMINAL_STATES, 'updating');
    const reopenAs = ledger.reopenAs.bind(ledger);
    ledger.reopenAs = () => Promise.reject(refusal('google_unavailable'));
    await new Transfer(ledger, drives).plan(signal).catch(() => undefined);
    ledger.reopenAs = reopenAs;
    await ledger.advance(['updating'], 'canceling');
    await new Transfer(ledger, drives).finish(signal);
    await continueRun(ledger, 'running');
    expect((await ledger.snapshot()).state).toBe('completed_with_failures');
    await continueRun(ledger, 'updating');
    expect(lines(google, BEN)).toEqual(lines(google, ANA));
  });

  describe('copies what has no copy yet', () => {
    /** A transfer whose items failed or were skipped by a cancel, and what happens to them before a rerun. */
    async function anUnfinished(how: 'failed' | 'canceled', more: Partial<TransferOrder> = {}) {
      const { google, drives, ledgerOf, continueRun } = setUp();
      const top = google.folder(ANA, 'Work');
      const ids = {
        renamed: google.put(ANA, { name: 'old', parent: top, content: 'old' }),
        edited: google.put(ANA, { name: 'edited', parent: top, content: 'edited', description: 'old' }),
        doc: google.put(ANA, { name: 'doc', parent: top, mimeType: DOCUMENT, content: 'doc' }),
        folder: google.folder(ANA, 'old folder', top),
      };
      const ledger = ledgerOf([top], more);
      google.before = (op, id) => {
        if (op === 'copy' || (op === 'createFolder' && id !== 'Work')) throw refusal('source_flagged');
      };
      const transfer = new Transfer(ledger, drives);
      await transfer.plan(signal);
      if (how === 'failed') await copyAll(transfer, ledger);
      else await ledger.advance(['running'], 'canceling');
      await transfer.finish(signal);
      google.before = () => undefined;
      google.edit(ids.renamed, { name: 'new' });
      google.edit(ids.edited, { content: Buffer.from('edited again'), modifiedTime: LATER, description: 'new' });
      google.edit(ids.doc, { content: Buffer.from('doc again'), modifiedTime: LATER });
      google.edit(ids.folder, { name: 'new folder' });
      return { google, drives, ledger, continueRun, ids, top };
    }

    it.each([
      ['failed', false],
      ['failed', true],
      ['canceled', false],
      ['canceled', true],
    ] as const)('as it is now: %s (changes forgotten: %s)', async (how, forgotten) => {
      const { google, drives, ledger, continueRun, ids } = await anUnfinished(how);
      if (forgotten) drives.source.changes = () => Promise.reject(refusal('google_refused'));
      await continueRun(ledger, 'updating');
      expect(lines(google, BEN)).toEqual(lines(google, ANA));
      expect(google.items.get(await copyOf(ledger, ids.edited))!.description).toBe('new');
      expect(await ledger.snapshot()).toMatchObject({ state: 'completed', delta: { changed: 0, renamed: 0 } });
    });

    it.each(['failed', 'canceled'] as const)('so that a move can trash the originals: %s', async (how) => {
      const { google, ledger, continueRun, ids } = await anUnfinished(how, { mode: 'move' });
      const before = lines(google, ANA);
      await continueRun(ledger, 'updating');
      expect(lines(google, BEN)).toEqual(before);
      for (const id of Object.values(ids)) expect(google.items.get(id)).toMatchObject({ trashed: true });
    });

    it('as it is compared with others’ items, by the name that it has now', async () => {
      const { google, ledger, continueRun } = await anUnfinished('canceled', { conflict: 'skip' });
      google.put(BEN, { name: 'new', parent: (await ledger.item(0))!.outcome.destinationId!, content: 'of Ben' });
      await continueRun(ledger, 'updating');
      expect(await states(ledger)).toMatchObject({ 'Work/old': 'already_there' });
    });

    it('unless it is gone, until it is there again', async () => {
      const { google, ledger, continueRun, ids, top } = await anUnfinished('canceled');
      const deleted = google.put(ANA, { name: 'deleted', parent: top, content: 'deleted' });
      google.before = (op) => {
        if (op === 'copy') throw refusal('source_flagged');
      };
      await continueRun(ledger, 'updating');
      google.before = () => undefined;
      google.edit(ids.renamed, { trashed: true });
      google.edit(ids.edited, { trashed: true });
      google.remove(deleted);
      for (let round = 0; round < 2; round++) {
        await continueRun(ledger, 'updating');
        expect(await states(ledger)).toMatchObject({
          'Work/old': 'source_not_found',
          'Work/edited': 'source_not_found',
          'Work/deleted': 'source_not_found',
          'Work/doc': 'verified',
        });
        expect(await ledger.snapshot()).toMatchObject({ state: 'completed', skips: { source_not_found: 3 } });
      }
      google.edit(ids.renamed, { trashed: false });
      google.edit(ids.edited, { trashed: false, name: 'edited too' });
      await continueRun(ledger, 'updating');
      expect(lines(google, BEN)).toEqual(lines(google, ANA));
    });

    it('although a move may have trashed its original', async () => {
      const { google, transfer, continueRun } = setUp();
      const a = google.put(ANA, { name: 'a', content: 'a' });
      const ledger = await transfer([a], { mode: 'move' });
      google.edit(await copyOf(ledger, a), { trashed: true });
      await continueRun(ledger, 'running'); // notes that it is missing
      await continueRun(ledger, 'updating');
      expect(names(google, BEN)).toEqual(['a']);
      expect((await ledger.item(0))!.outcome.original).toBe('trashed');
    });

    it('and takes no copy of an earlier version of a document for its copy', async () => {
      const { google, transfer, continueRun } = setUp();
      const doc = google.put(ANA, { name: 'doc', mimeType: DOCUMENT, content: 'first' });
      google.index = { lagMs: Infinity, uptime: () => 0 };
      google.afterWrite = (op) => {
        if (op === 'copied') throw refusal('ambiguous_write');
      };
      const ledger = await transfer([doc], { mode: 'move' });
      google.afterWrite = () => undefined;
      google.index = { lagMs: 0, uptime: () => 0 };
      expect(await states(ledger)).toEqual({ doc: 'ambiguous_write' });
      const [mine, ...others] = [...google.items.values()].filter(({ marker }) => marker);
      google.edit(mine!.id, { name: 'of Ben' });
      google.edit(doc, { content: Buffer.from('second'), modifiedTime: LATER });
      await continueRun(ledger, 'updating');
      expect(await states(ledger)).toEqual({ doc: 'verified' });
      expect(lines(google, BEN).map((line) => line.split(' | ')[2])).toEqual(['second', 'first']);
      expect(google.items.get(mine!.id)).toMatchObject({ name: 'of Ben', trashed: false });
      for (const { trashed } of others) expect(trashed).toBe(true);
    });

    it.each([
      ['a newer run has begun before it searches for them', 'changes', 'update'],
      ['a newer run has begun while it searches for them', 'findMarked', 'update'],
      ['a newer run has begun while it trashes the first', 'trash', 'update'],
      ['a newer run has made one', 'findMarked', 'finish'],
      ['it was canceled, and a retry has made one', 'findMarked', 'retry'],
    ] as const)('and leaves the copies alone once %s', async (_when, during, meanwhile) => {
      const { google, drives, transfer, continueRun } = setUp();
      const doc = google.put(ANA, { name: 'doc', mimeType: DOCUMENT, content: 'first' });
      google.index = { lagMs: Infinity, uptime: () => 0 };
      google.afterWrite = (op) => {
        if (op === 'copied') throw refusal('ambiguous_write');
      };
      const ledger = await transfer([doc]);
      google.afterWrite = () => undefined;
      google.index = { lagMs: 0, uptime: () => 0 };
      google.edit(doc, { content: Buffer.from('second'), modifiedTime: LATER });
      const marked = () =>
        [...google.items.values()].flatMap(({ id, marker, trashed }) => (marker && !trashed ? [id] : []));
      let before: readonly string[] = [];
      google.before = async (op) => {
        if (op !== during) return;
        // Other processes take over while this one sleeps.
        google.before = () => undefined;
        if (meanwhile === 'update') await ledger.extendPlan();
        if (meanwhile === 'finish') await runTransfer(ledger, drives);
        if (meanwhile === 'retry') {
          await ledger.advance(['updating'], 'canceling');
          await new Transfer(ledger, drives).finish(signal);
          await ledger.reopen();
          await continueRun(ledger, 'running');
          expect(await states(ledger)).toEqual({ doc: 'verified' });
          await ledger.advance(TERMINAL_STATES, 'updating');
        }
        before = marked();
      };
      await ledger.advance(TERMINAL_STATES, 'updating');
      await new Transfer(ledger, drives).plan(signal);
      expect(before).not.toEqual([]);
      // Too late for the one that is on its way to the trash.
      expect(marked()).toEqual(during === 'trash' ? before.slice(1) : before);
    });

    it('although its folder is missing, too, and a retry of that was canceled', async () => {
      const { google, drives, transfer, continueRun } = setUp();
      const top = google.folder(ANA, 'Work');
      const doc = google.put(ANA, { name: 'doc', parent: top, mimeType: DOCUMENT, content: 'first' });
      const ledger = await transfer([top]);
      google.edit(await copyOf(ledger, top), { trashed: true });
      await continueRun(ledger, 'running'); // notes that they are missing
      await ledger.reopen();
      await ledger.advance(TERMINAL_STATES, 'running');
      await ledger.advance(['running'], 'canceling');
      await new Transfer(ledger, drives).finish(signal);
      google.edit(doc, { content: Buffer.from('second'), modifiedTime: LATER });
      await continueRun(ledger, 'updating');
      expect(await ledger.state()).toBe('completed');
      expect(lines(google, BEN)).toEqual(lines(google, ANA));
    });

    it('under the name that a folder without contents got meanwhile', async () => {
      const { google, transfer, continueRun } = setUp();
      const top = google.folder(ANA, 'Work');
      const inner = google.folder(ANA, 'inner', top);
      google.put(ANA, { name: 'a.pdf', parent: top, mimeType: 'application/pdf', content: 'a' });
      const ledger = await transfer([top], { filter: { types: ['pdf'] } });
      google.edit(inner, { name: 'renamed' });
      await continueRun(ledger, 'updating');
      google.put(ANA, { name: 'b.pdf', parent: inner, mimeType: 'application/pdf', content: 'b' });
      await continueRun(ledger, 'updating');
      expect(lines(google, BEN)).toEqual(lines(google, ANA));
    });
  });

  it('does not trash again what someone restored', async () => {
    const { google, transfer, continueRun } = setUp();
    const a = google.put(ANA, { name: 'a', content: 'new' });
    const there = google.put(BEN, { name: 'a', content: 'old' });
    const ledger = await transfer([a], { conflict: 'replace' });
    expect(google.items.get(there)!.trashed).toBe(true);
    google.edit(there, { trashed: false });
    google.edit(a, { content: Buffer.from('changed'), modifiedTime: LATER });
    await continueRun(ledger, 'updating');
    expect(lines(google, BEN).map((line) => line.split(' | ')[2])).toEqual(['changed', 'old']);
  });

  it.each([
    ['skip', 'already_there', ['theirs']],
    ['replace', 'verified', ['ours']],
  ] as const)('compares what it copies for the first time with the destination: %s', async (conflict, state, left) => {
    const { google, drives, transfer, continueRun } = setUp();
    const top = google.folder(ANA, 'Work');
    const locked = google.put(ANA, {
      name: 'locked',
      parent: top,
      content: 'ours',
      canCopy: false,
      canDownload: false,
    });
    const there = google.folder(BEN, 'Work');
    const ledger = await transfer([top], { conflict });
    expect((await states(ledger))['Work/locked']).not.toBe('verified');
    google.put(BEN, { name: 'locked', parent: there, content: 'theirs' });
    google.edit(locked, { canCopy: true, canDownload: true });

    // Canceled before it is compared.
    google.put(ANA, { name: 'late', parent: top, content: 'ours' });
    await ledger.advance(TERMINAL_STATES, 'updating');
    google.before = (op, id) => {
      if (op === 'children' && id === there) throw refusal('google_unavailable');
    };
    await new Transfer(ledger, drives).plan(signal).catch(() => undefined);
    google.before = () => undefined;
    await ledger.advance(['updating'], 'canceling');
    await new Transfer(ledger, drives).finish(signal);
    google.put(BEN, { name: 'late', parent: there, content: 'theirs' });

    await continueRun(ledger, 'updating');
    expect(await states(ledger)).toMatchObject({ 'Work/locked': state, 'Work/late': state });
    const contents = lines(google, BEN).map((line) => line.split(' | '));
    for (const name of ['locked', 'late'])
      expect(contents.filter(([path]) => path!.endsWith(name)).map(([, , content]) => content)).toEqual(left);
  });

  it.each(['skip', 'replace', 'newer'] as const)(
    'does not take its own copy of a document for somebody else’s: %s',
    async (conflict) => {
      const { google, drives, ledgerOf, continueRun } = setUp();
      const top = google.folder(ANA, 'Work');
      const document = google.put(ANA, { name: 'Plan', parent: top, mimeType: DOCUMENT, content: 'plan' });
      google.folder(BEN, 'Work');
      const ledger = ledgerOf([top], { conflict });
      const transfer = new Transfer(ledger, drives);
      await transfer.plan(signal);
      await copyAll(transfer, ledger);
      const copy = await copyOf(ledger, document);
      google.edit(copy, { trashed: true });
      await transfer.finish(signal);
      expect(await states(ledger)).toMatchObject({ 'Work/Plan': 'copy_missing' });
      google.edit(copy, { trashed: false });
      await continueRun(ledger, 'updating');
      expect(await states(ledger)).toMatchObject({ 'Work/Plan': 'verified' });
      expect(names(google, BEN)).toEqual(names(google, ANA));
    },
  );

  it('copies a folder that can be listed now', async () => {
    const { google, transfer, continueRun } = setUp();
    const top = google.folder(ANA, 'Work');
    const secret = google.folder(ANA, 'secret', top);
    google.put(ANA, { name: 'a', parent: secret, content: 'a' });
    google.edit(secret, { limited: true, owner: 'cy@example.com' });
    const ledger = await transfer([top]);
    expect(await states(ledger)).toMatchObject({ 'Work/secret': 'contents_hidden' });
    google.edit(secret, { readers: new Map([[ANA, 'x']]) });
    await continueRun(ledger, 'updating');
    expect(await states(ledger)).toEqual({ Work: 'verified', 'Work/secret': 'verified', 'Work/secret/a': 'verified' });
  });
});

describe('undo in special cases', () => {
  it('restores what a missing copy had replaced', async () => {
    const { google, drives, ledgerOf, continueRun } = setUp();
    const a = google.put(ANA, { name: 'a', content: 'new' });
    const there = google.put(BEN, { name: 'a', content: 'old' });
    const ledger = ledgerOf([a], { conflict: 'replace' });
    const transfer = new Transfer(ledger, drives);
    await transfer.plan(signal);
    await copyAll(transfer, ledger);
    google.edit(await copyOf(ledger, a), { trashed: true });
    await transfer.finish(signal);
    expect(await states(ledger)).toEqual({ a: 'copy_missing' });
    await continueRun(ledger, 'undoing');
    expect(google.items.get(there)!.trashed).toBe(false);
    expect((await ledger.snapshot()).undo.restored).toBe(1);
  });

  it('does not count as restored what was never trashed', async () => {
    const { google, transfer, continueRun } = setUp();
    const a = google.put(ANA, { name: 'a', content: 'new' });
    const b = google.put(ANA, { name: 'b', content: 'new' });
    const there = google.put(BEN, { name: 'a', content: 'old' });
    google.before = (op, id) => {
      if (op === 'trash' && id === there) throw refusal('source_permission_denied');
    };
    const ledger = await transfer([a, b], { conflict: 'replace' });
    await continueRun(ledger, 'undoing');
    expect((await ledger.snapshot()).undo).toEqual({ trashed: 2, left: 0, restored: 0 });
  });

  it('undoes a canceled transfer, including documents', async () => {
    const { google, drives, ledgerOf, continueRun } = setUp();
    const top = google.folder(ANA, 'Work');
    google.put(ANA, { name: 'doc', parent: top, mimeType: DOCUMENT, content: 'd' });
    google.put(ANA, { name: 'a', parent: top, content: 'a' });
    const ledger = ledgerOf([top]);
    const transfer = new Transfer(ledger, drives);
    await transfer.plan(signal);
    await copyAll(transfer, ledger);
    await ledger.advance(['running'], 'canceling');
    await transfer.finish(signal);
    expect((await ledger.snapshot()).state).toBe('canceled');
    await continueRun(ledger, 'undoing');
    expect(names(google, BEN)).toEqual([]);
  });

  it.each(['by Google', 'because of a bug'])(
    'undoes a transfer that failed %s, including its documents',
    async (why) => {
      const { google, drives, ledgerOf, continueRun } = setUp();
      const top = google.folder(ANA, 'Work');
      google.put(ANA, { name: 'doc', parent: top, mimeType: DOCUMENT, content: 'd' });
      for (let index = 0; index < 8; index++) google.put(ANA, { name: `${index}`, parent: top, content: `${index}` });
      const ledger = ledgerOf([top]);
      const transfer = new Transfer(ledger, drives);
      await transfer.plan(signal);
      await copyAll(transfer, ledger);
      const { destination } = drives;
      if (why === 'by Google') {
        // The closing check may not list any more.
        const children = destination.children.bind(destination);
        destination.children = () => Promise.reject(refusal('domain_policy'));
        await transfer.finish(signal);
        destination.children = children;
      } else await transfer.fail({ code: 'internal', detail: 'A fault.' }, signal);
      expect((await ledger.snapshot()).state).toBe('failed');
      await continueRun(ledger, 'undoing');
      expect(names(google, BEN)).toEqual([]);
    },
  );

  it.each(['before', 'after', 'while it is undone'])(
    'undoes a document that was in progress when the transfer failed, and arrived %s',
    async (when) => {
      const { google, drives, ledgerOf, continueRun } = setUp();
      const [top, done] = [
        google.folder(ANA, 'Work'),
        google.put(ANA, { name: 'a', mimeType: DOCUMENT, content: 'a' }),
      ];
      google.put(ANA, { name: 'doc', parent: top, mimeType: DOCUMENT, content: 'd' });
      const ledger = ledgerOf([top, done]);
      const transfer = new Transfer(ledger, drives);
      await transfer.plan(signal);
      const waits = new Map<string, () => void>();
      google.afterWrite = (op, id) =>
        op === 'copied' && google.items.get(id)?.name === 'doc'
          ? new Promise<void>((land) => waits.set(id, land))
          : undefined;
      const copying = copyAll(transfer, ledger);
      while (waits.size === 0) await new Promise(setImmediate);
      const land = async () => {
        for (const go of waits.values()) go();
        await copying;
      };
      // A request to Google happens after the times are set and before the end.
      const { source } = drives;
      const withdraw = source.withdraw.bind(source);
      source.withdraw = async (...args) => {
        if (when === 'before') await land();
        return withdraw(...args);
      };
      await transfer.fail({ code: 'internal', detail: 'A fault.' }, signal);
      if (when === 'after') await land();
      if (when === 'while it is undone') jest.spyOn(drives.clock, 'sleep').mockImplementation(land);
      expect((await ledger.snapshot()).state).toBe('failed');
      await continueRun(ledger, 'undoing');
      await copying;
      expect((await ledger.snapshot()).undo).toMatchObject({ trashed: 3, left: 0 });
      expect(names(google, BEN)).toEqual([]);
    },
  );

  it('keeps a document that someone edited before a retry or a delta run', async () => {
    const { google, transfer, continueRun } = setUp();
    const top = google.folder(ANA, 'Work');
    const [edited, late] = ['edited', 'late'].map((name) =>
      google.put(ANA, { name, parent: top, mimeType: DOCUMENT, content: name }),
    ) as [string, string];
    google.before = (op, id) => {
      if (op === 'copy' && id === late) throw refusal('source_flagged');
    };
    const ledger = await transfer([top]);
    google.before = () => undefined;
    google.edit(await copyOf(ledger, edited), { content: Buffer.from('by Ben'), modifiedTime: LATER });
    const now = Date.now();
    const later = jest.spyOn(Date, 'now').mockImplementation(() => now + 5_000);
    await continueRun(ledger, 'running');
    await continueRun(ledger, 'updating');
    later.mockRestore();
    await continueRun(ledger, 'undoing');
    expect(lines(google, BEN).map((line) => line.split(' | ')[2])).toEqual(['folder', 'by Ben']);
  });

  it('trashes the earlier copy of an item that a delta run did not reach', async () => {
    const { google, drives, transfer, continueRun } = setUp();
    const top = google.folder(ANA, 'Work');
    const a = google.put(ANA, { name: 'a', parent: top, content: 'a' });
    const ledger = await transfer([top]);
    google.edit(a, { content: Buffer.from('changed'), modifiedTime: LATER });
    await cancelPlanned(ledger, drives);
    await continueRun(ledger, 'undoing');
    expect(names(google, BEN)).toEqual([]);
  });

  it('restores an original although its copy was moved elsewhere before further runs', async () => {
    const { google, transfer, continueRun } = setUp();
    const top = google.folder(ANA, 'Work');
    const a = google.put(ANA, { name: 'a', parent: top, content: 'a' });
    const ledger = await transfer([top], { mode: 'move' });
    expect(google.items.get(a)!.trashed).toBe(true);
    google.edit(await copyOf(ledger, a), { parent: google.folder(BEN, 'elsewhere') });
    await continueRun(ledger, 'updating');
    await continueRun(ledger, 'updating');
    expect(await states(ledger)).toMatchObject({ 'Work/a': 'copy_moved' });
    for await (const { sourceId, outcome } of recordsOf(ledger))
      if (sourceId === a) expect(outcome.original).toBe('trashed');
    await continueRun(ledger, 'undoing');
    expect(google.items.get(a)!.trashed).toBe(false);
  });

  it('keeps the contents of a copied folder that somebody moved verified', async () => {
    const { google, drives, ledgerOf } = setUp();
    const [big, work] = ['Big', 'Work'].map((name) => google.folder(ANA, name)) as [string, string];
    for (let index = 0; index < PLAN_PAGE; index++) google.put(ANA, { name: `${index}`, parent: big, content: 'a' });
    // On the second page of the plan.
    google.put(ANA, { name: 'a', parent: work, content: 'a' });
    const ledger = ledgerOf([big, work]);
    const transfer = new Transfer(ledger, drives);
    await transfer.plan(signal);
    await copyAll(transfer, ledger);
    google.edit(await copyOf(ledger, work), { parent: google.folder(BEN, 'elsewhere') });
    await new Transfer(ledger, drives).finish(signal);
    expect((await ledger.snapshot()).failures).toEqual({ copy_moved: 1 });
  });

  it('trashes no original whose copy went while the times were set for minutes', async () => {
    const { google, drives, ledgerOf } = setUp();
    const top = google.folder(ANA, 'Work');
    const a = google.put(ANA, { name: 'a', parent: top, content: 'a' });
    const ledger = ledgerOf([top], { mode: 'move' });
    google.before = async (op) => {
      if (op !== 'update') return;
      await drives.clock.sleep(120_000, signal);
      for (const item of google.items.values()) if (item.owner === BEN && item.name === 'a') item.trashed = true;
    };
    await runTransfer(ledger, drives);
    expect(google.items.get(a)!.trashed).toBe(false);
    expect(await states(ledger)).toMatchObject({ 'Work/a': 'copy_missing' });
  });

  it.each(['copied again in vain', 'canceled', 'copied with loss'])(
    'restores an original whose copy somebody trashed before two retries: %s',
    async (how) => {
      const { google, drives, transfer, continueRun } = setUp();
      const top = google.folder(ANA, 'Work');
      const doc = google.put(ANA, { name: 'doc', parent: top, mimeType: DOCUMENT, content: 'd' });
      const failing = google.put(ANA, { name: 'failing', parent: top, content: 'f' });
      google.before = (op, id) => {
        if (op === 'copy' && id === failing) throw refusal('source_flagged');
      };
      const ledger = await transfer([top], { mode: 'move', allowConversion: true });
      expect(google.items.get(doc)!.trashed).toBe(true);
      google.edit(await copyOf(ledger, doc), { trashed: true });
      await continueRun(ledger, 'running');
      expect(await states(ledger)).toMatchObject({ 'Work/doc': 'copy_missing' });

      google.before = (op) => {
        if (op === 'copy') throw refusal(how === 'copied with loss' ? 'cannot_copy' : 'source_flagged');
      };
      if (how === 'canceled') {
        await ledger.reopen();
        await ledger.advance(TERMINAL_STATES, 'running');
        await ledger.advance(['running'], 'canceling');
        await new Transfer(ledger, drives).finish(signal);
      } else {
        await continueRun(ledger, 'running');
        const ordinal = (await ledger.ordinalsOf(new Set([doc]))).get(doc)!;
        expect((await ledger.item(ordinal))!.outcome.original).toBe('trashed');
      }
      await continueRun(ledger, 'undoing');
      expect(google.items.get(doc)!.trashed).toBe(false);
    },
  );

  it('restores what an item replaced, although a delta run did not reach the item', async () => {
    const { google, drives, transfer, continueRun } = setUp();
    const top = google.folder(ANA, 'Work');
    const a = google.put(ANA, { name: 'a', parent: top, content: 'a' });
    const replaced = google.put(BEN, { name: 'a', parent: google.folder(BEN, 'Work'), content: 'earlier' });
    const ledger = await transfer([top], { conflict: 'replace' });
    expect(google.items.get(replaced)!.trashed).toBe(true);
    google.edit(a, { content: Buffer.from('changed'), modifiedTime: LATER });
    await cancelPlanned(ledger, drives);
    await continueRun(ledger, 'undoing');
    expect(google.items.get(replaced)!.trashed).toBe(false);
  });

  it('keeps an edited copy of the same size that a delta run has already noted', async () => {
    const { google, transfer, continueRun } = setUp();
    const top = google.folder(ANA, 'Work');
    const a = google.put(ANA, { name: 'a', parent: top, content: 'aaa', checksums: ['md5'] });
    const ledger = await transfer([top]);
    const copy = await copyOf(ledger, a);
    google.edit(copy, { content: Buffer.from('xyz') });
    await continueRun(ledger, 'updating');
    expect(await states(ledger)).toMatchObject({ 'Work/a': 'copy_changed' });
    await continueRun(ledger, 'undoing');
    expect(google.items.get(copy)!.trashed).toBe(false);
  });

  it.each([true, false])('keeps an edited copy of a file without checksums (can be copied: %s)', async (canCopy) => {
    const { google, transfer, continueRun } = setUp();
    const a = google.put(ANA, { name: 'a', content: 'aaa', checksums: [], canCopy });
    const b = google.put(ANA, { name: 'b', content: 'bbb', checksums: [], canCopy });
    const ledger = await transfer([a, b]);
    google.edit(await copyOf(ledger, a), { content: Buffer.from('xyz'), modifiedTime: LATER });
    await continueRun(ledger, 'undoing');
    expect(names(google, BEN)).toEqual(['a']);
  });
});

it.each(['retry', 'delta run'])('an edited copy is kept: %s', async (how) => {
  const { google, transfer, continueRun } = setUp();
  const top = google.folder(ANA, 'Work');
  const a = google.put(ANA, { name: 'a', parent: top, content: 'a' });
  google.put(ANA, { name: 'b', parent: top, content: 'b' });
  google.before = (op, id) => {
    if (op === 'copy' && google.items.get(id)?.name === 'b') throw refusal('source_flagged');
  };
  const ledger = await transfer([top]);
  const copy = await copyOf(ledger, a);
  google.edit(copy, { content: Buffer.from('edited by Ben') });
  for (let round = 0; round < 3; round++) await continueRun(ledger, how === 'retry' ? 'running' : 'updating');
  expect(google.items.get(copy)).toMatchObject({ trashed: false });
  expect(names(google, BEN).filter((name) => name === 'Work/a')).toHaveLength(1);
});

it('a retry re-creates a folder and a shortcut that someone moved to the trash', async () => {
  const { google, drives, ledgerOf, continueRun } = setUp();
  const top = google.folder(ANA, 'Work');
  const a = google.put(ANA, { name: 'a', parent: top, content: 'a' });
  google.put(ANA, { name: 'link', parent: top, mimeType: SHORTCUT, targetId: a });
  const ledger = ledgerOf([top]);
  await runTransfer(ledger, drives);
  google.edit(await copyOf(ledger, top), { trashed: true });
  await continueRun(ledger, 'updating'); // the closing check finds it
  expect((await ledger.snapshot()).counts.failed).toBe(3);
  await continueRun(ledger, 'running');
  expect((await ledger.snapshot()).state).toBe('completed');
  expect(names(google, BEN)).toEqual(['Work', 'Work/a', 'Work/link']);
});

describe('a shortcut to something that a later run copies again', () => {
  const aLinkedTransfer = async () => {
    const set = setUp();
    const { google, ledgerOf, drives } = set;
    const top = google.folder(ANA, 'Work');
    const a = google.put(ANA, { name: 'a', parent: top, content: 'a' });
    const same = google.put(ANA, { name: 'same', parent: top, content: 'same' });
    const put = (name: string, targetId: string) =>
      google.put(ANA, { name, parent: top, mimeType: SHORTCUT, targetId });
    const links = { toA: put('to a', a), toSame: put('to same', same) };
    const ledger = ledgerOf([top]);
    await runTransfer(ledger, drives);
    /** The target of a shortcut's copy. */
    const targetOf = async (link: string) => google.items.get(await copyOf(ledger, link))!.targetId;
    const change = () => google.edit(a, { content: Buffer.from(`changed after ${google.calls.length} calls`) });
    return { ...set, ledger, a, links, targetOf, change };
  };

  it('points to the new copy, and the earlier shortcut is in the trash', async () => {
    const { google, ledger, a, links, targetOf, change, continueRun } = await aLinkedTransfer();
    const before = [await copyOf(ledger, links.toA), await copyOf(ledger, links.toSame)];
    for (let run = 0; run < 2; run++) {
      change();
      await continueRun(ledger, 'updating');
      expect(await targetOf(links.toA)).toBe(await copyOf(ledger, a));
      expect(google.items.get(await copyOf(ledger, a))!.trashed).toBe(false);
      expect((await ledger.snapshot()).state).toBe('completed');
      expect(names(google, BEN)).toEqual(['Work', 'Work/a', 'Work/same', 'Work/to a', 'Work/to same']);
    }
    expect(google.items.get(before[0]!)!.trashed).toBe(true);
    expect(await copyOf(ledger, links.toSame)).toBe(before[1]);
    // A run without changes replaces none.
    google.calls.length = 0;
    await continueRun(ledger, 'updating');
    expect(google.calls.filter((op) => /create|trash|generateIds/.test(op))).toEqual([]);
  });

  it('stays as it is if a person has renamed or removed it', async () => {
    for (const edit of [{ name: 'mine' }, { trashed: true }]) {
      const { google, ledger, links, change, continueRun } = await aLinkedTransfer();
      const shortcut = await copyOf(ledger, links.toA);
      google.edit(shortcut, edit);
      change();
      await continueRun(ledger, 'updating');
      expect(await copyOf(ledger, links.toA)).toBe(shortcut);
      expect(google.items.get(shortcut)).toMatchObject(edit);
    }
  });

  it('is made once, even if the run is interrupted', async () => {
    const { google, drives, ledger, a, links, targetOf, change } = await aLinkedTransfer();
    change();
    await ledger.advance(TERMINAL_STATES, 'updating');
    google.before = (op) => {
      if (op === 'createShortcut') throw new DriveError('rate_limited', { retryAfter: 60 });
    };
    await runTransfer(ledger, drives);
    expect((await ledger.snapshot()).state).toBe('waiting_quota');
    google.before = () => undefined;
    await ledger.resume();
    await new Transfer(ledger, drives).finish(signal);
    expect((await ledger.snapshot()).state).toBe('completed');
    expect(await targetOf(links.toA)).toBe(await copyOf(ledger, a));
    expect(names(google, BEN)).toEqual(['Work', 'Work/a', 'Work/same', 'Work/to a', 'Work/to same']);
  });

  it('is moved to the trash by an undo, like the one that it replaced', async () => {
    const { google, ledger, change, continueRun } = await aLinkedTransfer();
    change();
    await continueRun(ledger, 'updating');
    await continueRun(ledger, 'undoing');
    expect(await ledger.snapshot()).toMatchObject({ state: 'undone', undo: { left: 0 } });
    expect(names(google, BEN)).toEqual([]);
  });
});

it('a delta run lists twice what it adds', async () => {
  const { google, drives, transfer, continueRun } = setUp();
  const top = google.folder(ANA, 'Work');
  const ledger = await transfer([top]);
  const fresh = google.folder(ANA, 'fresh', top);
  const late = google.put(ANA, { name: 'late', parent: fresh, content: 'l' });
  const children = drives.source.children.bind(drives.source);
  let looks = 0;
  drives.source.children = async (folder, ...args) => {
    const page = await children(folder, ...args);
    // It is checked, and walked, before it is listed again.
    return folder === fresh && ++looks <= 2 ? { ...page, items: page.items.filter(({ id }) => id !== late) } : page;
  };
  await continueRun(ledger, 'updating');
  expect(names(google, BEN)).toContain('Work/fresh/late');
});
