import { createServer, type Server } from 'node:http';
import { connect } from './api-client.ts';
import { portOf } from './processes.ts';

describe('connecting an account', () => {
  let server: Server;
  let outcomes: string[];
  let begun: number;
  beforeEach(async () => {
    begun = 0;
    // Leads back to the portal with the next outcome; the last one is repeated.
    server = createServer((request, response) => {
      if (!request.url?.startsWith('/auth/source?')) return void response.writeHead(404).end();
      const outcome = outcomes[begun] ?? outcomes.at(-1);
      begun++;
      if (outcome === 'status=503') return void response.writeHead(503).end();
      response.writeHead(302, { location: `/?type=source&${outcome}` }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  const connecting = () => connect(`http://127.0.0.1:${portOf(server)}`, 'source', 'alice@example.com', { pauseMs: 1 });

  it('begins again while CloudMover is not ready', async () => {
    outcomes = ['error=service_unavailable', 'status=503', 'error=service_unavailable', 'token=abc'];
    expect(await connecting()).toBe('abc');
    expect(begun).toBe(4);
  });

  it('gives up if CloudMover stays away', async () => {
    outcomes = ['error=service_unavailable'];
    await expect(connecting()).rejects.toThrow('Connecting source was refused: service_unavailable.');
    expect(begun).toBe(6);
    outcomes = ['status=503'];
    await expect(connecting()).rejects.toThrow('with status 503');
    expect(begun).toBe(12);
  });

  it('reports another refusal at once', async () => {
    outcomes = ['error=access_denied', 'token=abc'];
    await expect(connecting()).rejects.toThrow('Connecting source was refused: access_denied.');
    expect(begun).toBe(1);
  });
});
