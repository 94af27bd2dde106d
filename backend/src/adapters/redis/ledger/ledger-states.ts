import { type Side, SIDES } from '../../../engine/errors.js';
import {
  PLANNING_STATES,
  RESUMABLE_STATES,
  sidesAtWork,
  TERMINAL_STATES,
  TRANSFER_STATES,
  type TransferState,
  WORKING_STATES,
} from '../../../engine/model/states.js';
import type { CommandedBy } from '../../../engine/ports/ledger/log.js';
import {
  type Advance,
  UNATTENDED_MS,
  type LedgerStates,
  LONGEST_WAIT_MS,
  type ParkReason,
} from '../../../engine/ports/ledger/states.js';
import { oneOf, script, type Value } from '../lua.js';
import { type StoredOrder, toStoredOrder } from '../stored-names.js';
import { packedLines } from './access-pages.js';
import type { LedgerContext } from './ledger-context.js';
import { EVERY_KEY, KEPT_SECONDS } from './ledger-keys.js';
import { CHANGE, ENTER, IS_OUTDATED, KEEP, NOTE, stateInLua, TRANSFER_STATES_IN_LUA } from './lua-parts.js';

export const STATE_SCRIPTS = {
  /**
   * Creates a transfer. Idempotent: writes each key only if it is missing. `lines`: the people map, packed;
   * `schedule`: JSON, or empty; `now`: epoch milliseconds.
   */
  create: script('cmCreate', {
    keys: ['main', 'order', 'people', 'log'],
    args: { content: 'text', lines: 'text', schedule: 'text', held: 'flag', now: 'text' },
    parts: [NOTE],
    reply: oneOf('done'),
    lua: `
if redis.call('SET', order, content, 'NX') then
  redis.call('HSET', main, 'state', ${stateInLua('planning')}, 'revision', 1, 'since', now)
  if lines ~= '' then redis.call('SET', people, lines) end
  if schedule ~= '' then redis.call('HSET', main, 'schedule', schedule) end
  if held then redis.call('HSET', main, 'held', 1) end
  local by = { 'command', 'create', 'by', 'source,destination', held and 'held' or nil, held and '1' or nil }
  note('kind', 'state', 'state', ${stateInLua('planning')}, unpack(by))
  for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, ${KEPT_SECONDS}) end
end
return done`,
  }),
  /** `now`: epoch milliseconds. */
  attend: script('cmAttend', {
    keys: ['main'],
    args: { now: 'number' },
    parts: [TRANSFER_STATES_IN_LUA],
    reply: oneOf('gone', 'noted'),
    lua: `
local state = redis.call('HGET', main, 'state')
if not state then return gone end
local before = redis.call('HGET', main, 'attended')
redis.call('HSET', main, 'attended', string.format('%.0f', now))
if before and ACTIVE[state] and redis.call('HEXISTS', main, 'startedAt') == 1 then
  local away = now - math.max(tonumber(before), tonumber(redis.call('HGET', main, 'since') or before))
  if away > ${UNATTENDED_MS} then
    redis.call('HINCRBY', main, 'active', string.format('%.0f', -away))
    ${CHANGE}
  end
end
return noted`,
  }),
  /** Renews the expiry of all keys, if a day of it is over. */
  renew: script('cmRenewTransfer', {
    keys: EVERY_KEY,
    reply: oneOf('unchanged', 'renewed'),
    lua: `
if redis.call('HEXISTS', main, 'held') == 1 or redis.call('TTL', main) > ${KEPT_SECONDS - 86_400} then return unchanged end
for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, ${KEPT_SECONDS}) end
return renewed`,
  }),
  /** Removes a preflight that was not started. */
  remove: script('cmRemove', {
    keys: EVERY_KEY,
    reply: oneOf('refused', 'removed'),
    lua: `
if redis.call('HEXISTS', main, 'held') == 0 then return refused end
redis.call('UNLINK', unpack(KEYS))
return removed`,
  }),
  /**
   * Changes the state. `plan`: number that the newest plan must have (empty: any); `from`: allowed states, with a comma
   * before and after each; `to`: the new state, or "resume" (the previous one); `command`, `by`: who gave it (empty:
   * nobody); `consents`: sides that consent; `needs`: sides whose consent it needs to resume. Sides are joined by
   * commas. `content`: replaces the order, with `lines` as its people map (empty: neither changes). `due`: the scheduled
   * run that this is (empty: none), `next`: the one after it (empty: none). The rows are stored and logged.
   */
  advance: script('cmAdvance', {
    keys: EVERY_KEY,
    args: {
      ...{ now: 'text', plan: 'text', from: 'text', to: 'text' },
      ...{ command: 'text', by: 'text', consents: 'text', needs: 'text', content: 'text', lines: 'text' },
      ...{ due: 'text', next: 'text' },
    },
    columns: ['field', 'value'],
    parts: [TRANSFER_STATES_IN_LUA, KEEP, ENTER, NOTE],
    reply: oneOf('refused', 'moved'),
    lua: `
local state = redis.call('HGET', main, 'state')
if not state or not string.find(from, ',' .. state .. ',', 1, true) then return refused end
if ${IS_OUTDATED} then return refused end
if due ~= '' and redis.call('HGET', main, 'nextRun') ~= due then return refused end
local open, confirms = nil, false
for side in string.gmatch(needs, '%a+') do
  if redis.call('HEXISTS', main, 'unconfirmed:' .. side) == 1 then
    if string.find(consents, side, 1, true) then confirms = true else open = open or side end
  end
end
if to == 'resume' then
  to = redis.call('HGET', main, 'resumeState')
  if not to or (open and not confirms) then return refused end
end
local parked_for, since
for field, value in rows() do
  if field == 'parkedSide' then parked_for = value end
  if field == 'parkedSince' then since = tonumber(value) end
end
local consented = parked_for and tonumber(redis.call('HGET', main, 'consented:' .. parked_for) or 0)
if consented and since and since < consented then return refused end
for side in string.gmatch(consents, '%a+') do
  redis.call('HDEL', main, 'unconfirmed:' .. side)
  redis.call('HSET', main, 'consented:' .. side, now)
  if command == 'resume' then redis.call('HDEL', main, 'withdrawn:' .. side) end
end
if command == 'resume' and redis.call('HEXISTS', main, 'hoursLimit') == 1 then redis.call('HSET', main, 'runNow', 1) end
local wanted = to
if open then to = ${stateInLua('needs_reconnect')} end
if content ~= '' then redis.call('SET', order, content) end
if lines ~= '' then redis.call('SET', people, lines) end
local changed = enter(to, now)
if due ~= '' then
  if next == '' then redis.call('HDEL', main, 'nextRun') else redis.call('HSET', main, 'nextRun', next) end
  redis.call('HSET', main, 'run', now .. ' ' .. delta_at())
  if open then redis.call('HSET', main, 'resumeState', wanted) end
end
local event = { 'kind', 'state' }
local function add(...) for _, each in ipairs({ ... }) do event[#event + 1] = each end end
if command ~= '' then add('command', command, 'by', by) end
if redis.call('HEXISTS', main, 'held') == 1 then add('held', '1') end
for field, value in rows() do
  redis.call('HSET', main, field, value)
  add(field, value)
end
if changed then add('changed', changed) end
if open then
  redis.call('HSET', main, 'parkedSide', open, 'parkedSince', now)
  add('parkedSide', open)
end
local parked = redis.call('HGET', main, 'parkedSide')
if parked then redis.call('HSET', main, 'unconfirmed:' .. parked, 1) end
note('state', to, unpack(event))
keep(log)
return moved`,
  }),
  /**
   * Records that an account withdrew its access. `spared`: states whose work does not need that side, with a comma before
   * and after each; a transfer that waits counts as in the state that it resumes.
   */
  withdraw: script('cmWithdraw', {
    keys: EVERY_KEY,
    args: { now: 'text', side: 'text', onlyIfEnded: 'flag', spared: 'text' },
    parts: [TRANSFER_STATES_IN_LUA, KEEP, ENTER, NOTE],
    reply: oneOf('unchanged', 'recorded', 'parked'),
    lua: `
local state = redis.call('HGET', main, 'state')
if not state then return unchanged end
local goes_on_as = RESUMABLE[state] and redis.call('HGET', main, 'resumeState') or state
local is_spared = AFTER_END[goes_on_as] and string.find(spared, ',' .. goes_on_as .. ',', 1, true)
-- A schedule is work that an account agreed to, as a running transfer is: signing out does not end it.
if onlyIfEnded and (not (TERMINAL[state] or is_spared) or redis.call('HEXISTS', main, 'nextRun') == 1) then
  return unchanged
end
local waits = state == ${stateInLua('waiting_quota')}
local work = waits and redis.call('HGET', main, 'resumeState') or state
local parks = (WORKING[state] or waits) and not string.find(spared, ',' .. work .. ',', 1, true)
local known = TERMINAL[state] or redis.call('HEXISTS', main, 'unconfirmed:' .. side) == 1
if known and not parks and redis.call('HEXISTS', main, 'withdrawn:' .. side) == 1 then return unchanged end
redis.call('HSET', main, 'withdrawn:' .. side, now)
redis.call('HDEL', main, 'nextRun')
if not TERMINAL[state] then redis.call('HSET', main, 'unconfirmed:' .. side, 1) end
note('kind', 'withdrawn', 'side', side)
keep(log)
if not parks then
  ${CHANGE}
  return recorded
end
enter(${stateInLua('needs_reconnect')}, now)
redis.call('HSET', main, 'parkedSide', side, 'parkedSince', now)
local held = redis.call('HEXISTS', main, 'held') == 1 and { 'held', '1' } or {}
note('kind', 'state', 'state', ${stateInLua('needs_reconnect')}, 'parkedSide', side, unpack(held))
return parked`,
  }),
};

