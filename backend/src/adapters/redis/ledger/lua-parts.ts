import type { ItemState } from '../../../engine/model/items.js';
import {
  ACTIVE_STATES,
  AFTER_END_STATES,
  LEADS_TO,
  PARKED_STATES,
  RESUMABLE_STATES,
  TERMINAL_STATES,
  type TransferState,
  WORKING_STATES,
} from '../../../engine/model/states.js';
import { EVENTS_KEPT } from '../../../engine/ports/ledger/log.js';
import { KEPT_SECONDS } from './ledger-keys.js';
import { HAS_ENTRY, ORIGINALS, UNDONE, WAYS } from './ledger-outcomes.js';

// Functions that the scripts of a ledger share; they can use the script's keys. Each change of a ledger is one script,
// so that states and counters never disagree.

/** How long a preflight that was not started is kept after it is planned or failed. */
const HELD_SECONDS = 3600;
/** Length of a bucket of progress, and how many are kept: a quarter of an hour. */
export const BUCKET_SECONDS = 10;
export const PACE_BUCKETS = 90;

/** The byte of each state of an item, in the string `states` and in the counters `n:`. */
export const STATE_BYTES: Readonly<Record<ItemState, string>> = {
  waiting: 'w',
  copying: 'c',
  verified: 'v',
  unverified: 'u',
  skipped: 's',
  failed: 'f',
};

export const listInLua = (names: readonly string[]): string => `{${names.map((name) => `'${name}'`).join(', ')}}`;
const setOf = (states: readonly TransferState[]) => `{${states.map((name) => `['${name}'] = true`).join(', ')}}`;

/** Lua tables of the states of each kind. */
export const TRANSFER_STATES_IN_LUA = `
local TERMINAL, PARKED, RESUMABLE = ${setOf(TERMINAL_STATES)}, ${setOf(PARKED_STATES)}, ${setOf(RESUMABLE_STATES)}
local ACTIVE, WORKING, AFTER_END = ${setOf(ACTIVE_STATES)}, ${setOf(WORKING_STATES)}, ${setOf(AFTER_END_STATES)}`;

/** A state as text in Lua; the compiler knows its names. */
export const stateInLua = (state: TransferState): string => `'${state}'`;

/** Lua for whether a local is one of these states. */
export const isAmong = (local: string, states: readonly TransferState[]): string =>
  `(${states.map((state) => `${local} == ${stateInLua(state)}`).join(' or ')})`;

/** Lua for the byte of the item `ordinal`, and for whether a byte is that of an open item. */
export const STATE = "redis.call('GETRANGE', states, ordinal, ordinal)";
export const isOpen = (state: string): string =>
  `(${state} == '${STATE_BYTES.waiting}' or ${state} == '${STATE_BYTES.copying}')`;

/** Lua for whether the transfer was removed or has expired: a script must not write a part of it again. */
export const IS_GONE = "redis.call('HEXISTS', main, 'state') == 0";

/** Lua for a change that belongs to a plan (`plan`): whether another process has begun a newer one. */
export const IS_OLD_PLAN = "(redis.call('HGET', main, 'plan') or '0') ~= plan";

/** The same for a change that may belong to no plan (empty). */
export const IS_OUTDATED = `plan ~= '' and ${IS_OLD_PLAN}`;

/** Lua that increases the revision, by which readers notice a change. */
export const CHANGE = "redis.call('HINCRBY', main, 'revision', 1)";

/** Gives a new key the expiry of its transfer, or removes it if the transfer is gone, as it would never expire. */
export const KEEP = `
local function keep(key)
  if redis.call('TTL', key) ~= -1 then return end
  local left = redis.call('TTL', main)
  if left > 0 then redis.call('EXPIRE', key, left) end
  if left == -2 then redis.call('DEL', key) end
end`;

/** Adds an entry to the log. */
export const NOTE = `
local function note(...) redis.call('XADD', log, 'MAXLEN', ${EVENTS_KEPT}, '*', ...) end`;

/**
 * Enters a state, records the end of a scheduled run, and renews the expiry of all keys: for scripts that get every key.
 * Returns what a scheduled run that ends has changed. Must follow TRANSFER_STATES_IN_LUA.
 */
