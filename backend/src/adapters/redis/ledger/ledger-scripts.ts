import type { ClientContext, Redis, Result } from 'ioredis';
import {
  ACTIVE_STATES,
  EVENTS_KEPT,
  PARKED_STATES,
  SLOW_DOWNS_KEPT,
  TERMINAL_STATES,
  type TransferState,
  WORKING_STATES,
} from '../../../engine/ports/ledger.js';
import { keys, TRANSFER_PARTS, type TransferPart } from '../keys.js';
import { HAS_ENTRY, ORIGINALS, UNDONE, WAYS } from './ledger-outcomes.js';
import type { RedisClient } from '../redis-connections.js';

// Each change of a ledger is one script, so that bytes and counters never disagree.
//
// Fields of the main hash: state, since (when it came into it), active (ms in states of work before that), revision, plan (number), base (number of the plan that the pages belong to), found,
// open (files and Docs not settled), n:<state> items, b:<what> bytes, w:<way>, p:<proof>, o:<original>, u:<undone>,
// x:<code> failures and items that could not be verified, y:<code> the latter among them, s:<code> skips, held (a preflight that waits to be started),
// withdrawn:<side> (when its account withdrew its access), unconfirmed:<side> (its account must consent before it resumes),
// consented:<side> (when its account last did: what Google refused before that parks nothing),
// slowDowns (by Google), slowedAt (when, the last ones: seconds since 1970, joined by commas), title (by a person), sharesEnd (when its shares end by themselves, ms), sharesStay (set once one was made that does not).

export const KEPT_SECONDS = 30 * 24 * 3600;
/** Of a preflight that is planned, or failed to be, and was not started; how long the counting takes nobody knows. */
const HELD_SECONDS = 3600;
/** Different texts that outcomes share; what comes later is kept with each item. */
const MOST_TEXTS = 2_000;
const MOST_ATTEMPTS = 255;
/** Ten-second buckets of the pace that are kept: a quarter of an hour. */
export const PACE_BUCKETS = 90;
/** Put aside; what is so already remembers where it was. */
export const ASIDE: readonly TransferState[] = ['pausing', 'paused', ...PARKED_STATES];

type Key = 'main' | TransferPart;

const setOf = (names: readonly string[]) => `{${names.map((name) => `['${name}'] = true`).join(', ')}}`;
const listOf = (names: readonly string[]) => `{${names.map((name) => `'${name}'`).join(', ')}}`;

/** Gives a key that has just come into being the life of its transfer. */
const KEEP = `
local function keep(key)
  if redis.call('TTL', key) ~= -1 then return end
  local left = redis.call('TTL', main)
  if left > 0 then redis.call('EXPIRE', key, left) end
end`;

/** Moves to a state, and all keys live on from now: for scripts that get every key. */
const ENTER = `
local TERMINAL, PARKED, ASIDE = ${setOf(TERMINAL_STATES)}, ${setOf(PARKED_STATES)}, ${setOf(ASIDE)}
local ACTIVE = ${setOf(ACTIVE_STATES)}
local function enter(to, now)
  local from = redis.call('HGET', main, 'state')
  if ACTIVE[from] and redis.call('HEXISTS', main, 'startedAt') == 1 then
    local worked = now - (redis.call('HGET', main, 'since') or now)
    if worked > 0 then redis.call('HINCRBY', main, 'active', worked) end
  end
  if (to == 'pausing' or PARKED[to]) and not ASIDE[from] then redis.call('HSET', main, 'resumeState', from) end
  redis.call('HDEL', main, 'parkedSide', 'parkedSince', 'resumeAt')
  if TERMINAL[from] then
    redis.call('HDEL', main, 'finishedAt')
    redis.call('UNLINK', conclusion)
  end
  if TERMINAL[from] or from == 'paused' then redis.call('HDEL', main, 'problem') end
  redis.call('HSET', main, 'state', to, 'since', now)
  if to == 'running' then
    redis.call('HSETNX', main, 'startedAt', now)
    redis.call('HDEL', main, 'held')
  end
  if TERMINAL[to] then redis.call('HSET', main, 'finishedAt', now) end
  redis.call('HINCRBY', main, 'revision', 1)
  local waits = redis.call('HEXISTS', main, 'held') == 1 and (to == 'ready' or TERMINAL[to])
  local seconds = waits and ${HELD_SECONDS} or ${KEPT_SECONDS}
  for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, seconds) end
end`;

