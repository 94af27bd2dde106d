import { isCopied, isDone, type ItemState, type Outcome, type PlannedItem } from '../../../engine/model/items.js';
import { COPYING_STATES } from '../../../engine/model/states.js';
import type { LedgerItems, LedgerRecords, LedgerIds } from '../../../engine/ports/ledger/items.js';
import { numberOr, oneOf, script } from '../lua.js';
import type { LedgerContext } from './ledger-context.js';
import type { RedisLedgerIds } from './ledger-ids.js';
import { HAS_ENTRY, ORIGINALS, packOutcome, textsOf, UNDONE } from './ledger-outcomes.js';
import type { LedgerTexts } from './ledger-texts.js';
import {
  CHANGE,
  COUNT,
  IS_OUTDATED,
  isAmong,
  isOpen,
  KEEP,
  listInLua,
  NOTE,
  PASSED,
  STATE,
  STATE_BYTES,
} from './lua-parts.js';

/** The maximum of one byte. */
const MAX_ATTEMPTS = 255;

export const ITEM_SCRIPTS = {
  /** Returns how many attempts began before. */
  begin: script('cmBegin', {
    keys: ['main', 'states', 'attempts', 'tried'],
    args: { ordinal: 'text' },
    parts: [KEEP],
    reply: numberOr('refused'),
    lua: `
local transfer = redis.call('HGET', main, 'state')
if not ${isAmong('transfer', COPYING_STATES)} then return refused end
local state = ${STATE}
if not ${isOpen('state')} then return refused end
if state == '${STATE_BYTES.waiting}' then
  redis.call('SETRANGE', states, ordinal, '${STATE_BYTES.copying}')
  redis.call('HINCRBY', main, 'n:${STATE_BYTES.waiting}', -1)
  redis.call('HINCRBY', main, 'n:${STATE_BYTES.copying}', 1)
end
local tries = string.byte(redis.call('GETRANGE', attempts, ordinal, ordinal)) or 0
if tries < ${MAX_ATTEMPTS} then redis.call('SETRANGE', attempts, ordinal, string.char(tries + 1)) end
redis.call('SETRANGE', tried, ordinal * 4, struct.pack('>I4', redis.call('TIME')[1]))
keep(tried)
${CHANGE}
return tries`,
  }),
  release: script('cmRelease', {
    keys: ['main', 'states', 'under-way'],
    args: { ordinal: 'text' },
    reply: oneOf('refused', 'released'),
    lua: `
if ${STATE} ~= '${STATE_BYTES.copying}' then return refused end
redis.call('SETRANGE', states, ordinal, '${STATE_BYTES.waiting}')
redis.call('HINCRBY', main, 'n:${STATE_BYTES.copying}', -1)
redis.call('HINCRBY', main, 'n:${STATE_BYTES.waiting}', 1)
redis.call('HDEL', under_way, ordinal)
${CHANGE}
return released`,
  }),
  progress: script('cmProgress', {
    keys: ['main', 'states', 'under-way', 'rate'],
    args: { ordinal: 'text', bytes: 'number' },
    parts: [KEEP, PASSED],
    reply: oneOf('stop', 'go'),
    lua: `
local transfer = redis.call('HGET', main, 'state')
if not ${isAmong('transfer', COPYING_STATES)} then return stop end
if ${STATE} == '${STATE_BYTES.copying}' then
  passed('b', bytes - tonumber(redis.call('HGET', under_way, ordinal) or 0))
  redis.call('HSET', under_way, ordinal, bytes)
  keep(under_way)
  ${CHANGE}
end
return go`,
  }),
  /**
   * Writes an outcome. `from`: bytes of the allowed states; `to`: byte of the new state; `plan`: number that the newest
   * plan must have (empty: any); `relies`: the entry omits what follows from the listed item or the reserved id.
   * `stale`: these have changed, so nothing was written and the entry must be complete.
   */
  settle: script('cmSettle', {
    keys: [
      ...(['main', 'states', 'marks', 'outcomes', 'undone', 'fallbacks', 'amended', 'new-ids'] as const),
      ...(['under-way', 'rate', 'log'] as const),
    ],
    args: {
      ...{ ordinal: 'text', from: 'text', to: 'text', mark: 'number', entry: 'text', undo: 'number' },
      ...{ size: 'number', code: 'text', isFile: 'flag', relies: 'flag', fallback: 'number', plan: 'text' },
    },
    parts: [KEEP, NOTE, PASSED, COUNT],
    reply: oneOf('refused', 'settled', 'stale'),
    lua: `
if ${IS_OUTDATED} then return refused end
local old = ${STATE}
if old == '' or not string.find(from, old, 1, true) then return refused end
local amendment = redis.call('HGET', amended, ordinal)
if relies and (amendment or redis.call('HEXISTS', new_ids, ordinal) == 1) then return stale end
if amendment then size = tonumber(string.match(amendment, '^%d+')) end
local old_mark, old_undo, revised = byte(marks, ordinal), byte(undone, ordinal), not ${isOpen('old')}
if revised or old_mark > 0 or old_undo > 0 then
  count(old, old_mark, old_undo, size, code_of(ordinal, old_mark), -1)
end
redis.call('SETRANGE', states, ordinal, to)
if mark ~= old_mark then put(marks, ordinal, mark) end
if entry ~= '' then
  redis.call('HSET', outcomes, ordinal, entry)
  keep(outcomes)
elseif old_mark >= ${HAS_ENTRY} then
  redis.call('HDEL', outcomes, ordinal)
end
if undo ~= old_undo then
  put(undone, ordinal, undo)
  keep(undone)
end
if byte(fallbacks, ordinal) ~= fallback then
  put(fallbacks, ordinal, fallback)
  keep(fallbacks)
end
redis.call('HINCRBY', main, 'n:' .. old, -1)
redis.call('HINCRBY', main, 'n:' .. to, 1)
count(to, mark, undo, size, code, 1)
if not revised then
  if isFile then redis.call('HINCRBY', main, 'open', -1) end
  if to == '${STATE_BYTES.verified}' or to == '${STATE_BYTES.unverified}' then
    passed('i', 1)
    passed('b', size - tonumber(redis.call('HGET', under_way, ordinal) or 0))
  end
end
redis.call('HDEL', under_way, ordinal)
${CHANGE}
return settled`,
  }),
  /**
   * Records what happened to the original, and counts it once; a kept original may be trashed later. `original`:
   * position in ORIGINALS; `reason`: a JSON list of one (empty: none).
   */
  original: script('cmOriginal', {
    keys: ['main', 'states', 'marks', 'outcomes'],
    args: { ordinal: 'text', original: 'number', reason: 'text' },
    parts: [KEEP],
    reply: oneOf('unchanged', 'done'),
    lua: `
local mark = string.byte(redis.call('GETRANGE', marks, ordinal, ordinal))
local names, old = ${listInLua(ORIGINALS)}, mark and math.floor(mark / 32) % 4
if not mark or old == ${ORIGINALS.indexOf('trashed') + 1} or old == original then return unchanged end
if old > 0 then redis.call('HINCRBY', main, 'o:' .. names[old], -1) end
mark = mark + 32 * (original - old)
if reason ~= '' or (old > 0 and mark >= ${HAS_ENTRY}) then
  local entry = cjson.decode(redis.call('HGET', outcomes, ordinal) or '{}')
  entry.original = reason ~= '' and cjson.decode(reason)[1] or nil
  redis.call('HSET', outcomes, ordinal, cjson.encode(entry))
  keep(outcomes)
  if mark < ${HAS_ENTRY} then mark = mark + ${HAS_ENTRY} end
end
redis.call('SETRANGE', marks, ordinal, string.char(mark))
redis.call('HINCRBY', main, 'o:' .. names[original], 1)
${CHANGE}
return done`,
  }),
  /** Records what an undo did, once. `undo`: position in UNDONE; `reason`: a JSON list of one (empty: none). */
  undone: script('cmUndone', {
    keys: ['main', 'marks', 'outcomes', 'undone'],
    args: { ordinal: 'text', undo: 'number', reason: 'text' },
    parts: [KEEP],
    reply: oneOf('unchanged', 'done'),
    lua: `
local mark = string.byte(redis.call('GETRANGE', marks, ordinal, ordinal))
local before = string.byte(redis.call('GETRANGE', undone, ordinal, ordinal)) or 0
if not mark or before > 0 then return unchanged end
redis.call('SETRANGE', undone, ordinal, string.char(undo))
keep(undone)
if reason ~= '' then
  local entry = cjson.decode(redis.call('HGET', outcomes, ordinal) or '{}')
  entry.undone = cjson.decode(reason)[1]
  redis.call('HSET', outcomes, ordinal, cjson.encode(entry))
  keep(outcomes)
  if mark < ${HAS_ENTRY} then redis.call('SETRANGE', marks, ordinal, string.char(mark + ${HAS_ENTRY})) end
end
redis.call('HINCRBY', main, 'u:' .. (${listInLua(UNDONE)})[undo], 1)
${CHANGE}
return done`,
  }),
  restored: script('cmRestored', {
    keys: ['main', 'restored'],
    args: { id: 'text' },
    parts: [KEEP],
    reply: oneOf('done'),
    lua: `
redis.call('SADD', restored, id)
keep(restored)
${CHANGE}
return done`,
  }),
};

