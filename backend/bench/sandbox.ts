// Compares the sandbox with bare Node, so that it never limits other measurements.
//   node backend/bench/sandbox.ts [--quick] [--requests]   → one line of JSON
// --requests measures only the rows of single requests, without streams, pages and large trees.
// Measures each pair alternately after a warm-up; figures are medians. Another process (load.ts) sends the requests, so
// that only the server's thread is measured.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { join } from 'node:path';
import { SandboxClient } from '@cloudmover/drive-sandbox';
import { built } from './built.ts';
import { median, output, residentBytes } from './measure.ts';

const QUICK = process.argv.includes('--quick');
const ONLY_REQUESTS = process.argv.includes('--requests');
const ROUNDS = QUICK ? 1 : 3;
const SECONDS = 1;
const CONNECTIONS = 32;
const BODY = QUICK ? 100_000_000 : 500_000_000;
const FILES = QUICK ? 50_000 : 1_000_000;
const ALICE = 'alice@example.com';
const { itemFields } =
  await built<typeof import('../src/adapters/google/google-file.ts')>('adapters/google/google-file');
const MASK = itemFields();

const PERMISSION_MASK = 'nextPageToken,permissions(id,type,role,emailAddress,domain,expirationTime)';
const GRANT = JSON.stringify({ type: 'domain', role: 'reader', domain: 'example.com' });
/** Paragraphs of the document that is read. */
const PARAGRAPHS = 100;
/** Rows of ten cells in the spreadsheet that is read. */
const SHEET_ROWS = 100;

const children: ChildProcess[] = [];