/** Adds to the log. A field without a name of its own there tells nothing. */
const NOTE = `
local function note(...) redis.call('XADD', log, 'MAXLEN', ${EVENTS_KEPT}, '*', ...) end`;

/** What passed lately, in ten-second buckets; the oldest go. */
const RATE = `
local function passed(what, amount)
  if amount <= 0 then return end
  local bucket = math.floor(tonumber(redis.call('TIME')[1]) / 10)
  if redis.call('HINCRBY', rate, what .. ':' .. bucket, amount) == amount then
    for _, field in ipairs(redis.call('HKEYS', rate)) do
      if tonumber(string.match(field, '%d+$')) < bucket - ${PACE_BUCKETS} then redis.call('HDEL', rate, field) end
    end
    keep(rate)
  end
end`;

/**
 * One byte of a string, and what an item in a state with this mark adds to the counters. What adds needs NOTE as well;
 * what only takes back does not.
 */
const COUNT = `
local WAYS, ORIGINALS, UNDONE = ${listOf(WAYS)}, ${listOf(ORIGINALS)}, ${listOf(UNDONE)}
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
  if state == 'v' then
    redis.call('HINCRBY', main, 'b:verified', sign * size)
    redis.call('HINCRBY', main, 'w:' .. (WAYS[mark % 8] or 'created'), sign)
    redis.call('HINCRBY', main, math.floor(mark / 8) % 4 == 0 and 'p:presence' or 'p:checksum', sign)
  elseif state == 'f' or state == 'u' then
    local failed = redis.call('HINCRBY', main, 'x:' .. code, sign)
    if state == 'u' then redis.call('HINCRBY', main, 'y:' .. code, sign) end
    if sign > 0 and failed == 1 then
      note('kind', 'reason', 'code', code)
      keep(log)
    end
  elseif state == 's' then
    redis.call('HINCRBY', main, 's:' .. code, sign)
  end
  local original = math.floor(mark / 32) % 4
  if original > 0 then redis.call('HINCRBY', main, 'o:' .. ORIGINALS[original], sign) end
  if undo > 0 then redis.call('HINCRBY', main, 'u:' .. UNDONE[undo], sign) end
end`;

/** A settled item is to be copied anew. */
const REOPEN = `
local function reopen(ordinal, state, size, copied)
  local mark, undo = byte(marks, ordinal), byte(undone, ordinal)
  count(state, mark, undo, size, code_of(ordinal, mark), -1)
  redis.call('SETRANGE', states, ordinal, 'w')
  put(marks, ordinal, 0)
  if undo > 0 then put(undone, ordinal, 0) end
  redis.call('HDEL', outcomes, ordinal)
  redis.call('HINCRBY', main, 'n:' .. state, -1)
  redis.call('HINCRBY', main, 'n:w', 1)
  if copied == '1' then redis.call('HINCRBY', main, 'open', 1) end
end`;

interface Script {
  readonly keys: readonly Key[];
  readonly lua: string;
}
const EVERY_KEY: readonly Key[] = ['main', ...TRANSFER_PARTS];
/** What a plan fills, and what is done with it. */
const PLANNED: readonly Key[] = EVERY_KEY.filter(
  (key) => !['main', 'order', 'grants', 'problems', 'links', 'texts', 'restored', 'log'].includes(key),
);