/** Changes the states and outcomes of items. */
export class RedisLedgerItems implements Omit<LedgerItems, keyof (LedgerRecords & LedgerIds)> {
  constructor(
    private readonly ledger: LedgerContext,
    private readonly ids: RedisLedgerIds,
    private readonly texts: LedgerTexts,
  ) {}

  async begin(ordinal: number, durable = false): Promise<number | undefined> {
    const before = await this.ledger[durable ? 'commit' : 'run'](ITEM_SCRIPTS.begin, { ordinal });
    return before === 'refused' ? undefined : before;
  }

  async release(ordinal: number): Promise<void> {
    await this.ledger.run(ITEM_SCRIPTS.release, { ordinal });
  }

  async progress(ordinal: number, bytes: number): Promise<boolean> {
    return (await this.ledger.run(ITEM_SCRIPTS.progress, { ordinal, bytes })) === 'go';
  }

  settle(item: PlannedItem, state: ItemState, outcome: Outcome, plan?: number): Promise<boolean> {
    return this.writeOutcome(item, ['waiting', 'copying'], state, outcome, plan);
  }

  revise(item: PlannedItem, from: 'verified' | 'failed', state: ItemState, outcome: Outcome): Promise<boolean> {
    return this.writeOutcome(item, [from], state, outcome);
  }

