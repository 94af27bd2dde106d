import type { LedgerShares } from './ports/ledger/shares.js';
import { DriveError, isCoded, isNotFound } from './errors.js';
import { isUnshareable } from './failures.js';
import type { DriveItem, Drives, Share } from './ports/drive.js';

/** Maximum wait (ms) until the destination sees a new share. Google documents no bound. */
export const PROPAGATION_MS = 60_000;
/** Pauses (ms) between checks for a new share: the first, and the longest. */
export const [FIRST_PAUSE_MS, LONGEST_PAUSE_MS] = [250, 8_000];

/**
 * `own`: this transfer shares the item; `present`: the destination could read it before; `refused`: sharing is refused.
 */
export type Access = 'own' | 'present' | 'refused';

/**
 * The temporary shares that let the destination make server-side copies. The ledger records each before it is created,
 * so that a crash loses none. Access that the destination had before is neither granted nor withdrawn.
 */
export class TemporaryShares {
  private readonly accesses = new Map<string, Promise<Access>>();
  /** Shares that the destination does not see yet, each with its poll. */
  private readonly polls = new Map<string, Promise<void>>();
  /**
   * When this process learnt of each share of the transfer. Not the time it was made, because machines' clocks differ.
   */
  private readonly knownSince = new Map<string, number>();

  constructor(
    private readonly ledger: LedgerShares,
    private readonly drives: Drives,
  ) {}

  /** Ensures that the destination may read a selected item and everything below it. */
  access(sourceId: string, signal: AbortSignal): Promise<Access> {
    return this.accesses.get(sourceId) ?? this.keep(sourceId, this.obtain(sourceId, signal));
  }

  private keep(sourceId: string, access: Promise<Access>): Promise<Access> {
    this.accesses.set(sourceId, access);
    access.catch(() => this.accesses.delete(sourceId));
    return access;
  }

  /**
   * Called if the destination does not see an item that it should. Access that existed before may have been another
   * transfer's share, which has ended, so it is checked again. A person, or a transfer that ended, may have withdrawn a
   * share of this transfer, so it is made again. If it exists, the destination only needs time to see it.
   */
  async renew(sourceId: string, signal: AbortSignal): Promise<Access> {
    const { source, destination } = this.drives;
    if (!this.knownSince.has(sourceId)) this.accesses.delete(sourceId);
    else if ((await source.accessOf(sourceId, destination.account.email, signal)) === null)
      // The record stays meanwhile: a share without a record would never be withdrawn.
      return this.keep(sourceId, this.share(sourceId, signal));
    return this.access(sourceId, signal);
  }

  /**
   * Waits until the destination sees what this transfer shares. One poll serves all copies that wait for the same
   * share. If the share never becomes visible, each copy finds out why by itself.
   */
  waitUntilSeen(sourceId: string, signal: AbortSignal): Promise<void> {
    let poll = this.polls.get(sourceId);
    if (!poll) {
      poll = this.poll(sourceId, signal).finally(() => this.polls.delete(sourceId));
      this.polls.set(sourceId, poll);
    }
    return poll;
  }

  private async poll(sourceId: string, signal: AbortSignal): Promise<void> {
    try {
      for (
        let pause = FIRST_PAUSE_MS;
        !(await this.canRead(sourceId, signal));
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
      ) {
        // Makes a withdrawn share again. Does not wait for one that was made long ago.
        if (pause === FIRST_PAUSE_MS && (await this.renew(sourceId, signal)) !== 'own') return;
        if (this.age(sourceId) > PROPAGATION_MS) return;
        await this.drives.clock.sleep(pause, signal);
      }
    } catch (error) {
      if (signal.aborted || !(error instanceof DriveError)) throw error;
      // Ignored: what Google refuses here, it refuses for each copy too.
    }
  }

  /** Milliseconds since this process made the share or learnt of it; Infinity if the transfer made none. */
  age(sourceId: string): number {
    return this.drives.clock.uptime() - (this.knownSince.get(sourceId) ?? -Infinity);
  }

  private async obtain(sourceId: string, signal: AbortSignal): Promise<Access> {
    const { source, destination } = this.drives;
    if (source.account.sub === destination.account.sub) return 'present';
    const own = await this.ledger.share(sourceId);
    if (own?.permissionId) {
      this.knownSince.set(sourceId, this.drives.clock.uptime());
      return 'own';
    }
    if (!own && (await this.canRead(sourceId, signal)) && !(await this.ledger.sharedByOthers(sourceId)))
      return 'present';
    if (source.account.readOnly) return 'refused';
    return this.share(sourceId, signal);
  }

  private async share(sourceId: string, signal: AbortSignal): Promise<Access> {
    const { source, destination } = this.drives;
    await this.ledger.announceShare(sourceId);
    try {
      return await this.record(sourceId, await source.grantReading(sourceId, destination.account.email, signal));
    } catch (error) {
      if (!isUnshareable(error)) throw error;
      // The share may exist nevertheless, from a request whose response was lost or another worker. Then it must be
      // recorded.
      const existing = await source.accessOf(sourceId, destination.account.email, signal).catch((refused: unknown) => {
        if (isUnshareable(refused)) return null;
        throw refused;
      });
      if (existing !== null) return this.record(sourceId, { id: existing });
      await this.ledger.retractShare(sourceId);
      return 'refused';
    }
  }

  private async record(sourceId: string, { id, expiresAt }: Share): Promise<Access> {
    await this.ledger.recordShare(sourceId, id, this.drives.clock.now(), expiresAt);
    this.knownSince.set(sourceId, this.drives.clock.uptime());
    return 'own';
  }

  /** Seeing a folder with limited access is not enough, because its contents may stay hidden. */
  private async canRead(sourceId: string, signal: AbortSignal): Promise<boolean> {
    try {
      return showsContents(await this.drives.destination.get(sourceId, signal));
    } catch (error) {
      if (isNotFound(error) || (isCoded(error) && error.code === 'scope_missing')) return false;
      throw error;
    }
  }

  /**
   * Withdraws every share of the transfer that no other transfer uses, including announced ones that may have been
   * made. A share that can't be withdrawn now stays in the ledger, and the next sweep tries again.
   * @returns how many are still open
   */
  async withdraw(signal: AbortSignal): Promise<number> {
    const { ledger } = this;
    const { source, destination } = this.drives;
    let open = 0;
    for (const { sourceId, permissionId } of await ledger.shares()) {
      try {
        if (!(await ledger.isLastUser(sourceId))) {
          await ledger.forgetShare(sourceId, false);
          continue;
        }
        const id = permissionId ?? (await source.accessOf(sourceId, destination.account.email, signal));
        // If an owner gave the person a higher role meanwhile, that role stays, and it is no longer our share.
        const isWithdrawn = !id || (await source.endReading(sourceId, id, signal));
        await ledger.forgetShare(sourceId, isWithdrawn);
      } catch (error) {
        signal.throwIfAborted();
        if (isNotFound(error)) await ledger.forgetShare(sourceId, true);
        else open++;
      }
    }
    return open;
  }
}

/** Whether an account that sees an item can also see its contents. */
export const showsContents = ({ kind, canListChildren }: Pick<DriveItem, 'kind' | 'canListChildren'>): boolean =>
  kind !== 'folder' || canListChildren;
