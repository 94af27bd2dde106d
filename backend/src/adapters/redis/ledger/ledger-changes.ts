import { isCopied, type ItemRecord, type PlannedItem, SETTLED_STATES } from '../../../engine/model/items.js';
import { recordsIn } from '../../../engine/model/records.js';
import type { LedgerChanges, ReopenOptions } from '../../../engine/ports/ledger/changes.js';
import { numberOr, oneOf, script } from '../lua.js';
import { packAmended } from './amendments.js';
import type { LedgerContext } from './ledger-context.js';
import type { RedisLedgerPlan } from './ledger-plan.js';
import type { RedisLedgerRecords } from './ledger-records.js';
import { CHANGE, COUNT, IS_OLD_PLAN, IS_OUTDATED, isOpen, KEEP, STATE, STATE_BYTES } from './lua-parts.js';

/** Maximum number of items per script, so that it does not delay others. */
const ITEMS_AT_ONCE = 500;

/** Reopens a settled item. Must follow COUNT. */
const REOPEN = `
local function reopen(ordinal, state, size, is_file)
  local mark, undo = byte(marks, ordinal), byte(undone, ordinal)
  count(state, mark, undo, size, code_of(ordinal, mark), -1)
  redis.call('SETRANGE', states, ordinal, '${STATE_BYTES.waiting}')
  put(marks, ordinal, 0)
  if undo > 0 then put(undone, ordinal, 0) end
  redis.call('HDEL', outcomes, ordinal)
  redis.call('HINCRBY', main, 'n:' .. state, -1)
  redis.call('HINCRBY', main, 'n:${STATE_BYTES.waiting}', 1)
  if is_file then redis.call('HINCRBY', main, 'open', 1) end
end`;

export const CHANGE_SCRIPTS = {
  /** Records how an item differs from the plan (`packAmended`). `planned`: its size as planned. */
  amend: script('cmAmend', {
    keys: ['main', 'states', 'amended'],
    args: { ordinal: 'text', difference: 'text', size: 'number', planned: 'number', alsoSettled: 'flag', plan: 'text' },
    parts: [KEEP],
    reply: oneOf('refused', 'done'),
    lua: `
if ${IS_OUTDATED} then return refused end
local state = ${STATE}
if state == '' or not (alsoSettled or ${isOpen('state')}) then return refused end
local before = redis.call('HGET', amended, ordinal)
redis.call('HSET', amended, ordinal, difference)
keep(amended)
redis.call('HINCRBY', main, 'b:found', size - (before and string.match(before, '^%d+') or planned))
${CHANGE}
return done`,
  }),
  /** Records that the copy of an item replaces an item of the destination. */
  replace: script('cmReplace', {
    keys: ['main', 'states', 'replaces'],
    args: { ordinal: 'text', id: 'text', plan: 'text' },
    parts: [KEEP],
    reply: oneOf('refused', 'done'),
    lua: `
if ${IS_OLD_PLAN} or ${STATE} == '' then return refused end
redis.call('HSET', replaces, ordinal, id)
keep(replaces)
${CHANGE}
return done`,
  }),
  /** Reopens the items in the rows whose state has not changed (`byte`). Returns how many. */
  reopen: script('cmReopen', {
    keys: ['main', 'states', 'marks', 'outcomes', 'undone', 'conversions'],
    args: { mayConvert: 'flag', plan: 'text' },
    columns: ['ordinal', 'byte', 'size', 'isFile'],
    parts: [KEEP, COUNT, REOPEN],
    reply: numberOr('outdated'),
    lua: `
if ${IS_OUTDATED} then return outdated end
local reopened = 0
for ordinal, state, size, is_file in rows() do
  if ${STATE} == state then
    reopen(ordinal, state, tonumber(size), is_file == '1')
    if mayConvert then put(conversions, ordinal, 1) end
    reopened = reopened + 1
  end
end
if mayConvert then keep(conversions) end
${CHANGE}
return reopened`,
  }),
  /**
   * Reopens a settled item as it is now. `before`: its previous size; empty `id`: none; empty `earlier`: no earlier
   * copy; `plan`: number that the newest plan must have (empty: any).
   */
  reopenAs: script('cmReopenAs', {
    keys: ['main', 'states', 'marks', 'outcomes', 'undone', 'attempts', 'amended', 'new-ids', 'supersedes'],
    args: {
      ...{ ordinal: 'text', difference: 'text', size: 'number', before: 'number' },
      ...{ isFile: 'flag', id: 'text', earlier: 'text', plan: 'text' },
    },
    parts: [KEEP, COUNT, REOPEN],
    reply: oneOf('is_open_already', 'reopened', 'outdated'),
    lua: `
if ${IS_OUTDATED} then return outdated end
local state = ${STATE}
if state == '' or ${isOpen('state')} then return is_open_already end
reopen(ordinal, state, before, isFile)
put(attempts, ordinal, 0)
redis.call('HSET', amended, ordinal, difference)
keep(amended)
redis.call('HSET', new_ids, ordinal, id)
keep(new_ids)
if earlier ~= '' then
  redis.call('HSET', supersedes, ordinal, earlier)
  keep(supersedes)
end
redis.call('HINCRBY', main, 'b:found', size - before)
${CHANGE}
return reopened`,
  }),
};

