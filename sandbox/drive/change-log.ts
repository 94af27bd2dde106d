/** How many changes are kept at least; older ones are forgotten. */
const MAX_CHANGES = 200_000;

export interface Change {
  readonly seq: number;
  readonly fileId: string;
  readonly time: number;
  /** Who could see a file that is gone; `undefined` while it exists. */
  readonly removedFor?: readonly string[];
  /** Who could see the file before this, and cannot now, though it exists. */
  readonly lostBy?: readonly string[];
  /** The shared drive it was in, or `fileId` itself when the drive has changed. */
  readonly driveId?: string;
}

/** What happened to items, in the order in which it happened ("Retrieve changes"). */
export class ChangeLog {
  private changes: Change[] = [];
  private lastSeq = 1;

  record(change: Omit<Change, 'seq'>): void {
    this.changes.push({ seq: ++this.lastSeq, ...change });
    if (this.changes.length > 2 * MAX_CHANGES) this.changes = this.changes.slice(-MAX_CHANGES);
  }

  /** The number after the newest change: what `changes.getStartPageToken` gives. */
  get next(): number {
    return this.lastSeq + 1;
  }

  /** Changes from a number on, oldest first, each file once. */
  since(seq: number, limit: number): { changes: Change[]; next: number } {
    // Binary search: the log is ordered.
    let low = 0;
    let high = this.changes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.changes[middle]?.seq ?? 0) < seq) low = middle + 1;
      else high = middle;
    }
    const slice = this.changes.slice(low, low + limit);
    const latest = new Map<string, Change>();
    for (const change of slice) {
      // An account that lost access to a file must still get its next change.
      const lostBy = [...(latest.get(change.fileId)?.lostBy ?? []), ...(change.lostBy ?? [])];
      latest.delete(change.fileId);
      latest.set(change.fileId, lostBy.length > 0 ? { ...change, lostBy } : change);
    }
    const last = slice.at(-1);
    return { changes: [...latest.values()], next: last ? last.seq + 1 : Math.max(seq, this.next) };
  }

  /** Continues counting changes where the previous process stopped. */
  continueFrom(next: number): void {
    this.lastSeq = Math.max(this.lastSeq, next - 1);
  }

  clear(): void {
    this.changes = [];
  }
}
