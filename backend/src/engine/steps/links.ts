import { Ahead } from '../ahead.js';
import { forEachBounded } from '../concurrency.js';
import type { TransferContext } from '../context.js';
import { DocumentRefusedError, isCoded, isNotFound } from '../errors.js';
import { finalErrorOrThrow } from '../failures.js';
import { CopyFinder } from '../links/copy-finder.js';
import type { NewId } from '../links/drive-addresses.js';
import {
  compared,
  hasWaiting,
  isUnwritten,
  idsIn,
  isOutdated,
  linkRecordsOf,
  originalsIn,
  withFailed,
} from '../links/link-records.js';
import { documentKindOf } from '../model/google-types.js';
import type { ItemRecord } from '../model/items.js';
import { LINK_REASONS } from '../model/link-reasons.js';
import type { DocumentKind, DocumentRecord, LinkCode, LinkMode, LinkRecord } from '../model/links.js';
import { recordsIn } from '../model/records.js';
import type { TransferState } from '../model/states.js';
import type { PairedTransfers } from '../ports/copies.js';
import { beganAt } from '../runs.js';
import { isEditedCopy } from '../verify.js';

/**
 * Documents that are read and written at the same time. Each waits for the disk twice, for up to a second; then the quotas
 * of Google's APIs set the pace.
 */
const PARALLEL = 32;
/** Records that are read at once. One may have thousands of links. */
const RECORDS_READ = 100;
/** Limits of one lookup; the number of links is approximate, because the last document may exceed it. */
const MAX_CHECKED = { documents: 500, links: 20_000 };
/** Attempts to rewrite a document that somebody edits, or whose responses are lost. */
const MAX_ATTEMPTS = 5;
/** Pause (ms) before the second attempt; each further one is twice as long. */
const FIRST_PAUSE_MS = 500;

interface Refused {
  readonly refused: LinkCode;
  /** It may have happened nevertheless. */
  readonly isLost: boolean;
}
const API_OFF: Refused = { refused: 'api_off', isLost: false };

/** The copy of a document. */
interface Copy {
  readonly item: ItemRecord;
  readonly copyId: string;
  readonly kind: DocumentKind;
  /** What an earlier run, or an interrupted attempt of this one, recorded of this copy. */
  readonly earlier?: DocumentRecord | undefined;
}

/**
 * Lists the links in the copied documents, and rewrites those that lead to originals if the order says so. Reads only
 * documents of which nothing is recorded yet, or more can be done now. Writes to a copy only after its record is on the
 * disk, so that a later process recognises what is rewritten already, and to copies of earlier runs only if nobody has
 * edited them since. An error that concerns neither an account nor all of Google becomes the outcome of a document.
 * @returns whether it has ended; false: the state has changed, because a person paused the transfer, for example
 * @throws DriveError `rate_limited` if the quota of an API is used up; a later call continues
 */
export async function carryLinks(
  context: TransferContext,
  paired: PairedTransfers,
  signal: AbortSignal,
): Promise<boolean> {
  const { ledger } = context;
  const { links: mode } = ledger.order;
  if (!mode) return true;
  const state = await ledger.state();
  // Nothing is copied in this state, so all copies belong to earlier runs.
  const began = state === 'linking' ? Infinity : ((await beganAt(ledger)) ?? Infinity);
  return new LinksStep(context, paired, mode, state, began, signal).run();
}

class LinksStep {
  private readonly finder: CopyFinder;
  /** Finds only what this transfer copied. A copy of another one is no reason to change a link that works. */
  private readonly own: CopyFinder;
  /** Kinds whose API refused a request because it is switched off. */
  private readonly off = new Set<DocumentKind>();

  constructor(
    private readonly context: TransferContext,
    paired: PairedTransfers,
    private readonly mode: LinkMode,
    private readonly state: TransferState,
    /** When this run began, epoch milliseconds. People may have edited older copies. */
    private readonly began: number,
    private readonly signal: AbortSignal,
  ) {
    const { ledger, drives } = context;
    this.finder = new CopyFinder(async () => [ledger, ...(await paired.others())], drives.clock, signal);
    this.own = new CopyFinder(() => Promise.resolve([ledger]), drives.clock, signal);
  }

  async run(): Promise<boolean> {
    let isOver = true;
    await forEachBounded(this.withNews(), PARALLEL, async (copy) => {
      isOver &&= (await this.context.ledger.state()) === this.state;
      if (isOver) await this.process(copy);
    });
    return isOver;
  }

  /** The copies of documents that CloudMover made, in the order of the plan. */
  private async *copies(): AsyncGenerator<Copy> {
    const { ledger } = this.context;
    const records = new Ahead((after) => ledger.linkRecords(after, RECORDS_READ));
    for await (const item of recordsIn(ledger, ['verified', 'unverified'])) {
      const kind = documentKindOf(item);
      const { destinationId: copyId, way, undone } = item.outcome;
      if (!kind || copyId === undefined || way === 'merged' || undone) continue;
      const record = await records.at(item.ordinal);
      yield { item, copyId, kind, earlier: record?.copyId === copyId ? record : undefined };
    }
  }

  /** Copies of which nothing is recorded, or more can be done now than is recorded. */
  private async *withNews(): AsyncGenerator<Copy> {
    let copies: Copy[] = [];
    let ids: string[] = [];
    let originals: string[] = [];
    let links = 0;
    const check = async (): Promise<Copy[]> => {
      const [newIdOf, ownIdOf] = await Promise.all([this.finder.find(ids), this.own.find(originals)]);
      const news = copies.filter(({ earlier }) => !earlier || this.hasNews(earlier, newIdOf, ownIdOf));
      [copies, ids, originals, links] = [[], [], [], 0];
      return news;
    };
    for await (const copy of this.copies()) {
      copies.push(copy);
      for (const id of originalsIn(copy.earlier)) originals.push(id);
      for (const { outcome, id } of copy.earlier?.links ?? []) {
        links++;
        if (outcome === 'outside' && id !== undefined) ids.push(id);
      }
      if (copies.length >= MAX_CHECKED.documents || links >= MAX_CHECKED.links) yield* await check();
    }
    yield* await check();
  }