export class RedisLedgerChanges implements LedgerChanges {
  constructor(
    private readonly ledger: LedgerContext,
    private readonly plan: RedisLedgerPlan,
    private readonly records: RedisLedgerRecords,
  ) {}

  async amend(item: PlannedItem, plan?: number): Promise<void> {
    const before = await this.records.item(item.ordinal);
    if (before) await this.ledger.run(CHANGE_SCRIPTS.amend, await this.amendment(item, before, false, plan));
  }

  async rename(ordinal: number, name: string, plan: number): Promise<void> {
    const before = await this.records.item(ordinal);
    const renamed = before && (await this.amendment({ ...before, name }, before, true, plan));
    if (renamed) await this.ledger.run(CHANGE_SCRIPTS.amend, renamed);
  }

  async replace(ordinal: number, existingId: string, plan: number): Promise<void> {
    await this.ledger.run(CHANGE_SCRIPTS.replace, { ordinal, id: existingId, plan });
  }

  async reopen(
    codes?: readonly string[],
    { skipped = ['canceled'], mayConvert = false, plan }: ReopenOptions = {},
  ): Promise<number> {
    let reopened = 0;
    let part: ItemRecord[] = [];
    const reopenPart = async () => {
      if (part.length === 0) return;
      const rows = part.map((item) => ({
        ordinal: item.ordinal,
        byte: STATE_BYTES[item.state],
        size: item.size ?? 0,
        isFile: isCopied(item) ? 1 : 0,
      }));
      const done = await this.ledger.run(CHANGE_SCRIPTS.reopen, { mayConvert, plan: plan ?? '', rows });
      if (done !== 'outdated') reopened += done;
      part = [];
    };
    for await (const item of recordsIn(this.records, ['failed', 'skipped'])) {
      if (isToReopen(item, codes, skipped) && part.push(item) === ITEMS_AT_ONCE) await reopenPart();
    }
    await reopenPart();
    return reopened;
  }

  async reopenAs(item: PlannedItem, destinationId: string | null, plan?: number): Promise<void> {
    const before = await this.records.item(item.ordinal);
    if (!before) return;
    const amendment = await this.amendment(item, before, false, plan);
    if (SETTLED_STATES.includes(before.state)) {
      const done = await this.ledger.commit(CHANGE_SCRIPTS.reopenAs, {
        ...amendment,
        before: before.size ?? 0,
        isFile: isCopied(item),
        id: destinationId ?? '',
        earlier: before.outcome.destinationId ?? '',
      });
      if (done !== 'is_open_already') return;
    }
    // Repeated after a crash: the item is waiting already and has its new id.
    await this.ledger.commit(CHANGE_SCRIPTS.amend, amendment);
  }

  /** @param before its current record */
  private async amendment(item: PlannedItem, before: ItemRecord, alsoSettled: boolean, plan?: number) {
    const { ordinal } = item;
    const base = await this.ledger.currentBase();
    const [listed] = await this.plan.planned(base, ordinal + 1, ordinal, ordinal + 1);
    return {
      ordinal,
      difference: packAmended(listed, item),
      size: item.size ?? 0,
      planned: before.size ?? 0,
      alsoSettled,
      plan: plan ?? '',
    };
  }
}

function isToReopen(
  { state, outcome: { code = 'internal' } }: ItemRecord,
  codes: readonly string[] | undefined,
  skipped: readonly string[],
): boolean {
  return (state === 'failed' || (state === 'skipped' && skipped.includes(code))) && (!codes || codes.includes(code));
}