interface Change {
  readonly plan?: number;
  readonly at?: number;
  readonly by?: CommandedBy;
  readonly confirmed?: readonly Side[];
  readonly needs?: readonly Side[];
  readonly durable?: boolean;
  readonly run?: Advance['run'];
  /** The order and the people map, as they are stored. */
  readonly content?: string;
  readonly lines?: Buffer | '';
  /** Fields to store and log with the state. */
  readonly fields?: Readonly<Record<string, Value>>;
}

export class RedisLedgerStates implements LedgerStates {
  constructor(private readonly ledger: LedgerContext) {}

  async state(): Promise<TransferState> {
    return ((await this.ledger.redis.hget(this.ledger.main, 'state')) ?? 'canceled') as TransferState;
  }

  async advance(
    from: readonly TransferState[],
    to: TransferState,
    { problem, by, sharing, links, ...details }: Advance = {},
  ): Promise<boolean> {
    // A transfer that leaves its end counts as open again. This comes first, so that a crash in between loses nothing.
    const reopens = !TERMINAL_STATES.includes(to) && from.some((state) => TERMINAL_STATES.includes(state));
    if (reopens) await this.ledger.listAsOpen();
    const fields = problem && { fields: { problem: JSON.stringify(problem) } };
    const order = (sharing || links) && {
      content: JSON.stringify({
        ...(await this.storedOrder()),
        ...(sharing && { sharing: sharing.options }),
        ...(links && { links }),
      }),
      ...(sharing && { lines: packedLines(sharing.people) }),
    };
    const consent = by && { by, confirmed: by.sides };
    // Nobody commands a scheduled run, so both accounts must have agreed before.
    const needs = details.run && { needs: SIDES };
    const moved = await this.change(from, to, { ...details, ...consent, ...needs, ...fields, ...order });
    if (reopens && moved) await this.ledger.listAsOpen(); // the maintenance job may have removed it meanwhile
    return moved;
  }

