import { isConvertible } from './conversion.js';
import type { PlanFacts, PlannedItem, TransferOrder, Way } from './ports/ledger.js';
import type { ForeseenCode } from './reasons.js';

/** Bytes of the largest file that Google copies by itself ("Usage limits"). */
export const LARGEST_COPY_BYTES = 750 * 1000 ** 3;
/** Bytes of the largest file that can be uploaded ("Usage limits"). */
const LARGEST_UPLOAD_BYTES = 5 * 1000 ** 4;
/** Levels of folders below a Drive's root ("Folder limits"). */
export const DEEPEST = 100;
/** Items in one folder ("Folder limits"), and in a shared drive, its trash included ("Shared drive limits"). */
export const MOST_ITEMS = 500_000;

/** The way an item will probably take, and what stands in its way. Only the attempt decides. */
export interface Forecast {
  readonly way: Way | 'none';
  /** Reason code: it can't be copied or, with a way, it loses something. */
  readonly problem?: ForeseenCode;
}

/** @param targetDepth folders between the root of the destination and the target */
export function forecastOf(item: PlannedItem, order: TransferOrder, targetDepth = 0): Forecast {
  if (item.kind === 'folder') {
    if (item.canListChildren === false) return { way: 'none', problem: 'contents_hidden' };
    return targetDepth + item.depth + 1 > DEEPEST ? { way: 'none', problem: 'folder_limit' } : { way: 'created' };
  }
  if (targetDepth + item.depth > DEEPEST) return { way: 'none', problem: 'folder_limit' };
  if (item.kind === 'shortcut') return { way: 'created' };
  const copyable = item.canCopy && !order.source.readOnly && (item.size ?? 0) <= LARGEST_COPY_BYTES;
  if (copyable) return { way: 'server_copy' };
  if (item.kind === 'google') {
    if (!isConvertible(item.mimeType)) return { way: 'none', problem: 'not_copyable' };
    if (!item.canDownload) return { way: 'none', problem: 'source_permission_denied' };
    if (order.allowConversion) return { way: 'export', problem: 'lossy' };
    return { way: 'none', problem: item.canCopy ? 'sharing_refused' : 'conversion_needed' };
  }
  if (!item.canDownload) return { way: 'none', problem: 'source_permission_denied' };
  if ((item.size ?? 0) > LARGEST_UPLOAD_BYTES) return { way: 'none', problem: 'too_large' };
  return { way: 'relay' };
}

/** Problems of an item that conversion would carry, or does. */
const ONLY_WITH_LOSS: ReadonlySet<ForeseenCode> = new Set(['conversion_needed', 'sharing_refused', 'lossy']);

const NONE = { items: 0, bytes: 0 };

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Adds up the forecasts of a plan while it grows. */
export class Tally {
  private readonly ways = new Map<Way | 'none', { items: number; bytes: number }>();
  private readonly problems = new Map<ForeseenCode, number>();
  private readonly children = new Map<number | null, number>();
  private deepest = 0;
  private largest: { parent: PlannedItem; children: number } | null = null;
  readonly changedMeanwhile = { added: 0, removed: 0 };
  filteredOut = 0;
  /** What shortcuts point at outside the plan, and was not asked for. */
  targetsUnasked = 0;
  private folders = 0;
  private foreign = 0;
  private movable = 0;
  private readonly convertible = { items: 0, bytes: 0 };
  private top = 0;

  constructor(
    private readonly order: TransferOrder,
    private readonly targetDepth: number,
  ) {}

  /** @returns the problem that the plan foresees for the item */
  add(item: PlannedItem, parent: PlannedItem | null): ForeseenCode | undefined {
    const { way, problem } = forecastOf(item, this.order, this.targetDepth);
    const sum = this.ways.get(way) ?? { items: 0, bytes: 0 };
    this.ways.set(way, { items: sum.items + 1, bytes: sum.bytes + (item.size ?? 0) });
    if (problem) this.problems.set(problem, (this.problems.get(problem) ?? 0) + 1);
    if (!parent && way !== 'none') this.top++;
    if (item.kind === 'folder') this.folders++;
    if (!item.ownedByMe) this.foreign++;
    else if (way !== 'none' && way !== 'export') this.movable++;
    if (problem && ONLY_WITH_LOSS.has(problem)) {
      this.convertible.items++;
      this.convertible.bytes += item.size ?? 0;
    }
    this.deepest = Math.max(this.deepest, item.depth + (item.kind === 'folder' ? 1 : 0));
    const children = (this.children.get(parent?.ordinal ?? null) ?? 0) + 1;
    this.children.set(parent?.ordinal ?? null, children);
    if (parent && children > (this.largest?.children ?? 0)) this.largest = { parent, children };
    return problem;
  }

  /** A shortcut that was added turns out to have a problem: it will not be made. */
  spoil({ ownedByMe, parent }: PlannedItem, problem: ForeseenCode): void {
    const [created = NONE, none = NONE] = [this.ways.get('created'), this.ways.get('none')];
    this.ways.set('created', { ...created, items: created.items - 1 });
    this.ways.set('none', { ...none, items: none.items + 1 });
    if (ownedByMe) this.movable--;
    if (parent === null) this.top--;
    this.problems.set(problem, (this.problems.get(problem) ?? 0) + 1);
  }

  facts(): Pick<
    Mutable<PlanFacts>,
    | 'forecast'
    | 'problems'
    | 'targetsUnasked'
    | 'tallied'
    | 'changedMeanwhile'
    | 'filteredOut'
    | 'deepest'
    | 'largestFolder'
  > {
    return {
      forecast: Object.fromEntries(this.ways),
      problems: Object.fromEntries(this.problems),
      tallied: {
        folders: this.folders,
        foreign: this.foreign,
        movable: this.movable,
        convertible: { ...this.convertible },
        top: this.top,
      },
      changedMeanwhile: { ...this.changedMeanwhile },
      ...(this.targetsUnasked > 0 && { targetsUnasked: this.targetsUnasked }),
      filteredOut: this.filteredOut,
      deepest: this.deepest,
      largestFolder: this.largest && { path: this.largest.parent.path, children: this.largest.children },
    };
  }
}
