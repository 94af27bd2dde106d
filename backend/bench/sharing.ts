import { performance } from 'node:perf_hooks';
import { requestsOf, SOURCE, transfer, withBench } from './engine.ts';
import { median, type Result, type Running } from './measure.ts';
import { call } from '../../tools/api-client.ts';
import { Problem } from '../../tools/workspace.ts';

const CAROL = 'carol@example.com';

/**
 * Requests of a transfer that carries sharing over, compared with the same transfer without: 200 of 10,000 items are
 * shared. Each of these needs a write and a read; everything else should be at most 3 % more.
 */
export async function benchSharedItems(
  running: Running,
  { items = 10_000, folders = 500, shared = 200 } = {},
): Promise<Result> {
  return withBench(running, { workers: 1 }, async (bench) => {
    // The top folder counts, too.
    const folderId = await bench.tree(folders, items - folders - 1, 0, 1);
    await bench.control('POST', 'accounts', { email: CAROL });
    // Only files, because items in a shared folder inherit.
    const ids = (await bench.filesBelow(folderId)).map(({ id }) => id);
    const bearer = await bench.bearer(SOURCE);
    for (let index = 0; index < shared; index++) {
      const id = ids[Math.floor((index * ids.length) / shared)];
      await call(`${bench.sandboxUrl}/drive/v3/files/${id}/permissions?sendNotificationEmail=false`, {
        method: 'POST',
        bearer,
        body: { type: 'user', role: 'writer', emailAddress: CAROL },
      });
    }
    const counted = async (sharing?: object) => {
      await bench.clearStats();
      const run = await transfer(bench, folderId, { ...(sharing && { body: { sharing } }) });
      const stats = await bench.stats();
      const of = (operation: string) =>
        Object.values(stats.requests[operation] ?? {}).reduce((sum, count) => sum + count, 0);
      return { ...run, of, all: requestsOf(stats), mails: stats.notifications };
    };
    const without = await counted();
    const carried = await counted({ mode: 'carry' });
    const beyond = carried.all - without.all - 2 * shared;
    const more = (operation: string) => carried.of(operation) - without.of(operation);
    return {
      items: carried.transfer.counts.found,
      shared,
      equal: carried.transfer.sharing?.equal,
      requests_without: without.all,
      requests_with: carried.all,
      writes_more: more('permissions.create'),
      reads_more: more('permissions.list'),
      lists_more: more('files.list'),
      beyond,
      beyond_percent: ((100 * beyond) / without.all).toFixed(2),
      aim_percent: 3,
      mails: carried.mails,
      without_s: without.seconds.toFixed(1),
      with_s: carried.seconds.toFixed(1),
    };
  });
}

/** Checks the largest people map in CSV, with errors in one of a hundred lines. */
export async function benchPeopleMap(running: Running, { lines = 20_000, runs = 5 } = {}): Promise<Result> {
  return withBench(running, { workers: 0 }, async ({ url, tokens }) => {
    const line = (index: number) =>
      index % 100 === 50 ? `person-${index}` : `person-${index}@old.example;"p-${index}@new.example"`;
    const csv = Buffer.from(
      `\uFEFFfrom;to\r\n${Array.from({ length: lines }, (_, index) => `${line(index)}\r\n`).join('')}`,
    );
    const times: number[] = [];
    let checked = { read: 0, valid: 0, errors: [] as unknown[] };
    for (let run = 0; run < runs; run++) {
      const began = performance.now();
      const response = await fetch(`${url}/api/people-map`, {
        method: 'POST',
        headers: { 'Content-Type': 'text/csv', 'X-Source-Token': tokens.source! },
        body: csv,
      });
      checked = (await response.json()) as typeof checked;
      times.push(performance.now() - began);
      if (!response.ok) throw new Problem(`POST /api/people-map: ${response.status} ${JSON.stringify(checked)}`);
    }
    return {
      csv_lines: checked.read,
      valid: checked.valid,
      errors: checked.errors.length,
      bytes: csv.length,
      median_ms: median(times).toFixed(0),
      slowest_ms: Math.max(...times).toFixed(0),
      aim_ms: 1_000,
    };
  });
}
