import { statesFor } from '../../src/engine/model/states.js';
import { Transfer } from '../../src/engine/transfer.js';
import { InMemoryLedger } from '../support/in-memory-ledger.js';
import { anOrder, runTransfer } from '../support/run-transfer.js';
import { ANA, sandboxDrives } from '../support/sandbox-drives.js';

const BEN = 'ben@example.com';
const { signal } = new AbortController();

/** Through the real adapters, with documents of all kinds and links in every place. */
describe('a transfer of documents that link to each other', () => {
  let google: Awaited<ReturnType<typeof sandboxDrives>>;
  let ledger: InMemoryLedger;
  beforeAll(async () => {
    google = await sandboxDrives([BEN]);
    const { drives, control } = google;
    await control.fill(ANA, 'linked');
    const top = (await control.tree(ANA)).find(({ name }) => name === 'Linked')!;
    ledger = new InMemoryLedger(
      anOrder(drives.source.account, drives.destination.account, [top.id], { links: 'rewrite' }),
    );
    await runTransfer(ledger, drives);
  }, 60_000);
  afterAll(() => google.close());

  const recorded = () => ledger.linkRecords(-1, 1_000);
  /** Requests to the APIs of the editors, by operation. */
  async function requests(): Promise<Record<string, number>> {
    const { requests: all } = await google.control.stats();
    const ofEditors = Object.entries(all).filter(([operation]) =>
      /^(documents|spreadsheets|presentations)/.test(operation),
    );
    return Object.fromEntries(
      ofEditors.map(([operation, byStatus]) => [
        operation,
        Object.values(byStatus).reduce((sum, count) => sum + count, 0),
      ]),
    );
  }

  it('rewrites every link to what was copied, if Google’s API can write it', async () => {
    const { state, links } = await ledger.snapshot();
    expect(state).toBe('completed');
    expect(links).toMatchObject({ waiting: 0, failed: 0, documents: { unread: {} } });
    expect(links!.rewritten).toBeGreaterThan(5_000);
    expect(links!.found).toBe(links!.rewritten + links!.outside + links!.unsupported);
  });

  it('reads a document twice and writes it once if something changes, and else reads it once', async () => {
    const records = await recorded();
    const changed = records.filter(({ links }) => links.some(({ outcome }) => outcome === 'rewritten'));
    const { 'spreadsheets.get': ofSheets = 0, ...sums } = await requests();
    const reads = (sums['documents.get'] ?? 0) + (sums['presentations.get'] ?? 0) + ofSheets;
    const writes = Object.entries(sums).filter(([operation]) => operation.endsWith('batchUpdate'));
    // A form has an API of its own.
    expect(reads).toBe(records.filter(({ kind }) => kind !== 'form').length + changed.length);
    expect(writes.reduce((sum, [, count]) => sum + count, 0)).toBe(changed.length);
  });

  it('keeps the times of the documents', async () => {
    const times = new Map((await google.control.tree(BEN)).map(({ id, modifiedTime }) => [id, modifiedTime]));
    for (const { ordinal, copyId } of await recorded()) {
      const { path, modifiedTime } = (await ledger.item(ordinal))!;
      expect([path, times.get(copyId)]).toEqual([path, modifiedTime]);
    }
  });

  it('has nothing to do afterwards', async () => {
    const before = await recorded();
    await google.control.clearStats();
    await ledger.advance(statesFor('links'), 'linking', { links: 'rewrite' });
    await new Transfer(ledger, google.drives).finish(signal);
    expect(await ledger.state()).toBe('completed');
    expect(await requests()).toEqual({});
    expect(await recorded()).toEqual(before);
  });
});
