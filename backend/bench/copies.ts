// The maximum rate of the sandbox: copies given files as fast as it responds, with minimal work in the client.
//   node backend/bench/copies.ts DRIVE TOKEN PARENT_ID PARALLEL   ← ids on standard input, one a line
//     → {"files":…, "seconds":…, "cpuSeconds":…}
import { text } from 'node:stream/consumers';
import { Agent, request } from 'undici';

const [drive = '', token = '', parent = '', parallel = '64'] = process.argv.slice(2);
const ids = (await text(process.stdin)).split('\n').filter(Boolean);
const dispatcher = new Agent({ connections: Number(parallel) });
const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
const body = JSON.stringify({ parents: [parent] });

const began = performance.now();
const cpuBegan = process.cpuUsage();
let next = 0;
await Promise.all(
  Array.from({ length: Number(parallel) }, async () => {
    for (let id = ids[next++]; id !== undefined; id = ids[next++]) {
      const answer = await request(`${drive}/drive/v3/files/${id}/copy?fields=id,md5Checksum`, {
        method: 'POST',
        headers,
        body,
        dispatcher,
      });
      await answer.body.dump();
      if (answer.statusCode !== 200) throw new Error(`A copy returned ${answer.statusCode}.`);
    }
  }),
);
const { user, system } = process.cpuUsage(cpuBegan);
const figures = { files: ids.length, seconds: (performance.now() - began) / 1000, cpuSeconds: (user + system) / 1e6 };
process.stdout.write(`${JSON.stringify(figures)}\n`);
process.exit(0);