export const ENTER = `
local function delta()
  local facts = redis.call('HGET', main, 'deltaFacts')
  return facts and cjson.decode(facts) or { at = 0, added = 0, changed = 0, renamed = 0 }
end
local function delta_at() return string.format('%.0f', delta().at) end
-- The value of 'run' is when the run started, and the time of the delta run before it.
local function run_ended(run, state)
  local at, before = string.match(run, '(%d+) (%d+)')
  local found = delta()
  local changed = delta_at() ~= before and found.added + found.changed + found.renamed or 0
  redis.call('HSET', main, 'lastRun', cjson.encode({ at = tonumber(at), changed = changed, state = state }))
  redis.call('HDEL', main, 'run')
  return changed
end
local function enter(to, now)
  local changed
  local from = redis.call('HGET', main, 'state')
  if ACTIVE[from] and redis.call('HEXISTS', main, 'startedAt') == 1 then
    local worked = now - (redis.call('HGET', main, 'since') or now)
    if worked > 0 then redis.call('HINCRBY', main, 'active', worked) end
  end
  local stops = to == ${stateInLua(LEADS_TO.pause)} or PARKED[to]
  if stops and not RESUMABLE[from] then redis.call('HSET', main, 'resumeState', from) end
  if to == ${stateInLua('failed')} then redis.call('HSET', main, 'failedIn', from) end
  redis.call('HDEL', main, 'parkedSide', 'parkedSince', 'resumeAt', 'sharingLimit', 'unitsLimit', 'hoursLimit', 'step')
  if TERMINAL[from] then
    -- Work on links does not postpone the ends of the times for a rerun and an undo.
    if to ~= ${stateInLua(LEADS_TO.links)} then
      redis.call('HDEL', main, 'ranUntil')
    else
      redis.call('HSETNX', main, 'ranUntil', redis.call('HGET', main, 'finishedAt') or now)
    end
    redis.call('HDEL', main, 'finishedAt')
    redis.call('HSET', main, 'began', redis.call('TIME')[1] .. '000')
    redis.call('UNLINK', conclusion)
  end
  if TERMINAL[from] or from == ${stateInLua('paused')} then redis.call('HDEL', main, 'problem') end
  redis.call('HSET', main, 'state', to, 'since', now)
  if to == ${stateInLua(LEADS_TO.start)} then
    redis.call('HSETNX', main, 'startedAt', now)
    redis.call('HDEL', main, 'held')
  end
  if TERMINAL[to] then
    redis.call('HSET', main, 'finishedAt', now)
    redis.call('HDEL', main, 'runNow')
    local run = redis.call('HGET', main, 'run')
    if run then changed = run_ended(run, to) end
  end
  -- Its copies go to the trash, so there is nothing to keep in sync.
  if to == ${stateInLua(LEADS_TO.undo)} then redis.call('HDEL', main, 'nextRun') end
  ${CHANGE}
  local waits = redis.call('HEXISTS', main, 'held') == 1 and (to == ${stateInLua('ready')} or TERMINAL[to])
  local seconds = waits and ${HELD_SECONDS} or ${KEPT_SECONDS}
  for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, seconds) end
  return changed
end`;

/** Counts recent progress in buckets; drops the oldest. Must follow KEEP. */
export const PASSED = `
local function passed(what, amount)
  if amount <= 0 then return end
  local bucket = math.floor(tonumber(redis.call('TIME')[1]) / ${BUCKET_SECONDS})
  if redis.call('HINCRBY', rate, what .. ':' .. bucket, amount) == amount then
    for _, field in ipairs(redis.call('HKEYS', rate)) do
      if tonumber(string.match(field, '%d+$')) < bucket - ${PACE_BUCKETS} then redis.call('HDEL', rate, field) end
    end
    keep(rate)
  end
end`;

/**
 * Reads and writes bytes of strings, and adds an item in a state with this mark to the counters, or subtracts it.
 * Scripts that add need NOTE too.
 */
export const COUNT = `
local WAYS, ORIGINALS, UNDONE = ${listInLua(WAYS)}, ${listInLua(ORIGINALS)}, ${listInLua(UNDONE)}
local function byte(key, ordinal)
  local found = redis.call('GETRANGE', key, ordinal, ordinal)
  return found == '' and 0 or string.byte(found)
end
local function put(key, ordinal, value) redis.call('SETRANGE', key, ordinal, string.char(value)) end
local function code_of(ordinal, mark)
  local code = mark >= ${HAS_ENTRY} and cjson.decode(redis.call('HGET', outcomes, ordinal) or '{}').c
  return code or 'internal'
end
local function count(state, mark, undo, size, code, sign)
  if state == '${STATE_BYTES.verified}' then
    redis.call('HINCRBY', main, 'b:verified', sign * size)
    redis.call('HINCRBY', main, 'w:' .. (WAYS[mark % 8] or 'created'), sign)
    redis.call('HINCRBY', main, math.floor(mark / 8) % 4 == 0 and 'p:presence' or 'p:checksum', sign)
  elseif state == '${STATE_BYTES.failed}' or state == '${STATE_BYTES.unverified}' then
    local failed = redis.call('HINCRBY', main, 'x:' .. code, sign)
    if state == '${STATE_BYTES.unverified}' then redis.call('HINCRBY', main, 'y:' .. code, sign) end
    if sign > 0 and failed == 1 then
      note('kind', 'reason', 'code', code)
      keep(log)
    end
  elseif state == '${STATE_BYTES.skipped}' then
    redis.call('HINCRBY', main, 's:' .. code, sign)
  end
  local original = math.floor(mark / 32) % 4
  if original > 0 then redis.call('HINCRBY', main, 'o:' .. ORIGINALS[original], sign) end
  if undo > 0 then redis.call('HINCRBY', main, 'u:' .. UNDONE[undo], sign) end
end`;
