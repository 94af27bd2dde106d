// A greedy account: repeats the costliest reads on many connections with all its sessions, regardless of refusals.
//   node backend/bench/greedy-client.ts URL SECONDS CONNECTIONS PATH,PATH… TOKEN…   → {"answered":…, "refused":…, "seconds":…}
import { Agent, get } from 'node:http';

const [url = '', seconds = '10', connections = '64', paths = '', ...tokens] = process.argv.slice(2);
const wanted = paths.split(',');
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) });
const statuses = new Map<number, number>();
let over = false;
let next = 0;

const ask = (path: string, token: string): Promise<number> =>
  new Promise((done, fail) => {
    const request = get(`${url}${path}`, { agent, headers: { 'X-Source-Token': token } }, (answer) => {
      const isOver = () => done(answer.statusCode ?? 0);
      // A stream has no end; its first event is what costs most.
      if (/event-stream/.test(answer.headers['content-type'] ?? '')) answer.once('data', () => answer.destroy());
      else answer.resume();
      answer.once('close', isOver);
    });
    request.once('error', fail);
  });

async function keepAsking(): Promise<void> {
  while (!over) {
    const turn = next++;
    const status = await ask(wanted[turn % wanted.length]!, tokens[turn % tokens.length]!);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
}

const began = performance.now();
setTimeout(() => (over = true), Number(seconds) * 1_000);
await Promise.all(Array.from({ length: Number(connections) }, keepAsking));
agent.destroy();
const refused = statuses.get(429) ?? 0;
const answered = [...statuses.values()].reduce((sum, count) => sum + count, 0) - refused;
process.stdout.write(`${JSON.stringify({ answered, refused, seconds: (performance.now() - began) / 1_000 })}\n`);
