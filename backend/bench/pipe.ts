// The reference for the relay: a Node pipeline from a download through a hash into a resumable upload with one request,
// whose checksum is compared with that of the relayed bytes.
//   node backend/bench/pipe.ts DRIVE FILE_ID SIZE SOURCE_TOKEN DESTINATION_TOKEN   → {"seconds":…, "cpuSeconds":…, "id":"…"}
// The tokens are a sandbox's, created for the measurement.
import { createHash } from 'node:crypto';
import { PassThrough, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { request } from 'undici';

const [drive = '', fileId = '', size = '', source = '', destination = ''] = process.argv.slice(2);

const began = performance.now();
const cpuBegan = process.cpuUsage();
const session = await request(
  `${drive}/upload/drive/v3/files?uploadType=resumable&fields=id,md5Checksum,sha256Checksum`,
  {
    method: 'POST',
    headers: {
      authorization: `Bearer ${destination}`,
      'content-type': 'application/json',
      'x-upload-content-length': size,
    },
    body: JSON.stringify({ name: 'pipe' }),
  },
);
await session.body.dump();
const location = session.headers['location'];
if (session.statusCode !== 200 || typeof location !== 'string')
  throw new Error(`The upload did not start: ${session.statusCode}`);

const download = await request(`${drive}/drive/v3/files/${fileId}?alt=media`, {
  headers: { authorization: `Bearer ${source}` },
});
if (download.statusCode !== 200) throw new Error(`The download was refused: ${download.statusCode}`);
const hash = createHash('sha256');
const hashing = new Transform({
  transform(chunk: Buffer, _encoding, done) {
    hash.update(chunk);
    done(null, chunk);
  },
});
const body = new PassThrough();
const [upload] = await Promise.all([
  request(location, {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${destination}`,
      'content-length': size,
      'content-range': `bytes 0-${Number(size) - 1}/${size}`,
    },
    body,
    bodyTimeout: 0,
    headersTimeout: 0,
  }),
  pipeline(download.body, hashing, body),
]);
const created = (await upload.body.json()) as { id: string; sha256Checksum?: string };
if (upload.statusCode !== 200) throw new Error(`The upload ended with ${upload.statusCode}`);
if (hash.digest('hex') !== created.sha256Checksum) throw new Error('The copy differs from what was sent.');
const { user, system } = process.cpuUsage(cpuBegan);
const figures = { seconds: (performance.now() - began) / 1000, cpuSeconds: (user + system) / 1e6, id: created.id };
process.stdout.write(`${JSON.stringify(figures)}\n`);
process.exit(0);
