// What the measurements of the engine in operation share: a built API and workers, a Redis with an append-only file, and the
// sandbox, as separate processes, controlled by the API. For ratios both sides run alternately, through the same TLS proxy.
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { withStack, type Running } from './measure.ts';
import type { Stack } from '../../tools/stack.ts';
import { call, connect, OVER, type Tokens } from '../../tools/api-client.ts';
import { Problem } from '../../tools/workspace.ts';

/** A stack with both accounts connected, and controls for its sandbox. */
export type Bench = Stack & { tokens: Tokens } & ReturnType<typeof controlsOf>;

/** The sandbox's statistics. */
interface Stats {
  /** By operation and status. */
  requests: Record<string, Record<string, number>>;
  peakConcurrency: number;
  /** E-mails that Google would have sent. */
  notifications: number;
}

interface LogLine {
  account: string;
  operation: string;
  status: number;
  time: string;
}

/** A line of the sandbox's list of an account's items. */
export interface TreeLine {
  id: string;
  path: string;
  mimeType: string;
  size?: number;
  trashed?: boolean;
}

/** The used fields of a transfer. */
export interface Transfer {
  state: string;
  id: string;
  counts: Record<'found' | 'verified', number>;
  ways: { relay: number; serverCopy: number };
  target: { resultFolderId?: string };
  sharing?: { equal?: number };
  links?: { rewritten?: number };
}

export const [SOURCE, DESTINATION] = ['alice@example.com', 'bob@example.com'];
/** More memory than Node's default, for two Drives of a million items. */
export const LARGE_SANDBOX = ['--max-old-space-size=12000'];
const FOLDER = 'application/vnd.google-apps.folder';
const COPYING = new Set(['planning', 'ready', 'updating', 'running']);

/**
 * A stack with two connected accounts.
 */
export function withBench<T>(
  running: Running,
  options: Parameters<typeof withStack>[1],
  work: (bench: Bench) => Promise<T>,
): Promise<T> {
  return withStack(running, options, async (stack) => {
    const tokens = {
      source: await connect(stack.url, 'source', SOURCE),
      destination: await connect(stack.url, 'destination', DESTINATION),
    };
    return work({ ...stack, tokens, ...controlsOf(stack.sandboxUrl) });
  });
}

function controlsOf(sandboxUrl: string) {
  const control = <T>(method: string, path: string, body?: unknown) =>
    call<T>(`${sandboxUrl}/__sandbox/${path}`, { method, body });
  const bearer = async (account: string) =>
    (await control<{ access_token: string }>('POST', 'tokens', { account })).access_token;
  return {
    bearer,
    behave: (behavior: unknown) => control('PUT', 'behavior', behavior),
    stats: () => control<Stats>('GET', 'stats'),
    clearStats: () => control('DELETE', 'stats'),
    control,
    /** Generates a tree in the source and computes its checksums, which Google has for its files. */
    async tree(folders: number, files: number, bytes: number, seed: number): Promise<string> {
      const { folderId } = await control<{ folderId: string }>('POST', 'trees', {
        account: SOURCE,
        folders,
        files,
        bytes,
        seed,
      });
      if (bytes > 0 && files <= 20_000)
        await (await fetch(`${sandboxUrl}/__sandbox/tree?account=${SOURCE}&folderId=${folderId}`)).arrayBuffer();
      return folderId;
    },
    /** The source's files below a folder: ids and, if they have one, sizes. */
    async filesBelow(folderId: string) {
      const text = await (await fetch(`${sandboxUrl}/__sandbox/tree?account=${SOURCE}&folderId=${folderId}`)).text();
      return text
        .split('\n')
        .filter(Boolean)
        .map((each) => JSON.parse(each) as TreeLine)
        .filter(({ mimeType }) => mimeType !== FOLDER);
    },
    /** Lets the destination read an item, which rclone needs for a server-side copy. */
    async share(fileId: string) {
      await call(`${sandboxUrl}/drive/v3/files/${fileId}/permissions?sendNotificationEmail=false`, {
        method: 'POST',
        bearer: await bearer(SOURCE),
        body: { type: 'user', role: 'reader', emailAddress: DESTINATION },
      });
    },
    /** Lines of the sandbox's log. */
    async log(query: string) {
      const text = await (await fetch(`${sandboxUrl}/__sandbox/log?${query}`)).text();
      return text
        .split('\n')
        .filter(Boolean)
        .map((each) => JSON.parse(each) as LogLine);
    },
  };
}

/**
 * Transfers a folder of the source into the root of the destination.
 * @returns the times from the request to the start of copying, to its end, and to the verified end
 */
export async function transfer(
  { url, tokens }: Pick<Bench, 'url' | 'tokens'>,
  folderId: string,
  {
    onState = () => undefined,
    body = {},
  }: { onState?: (now: Transfer, seconds: number) => unknown; body?: object } = {},
) {
  const began = performance.now();
  const since = () => (performance.now() - began) / 1000;
  const { id } = await call<{ id: string }>(`${url}/api/transfers`, {
    method: 'POST',
    tokens,
    body: { items: [folderId], ...body },
  });
  let planSeconds = NaN;
  let copySeconds = NaN;
  for (;;) {
    const now: Transfer = await call(`${url}/api/transfers/${id}`, { tokens });
    await onState(now, since());
    if (Number.isNaN(planSeconds) && now.state !== 'planning' && now.state !== 'ready') planSeconds = since();
    if (Number.isNaN(copySeconds) && !COPYING.has(now.state)) copySeconds = since();
    if (OVER.has(now.state)) {
      if (now.state !== 'completed')
        throw new Problem(`The transfer ended as ${now.state}: ${JSON.stringify(now).slice(0, 800)}`);
      return { planSeconds, copySeconds, seconds: since(), transfer: now };
    }
    if (now.state === 'waiting_quota' || now.state === 'needs_reconnect')
      throw new Problem(`The transfer waits: ${JSON.stringify(now).slice(0, 800)}`);
    await sleep(100);
  }
}

export const pidsOf = (bench: Stack): Record<'redis' | 'sandbox' | 'api' | 'worker1', number> => ({
  redis: bench.pids.redis,
  sandbox: bench.pids.sandbox,
  ...(bench.tlsProxy && { tlsProxy: bench.tlsProxy.pid }),
  api: bench.apiPid(),
  // Each of these measurements has a worker.
  ...(Object.fromEntries(bench.workerPids.map((pid, index) => [`worker${index + 1}`, pid])) as { worker1: number }),
});

export const requestsOf = ({ requests }: Stats, ...but: string[]) =>
  Object.entries(requests)
    .filter(
      ([operation]) => !operation.startsWith('oauth.') && !operation.startsWith('page') && !but.includes(operation),
    )
    .reduce((sum, [, byStatus]) => sum + Object.values(byStatus).reduce((all, count) => all + count, 0), 0);

/** Progress of a long run, with BENCH_VERBOSE=1. */
export function note(what: string) {
  if (process.env.BENCH_VERBOSE) process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${what}\n`);
}
