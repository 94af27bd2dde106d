import { createHash } from 'node:crypto';
import { contentKindOf } from './model/google-types.js';
import {
  type Arrived,
  type ArrivedShare,
  type Conclusion,
  CONTENT_KINDS,
  type ContentKind,
  MAX_FOLDERS_SHOWN,
  type TimelineSpan,
  type TimelineStep,
} from './model/conclusion.js';
import { isDone, type ItemRecord } from './model/items.js';
import type { TransferSnapshot } from './model/snapshot.js';
import { TERMINAL_STATES, type TransferState } from './model/states.js';
import type { Ledger } from './ports/ledger.js';
import type { LedgerEvent } from './ports/ledger/log.js';
import { REPORT_FORMAT, reportBody } from './report.js';

/** Maximum number of spans that a timeline keeps; the shortest are dropped. */
const MAX_SPANS = 60;
/** Characters hashed in one call. */
const HASH_CHUNK = 64 * 1024;

/**
 * Computes and stores what the page of an ended transfer shows. Reads every item once, page by page, and needs four
 * bytes of memory per item.
 * @param end the state and time (epoch ms) of a transfer that is about to end; all its items must be settled
 */
export async function conclude(ledger: Ledger, end?: { state: TransferState; at: number }): Promise<void> {
  const now = await ledger.snapshot();
  const snapshot = end ? { ...now, state: end.state, finishedAt: end.at } : now;
  const { finishedAt } = snapshot;
  if (finishedAt === undefined || !TERMINAL_STATES.includes(snapshot.state)) return;
  const tally = new ArrivedTally(snapshot.found);
  const hash = createHash('sha256');
  let chunk = '';
  for await (const text of reportBody(ledger, snapshot, (item) => tally.add(item))) {
    chunk += text;
    if (chunk.length < HASH_CHUNK) continue;
    hash.update(chunk);
    chunk = '';
  }
  hash.update(chunk);
  await ledger.conclude({
    format: REPORT_FORMAT,
    of: endOf(snapshot, finishedAt),
    arrived: tally.result(),
    timeline: timelineOf(await ledger.events(), finishedAt),
    reportSha256: hash.digest('hex'),
  });
}

/** The conclusion that was computed for this end; undefined if there is none, or items have changed since. */
export async function conclusionOf(
  ledger: Pick<Ledger, 'conclusion'>,
  snapshot: TransferSnapshot,
): Promise<Conclusion | undefined> {
  if (snapshot.finishedAt === undefined) return undefined;
  const kept = await ledger.conclusion();
  if (kept?.format !== REPORT_FORMAT) return undefined;
  return JSON.stringify(kept.of) === JSON.stringify(endOf(snapshot, snapshot.finishedAt)) ? kept : undefined;
}

function endOf({ counts, undo, originals }: TransferSnapshot, finishedAt: number): Conclusion['of'] {
  const { waiting, copying, verified, unverified, skipped, failed } = counts;
  return {
    finishedAt,
    counts: { waiting, copying, checking: 0, verified, unverified, skipped, failed },
    undo: { trashed: undo.trashed, left: undo.left },
    originals: { trashed: originals.trashed, kept: originals.kept },
  };
}

/** Counts what arrived, by kind and by folder. Items must be added in the order of the plan. */
export class ArrivedTally {
  private readonly kinds = new Map<ContentKind, ArrivedShare>();
  /** By ordinal of a folder directly in the target folder. */
  private readonly folders = new Map<number, ArrivedShare & { name: string; id: string }>();
  private files: ArrivedShare = { items: 0, bytes: 0 };
  private total: ArrivedShare = { items: 0, bytes: 0 };
  /** For each item, the ordinal of its ancestor directly in the target folder. */
  private readonly roots: Uint32Array;

  constructor(found: number) {
    this.roots = new Uint32Array(found);
  }

  add(item: ItemRecord): void {
    const { ordinal, parent, kind, outcome, state } = item;
    // A folder's ordinal is lower than those of its contents.
    const root = parent === null ? ordinal : this.roots[parent]!;
    this.roots[ordinal] = root;
    const arrived = isDone(state) && outcome.undone !== 'trashed';
    if (!arrived) return;
    const bytes = item.size ?? 0;
    this.total = plus(this.total, bytes);
    const content = contentKindOf(item);
    this.kinds.set(content, plus(this.kinds.get(content) ?? { items: 0, bytes: 0 }, bytes));
    if (parent === null && kind === 'folder')
      this.folders.set(ordinal, { name: item.name, id: outcome.destinationId ?? '', items: 1, bytes });
    else {
      const folder = parent === null ? undefined : this.folders.get(root);
      if (folder) this.folders.set(root, { ...folder, ...plus(folder, bytes) });
      else this.files = plus(this.files, bytes);
    }
  }

  result(): Arrived {
    const folders = [...this.folders.values()].sort(
      (a, b) => b.items - a.items || b.bytes - a.bytes || (a.name < b.name ? -1 : 1),
    );
    const shown = folders.length > MAX_FOLDERS_SHOWN ? MAX_FOLDERS_SHOWN - 1 : folders.length;
    const rest = folders.slice(shown);
    return {
      ...this.total,
      byKind: CONTENT_KINDS.flatMap((kind) => {
        const share = this.kinds.get(kind);
        return share ? [{ kind, ...share }] : [];
      }),
      byFolder: folders.slice(0, shown),
      ...(rest.length > 0 && {
        moreFolders: {
          folders: rest.length,
          items: rest.reduce((sum, { items }) => sum + items, 0),
          bytes: rest.reduce((sum, { bytes }) => sum + bytes, 0),
        },
      }),
      ...(this.files.items > 0 && { singleFiles: this.files }),
    };
  }
}

const plus = ({ items, bytes }: ArrivedShare, more: number): ArrivedShare => ({
  items: items + 1,
  bytes: bytes + more,
});

/** The step that each state's time counts as. The other states (`ready`, the ends) involve no work. */
const STEP_OF: Readonly<Partial<Record<TransferState, TimelineStep>>> = {
  planning: 'count',
  updating: 'count',
  running: 'copy',
  finishing: 'finish',
  canceling: 'finish',
  linking: 'links',
  undoing: 'undo',
  pausing: 'copy',
  paused: 'wait',
  waiting_quota: 'wait',
  needs_reconnect: 'wait',
};

/**
 * A transfer's time by steps, from its events.
 * @param end of the transfer; later events are ignored
 */
export function timelineOf(events: readonly LedgerEvent[], end: number): TimelineSpan[] {
  const spans: TimelineSpan[] = [];
  let current: { step: TimelineStep; from: number } | undefined;
  const close = (at: number) => {
    if (!current) return;
    const to = Math.max(current.from, Math.min(at, end));
    const last = spans.at(-1);
    if (last?.step === current.step && last.to === current.from) spans.splice(-1, 1, { ...last, to });
    else if (to > current.from) spans.push({ ...current, to });
    current = undefined;
  };
  for (const { kind, state, step, at } of events) {
    if (kind === 'reason') continue;
    // A step belongs to the state in which it was recorded; a late one is ignored.
    if (kind === 'step' && current === undefined) continue;
    const next = kind === 'step' ? step : STEP_OF[state!];
    close(at);
    if (next) current = { step: next, from: at };
  }
  close(end);
  if (spans.length <= MAX_SPANS) return spans;
  const longest = new Set([...spans].sort((a, b) => b.to - b.from - (a.to - a.from)).slice(0, MAX_SPANS));
  return spans.filter((span) => longest.has(span));
}
