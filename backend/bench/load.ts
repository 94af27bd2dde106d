// Sends one request repeatedly on kept-alive connections, with minimal work, so that it measures the server.
//   node backend/bench/load.ts URL SECONDS CONNECTIONS [HEADER…]
//     → {"requests":…, "seconds":…, "medianMs":…, "p99Ms":…, "slowestMs":…}
// URL may have a method before and a JSON body after it: "POST http://… {}". Several of them, each on a line of its own,
// are shared out among the connections. Fails for any status except 200.
import { connect } from 'node:net';

const [targets = '', seconds = '3', connections = '32', ...headers] = process.argv.slice(2);
const questions = targets.split('\n').map((target) => {
  const [, method = 'GET', address = '', body = ''] = /^(?:([A-Z]+) )?(\S+)(?: (.*))?$/.exec(target) ?? [];
  const { hostname, port, host, pathname, search } = new URL(address);
  const question = Buffer.from(
    [
      `${method} ${pathname}${search} HTTP/1.1`,
      `Host: ${host}`,
      'Connection: keep-alive',
      ...(method === 'GET' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
      ...(body === '' ? [] : ['Content-Type: application/json']),
      ...headers,
      '',
      body,
    ].join('\r\n'),
  );
  return { hostname, port, question };
});
const HEAD_END = '\r\n\r\n';

const times: number[] = [];
let requests = 0;
let over = false;

/** Sends requests one after the other on a connection, until the time is over. */
function ask(_: unknown, connection: number): Promise<void> {
  const { hostname, port, question } = questions[connection % questions.length]!;
  return new Promise((done, fail) => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    let pending: string[] = [];
    let missing = -1;
    let asked = 0;
    socket.setEncoding('latin1'); // one character per byte, so that lengths are right
    socket.on('error', fail);
    socket.on('connect', () => {
      asked = performance.now();
      socket.write(question);
    });
    socket.on('data', (text: string) => {
      if (missing < 0) {
        // Only the length of a body matters, so it is counted and dropped.
        pending.push(text);
        const head = pending.join('');
        const headEnd = head.indexOf(HEAD_END);
        if (headEnd < 0) return;
        const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
        if (!head.startsWith('HTTP/1.1 200') || length === undefined) {
          socket.destroy();
          fail(new Error(`Unexpected response: ${head.slice(0, 400)}`));
          return;
        }
        missing = headEnd + HEAD_END.length + Number(length) - head.length;
        pending = [];
      } else missing -= text.length;
      if (missing > 0) return;
      missing = -1;
      requests++;
      times.push(performance.now() - asked);
      asked = performance.now();
      if (over) {
        socket.destroy();
        done();
      } else socket.write(question);
    });
    socket.on('close', () => {
      if (!over) fail(new Error('The server closed a connection.'));
    });
  });
}

const began = performance.now();
setTimeout(() => (over = true), Number(seconds) * 1000);
await Promise.all(Array.from({ length: Number(connections) }, ask));
const took = (performance.now() - began) / 1000;
times.sort((a, b) => a - b);
const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0;
process.stdout.write(
  `${JSON.stringify({ requests, seconds: took, medianMs: at(0.5), p99Ms: at(0.99), slowestMs: at(1) })}\n`,
);