  private hasNews({ state, code, links }: DocumentRecord, newIdOf: NewId, ownIdOf: NewId): boolean {
    if (state === 'writing') return true;
    if (code) return LINK_REASONS[code].isRetryable;
    return links.some((link) => {
      if (isOutdated(link, ownIdOf)) return true;
      if (link.outcome === 'outside') return link.id !== undefined && newIdOf(link.id) !== undefined;
      if (link.outcome === 'failed') return LINK_REASONS[link.code!].isRetryable;
      return link.outcome === 'waiting' && this.mode === 'rewrite';
    });
  }

  /** Reads the links of a copy, rewrites them where that is possible, and records what became of them. */
  private async process(copy: Copy): Promise<void> {
    const { item, copyId, kind, earlier } = copy;
    const { ledger, drives } = this.context;
    const { destination } = drives;
    const isOlder = (item.triedAt ?? 0) < this.began;
    const base = { ordinal: item.ordinal, copyId, kind };
    let known = earlier;
    /** A request of ours may have changed the copy. */
    let isWritten = earlier?.state === 'writing';
    /** Somebody else has certainly changed it since. */
    let isEdited = false;
    /** Why links that still wait stay as they are. */
    let refused: LinkCode | undefined;
    const done = async (links: readonly LinkRecord[]): Promise<void> => {
      const time = known?.modifiedTime ?? item.modifiedTime;
      // Copies of this run get their time at its end.
      if (isOlder && isWritten && !isEdited && time)
        await this.attempt(kind, () => destination.update(copyId, { modifiedTime: time }, this.signal));
      await ledger.recordLinks({ ...base, state: 'done', links });
    };

    for (let attempt = 1; ; attempt++) {
      const read = this.off.has(kind)
        ? API_OFF
        : await this.attempt(kind, () => destination.documents.read(copyId, kind, this.signal));
      if ('refused' in read) return this.recordUnread(base, known, read.refused);
      const document = read.result;
      const found = await Promise.all([this.finder.find(idsIn(document)), this.own.find(originalsIn(known))]);
      const { links, newIdOf } = linkRecordsOf(document, ...found, known);
      // An earlier attempt was stopped before it wrote anything, perhaps for days: an edit since then must be noticed.
      if (attempt === 1 && earlier && isWritten && isUnwritten(earlier.links, document.links)) isWritten = false;
      if (this.mode === 'report' || !hasWaiting(links)) return done(links);
      if (refused) return done(withFailed(links, refused));

      let modifiedTime = known?.modifiedTime ?? item.modifiedTime;
      if (isOlder && !isWritten) {
        const now = await this.attempt(kind, () => destination.get(copyId, this.signal));
        if ('refused' in now) return done(withFailed(links, now.refused));
        if (now.result.trashed) return done(withFailed(links, 'document_missing'));
        if (isEditedCopy(item, now.result)) return done(withFailed(links, 'edited_since'));
        modifiedTime = now.result.modifiedTime;
      }
      known = { ...base, state: 'writing', links, ...(modifiedTime !== undefined && { modifiedTime }) };
      await ledger.recordLinks(known);

      const written = await this.attempt(kind, () => document.rewrite(newIdOf, this.signal));
      if ('result' in written) {
        isWritten = true;
        return done(compared(links, document.links, written.result.links));
      }
      // Only a lost response leaves open what is written; then the next reading shows it.
      if (written.isLost) isWritten = true;
      else if (written.refused !== 'edited_meanwhile') return done(withFailed(links, written.refused));
      else isEdited = isWritten;
      if (attempt >= MAX_ATTEMPTS) refused = written.refused;
      else await drives.clock.sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1), this.signal);
    }
  }

  /** Records that a copy cannot be read. What an earlier record says of its links remains. */
  private async recordUnread(
    base: Pick<DocumentRecord, 'ordinal' | 'copyId' | 'kind'>,
    known: DocumentRecord | undefined,
    code: LinkCode,
  ): Promise<void> {
    if (!known || known.state === 'unread') {
      if (known?.code !== code) await this.context.ledger.recordLinks({ ...base, state: 'unread', code, links: [] });
    } else if (this.mode === 'rewrite' && hasWaiting(known.links))
      await this.context.ledger.recordLinks({ ...known, links: withFailed(known.links, code) });
  }

  /**
   * Does what concerns one document.
   * @returns the result, or why it was refused
   * @throws the error, if it concerns an account, or Google is unreachable
   */
  private async attempt<T>(kind: DocumentKind, work: () => Promise<T>): Promise<{ readonly result: T } | Refused> {
    try {
      return { result: await work() };
    } catch (error) {
      if (this.signal.aborted) throw error;
      // A document that CloudMover cannot process must not fail a transfer whose items are all copied.
      if (!isCoded(error)) return { refused: 'refused', isLost: true };
      const { code } = finalErrorOrThrow(error, this.signal);
      const reason =
        error instanceof DocumentRefusedError ? error.reason : isNotFound(error) ? 'document_missing' : 'refused';
      if (reason === 'api_off') this.off.add(kind);
      return { refused: reason, isLost: code === 'ambiguous_write' };
    }
  }
}
