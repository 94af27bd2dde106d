import { CodedError, DriveError } from './errors.js';
import type { Clock } from './ports/clock.js';
import type { DestinationDrive, DriveItem, Share, SourceDrive } from './ports/drive.js';
import type { Ledger } from './ports/ledger.js';

/** How long a fresh share may take to be seen by the destination; Google documents no bound. */
export const PROPAGATION_MS = 60_000;
/** Pauses between looks at a share that is not seen yet: the first, and the longest. */
export const [FIRST_LOOK_MS, LONGEST_LOOK_MS] = [250, 8_000];

/** `own`: this transfer shares it; `present`: the destination could read it anyway; `refused`: it cannot be shared. */
export type Access = 'own' | 'present' | 'refused';

/**
 * The temporary shares by which the destination may copy inside Google. Each is announced in the ledger before it is
 * made, so that none is forgotten after a crash; access that was there before is neither granted nor withdrawn.
 */
export class Grants {
  private readonly accesses = new Map<string, Promise<Access>>();
  /** Shares that the destination is waited for to see. */
  private readonly looks = new Map<string, Promise<void>>();
  /** When this process learnt of each share of the transfer; not when it was made, for clocks of machines differ. */
  private readonly knownSince = new Map<string, number>();

  constructor(
    private readonly ledger: Ledger,
    private readonly drives: { source: SourceDrive; destination: DestinationDrive; clock: Clock },
  ) {}

  /** Sees to it that the destination may read a chosen item and all below it. */
  access(itemId: string, signal: AbortSignal): Promise<Access> {
    let access = this.accesses.get(itemId);
    if (!access) {
      access = this.obtain(itemId, signal);
      this.accesses.set(itemId, access);
      access.catch(() => this.accesses.delete(itemId));
    }
    return access;
  }

  /**
   * The destination does not see an item that it should. Access that was there before may have been another's share,
   * which ended: it is looked for anew. A share of this transfer may have been taken back, by hand or by a transfer
   * that ended: it is made again; if it is there, it only needs time to be seen.
   */
  async renew(itemId: string, signal: AbortSignal): Promise<Access> {
    const { source, destination } = this.drives;
    if (!this.knownSince.has(itemId)) this.accesses.delete(itemId);
    else if ((await source.accessOf(itemId, destination.account.email, signal)) === null) {
      // Never forgotten in between: a share without its record would stay.
      const access = this.share(itemId, signal);
      this.accesses.set(itemId, access);
      access.catch(() => this.accesses.delete(itemId));
    }
    return this.access(itemId, signal);
  }

  /**
   * Waits until the destination sees what this transfer shares. One asks for all who wait for the same share: each of
   * hundreds of copies under way would ask again and again. Why it is never seen, if so, each of them finds out by itself.
   */
  untilSeen(itemId: string, signal: AbortSignal): Promise<void> {
    let look = this.looks.get(itemId);
    if (!look) {
      look = this.look(itemId, signal).finally(() => this.looks.delete(itemId));
      this.looks.set(itemId, look);
    }
    return look;
  }

  private async look(itemId: string, signal: AbortSignal): Promise<void> {
    try {
      for (
        let wait = FIRST_LOOK_MS;
        !(await this.canRead(itemId, signal));
        wait = Math.min(wait * 2, LONGEST_LOOK_MS)
      ) {
        // One that was taken back is made again; one that was made long ago is not waited for.
        if (wait === FIRST_LOOK_MS && (await this.renew(itemId, signal)) !== 'own') return;
        if (this.age(itemId) > PROPAGATION_MS) return;
        await this.drives.clock.sleep(wait, signal);
      }
    } catch (error) {
      if (signal.aborted || !(error instanceof DriveError)) throw error;
      // What Google refuses one of them here, it refuses each with its copy.
    }
  }

  /** Milliseconds since this process made the share, or found it made; Infinity where the transfer made none. */
  age(itemId: string): number {
    return this.drives.clock.uptime() - (this.knownSince.get(itemId) ?? -Infinity);
  }

  private async obtain(itemId: string, signal: AbortSignal): Promise<Access> {
    const { source, destination } = this.drives;
    if (source.account.sub === destination.account.sub) return 'present';
    const own = (await this.ledger.grants()).find((grant) => grant.itemId === itemId);
    if (own?.permissionId) {
      this.knownSince.set(itemId, this.drives.clock.uptime());
      return 'own';
    }
    if (!own && (await this.canRead(itemId, signal)) && !(await this.ledger.sharedByOthers(itemId))) return 'present';
    if (source.account.readOnly) return 'refused';
    return this.share(itemId, signal);
  }

  private async share(itemId: string, signal: AbortSignal): Promise<Access> {
    const { source, destination } = this.drives;
    await this.ledger.announceGrant(itemId);
    try {
      return await this.made(itemId, await source.grantReading(itemId, destination.account.email, signal));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      // Was it made all the same, by a request whose answer was lost or by another worker? Then it must not be forgotten.
      const there = await source.accessOf(itemId, destination.account.email, signal).catch((refused: unknown) => {
        if (isRefusal(refused)) return null;
        throw refused;
      });
      if (there !== null) return this.made(itemId, { id: there });
      await this.ledger.retractGrant(itemId);
      return 'refused';
    }
  }

  private async made(itemId: string, { id, expiresAt }: Share): Promise<Access> {
    await this.ledger.recordGrant(itemId, id, this.drives.clock.now(), expiresAt);
    this.knownSince.set(itemId, this.drives.clock.uptime());
    return 'own';
  }

  /** Whoever sees a folder with limited access from outside can't look into it: that is not enough. */
  private async canRead(itemId: string, signal: AbortSignal): Promise<boolean> {
    try {
      return showsContents(await this.drives.destination.get(itemId, signal));
    } catch (error) {
      if (error instanceof CodedError && (error.code === 'not_found' || error.code === 'scope_missing')) return false;
      throw error;
    }
  }
}

/** Whether an account that sees an item can also see what is in it. */
export const showsContents = ({ kind, canListChildren }: Pick<DriveItem, 'kind' | 'canListChildren'>): boolean =>
  kind !== 'folder' || canListChildren;

/** Answers to a share that mean "not possible here"; then files are relayed. */
const REFUSALS: ReadonlySet<string> = new Set([
  'sharing_refused',
  'source_permission_denied',
  'domain_policy',
  'scope_missing',
  'not_found',
  'google_refused',
]);
const isRefusal = (error: unknown): boolean => error instanceof DriveError && REFUSALS.has(error.code);

/**
 * Withdraws every share of the transfer that no other transfer relies on, and those that were announced and may have
 * been made. One that cannot be withdrawn now stays in the ledger, and is tried again by the next sweep.
 * @returns how many are still open
 */
export async function withdrawGrants(
  ledger: Ledger,
  source: SourceDrive,
  destinationEmail: string,
  signal: AbortSignal,
): Promise<number> {
  let open = 0;
  for (const { itemId, permissionId } of await ledger.grants()) {
    try {
      if (!(await ledger.isLastUser(itemId))) {
        await ledger.forgetGrant(itemId, false);
        continue;
      }
      const id = permissionId ?? (await source.accessOf(itemId, destinationEmail, signal));
      if (id) await source.withdraw(itemId, id, signal);
      await ledger.forgetGrant(itemId, true);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof DriveError && error.code === 'not_found') await ledger.forgetGrant(itemId, true);
      else open++;
    }
  }
  return open;
}
