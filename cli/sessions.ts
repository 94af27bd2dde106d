import { chmod, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { CliError, usageError } from './errors.ts';

export type Side = 'source' | 'destination';
export const SIDES: readonly Side[] = ['source', 'destination'];

/** A sign-in to a server. */
export interface StoredSession {
  token: string;
  email: string;
  /** RFC 3339; when it ends unless it is used. */
  expiresAt: string;
}

interface Stored {
  /** The server of the last sign-in, which commands use without --server. */
  server?: string;
  servers: Record<string, Partial<Record<Side, StoredSession>>>;
}

/**
 * The folder for this user's settings (XDG Base Directory Specification; on Windows that of roaming application data).
 * @param env the process's environment
 */
export function configFolder(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): string {
  // The specification has relative paths ignored.
  const xdg = env['XDG_CONFIG_HOME'];
  if (xdg && /^(\/|[A-Za-z]:[\\/])/.test(xdg)) return join(xdg, 'cloudmover');
  if (platform === 'win32' && env['APPDATA']) return join(env['APPDATA'], 'cloudmover');
  return join(env['HOME'] || homedir(), '.config', 'cloudmover');
}

/** The sign-ins of this user, in one file that only they can read. */
export class Sessions {
  readonly file: string;

  constructor(folder: string) {
    this.file = join(folder, 'sessions.json');
  }

  async server(): Promise<string | undefined> {
    return (await this.read()).server;
  }

  async of(server: string): Promise<Partial<Record<Side, StoredSession>>> {
    return (await this.read()).servers[server] ?? {};
  }

  /** Keeps a sign-in, and uses its server from now on. */
  async keep(server: string, side: Side, session: StoredSession): Promise<void> {
    const { servers } = await this.read();
    await this.write({ server, servers: { ...servers, [server]: { ...servers[server], [side]: session } } });
  }

  async remove(server: string, side: Side): Promise<void> {
    const stored = await this.read();
    const { [side]: _removed, ...others } = stored.servers[server] ?? {};
    await this.write({ ...stored, servers: { ...stored.servers, [server]: others } });
  }

  private async read(): Promise<Stored> {
    let text;
    try {
      text = await readFile(this.file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { servers: {} };
      throw new CliError(`${this.file} cannot be read: ${(error as Error).message}`, { cause: error });
    }
    try {
      const stored = JSON.parse(text) as Partial<Stored> | null;
      return { ...stored, servers: stored?.servers ?? {} };
    } catch {
      throw usageError(`${this.file} is damaged. Delete it and sign in again: cloudmover login source`);
    }
  }

  /** Writes a new file and puts it in the old one's place, so that no one ever reads half of it. */
  private async write(stored: Stored): Promise<void> {
    const folder = dirname(this.file);
    const temporary = `${this.file}.${process.pid}.tmp`;
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const file = await open(temporary, 'w', 0o600);
      try {
        await file.writeFile(`${JSON.stringify(stored, null, 2)}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
      // A file that a crash left behind keeps the mode that it had.
      await chmod(temporary, 0o600);
      await rename(temporary, this.file);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined);
      throw new CliError(`${this.file} cannot be written: ${(error as Error).message}`, { cause: error });
    }
  }
}
