import type { ItemCode } from './errors.js';
import { isConvertible, isCopyableType } from './model/google-types.js';
import type { CopyMethod, ItemRecord, PlannedItem } from './model/items.js';
import type { TransferOrder } from './model/order.js';
import type { PlanFacts } from './model/plan-facts.js';
import { explain, type Fallback, FALLBACK_REASONS, type ForeseenCode } from './model/reasons.js';

/** Bytes of the largest file that Google copies ("Usage limits"). */
export const MAX_COPY_BYTES = 750 * 1000 ** 3;
/** Bytes that one account may upload and copy within 24 hours (Google Workspace help, "Shared drive limits"). */
export const BYTES_PER_DAY = 750 * 1000 ** 3;
/** Bytes of the largest file that can be uploaded ("Usage limits"). */
const MAX_UPLOAD_BYTES = 5 * 1000 ** 4;
/** Levels of folders below a Drive's root ("Folder limits"). */
export const MAX_DEPTH = 100;
/** Items in one folder ("Folder limits"), and in a shared drive, its trash included ("Shared drive limits"). */
export const MAX_ITEMS = 500_000;

/** How an item will probably be copied, or what prevents it. Only the attempt shows it for certain. */
export interface Forecast {
  readonly way: CopyMethod | 'none';
  /** Without a method: why it can't be copied. With one: what it loses. */
  readonly problem?: ForeseenCode;
}

/** Why Google will not copy an item for the destination, as far as is known; undefined if it may. */
export function barrierOf({ kind, canCopy, size, barrier }: PlannedItem): Fallback | undefined {
  if (barrier) return barrier;
  if (!canCopy) return 'copying_forbidden';
  return kind !== 'google' && (size ?? 0) > MAX_COPY_BYTES ? 'too_large_to_copy' : undefined;
}

/** @param targetDepth folders between the root of the destination and the target */
export function forecastOf(
  item: PlannedItem & Pick<ItemRecord, 'mayConvert'>,
  order: Pick<TransferOrder, 'allowConversion' | 'shortcuts'>,
  targetDepth = 0,
): Forecast {
  if (item.kind === 'folder') {
    if (item.canListChildren === false) return { way: 'none', problem: 'contents_hidden' };
    return targetDepth + item.depth + 1 > MAX_DEPTH ? { way: 'none', problem: 'folder_limit' } : { way: 'created' };
  }
  if (targetDepth + item.depth > MAX_DEPTH) return { way: 'none', problem: 'folder_limit' };
  if (item.kind === 'shortcut') {
    if (order.shortcuts === 'skip') return { way: 'none', problem: 'shortcut_skipped' };
    return item.shortcutTargetId ? { way: 'created' } : { way: 'none', problem: 'shortcut_dangling' };
  }
  const barrier = barrierOf(item);
  if (!barrier) return { way: 'server_copy' };
  if (item.kind === 'google') return withoutCopy(item, barrier, order);
  if (!item.canDownload) return { way: 'none', problem: 'source_permission_denied' };
  if ((item.size ?? 0) > MAX_UPLOAD_BYTES) return { way: 'none', problem: 'too_large' };
  return { way: 'relay' };
}

/** Forecast for an item of Google's own types that Google will not copy: it has no bytes to stream. */
function withoutCopy(
  { mimeType, canCopy, canDownload, mayConvert }: PlannedItem & Pick<ItemRecord, 'mayConvert'>,
  barrier: Fallback,
  { allowConversion }: Pick<TransferOrder, 'allowConversion'>,
): Forecast {
  if (!isConvertible(mimeType)) {
    if (!canCopy && !isCopyableType(mimeType)) return { way: 'none', problem: 'not_copyable' };
    return { way: 'none', problem: barrier === 'copying_forbidden' ? 'cannot_copy' : 'sharing_refused' };
  }
  if (!canDownload) return { way: 'none', problem: 'source_permission_denied' };
  if (allowConversion || mayConvert) return { way: 'export', problem: 'lossy' };
  return { way: 'none', problem: 'conversion_needed' };
}

/** The outcome of an item that can't be copied, so that no attempt is made. */
export function skippedFor(
  code: ItemCode,
  item: PlannedItem,
  destinationEmail: string,
): { readonly code: ItemCode; readonly reason: string } {
  if (code === 'shortcut_target_hidden') return explain(code, hiddenFrom(destinationEmail));
  const barrier = item.kind === 'google' || item.kind === 'file' ? barrierOf(item) : undefined;
  return explain(code, barrier && code !== 'not_copyable' && barrier !== code ? FALLBACK_REASONS[barrier] : undefined);
}

/** Names the account that may not see a shortcut's target. */
export const hiddenFrom = (email: string): string => `${email} may not see it.`;

/** Problems that conversion solves, or would solve if it were allowed. */
const ONLY_WITH_LOSS: ReadonlySet<ForeseenCode> = new Set(['conversion_needed', 'lossy']);

const NONE = { items: 0, bytes: 0 };

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Sums the forecasts of a plan while it grows. */
export class Tally {
  private readonly ways = new Map<CopyMethod | 'none', { items: number; bytes: number }>();
  private readonly problems = new Map<ForeseenCode, number>();
  private readonly children = new Map<number | null, number>();
  private deepest = 0;
  private largest: { parent: PlannedItem; children: number } | null = null;
  readonly changedMeanwhile = { added: 0, removed: 0 };
  filteredOut = 0;
  /** Targets of shortcuts outside the plan that were not looked up. */
  targetsUnasked = 0;
  /** Items whose rights in the destination account were not looked up. */
  rightsUnasked = 0;
  private folders = 0;
  private foreign = 0;
  private movable = 0;
  private readonly convertible = { items: 0, bytes: 0 };
  private top = 0;

  constructor(
    private readonly order: TransferOrder,
    private readonly targetDepth: number,
  ) {}

  problemOf(item: PlannedItem): ForeseenCode | undefined {
    return forecastOf(item, this.order, this.targetDepth).problem;
  }

  /** @returns the problem that is predicted for the item */
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

  /** Records that a shortcut or folder that was added will not be created. */
  markImpossible({ ownedByMe, parent }: PlannedItem, problem: ForeseenCode): void {
    const [created = NONE, none = NONE] = [this.ways.get('created'), this.ways.get('none')];
    this.ways.set('created', { ...created, items: created.items - 1 });
    this.ways.set('none', { ...none, items: none.items + 1 });
    if (ownedByMe) this.movable--;
    if (parent === null) this.top--;
    if (ONLY_WITH_LOSS.has(problem)) this.convertible.items++;
    this.problems.set(problem, (this.problems.get(problem) ?? 0) + 1);
  }

  facts(): Pick<
    Mutable<PlanFacts>,
    | 'forecast'
    | 'problems'
    | 'targetsUnasked'
    | 'rightsUnasked'
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
      ...(this.rightsUnasked > 0 && { rightsUnasked: this.rightsUnasked }),
      filteredOut: this.filteredOut,
      deepest: this.deepest,
      largestFolder: this.largest && { path: this.largest.parent.path, children: this.largest.children },
    };
  }
}