  /** Another ledger of the transfer may have changed it since this one was opened. */
  private async storedOrder(): Promise<StoredOrder> {
    const content = await this.ledger.redis.get(this.ledger.keys.order);
    return content === null ? toStoredOrder(this.ledger.order) : (JSON.parse(content) as StoredOrder);
  }

  park(state: 'waiting_quota' | 'needs_reconnect', { side, since, resumeAt, limit }: ParkReason): Promise<boolean> {
    const now = Date.now();
    return this.change(WORKING_STATES, state, {
      fields: {
        parkedSince: since ?? now,
        ...(side && { parkedSide: side }),
        ...(resumeAt && { resumeAt: Math.min(resumeAt, now + LONGEST_WAIT_MS) }),
        ...(limit && { [`${limit}Limit`]: 1 }),
      },
    });
  }

  resume({
    by,
    needs = SIDES,
    confirmed = by?.sides ?? [],
  }: { by?: CommandedBy; needs?: readonly Side[]; confirmed?: readonly Side[] } = {}): Promise<boolean> {
    return this.change(RESUMABLE_STATES, 'resume', { confirmed, needs, ...(by && { by }) });
  }

  /** Moves the transfer from planning or updating to ready, if this plan is the newest. */
  endPlanning(plan: number): Promise<boolean> {
    return this.change(PLANNING_STATES, 'ready', { plan });
  }

  async renew(): Promise<void> {
    if ((await this.ledger.run(STATE_SCRIPTS.renew, {})) === 'renewed') await this.ledger.listAsOpen();
  }

  async attend(): Promise<void> {
    await this.ledger.run(STATE_SCRIPTS.attend, { now: Date.now() });
  }

  async withdrawAccess(side: Side, onlyIfEnded = false): Promise<void> {
    const { order, stores } = this.ledger;
    const spared = TRANSFER_STATES.filter((state) => !sidesAtWork(order.mode, state).includes(side));
    const args = { now: Date.now(), side, onlyIfEnded, spared: `,${spared.join(',')},` };
    const done = await this.ledger.run(STATE_SCRIPTS.withdraw, args);
    if (done === 'parked') stores.observer?.entered('needs_reconnect', order);
  }

  private async change(
    from: readonly TransferState[],
    to: TransferState | 'resume',
    {
      plan,
      at = Date.now(),
      by,
      confirmed = [],
      needs = [],
      durable = false,
      content = '',
      lines = '',
      run,
      ...more
    }: Change,
  ): Promise<boolean> {
    const done = await this.ledger[durable ? 'commit' : 'run'](STATE_SCRIPTS.advance, {
      ...{ now: at, plan: plan ?? '', from: `,${from.join()},`, to },
      ...{ command: by?.command ?? '', by: (by?.sides ?? []).join(), consents: confirmed.join(), needs: needs.join() },
      ...{ content, lines, due: run?.due ?? '', next: run?.next ?? '' },
      rows: Object.entries(more.fields ?? {}).map(([field, value]) => ({ field, value })),
    });
    if (done === 'moved' && to !== 'resume') this.ledger.stores.observer?.entered(to, this.ledger.order);
    return done === 'moved';
  }
}
