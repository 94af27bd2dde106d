import { Api } from './api/client.ts';
import { usageError } from './errors.ts';
import { configFolder, Sessions, type Side } from './sessions.ts';
import { type Streams, Terminal } from './terminal.ts';

const DEFAULT_SERVER = 'http://localhost:3000';

/** What the program gets from its process, or a test from itself. */
export interface Environment {
  env: NodeJS.ProcessEnv;
  streams: Streams;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
  /** Opens an address in the person's browser; never throws. */
  openBrowser: (url: string) => void;
  fetch?: typeof fetch;
}

/** Options of every command. */
export interface GlobalOptions {
  server?: string;
  json?: boolean;
}

/** What the commands work with. */
export interface Context extends Environment {
  terminal: Terminal;
  sessions: Sessions;
  server: string;
  api: Api;
  /** A command as the person has to type it to reach the same server. */
  command: (words: string) => string;
}

/** @throws CliError if the server's address or the stored sessions are wrong */
export async function contextOf(environment: Environment, { server, json = false }: GlobalOptions): Promise<Context> {
  const { env, streams, signal } = environment;
  const sessions = new Sessions(configFolder(env));
  const terminal = new Terminal(streams, { json, color: !env['NO_COLOR'] });
  const remembered = env['CLOUDMOVER_SERVER'] || (await sessions.server());
  const address = originOf(server ?? remembered ?? DEFAULT_SERVER);
  const isNamed = server !== undefined && address !== remembered;
  const command = (words: string) => `cloudmover ${words}${isNamed ? ` --server ${address}` : ''}`;
  const stored = await sessions.of(address);
  const token = (side: Side) => env[`CLOUDMOVER_${side.toUpperCase()}_TOKEN`] || stored[side]?.token;
  const [source, destination] = [token('source'), token('destination')];
  const api = new Api({
    server: address,
    tokens: { ...(source && { source }), ...(destination && { destination }) },
    loginCommand: (side) => command(`login ${side}`),
    signal,
    ...(environment.fetch && { fetch: environment.fetch }),
  });
  return { ...environment, terminal, sessions, server: address, api, command };
}

/**
 * The origin of a server. Without a scheme it is https, because tokens are sent there; on this computer, http. A path is
 * refused because the API has none.
 */
function originOf(text: string): string {
  const isUrl = /^https?:\/\//i.test(text);
  const url = parsed(isUrl ? text : `https://${text}`);
  if (!url || url.pathname !== '/' || url.search || url.hash || url.username)
    throw usageError(`"${text}" is not the address of a server. Write it as https://mover.example.com.`);
  if (!isUrl && /^(localhost|.*\.localhost|127\.[\d.]+|\[::1\])$/.test(url.hostname))
    return new URL(`http://${text}`).origin;
  return url.origin;
}

const parsed = (address: string) => (URL.canParse(address) ? new URL(address) : undefined);
