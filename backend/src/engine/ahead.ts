/** Entries in the order of their ordinals, read page by page. */
export class Ahead<Entry extends { readonly ordinal: number }> {
  private page: Entry[] = [];
  private next = 0;
  private isOver = false;

  /** @param read entries with an ordinal above the given one, in order; none at the end */
  constructor(private readonly read: (after: number) => Promise<Entry[]>) {}

  /** The entry of an ordinal, which must not be below that of the call before. */
  async at(ordinal: number): Promise<Entry | undefined> {
    for (;;) {
      const entry = await this.peek(ordinal - 1);
      if (!entry || entry.ordinal > ordinal) return undefined;
      this.next++;
      if (entry.ordinal === ordinal) return entry;
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Entry> {
    for (let entry = await this.peek(); entry; entry = await this.peek()) {
      this.next++;
      yield entry;
    }
  }

  /** @param after entries up to this ordinal are not needed */
  private async peek(after = -1): Promise<Entry | undefined> {
    if (this.next === this.page.length && !this.isOver) {
      const last = this.page.at(-1)?.ordinal ?? -1;
      this.page = await this.read(Math.max(last, after));
      this.next = 0;
      this.isOver = this.page.length === 0;
    }
    return this.page[this.next];
  }
}
