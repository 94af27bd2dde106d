import { forEachBounded } from '../concurrency.js';
import type { TransferContext } from '../context.js';
import { newItemOf } from '../destination-copies.js';
import { ItemError, undefinedIfNotFound } from '../errors.js';
import { failureOf, finalErrorOrThrow, isAccountWide, isHidden } from '../failures.js';
import { hiddenFrom } from '../forecast.js';
import { problemOfTarget } from '../foreseen.js';
import { explain } from '../model/reasons.js';
import { recordsIn } from '../model/records.js';
import { copyIdOf, isDone, type ItemRecord, type Outcome, SETTLED_STATES } from '../model/items.js';
import { PLAN_PAGE } from '../ports/ledger/plan.js';
import { trashReplaced } from '../replaced.js';
import { beganAt } from '../runs.js';
import { isEditedCopy } from '../verify.js';

const PARALLEL = 32;
/** Shortcuts whose targets one look-up in the plan covers. */
const SHORTCUTS_PER_LOOKUP = 10 * PLAN_PAGE;

/**
 * Creates the shortcuts after all files are copied, because they point to the copies. A later run also replaces those
 * that point to a copy which it, or an earlier run, has replaced: that one is in the trash.
 */
export async function makeShortcuts(context: TransferContext, signal: AbortSignal): Promise<void> {
  const { ledger } = context;
  const isFirstRun = (await beganAt(ledger)) === 0;
  let chunk: ItemRecord[] = [];
  const make = async () => {
    const wanted = new Set(chunk.flatMap(({ shortcutTargetId }) => shortcutTargetId ?? []));
    const ordinals = wanted.size > 0 ? await ledger.ordinalsOf(wanted) : new Map<string, number>();
    await forEachBounded(chunk, PARALLEL, async (item) => {
      const isMade = SETTLED_STATES.includes(item.state);
      const toMake = isMade ? await reopenOutdated(context, item, ordinals, signal) : item;
      if (toMake) await makeShortcut(context, toMake, ordinals, signal);
    });
    chunk = [];
  };
  for await (const item of recordsIn(ledger, ['waiting', 'copying', ...(isFirstRun ? [] : (['verified'] as const))])) {
    if (item.kind !== 'shortcut') continue;
    chunk.push(item);
    if (chunk.length >= SHORTCUTS_PER_LOOKUP) await make();
  }
  await make();
}

/** Reopens a shortcut that points to an earlier copy of its target, unless a person has changed or removed it. */
async function reopenOutdated(
  { ledger, drives: { destination, clock } }: TransferContext,
  item: ItemRecord,
  ordinals: ReadonlyMap<string, number>,
  signal: AbortSignal,
): Promise<ItemRecord | undefined> {
  const ordinal = ordinals.get(item.shortcutTargetId ?? '');
  const target = ordinal === undefined ? undefined : await ledger.item(ordinal);
  const targetId = target && copyIdOf(target);
  // Most targets were copied before their shortcuts were made, and need no request.
  if (targetId === undefined || (target?.triedAt ?? 0) < (item.triedAt ?? 0)) return undefined;
  const comparedAt = clock.now();
  try {
    const there = await destination.get(item.outcome.destinationId!, signal).catch(undefinedIfNotFound);
    if (!there || there.trashed || there.shortcutTargetId === targetId || isEditedCopy(item, there)) return undefined;
    const [id] = await destination.generateIds(1, 'shortcut', signal);
    await ledger.reopenAs({ ...item, comparedAt }, id!);
    return await ledger.item(item.ordinal);
  } catch (error) {
    finalErrorOrThrow(error, signal);
    return undefined;
  }
}

async function makeShortcut(
  context: TransferContext,
  item: ItemRecord,
  ordinals: ReadonlyMap<string, number>,
  signal: AbortSignal,
): Promise<void> {
  const { ledger, drives, folders, copies } = context;
  const { destination } = drives;
  const { email } = destination.account;
  if (ledger.order.shortcuts === 'skip') {
    await ledger.settle(item, 'skipped', explain('shortcut_skipped'));
    return;
  }
  const parentId = await folders.parentIdOf(item);
  if ((await ledger.begin(item.ordinal)) === undefined) return;
  try {
    if (!parentId) throw new ItemError('folder_missing');
    const targetId = await targetOf(context, item, ordinals);
    if (typeof targetId !== 'string') {
      await ledger.settle(item, targetId.state, targetId);
      return;
    }
    const create = (id: string) => destination.createShortcut({ ...newItemOf(item, parentId), id }, targetId, signal);
    const isCopied = ordinals.has(item.shortcutTargetId ?? '');
    const made = await copies.createOnce(item.ordinal, 'shortcut', create, signal).catch(async (error: unknown) => {
      if (isCopied || !isHidden(error)) throw error;
      const problem = await problemOfTarget(targetId, drives, signal);
      if (!problem) throw error;
      throw new ItemError(problem, { detail: problem === 'shortcut_target_hidden' ? hiddenFrom(email) : '' });
    });
    const replaced = await trashReplaced(context, item, signal);
    await ledger.settle(item, 'verified', { destinationId: made.id, way: 'created', ...replaced });
  } catch (error) {
    if (signal.aborted || isAccountWide(error)) {
      await ledger.release(item.ordinal);
      throw error;
    }
    const failure = failureOf(error);
    const isKnown = failure.code === 'shortcut_dangling' || (await isForeseen(context, item, failure.code));
    await ledger.settle(item, isKnown ? 'skipped' : 'failed', failure);
  }
}

async function isForeseen({ ledger }: TransferContext, { ordinal }: ItemRecord, code: string): Promise<boolean> {
  const [first] = await ledger.foreseen(ordinal - 1, 1, code);
  return first?.ordinal === ordinal;
}

/**
 * Returns the copy of a shortcut's target or, if that is outside the selection, the original itself. If the target has
 * no copy, returns the outcome of the shortcut: the target's own, so that a retry includes both.
 */
async function targetOf(
  { ledger }: TransferContext,
  item: ItemRecord,
  ordinals: ReadonlyMap<string, number>,
): Promise<string | (Outcome & { readonly state: 'skipped' | 'failed' })> {
  const dangling = { state: 'skipped', ...explain('shortcut_dangling') } as const;
  if (!item.shortcutTargetId) return dangling;
  const ordinal = ordinals.get(item.shortcutTargetId);
  if (ordinal === undefined) return item.shortcutTargetId;
  const { name, state, outcome } = (await ledger.item(ordinal))!;
  if (isDone(state)) return outcome.destinationId ?? dangling;
  if (state === 'failed' || (state === 'skipped' && outcome.code === 'conversion_needed'))
    return { state, ...explain(outcome.code ?? 'internal', `It points to “${name}”.`) };
  return dangling;
}
