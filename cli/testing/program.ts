import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { PassThrough } from 'node:stream';
import { run } from '../program.ts';

/** What a fake server returns: JSON, or a response of its own. */
export type Reply = Record<string, unknown> | Response;

/** By method and path, without the query. */
export type Routes = Record<string, Reply | ((request: Request) => Reply | Promise<Reply>)>;

export const problem = (status: number, code: string, more: object = {}) =>
  Response.json({ code, title: 'It failed', detail: 'Do this.', ...more }, { status });

/** Server-sent events, as the API sends them. */
export const events =
  (type: string, ...states: object[]) =>
  () =>
    new Response(states.map((state) => `event: ${type}\ndata: ${JSON.stringify(state)}\n\n`).join(''), {
      headers: { 'content-type': 'text/event-stream' },
    });

/** The home folders of all programs, until the process ends: its test files share this module. */
const HOMES = mkdtempSync(join(tmpdir(), 'cli-homes-'));
process.once('exit', () => rmSync(HOMES, { recursive: true, force: true }));

/** The program with a server, streams and settings of the test's own. */
export class TestProgram {
  readonly home = mkdtempSync(join(HOMES, 'home-'));
  readonly requests: Request[] = [];
  env: NodeJS.ProcessEnv = { HOME: this.home, CLOUDMOVER_SOURCE_TOKEN: 'source', CLOUDMOVER_DESTINATION_TOKEN: 'dest' };
  stdout = '';
  stderr = '';
  stop = new AbortController();
  isTty = false;
  /** Keys that are typed at the first question. */
  typed?: string;
  private readonly routes: Routes;

  constructor(routes: Routes = {}) {
    this.routes = routes;
  }

  /** @returns the exit code */
  async run(...args: string[]): Promise<number> {
    [this.stdout, this.stderr] = ['', ''];
    const stdin = Object.assign(new PassThrough(), { isTTY: this.isTty });
    const output = (add: (text: string) => void) => {
      const stream = Object.assign(new PassThrough(), { isTTY: this.isTty, columns: 100 });
      stream.setEncoding('utf8').on('data', add);
      return stream;
    };
    const stdout = output((text) => (this.stdout += text));
    const stderr = output((text) => {
      this.stderr += text;
      if (this.typed !== undefined && this.stderr.includes('[y/N]')) {
        stdin.write(this.typed);
        delete this.typed;
      }
    });
    return run(args, {
      env: this.env,
      streams: { stdin, stdout, stderr },
      signal: this.stop.signal,
      openBrowser: () => undefined,
      fetch: async (input) => {
        const request = input as Request;
        this.requests.push(request);
        const { pathname } = new URL(request.url);
        const route = this.routes[`${request.method} ${pathname}`];
        if (!route) return problem(404, 'route_not_found');
        const reply = typeof route === 'function' ? await route(request.clone()) : route;
        if (!(reply instanceof Response)) return Response.json(reply);
        return reply === route ? reply.clone() : reply;
      },
    });
  }

  /** The JSON objects on standard output. */
  get lines(): Record<string, unknown>[] {
    const lines = this.stdout.trim().split('\n').filter(Boolean);
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}

const PARTY = { email: 'ana@example.com', name: 'Ana' };
const SHARE = { items: 0, bytes: 0 };

const NO_LINKS = {
  ...{ mode: 'leave', found: 0, waiting: 0, rewritten: 0, outside: 0, unsupported: 0, failed: 0 },
  ...{ documents: { read: 0, unread: [] }, reasons: [], apiOff: [] },
};

const NO_SHARING = {
  ...{ mode: 'none', wanted: 0, equal: 0, narrower: 0, wider: 0, left: 0, waiting: 0, unreadable: 0, reasons: [] },
  restrictions: { wanted: 0, applied: 0, refused: 0, waiting: 0, reasons: [] },
};

/** A transfer as the API returns it, as far as the program reads it. */
export const aTransfer = (changes: object = {}) => ({
  ...{ id: 'q5Zt0c9hT2uKjH1xV3mW8w', state: 'running', mode: 'copy', createdAt: '2026-11-30T10:00:00.000Z' },
  ...{ source: PARTY, destination: PARTY, target: { folderId: 'root' }, selection: { count: 1, names: ['Work'] } },
  counts: { found: 10, verified: 4, unverified: 0, failed: 0, skipped: 0, checking: 0, copying: 1, waiting: 5 },
  bytes: { found: 1000, verified: 400, copying: 0 },
  ...{ rate: { itemsPerSecond: 2, bytesPerSecond: 9 }, etaSeconds: 3, failureGroups: [], skipGroups: [] },
  sharing: NO_SHARING,
  links: NO_LINKS,
  usage: { requests: 12, units: 1_250, forecast: 2_400, byClass: [], bytesIn: 900, bytesOut: 200 },
  ...changes,
});

/** A transfer at whose end all is verified. */
export const aCompletedTransfer = () =>
  aTransfer({
    state: 'completed',
    counts: { found: 10, verified: 10, unverified: 0, failed: 0, skipped: 0, checking: 0, copying: 0, waiting: 0 },
    bytes: { found: 1000, verified: 1000, copying: 0 },
  });

/** A preflight that is ready, as far as the program reads it. */
export const aPreflight = (changes: object = {}) => ({
  ...{ id: 'pA2kQ0n7cJmWl9b3XyT1uQ', state: 'ready', mode: 'copy', source: PARTY, destination: PARTY },
  selection: { count: 1, names: ['Work'] },
  counts: {
    ...{ found: 10, bytes: 1000, folders: 1, movable: 10 },
    ways: {
      serverCopy: { items: 9, bytes: 1000 },
      relay: SHARE,
      export: SHARE,
      created: { items: 1, bytes: 0 },
      none: SHARE,
    },
  },
  ...{ estimate: { seconds: 5 }, problems: [], checks: [], notCarried: [] },
  links: { mode: 'leave', byKind: [], sample: 0, apiOff: [] },
  ...changes,
});