  private async writeOutcome(
    item: PlannedItem,
    from: readonly ItemState[],
    state: ItemState,
    outcome: Outcome,
    plan?: number,
  ): Promise<boolean> {
    const { ordinal } = item;
    const refs = await this.texts.refsOf(textsOf(outcome));
    const done = isDone(state);
    const link = done ? await this.texts.linkOf(item.mimeType, outcome) : undefined;
    const reservedId = done && item.kind !== 'google' ? (await this.ids.reserved([ordinal])).get(ordinal) : undefined;
    for (const inFull of [false, true]) {
      const { undone: undo, ...packed } = packOutcome({ item, state, reservedId, link }, outcome, refs, inFull);
      const result = await this.ledger.run(ITEM_SCRIPTS.settle, {
        ...packed,
        ordinal,
        from: from.map((old) => STATE_BYTES[old]).join(''),
        to: STATE_BYTES[state],
        undo,
        size: item.size ?? 0,
        code: outcome.code ?? 'internal',
        isFile: isCopied(item),
        plan: plan ?? '',
      });
      if (result === 'stale') continue;
      if (result === 'settled') this.ledger.stores.observer?.settled(item, state, outcome);
      return result === 'settled';
    }
    return false;
  }

  async settleOriginal(ordinal: number, original: 'trashed' | 'kept', reason?: string): Promise<void> {
    const number = ORIGINALS.indexOf(original) + 1;
    await this.ledger.run(ITEM_SCRIPTS.original, { ordinal, original: number, reason: await this.listed(reason) });
  }

  async settleUndo(ordinal: number, undone: 'trashed' | 'left', reason?: string): Promise<void> {
    const undo = UNDONE.indexOf(undone) + 1;
    await this.ledger.run(ITEM_SCRIPTS.undone, { ordinal, undo, reason: await this.listed(reason) });
  }

  private async listed(reason: string | undefined): Promise<string> {
    return reason ? JSON.stringify([(await this.texts.refsOf([reason])).get(reason) ?? reason]) : '';
  }

  async recordRestored(id: string): Promise<void> {
    await this.ledger.run(ITEM_SCRIPTS.restored, { id });
  }
}