async function start(script: string, ...args: string[]): Promise<{ url: string; child: ChildProcess }> {
  const child = fork(join(import.meta.dirname, script), args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  children.push(child);
  const [{ url }] = (await once(child, 'message')) as [{ url: string }];
  return { url, child };
}

interface Load {
  requests: number;
  seconds: number;
  medianMs: number;
  p99Ms: number;
  slowestMs: number;
}

/** Sends one request repeatedly, over `connections` connections; several, on lines of their own, are shared out. */
const load = (url: string, connections: number, ...headers: string[]) =>
  output<Load>([
    process.execPath,
    join(import.meta.dirname, 'load.ts'),
    ...[url, String(SECONDS), String(connections), ...headers],
  ]);

/** Sends one request with a body of some bytes, and discards the response. @returns seconds */
function stream(
  url: string,
  options: { method?: string; headers?: Record<string, string>; bytes?: number },
): Promise<number> {
  const { method = 'GET', headers = {}, bytes = 0 } = options;
  const began = performance.now();
  return new Promise((done, fail) => {
    const sent = request(
      url,
      { method, headers: { ...headers, ...(bytes > 0 ? { 'content-length': String(bytes) } : {}) }, agent: false },
      (response) => {
        if (response.statusCode !== 200) fail(new Error(`${method} ${url} returned ${response.statusCode}.`));
        response.on('error', fail);
        response.on('end', () => done((performance.now() - began) / 1000));
        response.resume();
      },
    );
    sent.on('error', fail);
    const chunk = Buffer.alloc(256 * 1024, 'sent');
    let left = bytes;
    const more = (): void => {
      while (left > 0) {
        const part = chunk.subarray(0, Math.min(left, chunk.length));
        left -= part.length;
        if (!sent.write(part)) {
          sent.once('drain', more);
          return;
        }
      }
      sent.end();
    };
    more();
  });
}

/** Measures both alternately; the first round warms up. */
async function inTurns(
  ours: () => Promise<number>,
  bare: () => Promise<number>,
): Promise<{ ours: number; bare: number }> {
  const figures: { ours: number[]; bare: number[] } = { ours: [], bare: [] };
  for (let round = 0; round <= ROUNDS; round++) {
    const pair = { bare: await bare(), ours: await ours() };
    if (round === 0) continue;
    figures.ours.push(pair.ours);
    figures.bare.push(pair.bare);
  }
  return { ours: median(figures.ours), bare: median(figures.bare) };
}

/** Creates a document with a link in each paragraph. @returns its id */
async function aDocument(url: string, headers: Record<string, string>): Promise<string> {
  const mark = 'bench';
  const metadata = JSON.stringify({ name: 'Minutes', mimeType: 'application/vnd.google-apps.document' });
  const text = Array.from(
    { length: PARAGRAPHS },
    (_, i) => `<p>Paragraph ${i} <a href="https://example.com/${i}">with a link</a></p>`,
  );
  const parts = [
    `--${mark}\r\nContent-Type: application/json\r\n\r\n${metadata}\r\n`,
    `--${mark}\r\nContent-Type: text/html\r\n\r\n${text.join('\n')}\r\n--${mark}--`,
  ];
  const answer = await fetch(`${url}/upload/drive/v3/files?uploadType=multipart&fields=id`, {
    method: 'POST',
    headers: { ...headers, 'content-type': `multipart/related; boundary=${mark}` },
    body: parts.join(''),
  });
  return ((await answer.json()) as { id: string }).id;
}

/** Creates a spreadsheet filled with text. @returns its id */
async function aSpreadsheet(url: string, headers: Record<string, string>): Promise<string> {
  const send = async (method: string, path: string, body: object): Promise<unknown> => {
    const answer = await fetch(`${url}/v4/spreadsheets${path}`, {
      method,
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path} returned ${answer.status}: ${await answer.text()}`);
    return answer.json();
  };
  const { spreadsheetId } = (await send('POST', '', { properties: { title: 'Figures' } })) as { spreadsheetId: string };
  const values = Array.from({ length: SHEET_ROWS }, (_, row) => Array.from({ length: 10 }, (_, i) => `${row}, ${i}`));
  await send('PUT', `/${spreadsheetId}/values/A1?valueInputOption=RAW`, { values });
  return spreadsheetId;
}

async function measure(): Promise<Record<string, string>> {
  const { url, child } = await start('../../sandbox/main.ts', '--port', '0');
  const bare = await start('sandbox-bare.ts', String(BODY));
  const control = new SandboxClient(url);
  const { access_token } = await control.tokens(ALICE, { expiresIn: 86_400 });
  const bearer = `authorization: Bearer ${access_token}`;
  const headers = { authorization: `Bearer ${access_token}` };
  const drive = async (path: string, init: RequestInit = {}): Promise<Record<string, unknown>> => {
    const answer = await fetch(`${url}/drive/v3/${path}`, { ...init, headers });
    if (!answer.ok) throw new Error(`${path} returned ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as Record<string, unknown>;
  };
  const fields = encodeURIComponent(MASK);
  const filesIn = async (folderId: string): Promise<string[]> => {
    const { files } = (await drive(`files?q=${encodeURIComponent(`'${folderId}' in parents`)}`)) as {
      files: { id: string }[];
    };
    return files.map((file) => file.id);
  };
  const first = async (folderId: string): Promise<string> => (await filesIn(folderId))[0] ?? '';

  const small = await control.makeTree(ALICE, { files: CONNECTIONS, bytes: 1000 * CONNECTIONS, seed: 1 });
  const ids = await filesIn(small.folderId);
  const id = ids[0]!;
  const perSecond = ({ requests, seconds }: Load): number => requests / seconds;
  /**
   * Responses per second, compared with a bare route that receives the same request and sends the same response, so that
   * the difference is what the sandbox does between the two. `load.ts` sends the request.
   * @param paths several are shared out among the connections
   */
  const comparedWithBare = async (
    method: string,
    paths: string | string[],
    body = '',
  ): Promise<{ ours: number; bare: number }> => {
    const each = [paths].flat();
    const answer = await fetch(`${url}${each[0]}`, {
      method,
      headers: { ...headers, 'content-type': 'application/json' },
      ...(body === '' ? {} : { body }),
    });
    // Node itself sends these with every response.
    const own = new Set(['date', 'connection', 'keep-alive', 'content-length']);
    bare.child.send({
      headers: Object.fromEntries([...answer.headers].filter(([name]) => !own.has(name))),
      body: await answer.text(),
    });
    await once(bare.child, 'message');
    const send = (server: string) =>
      load(each.map((path) => `${method} ${server}${path} ${body}`.trim()).join('\n'), CONNECTIONS, bearer);
    return inTurns(
      async () => perSecond(await send(url)),
      async () => perSecond(await send(bare.url)),
    );
  };
  const get = await comparedWithBare('GET', `/drive/v3/files/${id}?fields=${fields}`);
  // Each connection grants another file: simultaneous grants of one file revert each other, as at Google.
  const shared = await comparedWithBare(
    'POST',
    ids.map((each) => `/drive/v3/files/${each}/permissions`),
    GRANT,
  );
  const permissions = await comparedWithBare('GET', `/drive/v3/files/${id}/permissions?fields=${PERMISSION_MASK}`);
  const document = await aDocument(url, headers);
  const documents = await comparedWithBare('GET', `/v1/documents/${document}?includeTabsContent=true`);
  const spreadsheet = await aSpreadsheet(url, headers);
  const sheets = await comparedWithBare('GET', `/v4/spreadsheets/${spreadsheet}/values/A1:J${SHEET_ROWS}`);
  const copies = await comparedWithBare('POST', `/drive/v3/files/${id}/copy?fields=id`);
  const ratio = ({ ours, bare: yardstick }: { ours: number; bare: number }): string => (ours / yardstick).toFixed(2);
  const requests = {
    rounds: String(ROUNDS),
    get_rps: get.ours.toFixed(0),
    bare_rps: get.bare.toFixed(0),
    get_ratio: ratio(get),
    copy_per_s: copies.ours.toFixed(0),
    copy_ratio: ratio(copies),
    permissions_list_ratio: ratio(permissions),
    permissions_create_ratio: ratio(shared),
    docs_read_per_s: documents.ours.toFixed(0),
    docs_read_ratio: ratio(documents),
    sheets_read_per_s: sheets.ours.toFixed(0),
    sheets_read_ratio: ratio(sheets),
    aim_ratio: '0.50',
  };
  if (ONLY_REQUESTS) return requests;
  // The copies would distort the next measurement.
  await control.reset();
  const again = await control.tokens(ALICE, { expiresIn: 86_400 });
  headers.authorization = `Bearer ${again.access_token}`;
  const fresh = `authorization: ${headers.authorization}`;

  const thousand = await control.makeTree(ALICE, { files: 2000, bytes: 50_000_000, seed: 2 });
  const q = encodeURIComponent(`'${thousand.folderId}' in parents and trashed=false`);
  const pageUrl = `${url}/drive/v3/files?q=${q}&pageSize=1000&fields=${encodeURIComponent(`nextPageToken,files(${MASK})`)}`;
  const pages: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const rate = perSecond(await load(pageUrl, 4, fresh));
    if (round > 0) pages.push(rate);
  }

  const big = await control.makeTree(ALICE, { files: 1, bytes: BODY, seed: 3 });
  const bigId = await first(big.folderId);
  const down = await inTurns(
    () => stream(`${url}/drive/v3/files/${bigId}?alt=media`, { headers }),
    () => stream(`${bare.url}/body`, {}),
  );
  const upload = async (): Promise<number> => {
    const opened = await fetch(`${url}/upload/drive/v3/files?uploadType=resumable`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'up' }),
    });
    const seconds = await stream(opened.headers.get('location') ?? '', { method: 'PUT', bytes: BODY });
    // Deleted like the reference's file, because pending writes to the disk would slow down the next upload.
    const { files } = (await drive(`files?q=${encodeURIComponent("name='up'")}`)) as { files: { id: string }[] };
    for (const file of files)
      await fetch(`${url}/drive/v3/files/${file.id}`, { method: 'DELETE', headers }).then((answer) => answer.text());
    return seconds;
  };
  const up = await inTurns(upload, () => stream(`${bare.url}/file`, { method: 'PUT', bytes: BODY }));
  const nowhere = await inTurns(upload, () => stream(`${bare.url}/nowhere`, { method: 'PUT', bytes: BODY }));

  await control.reset();
  const last = await control.tokens(ALICE, { expiresIn: 86_400 });
  const crowdHeaders = `authorization: Bearer ${last.access_token}`;
  const crowdTree = await control.makeTree(ALICE, { files: 1000, bytes: 1_000_000, seed: 4 });
  headers.authorization = `Bearer ${last.access_token}`;
  const crowdId = await first(crowdTree.folderId);
  // Two clients request whole pages, 62 others one file each; none may wait long.
  const pageOfAll = `files?q=${encodeURIComponent(`'${crowdTree.folderId}' in parents`)}&pageSize=1000&fields=${encodeURIComponent(`files(${MASK})`)}`;
  await drive(pageOfAll);
  const crowds: Load[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const listing = load(`${url}/drive/v3/${pageOfAll}`, 2, crowdHeaders);
    const crowd = await load(`${url}/drive/v3/files/${crowdId}?fields=${fields}`, 62, crowdHeaders);
    await listing;
    if (round > 0) crowds.push(crowd);
  }

  const before = residentBytes(child.pid ?? 0);
  const began = performance.now();
  const million = await control.makeTree('bob@example.com', { folders: 1000, files: FILES, bytes: 1e12, seed: 5 });
  const seconds = (performance.now() - began) / 1000;
  const memory = residentBytes(child.pid ?? 0);
  const bob = await control.tokens('bob@example.com');
  const bobBearer = `authorization: Bearer ${bob.access_token}`;
  const wide = await control.makeTree('bob@example.com', { files: QUICK ? 20_000 : 100_000, bytes: 0, seed: 6 });
  // A page of a hundred: in a folder of a few hundred, and at the beginning and the end of a huge one.
  const pageOf = (folderId: string, token = ''): string =>
    `${url}/drive/v3/files?q=${encodeURIComponent(`'${folderId}' in parents`)}&pageSize=100&fields=nextPageToken,files(id)&pageToken=${encodeURIComponent(token)}`;
  const bobAsks = async (address: string): Promise<{ nextPageToken?: string }> =>
    (await (await fetch(address, { headers: { authorization: `Bearer ${bob.access_token}` } })).json()) as {
      nextPageToken?: string;
    };
  let token = '';
  for (let next = (await bobAsks(pageOf(wide.folderId))).nextPageToken; next;) {
    token = next;
    next = (await bobAsks(pageOf(wide.folderId, next).replace('pageSize=100', 'pageSize=1000'))).nextPageToken;
  }
  // First, because the others start thousands of listings, which expire old page tokens.
  const lastOfWide = (await load(pageOf(wide.folderId, token), 1, bobBearer)).medianMs.toFixed(2);
  const pageMs = async (address: string): Promise<string> => (await load(address, 1, bobBearer)).medianMs.toFixed(2);

  return {
    ...requests,
    page1000_per_s: median(pages).toFixed(0),
    aim_page1000_per_s: '100',
    down_mb_s: (BODY / 1e6 / down.ours).toFixed(0),
    down_ratio: (down.bare / down.ours).toFixed(2),
    up_mb_s: (BODY / 1e6 / up.ours).toFixed(0),
    up_ratio: (up.bare / up.ours).toFixed(2),
    aim_stream_ratio: '0.80',
    // Compared with a reference that discards the bytes, because this includes the disk.
    up_to_nowhere_ratio: (nowhere.bare / nowhere.ours).toFixed(2),
    files: String(million.files),
    fill_s: seconds.toFixed(1),
    aim_fill_s: '60',
    rss_mb: (memory / 1e6).toFixed(0),
    rss_growth_mb: ((memory - before) / 1e6).toFixed(0),
    aim_rss_mb: '1500',
    page_small_folder_ms: await pageMs(pageOf(million.folderId)),
    page_first_of_wide_ms: await pageMs(pageOf(wide.folderId)),
    page_last_of_wide_ms: lastOfWide,
    clients: '64',
    median_ms: median(crowds.map(({ medianMs }) => medianMs)).toFixed(2),
    p99_ms: median(crowds.map(({ p99Ms }) => p99Ms)).toFixed(2),
    slowest_ms: Math.max(...crowds.map(({ slowestMs }) => slowestMs)).toFixed(1),
    p99_to_median: median(crowds.map(({ medianMs, p99Ms }) => p99Ms / medianMs)).toFixed(1),
  };
}

try {
  process.stdout.write(`${JSON.stringify(await measure())}\n`);
} finally {
  for (const child of children) child.disconnect();
}
