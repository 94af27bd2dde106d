import { copyIdsOf } from '../id-map.js';
import type { Clock } from '../ports/clock.js';
import type { CopyRecords } from '../ports/copies.js';
import type { NewId } from './drive-addresses.js';

/** Pause after a look-up, as a multiple of the time that it took, because reading a large plan takes long. */
const REST = 4;
/** Maximum number of ids whose result is kept. */
const MAX_KNOWN = 100_000;

/**
 * Finds copies of originals. A look-up reads whole plans, so ids that are requested while one runs go together into the
 * next one, and results are kept.
 */
export class CopyFinder {
  private readonly known = new Map<string, string | undefined>();
  private wanted = new Set<string>();
  private running: Promise<unknown> = Promise.resolve();
  private next: Promise<ReadonlyMap<string, string>> | undefined;
  /** By the clock's uptime. */
  private restsUntil = 0;

  /** @param transfers those in which it searches; of several copies of an original, the first one wins */
  constructor(
    private readonly transfers: () => Promise<readonly CopyRecords[]>,
    private readonly clock: Clock,
    private readonly signal: AbortSignal,
  ) {}

  /** The copies of these originals. */
  async find(sourceIds: Iterable<string>): Promise<NewId> {
    const copies = new Map<string, string | undefined>();
    const missing: string[] = [];
    for (const id of sourceIds) {
      if (this.known.has(id)) copies.set(id, this.known.get(id));
      else missing.push(id);
    }
    if (missing.length > 0) {
      for (const id of missing) this.wanted.add(id);
      const found = await (this.next ??= this.lookUp());
      for (const id of missing) copies.set(id, found.get(id));
    }
    return (id) => copies.get(id);
  }

  private async lookUp(): Promise<ReadonlyMap<string, string>> {
    await this.running.catch(() => undefined);
    const rest = this.restsUntil - this.clock.uptime();
    if (rest > 0) await this.clock.sleep(rest, this.signal);
    const wanted = this.wanted;
    this.wanted = new Set();
    this.next = undefined;
    const began = this.clock.uptime();
    const work = this.transfers().then((transfers) => copyIdsOf(transfers, wanted));
    this.running = work;
    const found = await work;
    const now = this.clock.uptime();
    this.restsUntil = now + REST * (now - began);
    if (this.known.size + wanted.size > MAX_KNOWN) this.known.clear();
    for (const id of wanted) this.known.set(id, found.get(id));
    return found;
  }
}
