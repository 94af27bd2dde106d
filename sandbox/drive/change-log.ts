/** Minimum number of changes kept; older ones are dropped. */
const MAX_CHANGES = 200_000;

export interface Change {
  readonly seq: number;
  readonly fileId: string;
  readonly time: number;
  /** Accounts that could see a deleted file; `undefined` while it exists. */
  readonly removedFor?: readonly string[];
  /** Accounts that lost access to an existing file by this change. */
  readonly lostBy?: readonly string[];
  /** The shared drive of the file, or `fileId` itself if the drive has changed. */
  readonly driveId?: string;
}

/** Changes of items, in order ("Retrieve changes"). */
export class ChangeLog {
  private changes: Change[] = [];
  private lastSeq = 1;

  record(change: Omit<Change, 'seq'>): void {
    this.changes.push({ seq: ++this.lastSeq, ...change });
    if (this.changes.length > 2 * MAX_CHANGES) this.changes = this.changes.slice(-MAX_CHANGES);
  }

  /** The number after the newest change, as `changes.getStartPageToken` returns it. */
  get next(): number {
    return this.lastSeq + 1;
  }

  /** Changes from a number on, oldest first, one for each file. */
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
      // An account that lost access to a file must still see its next change.
      const lostBy = [...(latest.get(change.fileId)?.lostBy ?? []), ...(change.lostBy ?? [])];
      latest.delete(change.fileId);
      latest.set(change.fileId, lostBy.length > 0 ? { ...change, lostBy } : change);
    }
    const last = slice.at(-1);
    return { changes: [...latest.values()], next: last ? last.seq + 1 : this.next };
  }

  /** Continues the numbers of the previous process. */
  continueFrom(next: number): void {
    this.lastSeq = Math.max(this.lastSeq, next - 1);
  }

  clear(): void {
    this.changes = [];
  }
}