const SCRIPTS = {
  /** ARGV: order, 1 if held, now. Each only where it is not there yet: a repeated request changes nothing. */
  cmCreate: {
    keys: ['main', 'order', 'log'],
    lua: `${NOTE}
if redis.call('SET', order, ARGV[1], 'NX') then
  redis.call('HSET', main, 'state', 'planning', 'revision', 1, 'since', ARGV[3])
  note('kind', 'state', 'state', 'planning', 'command', 'create', 'by', 'source,destination')
  if ARGV[2] == '1' then redis.call('HSET', main, 'held', 1) end
  for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, ${KEPT_SECONDS}) end
end
return 1`,
  },
  /** Of a preflight that was not started. */
  cmRemove: {
    keys: EVERY_KEY,
    lua: `
if redis.call('HEXISTS', main, 'held') == 0 then return 0 end
redis.call('UNLINK', unpack(KEYS))
return 1`,
  },
  /**
   * ARGV: now, number of the plan that must be the newest (empty: any), the new state ("resume": where it was), command
   * and sides that gave it (empty: none), sides that consent, sides that must have before it resumes, number of states it
   * may be in, those states, field, value, field, value, … Sides are joined by commas.
   */
  cmAdvance: {
    keys: EVERY_KEY,
    lua: `${KEEP}${ENTER}${NOTE}
local state, to, last = redis.call('HGET', main, 'state'), ARGV[3], 8 + ARGV[8]
local allowed = false
for i = 9, last do if ARGV[i] == state then allowed = true end end
if not allowed then return 0 end
if ARGV[2] ~= '' and (redis.call('HGET', main, 'plan') or '0') ~= ARGV[2] then return 0 end
local event = { 'kind', 'state' }
local function add(...) for _, each in ipairs({ ... }) do event[#event + 1] = each end end
if ARGV[4] ~= '' then add('command', ARGV[4], 'by', ARGV[5]) end
local open, confirms = nil, false
for side in string.gmatch(ARGV[7], '%a+') do
  if redis.call('HEXISTS', main, 'unconfirmed:' .. side) == 1 then
    if string.find(ARGV[6], side, 1, true) then confirms = true else open = open or side end
  end
end
if to == 'resume' then
  to = redis.call('HGET', main, 'resumeState')
  if not to or (open and not confirms) then return 0 end
end
local parkedFor, refusedAt
for i = last + 1, #ARGV, 2 do
  if ARGV[i] == 'parkedSide' then parkedFor = ARGV[i + 1] end
  if ARGV[i] == 'parkedSince' then refusedAt = tonumber(ARGV[i + 1]) end
end
if parkedFor and refusedAt and refusedAt < tonumber(redis.call('HGET', main, 'consented:' .. parkedFor) or 0) then return 0 end
for side in string.gmatch(ARGV[6], '%a+') do
  redis.call('HDEL', main, 'unconfirmed:' .. side)
  redis.call('HSET', main, 'consented:' .. side, ARGV[1])
  if ARGV[4] == 'resume' then redis.call('HDEL', main, 'withdrawn:' .. side) end
end
if open then to = 'needs_reconnect' end
enter(to, ARGV[1])
for i = last + 1, #ARGV, 2 do
  redis.call('HSET', main, ARGV[i], ARGV[i + 1])
  add(ARGV[i], ARGV[i + 1])
end
if open then
  redis.call('HSET', main, 'parkedSide', open, 'parkedSince', ARGV[1])
  add('parkedSide', open)
end
local parked = redis.call('HGET', main, 'parkedSide')
if parked then redis.call('HSET', main, 'unconfirmed:' .. parked, 1) end
note('state', to, unpack(event))
keep(log)
return 1`,
  },
  /** ARGV: now, side, 1 if only where it has ended, a state whose work does not concern that side. Answers 2 where it parks. */
  cmWithdraw: {
    keys: EVERY_KEY,
    lua: `${KEEP}${ENTER}${NOTE}
local WORKING = ${setOf(WORKING_STATES)}
local state, side = redis.call('HGET', main, 'state'), ARGV[2]
if not state or (ARGV[3] == '1' and not TERMINAL[state]) then return 0 end
local parks = (WORKING[state] or state == 'waiting_quota') and state ~= ARGV[4]
local known = TERMINAL[state] or redis.call('HEXISTS', main, 'unconfirmed:' .. side) == 1
if known and not parks and redis.call('HEXISTS', main, 'withdrawn:' .. side) == 1 then return 0 end
redis.call('HSET', main, 'withdrawn:' .. side, ARGV[1])
if not TERMINAL[state] then redis.call('HSET', main, 'unconfirmed:' .. side, 1) end
note('kind', 'withdrawn', 'side', side)
if parks then
  enter('needs_reconnect', ARGV[1])
  redis.call('HSET', main, 'parkedSide', side, 'parkedSince', ARGV[1])
  note('kind', 'state', 'state', 'needs_reconnect', 'parkedSide', side)
  keep(log)
  return 2
end
redis.call('HINCRBY', main, 'revision', 1)
keep(log)
return 1`,
  },
  /** Answers the number of the new plan, 0 when none is being made. */
  cmRestartPlan: {
    keys: ['main', ...PLANNED],
    lua: `
if redis.call('HGET', main, 'state') ~= 'planning' then return 0 end
for i = 2, #KEYS do redis.call('UNLINK', KEYS[i]) end
for _, field in ipairs(redis.call('HKEYS', main)) do
  if string.match(field, '^[nbwpouxys]:') or field == 'open' or field == 'found' or field == 'planFacts' then
    redis.call('HDEL', main, field)
  end
end
local plan = redis.call('HINCRBY', main, 'plan', 1)
redis.call('HSET', main, 'base', plan)
redis.call('HINCRBY', main, 'revision', 1)
return plan`,
  },
  cmExtendPlan: {
    keys: ['main'],
    lua: `
if redis.call('HGET', main, 'state') ~= 'updating' then return 0 end
redis.call('HINCRBY', main, 'revision', 1)
return redis.call('HINCRBY', main, 'plan', 1)`,
  },
  /**
   * ARGV: plan, items that must be there before (-1: any), new items, their bytes, files and Docs among them, page,
   * value, page, value, … Answers -1 when nothing may be added, -2 when it was, else the items that are there.
   */
  cmAppend: {
    keys: ['main', 'pages', 'states', 'attempts', 'marks'],
    lua: `${KEEP}
local state = redis.call('HGET', main, 'state')
if state ~= 'planning' and state ~= 'updating' then return -1 end
if (redis.call('HGET', main, 'plan') or '0') ~= ARGV[1] then return -1 end
local found, count = tonumber(redis.call('HGET', main, 'found') or 0), tonumber(ARGV[3])
if ARGV[2] ~= '-1' and tonumber(ARGV[2]) ~= found then return found end
redis.call('HINCRBY', main, 'revision', 1)
if count == 0 then return -2 end
for i = 6, #ARGV, 2 do redis.call('HSET', pages, ARGV[i], ARGV[i + 1]) end
redis.call('APPEND', states, string.rep('w', count))
redis.call('APPEND', attempts, string.rep('\\0', count))
redis.call('APPEND', marks, string.rep('\\0', count))
for i = 2, #KEYS do keep(KEYS[i]) end
redis.call('HINCRBY', main, 'found', count)
redis.call('HINCRBY', main, 'n:w', count)
redis.call('HINCRBY', main, 'b:found', ARGV[4])
redis.call('HINCRBY', main, 'open', ARGV[5])
return -2`,
  },
  /**
   * Of the ordinals ARGV[1] to ARGV[2]: base, found, states, attempts, marks, undone, fallbacks, tried, conversions,
   * then as ordinal, value, … the entries, the amended items, the new ids, what is replaced and what is superseded.
   */
  cmRead: {
    keys: [
      ...(['main', 'states', 'attempts', 'marks', 'undone', 'fallbacks', 'tried', 'conversions'] as const),
      ...(['outcomes', 'amended', 'new-ids', 'replaces', 'supersedes'] as const),
    ],
    lua: `
local from, last = tonumber(ARGV[1]), tonumber(ARGV[2])
local function range(key) return redis.call('GETRANGE', key, from, last) end
local function fields(key)
  local found = {}
  if redis.call('HLEN', key) > 0 then
    for ordinal = from, last do
      local value = redis.call('HGET', key, ordinal)
      if value then found[#found + 1] = ordinal; found[#found + 1] = value end
    end
  end
  return found
end
local entries, marked = {}, range(marks)
for index = 1, #marked do
  if string.byte(marked, index) >= ${HAS_ENTRY} then
    local ordinal = from + index - 1
    entries[#entries + 1] = ordinal
    entries[#entries + 1] = redis.call('HGET', outcomes, ordinal) or '{}'
  end
end
return { redis.call('HGET', main, 'base') or '0', tonumber(redis.call('HGET', main, 'found') or 0), range(states),
  range(attempts), marked, range(undone), range(fallbacks), redis.call('GETRANGE', tried, from * 4, last * 4 + 3), range(conversions), entries, fields(amended), fields(new_ids),
  fields(replaces), fields(supersedes) }`,
  },
  /** ARGV: ordinals. Answers base, then ordinal, new id, … */
  cmIds: {
    keys: ['main', 'new-ids'],
    lua: `
local answer = { redis.call('HGET', main, 'base') or '0' }
if redis.call('HLEN', new_ids) > 0 then
  for _, ordinal in ipairs(ARGV) do
    local id = redis.call('HGET', new_ids, ordinal)
    if id then answer[#answer + 1] = ordinal; answer[#answer + 1] = id end
  end
end
return answer`,
  },
  /** ARGV: page, new value, value that must be there, then ordinal, id, … of items whose id was taken away. */
  cmReserve: {
    keys: ['main', 'ids', 'new-ids'],
    lua: `${KEEP}
if redis.call('HEXISTS', main, 'state') == 0 then return 1 end
if (redis.call('HGET', ids, ARGV[1]) or '') ~= ARGV[3] then return 0 end
redis.call('HSET', ids, ARGV[1], ARGV[2])
keep(ids)
for i = 4, #ARGV, 2 do
  if redis.call('HGET', new_ids, ARGV[i]) == '' then redis.call('HSET', new_ids, ARGV[i], ARGV[i + 1]) end
end
return 1`,
  },
  /** ARGV: ordinal, id. What is settled keeps its id: its outcome tells of that one. */
  cmReplaceId: {
    keys: ['main', 'states', 'new-ids'],
    lua: `${KEEP}
local state = redis.call('GETRANGE', states, ARGV[1], ARGV[1])
if state ~= 'w' and state ~= 'c' and state ~= 'k' then return 0 end
redis.call('HSET', new_ids, ARGV[1], ARGV[2])
keep(new_ids)
return 1`,
  },
  /** ARGV: ordinal. */
  cmBegin: {
    keys: ['main', 'states', 'attempts', 'tried'],
    lua: `${KEEP}
local state = redis.call('HGET', main, 'state')
if state ~= 'running' and state ~= 'finishing' then return 0 end
local old = redis.call('GETRANGE', states, ARGV[1], ARGV[1])
if old ~= 'w' and old ~= 'c' then return 0 end
if old == 'w' then
  redis.call('SETRANGE', states, ARGV[1], 'c')
  redis.call('HINCRBY', main, 'n:w', -1)
  redis.call('HINCRBY', main, 'n:c', 1)
end
local tries = string.byte(redis.call('GETRANGE', attempts, ARGV[1], ARGV[1])) or 0
if tries < ${MOST_ATTEMPTS} then redis.call('SETRANGE', attempts, ARGV[1], string.char(tries + 1)) end
redis.call('SETRANGE', tried, ARGV[1] * 4, struct.pack('>I4', redis.call('TIME')[1]))
keep(tried)
redis.call('HINCRBY', main, 'revision', 1)
return 1`,
  },
  /** ARGV: ordinal. */
  cmRelease: {
    keys: ['main', 'states', 'under-way'],
    lua: `
if redis.call('GETRANGE', states, ARGV[1], ARGV[1]) ~= 'c' then return 0 end
redis.call('SETRANGE', states, ARGV[1], 'w')
redis.call('HINCRBY', main, 'n:c', -1)
redis.call('HINCRBY', main, 'n:w', 1)
redis.call('HDEL', under_way, ARGV[1])
redis.call('HINCRBY', main, 'revision', 1)
return 1`,
  },
  /** ARGV: ordinal, bytes. */
  cmProgress: {
    keys: ['main', 'states', 'under-way', 'rate'],
    lua: `${KEEP}${RATE}
local state = redis.call('HGET', main, 'state')
if state ~= 'running' and state ~= 'finishing' then return 0 end
if redis.call('GETRANGE', states, ARGV[1], ARGV[1]) == 'c' then
  passed('b', tonumber(ARGV[2]) - tonumber(redis.call('HGET', under_way, ARGV[1]) or 0))
  redis.call('HSET', under_way, ARGV[1], ARGV[2])
  keep(under_way)
  redis.call('HINCRBY', main, 'revision', 1)
end
return 1`,
  },
  /**
   * ARGV: ordinal, states it may come from, new state, mark, entry, undone, size, code, 1 for a file or Docs file, 1 if
   * the entry leaves out what follows from the item as listed or from the reserved id, number of the fallback. Answers 2,
   * and does nothing,
   * where these have changed: the entry must be in full.
   */
  cmSettle: {
    keys: [
      ...(['main', 'states', 'marks', 'outcomes', 'undone', 'fallbacks', 'amended', 'new-ids'] as const),
      ...(['under-way', 'rate', 'log'] as const),
    ],
    lua: `${KEEP}${RATE}${NOTE}${COUNT}
local ordinal, new, mark, undo, size = ARGV[1], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[6]), tonumber(ARGV[7])
local old = redis.call('GETRANGE', states, ordinal, ordinal)
if old == '' or not string.find(ARGV[2], old, 1, true) then return 0 end
local changed = redis.call('HGET', amended, ordinal)
if ARGV[10] == '1' and (changed or redis.call('HEXISTS', new_ids, ordinal) == 1) then return 2 end
if changed then size = tonumber(string.match(changed, '^%d+')) end
local old_mark, old_undo, revised = byte(marks, ordinal), byte(undone, ordinal), old == 'v' or old == 'f'
if revised or old_mark > 0 or old_undo > 0 then
  count(old, old_mark, old_undo, size, code_of(ordinal, old_mark), -1)
end
redis.call('SETRANGE', states, ordinal, new)
if mark ~= old_mark then put(marks, ordinal, mark) end
if ARGV[5] ~= '' then
  redis.call('HSET', outcomes, ordinal, ARGV[5])
  keep(outcomes)
elseif old_mark >= ${HAS_ENTRY} then
  redis.call('HDEL', outcomes, ordinal)
end
if undo ~= old_undo then
  put(undone, ordinal, undo)
  keep(undone)
end
if byte(fallbacks, ordinal) ~= tonumber(ARGV[11]) then
  put(fallbacks, ordinal, ARGV[11])
  keep(fallbacks)
end
redis.call('HINCRBY', main, 'n:' .. old, -1)
redis.call('HINCRBY', main, 'n:' .. new, 1)
count(new, mark, undo, size, ARGV[8], 1)
if not revised then
  if ARGV[9] == '1' then redis.call('HINCRBY', main, 'open', -1) end
  if new == 'v' or new == 'u' then
    passed('i', 1)
    passed('b', size - tonumber(redis.call('HGET', under_way, ordinal) or 0))
  end
end
redis.call('HDEL', under_way, ordinal)
redis.call('HINCRBY', main, 'revision', 1)
return 1`,
  },
  /**
   * ARGV: ordinal, number of what became of the original, reason as a JSON list (empty: none). Counts each once; one that
   * was kept may be trashed later.
   */
  cmOriginal: {
    keys: ['main', 'states', 'marks', 'outcomes'],
    lua: `${KEEP}
local ordinal, mark = ARGV[1], string.byte(redis.call('GETRANGE', marks, ARGV[1], ARGV[1]))
local names, old = ${listOf(ORIGINALS)}, mark and math.floor(mark / 32) % 4
if not mark or old == ${ORIGINALS.indexOf('trashed') + 1} or old == tonumber(ARGV[2]) then return 0 end
if old > 0 then redis.call('HINCRBY', main, 'o:' .. names[old], -1) end
mark = mark + 32 * (ARGV[2] - old)
if ARGV[3] ~= '' or (old > 0 and mark >= ${HAS_ENTRY}) then
  local entry = cjson.decode(redis.call('HGET', outcomes, ordinal) or '{}')
  entry.original = ARGV[3] ~= '' and cjson.decode(ARGV[3])[1] or nil
  redis.call('HSET', outcomes, ordinal, cjson.encode(entry))
  keep(outcomes)
  if mark < ${HAS_ENTRY} then mark = mark + ${HAS_ENTRY} end
end
redis.call('SETRANGE', marks, ordinal, string.char(mark))
redis.call('HINCRBY', main, 'o:' .. names[tonumber(ARGV[2])], 1)
redis.call('HINCRBY', main, 'revision', 1)
return 1`,
  },
  /** ARGV: ordinal, number of what an undo did, reason as a JSON list (empty: none). Counts each once. */
  cmUndone: {
    keys: ['main', 'marks', 'outcomes', 'undone'],
    lua: `${KEEP}
local ordinal, mark = ARGV[1], string.byte(redis.call('GETRANGE', marks, ARGV[1], ARGV[1]))
local undo = string.byte(redis.call('GETRANGE', undone, ordinal, ordinal)) or 0
if not mark or undo > 0 then return 0 end
redis.call('SETRANGE', undone, ordinal, string.char(ARGV[2]))
keep(undone)
if ARGV[3] ~= '' then
  local entry = cjson.decode(redis.call('HGET', outcomes, ordinal) or '{}')
  entry.undone = cjson.decode(ARGV[3])[1]
  redis.call('HSET', outcomes, ordinal, cjson.encode(entry))
  keep(outcomes)
  if mark < ${HAS_ENTRY} then redis.call('SETRANGE', marks, ordinal, string.char(mark + ${HAS_ENTRY})) end
end
redis.call('HINCRBY', main, 'u:' .. (${listOf(UNDONE)})[tonumber(ARGV[2])], 1)
redis.call('HINCRBY', main, 'revision', 1)
return 1`,
  },
  /** ARGV: id. */
  cmRestored: {
    keys: ['main', 'restored'],
    lua: `${KEEP}
redis.call('SADD', restored, ARGV[1])
keep(restored)
redis.call('HINCRBY', main, 'revision', 1)
return 1`,
  },
  /**
   * ARGV: 1 if they may be converted; then ordinal, state it must be in, size, 1 for a file or Docs file, ordinal, …
   * Answers how many were.
   */
  cmReopen: {
    keys: ['main', 'states', 'marks', 'outcomes', 'undone', 'conversions'],
    lua: `${KEEP}${COUNT}${REOPEN}
local reopened = 0
for i = 2, #ARGV, 4 do
  if redis.call('GETRANGE', states, ARGV[i], ARGV[i]) == ARGV[i + 1] then
    reopen(ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2]), ARGV[i + 3])
    if ARGV[1] == '1' then put(conversions, ARGV[i], 1) end
    reopened = reopened + 1
  end
end
if ARGV[1] == '1' then keep(conversions) end
redis.call('HINCRBY', main, 'revision', 1)
return reopened`,
  },
  /**
   * ARGV: ordinal, how it differs (its size, a space, JSON), its size, the size before, 1 for a file or Docs file, destination id
   * (empty: none), the earlier copy (empty: none). Answers 0 when the item is open.
   */
  cmReopenAs: {
    keys: ['main', 'states', 'marks', 'outcomes', 'undone', 'attempts', 'amended', 'new-ids', 'supersedes'],
    lua: `${KEEP}${COUNT}${REOPEN}
local ordinal = ARGV[1]
local state = redis.call('GETRANGE', states, ordinal, ordinal)
if state ~= 'v' and state ~= 'u' and state ~= 's' and state ~= 'f' then return 0 end
reopen(ordinal, state, tonumber(ARGV[4]), ARGV[5])
put(attempts, ordinal, 0)
redis.call('HSET', amended, ordinal, ARGV[2])
keep(amended)
redis.call('HSET', new_ids, ordinal, ARGV[6])
keep(new_ids)
if ARGV[7] ~= '' then
  redis.call('HSET', supersedes, ordinal, ARGV[7])
  keep(supersedes)
end
redis.call('HINCRBY', main, 'b:found', ARGV[3] - ARGV[4])
redis.call('HINCRBY', main, 'revision', 1)
return 1`,
  },
  /** ARGV: ordinal, how it differs (its size, a space, JSON), its size, the size it was planned with, 1 if it may be settled. */
  cmAmend: {
    keys: ['main', 'states', 'amended'],
    lua: `${KEEP}
local state = redis.call('GETRANGE', states, ARGV[1], ARGV[1])
if state == '' or (ARGV[5] ~= '1' and state ~= 'w' and state ~= 'c' and state ~= 'k') then return 0 end
local before = redis.call('HGET', amended, ARGV[1])
local size = before and string.match(before, '^%d+') or ARGV[4]
redis.call('HSET', amended, ARGV[1], ARGV[2])
keep(amended)
redis.call('HINCRBY', main, 'b:found', ARGV[3] - size)
redis.call('HINCRBY', main, 'revision', 1)
return 1`,
  },
  /** ARGV: ordinal, id in the destination. */
  cmReplace: {
    keys: ['main', 'states', 'replaces'],
    lua: `${KEEP}
if redis.call('GETRANGE', states, ARGV[1], ARGV[1]) == '' then return 0 end
redis.call('HSET', replaces, ARGV[1], ARGV[2])
keep(replaces)
redis.call('HINCRBY', main, 'revision', 1)
return 1`,
  },
  /** ARGV: ordinal, code, ordinal, code, … */
  cmForesee: {
    keys: ['main', 'foreseen', 'problems'],
    lua: `${KEEP}
if redis.call('HEXISTS', main, 'state') == 0 then return 0 end
for i = 1, #ARGV, 2 do
  local number = redis.call('HGET', problems, ARGV[i + 1])
  if not number then
    number = redis.call('HLEN', problems) + 1
    redis.call('HSET', problems, ARGV[i + 1], number)
  end
  redis.call('SETRANGE', foreseen, ARGV[i], string.char(number))
end
keep(foreseen)
keep(problems)
return 1`,
  },
  /** ARGV: texts. Answers their numbers, -1 where the list is full. */
  cmTexts: {
    keys: ['main', 'texts'],
    lua: `${KEEP}
local numbers = {}
for i, text in ipairs(ARGV) do
  local number = redis.call('HGET', texts, text)
  if not number then
    number = redis.call('HLEN', texts)
    if number < ${MOST_TEXTS} then redis.call('HSET', texts, text, number) else number = -1 end
  end
  numbers[i] = tonumber(number)
end
keep(texts)
return numbers`,
  },
  cmSlowedDown: {
    keys: ['main'],
    lua: `
if redis.call('HEXISTS', main, 'state') == 0 then return 0 end
local count = redis.call('HINCRBY', main, 'slowDowns', 1)
local times = redis.call('HGET', main, 'slowedAt') or ''
if count > ${SLOW_DOWNS_KEPT} then times = string.gsub(times, '^,%d+', '') end
redis.call('HSET', main, 'slowedAt', times .. ',' .. redis.call('TIME')[1])
redis.call('HINCRBY', main, 'revision', 1)
return count`,
  },
  /** ARGV: name (empty: none). */
  cmEntitle: {
    keys: ['main'],
    lua: `
if redis.call('HEXISTS', main, 'state') == 0 then return 0 end
if ARGV[1] == '' then redis.call('HDEL', main, 'title') else redis.call('HSET', main, 'title', ARGV[1]) end
return redis.call('HINCRBY', main, 'revision', 1)`,
  },
  /** ARGV: JSON. */
  cmConclude: {
    keys: ['main', 'conclusion'],
    lua: `${KEEP}
if redis.call('HEXISTS', main, 'state') == 0 then return 0 end
redis.call('SET', conclusion, ARGV[1])
keep(conclusion)
return redis.call('HINCRBY', main, 'revision', 1)`,
  },
  /** ARGV: step. */
  cmNoteStep: {
    keys: ['main', 'log'],
    lua: `${KEEP}${NOTE}
if redis.call('HEXISTS', main, 'state') == 0 then return 0 end
note('kind', 'step', 'step', ARGV[1])
keep(log)
return 1`,
  },
  /** ARGV: MIME type, web link of its copies. Answers the one that was there first. */
  cmLink: {
    keys: ['main', 'links'],
    lua: `${KEEP}
redis.call('HSETNX', links, ARGV[1], ARGV[2])
keep(links)
return redis.call('HGET', links, ARGV[1])`,
  },
  /** ARGV: the shared item. */
  cmRetract: {
    keys: ['main', 'grants'],
    lua: `
if redis.call('HGET', grants, ARGV[1]) ~= '{}' then return 0 end
redis.call('HDEL', grants, ARGV[1])
redis.call('HINCRBY', main, 'revision', 1)
return 1`,
  },
  /** Bytes that the node of this transfer has left; -1 where it has no limit. */
  cmRoom: {
    keys: ['main'],
    lua: `
local memory = redis.call('INFO', 'memory')
local most = tonumber(string.match(memory, '\\nmaxmemory:(%d+)'))
if not most or most == 0 then return -1 end
return math.max(0, most - tonumber(string.match(memory, '\\nused_memory:(%d+)')))`,
  },
} as const satisfies Record<string, Script>;

