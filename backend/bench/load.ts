// Asks one address again and again on kept-alive connections, with as little work of its own as can be, so that the
// server is what is measured.
//   node backend/bench/load.ts URL SECONDS CONNECTIONS [HEADER…]   → {"requests":…, "seconds":…}
// Fails on any answer other than 200.
import { connect } from 'node:net';

const [address = '', seconds = '3', connections = '32', ...headers] = process.argv.slice(2);
const { hostname, port, host, pathname, search } = new URL(address);
const question = Buffer.from(
  [`GET ${pathname}${search} HTTP/1.1`, `Host: ${host}`, 'Connection: keep-alive', ...headers, '', ''].join('\r\n'),
);
const HEAD_END = '\r\n\r\n';

let requests = 0;
let over = false;

/** One connection: a request, its whole answer, the next request. Ends when the time is over. */
function ask(): Promise<void> {
  return new Promise((done, fail) => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    let pending = '';
    socket.setEncoding('latin1'); // one character a byte, so that lengths are right
    socket.on('error', fail);
    socket.on('connect', () => socket.write(question));
    socket.on('data', (text: string) => {
      pending += text;
      const headEnd = pending.indexOf(HEAD_END);
      if (headEnd < 0) return;
      const length = /\r\ncontent-length: (\d+)/i.exec(pending)?.[1];
      if (!pending.startsWith('HTTP/1.1 200') || length === undefined) {
        socket.destroy();
        fail(new Error(`Not the expected answer: ${pending.slice(0, 400)}`));
        return;
      }
      if (pending.length < headEnd + HEAD_END.length + Number(length)) return;
      pending = '';
      requests++;
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
process.stdout.write(`${JSON.stringify({ requests, seconds: (performance.now() - began) / 1000 })}\n`);
