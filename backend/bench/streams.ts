// Opens many event streams and measures how long an event takes to reach each of them.
//   SOURCE_TOKEN=… DESTINATION_TOKEN=… node backend/bench/streams.ts URL STREAMS TRANSFER[,TRANSFER…]
//     → {"open":…, "openSeconds":…, "received":…, "medianMs":…, "p99Ms":…, "slowestMs":…} when its input ends
// Prints "open" first and waits for a line of its input, so that its parent can measure the server meanwhile.
// It cancels one transfer a second; the time is from the request to the event on each stream.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const [address = '', streams = '10000', list = ''] = process.argv.slice(2);
const { hostname, port, host } = new URL(address);
const ids = list.split(',');
const tokens = `X-Source-Token: ${process.env['SOURCE_TOKEN']}\r\nX-Destination-Token: ${process.env['DESTINATION_TOKEN']}\r\n`;
/** Number of streams to open simultaneously. */
const OPENING = 100;

/** When each transfer was canceled, and the delay on each stream. */
const askedAt = new Map<string, number>();
const took: number[] = [];
const sockets: Socket[] = [];

/** Resolves with the first event. */
function open(id: string): Promise<void> {
  return new Promise((done, fail) => {
    const socket = connect({ host: hostname, port: Number(port) });
    let isOpen = false;
    socket.setEncoding('latin1');
    socket.on('error', fail);
    socket.on('connect', () => {
      socket.write(`GET /api/transfers/${id}/events HTTP/1.1\r\nHost: ${host}\r\n${tokens}\r\n`);
    });
    socket.on('data', (text: string) => {
      if (!isOpen) {
        if (!text.startsWith('HTTP/1.1 200')) fail(new Error(`Unexpected response: ${text.slice(0, 300)}`));
        isOpen = true;
        done();
      }
      const asked = askedAt.get(id);
      // The first event after the cancel; heartbeats do not count.
      if (asked !== undefined && text.includes('event: transfer')) {
        took.push(performance.now() - asked);
        socket.destroy();
      }
    });
    sockets.push(socket);
  });
}

const began = performance.now();
let next = 0;
const opener = async () => {
  while (next < Number(streams)) await open(ids[next++ % ids.length]!);
};
await Promise.all(Array.from({ length: OPENING }, opener));
const openSeconds = (performance.now() - began) / 1000;
process.stderr.write('open\n');
await once(process.stdin, 'data');

for (const id of ids) {
  askedAt.set(id, performance.now());
  const response = await fetch(new URL(`/api/transfers/${id}/cancel`, address), {
    method: 'POST',
    headers: Object.fromEntries(
      tokens
        .trim()
        .split('\r\n')
        .map((line) => line.split(': ') as [string, string]),
    ),
  });
  if (!response.ok) throw new Error(`The cancel returned ${response.status}: ${await response.text()}`);
  await response.arrayBuffer();
  await delay(1_000);
}
for (const end = performance.now() + 10_000; took.length < sockets.length && performance.now() < end;) await delay(50);
took.sort((a, b) => a - b);
const at = (share: number): number => Math.round(took[Math.min(took.length - 1, Math.floor(share * took.length))] ?? 0);
process.stdout.write(
  `${JSON.stringify({ open: sockets.length, openSeconds, received: took.length, medianMs: at(0.5), p99Ms: at(0.99), slowestMs: at(1) })}\n`,
);
process.exit(0);