export type LedgerScript = keyof typeof SCRIPTS;

type Commands<Context extends ClientContext> = {
  readonly [Name in LedgerScript | `${LedgerScript}Buffer`]: (
    ...args: (string | number | Buffer)[]
  ) => Result<unknown, Context>;
};
declare module 'ioredis' {
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- the only way to add what is computed from SCRIPTS
  interface RedisCommander<Context extends ClientContext = { type: 'default' }> extends Commands<Context> {}
}

/** Makes the scripts known to a connection. */
export function defineLedgerScripts(redis: RedisClient | Redis): void {
  for (const [name, { keys: used, lua }] of Object.entries<Script>(SCRIPTS)) {
    const names = used.map((key) => key.replace('-', '_'));
    const named = `local ${names.join(', ')} = ${names.map((_, index) => `KEYS[${index + 1}]`).join(', ')}`;
    redis.defineCommand(name, { numberOfKeys: used.length, lua: `${named}\n${lua}` });
  }
}

export type TransferKeys = Readonly<Record<Key, string>>;

export function transferKeysOf(id: string): TransferKeys {
  const parts = TRANSFER_PARTS.map((part) => [part, keys.transferPart(id, part)]);
  return { main: keys.transfer(id), ...(Object.fromEntries(parts) as Record<TransferPart, string>) };
}

/** The keys that a script is called with, before its arguments. */
export function keysOf(script: LedgerScript, of: TransferKeys): string[] {
  return SCRIPTS[script].keys.map((key) => of[key]);
}
