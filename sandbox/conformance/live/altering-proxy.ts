import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A response that a proxy can change. */
export interface Passing {
  method: string;
  path: string;
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/** Forwards requests to a sandbox and changes its responses, for behaviour without a switch. */
export class AlteringProxy {
  readonly url: string;
  /** Number of requests so far. */
  passed = 0;
  readonly close: () => Promise<void>;

  private constructor(url: string, close: () => Promise<void>) {
    this.url = url;
    this.close = close;
  }

  /** @param alter changes a response in place; called once for each request */
  static async start(to: string, alter: (passing: Passing) => void): Promise<AlteringProxy> {
    const server = createServer((request, response) => {
      proxy.passed += 1;
      const { method = 'GET', url = '/' } = request;
      const onward = httpRequest(new URL(url, to), { method, headers: request.headers, agent: false }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          const { 'transfer-encoding': _encoding, 'content-length': _length, ...headers } = answer.headers;
          const text = Buffer.concat(chunks).toString('latin1');
          const passing: Passing = { method, path: url, status: answer.statusCode ?? 502, headers, text };
          alter(passing);
          const body = Buffer.from(passing.text, 'latin1');
          response.writeHead(passing.status, passing.headers);
          response.end(body);
        });
      });
      onward.on('error', () => response.destroy());
      request.pipe(onward);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const proxy = new AlteringProxy(url, async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    return proxy;
  }
}
