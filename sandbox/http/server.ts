import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SandboxState, type SandboxStateOptions } from '../sandbox-state.ts';
import { SandboxUsageError } from './errors.ts';
import { ConnectionCut } from './exchange.ts';
import { refuseBrokenRequests } from './front-end.ts';
import { RequestHandler } from './request-handler.ts';

export interface SandboxOptions extends SandboxStateOptions {
  /** 0, the default, takes a free one. */
  port?: number;
  /** Loopback by default: anyone who reaches the sandbox can act as any account. */
  host?: string;
}

export interface Sandbox {
  /** Without a trailing slash: what `GOOGLE_BASE_URL` is set to. */
  url: string;
  port: number;
  state: SandboxState;
  close(): Promise<void>;
}

/** Starts a sandbox and resolves when it listens. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const state = await SandboxState.open(options);
  const handler = new RequestHandler(state);
  const server = createServer({ requireHostHeader: false }, (request, response) => {
    // Nothing that one request does may bring the sandbox down: at worst its connection ends.
    // The socket is kept here: a request lets go of it when it breaks.
    const { socket } = request;
    handler.serve(request, response).catch((error: unknown) => {
      if (!(error instanceof ConnectionCut)) console.error(error);
      socket.destroy();
    });
  });
  refuseBrokenRequests(server);
  // A transfer of hours is no attack here; an idle connection should outlive a client's pause for thought.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 65_000;
  const host = options.host ?? '127.0.0.1';
  try {
    await listen(server, options.port ?? 0, host);
  } catch (error) {
    await state.close();
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${name}:${port}`,
    port,
    state,
    close: async () => {
      const ended = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await ended;
      await state.close();
    },
  };
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new SandboxUsageError(`Port ${port} of ${host} is in use. Choose another with --port, or 0 for any.`)
          : error,
      );
    });
    server.listen(port, host, resolve);
  });
}
