import type { Redis, Result } from 'ioredis';
import type { Side } from '../../engine/errors.js';
import {
  type GrantRecord,
  isCopied,
  type ItemRecord,
  type ItemState,
  type Ledger,
  type Outcome,
  type PlannedItem,
  SETTLED_STATES,
  TERMINAL_STATES,
  type TransferOrder,
  type TransferSnapshot,
  type TransferState,
  type Way,
} from '../../engine/ports/ledger.js';
import type { TransferStore } from '../../transfers/transfer-store.port.js';
import { keys } from './keys.js';
import { answering } from './redis-errors.js';

const KEPT_SECONDS = 30 * 24 * 3600;
const IDEMPOTENCY_SECONDS = 24 * 3600;
const RATE_WINDOW_SECONDS = 60;

/** One byte an item. */
const CODE: Readonly<Record<ItemState, string>> = {
  waiting: 'w',
  copying: 'c',
  checking: 'k',
  verified: 'v',
  unverified: 'u',
  skipped: 's',
  failed: 'f',
};
const STATE = Object.fromEntries(Object.entries(CODE).map(([state, code]) => [code, state])) as Record<
  string,
  ItemState
>;

// Fields of the main hash: n:<state> items, x:<code> failures, w:<way>, p:<proof>, b:<what> bytes, o:<original>,
// open: files and Docs not settled.

/** What passed in the last minute: KEYS[5] holds ten-second buckets; those older than two minutes go. */
const COUNT_RATE = `
local function count(what, amount)
  if amount <= 0 then return end
  local bucket = math.floor(tonumber(redis.call('TIME')[1]) / 10)
  if redis.call('HINCRBY', KEYS[5], what .. ':' .. bucket, amount) == amount then
    for _, field in ipairs(redis.call('HKEYS', KEYS[5])) do
      if tonumber(string.match(field, '%d+$')) < bucket - 12 then redis.call('HDEL', KEYS[5], field) end
    end
  end
end`;

const SCRIPTS = {
  /** KEYS[2] and on: what a plan fills. Answers the number of the new plan, 0 when none is being made. */
  cmRestartPlan: `
if redis.call('HGET', KEYS[1], 'state') ~= 'planning' then return 0 end
for i = 2, #KEYS do redis.call('DEL', KEYS[i]) end
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.match(field, '^[nbxwpo]:') or field == 'open' or field == 'found' then redis.call('HDEL', KEYS[1], field) end
end
redis.call('HINCRBY', KEYS[1], 'revision', 1)
return redis.call('HINCRBY', KEYS[1], 'plan', 1)`,
  /** KEYS: main, items, sources, states. ARGV: plan, bytes, files and Docs, then ordinal, item, source id, … */
  cmAppend: `
if redis.call('HGET', KEYS[1], 'state') ~= 'planning' then return 0 end
if (redis.call('HGET', KEYS[1], 'plan') or '0') ~= ARGV[1] then return 0 end
local count = (#ARGV - 3) / 3
if count == 0 then return 1 end
for i = 4, #ARGV, 3 do
  redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
  redis.call('HSET', KEYS[3], ARGV[i + 2], ARGV[i])
end
redis.call('SETRANGE', KEYS[4], ARGV[4], string.rep('w', count))
redis.call('HINCRBY', KEYS[1], 'found', count)
redis.call('HINCRBY', KEYS[1], 'n:w', count)
redis.call('HINCRBY', KEYS[1], 'b:found', ARGV[2])
redis.call('HINCRBY', KEYS[1], 'open', ARGV[3])
redis.call('HINCRBY', KEYS[1], 'revision', 1)
return 1`,
  /** ARGV: plan, now. */
  cmCompletePlan: `
if redis.call('HGET', KEYS[1], 'state') ~= 'planning' then return 0 end
if (redis.call('HGET', KEYS[1], 'plan') or '0') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'state', 'running', 'startedAt', ARGV[2])
redis.call('HINCRBY', KEYS[1], 'revision', 1)
return 1`,
  /** ARGV: item, ordinal. */
  cmBegin: `
local state = redis.call('HGET', KEYS[1], 'state')
if state ~= 'running' and state ~= 'finishing' then return 0 end
local old = redis.call('GETRANGE', KEYS[2], ARGV[1], ARGV[1])
if old ~= 'w' and old ~= 'c' then return 0 end
if old == 'w' then
  redis.call('SETRANGE', KEYS[2], ARGV[1], 'c')
  redis.call('HINCRBY', KEYS[1], 'n:w', -1)
  redis.call('HINCRBY', KEYS[1], 'n:c', 1)
end
redis.call('HINCRBY', KEYS[3], ARGV[1], 1)
redis.call('HINCRBY', KEYS[1], 'revision', 1)
return 1`,
  cmRelease: `
if redis.call('GETRANGE', KEYS[2], ARGV[1], ARGV[1]) ~= 'c' then return 0 end
redis.call('SETRANGE', KEYS[2], ARGV[1], 'w')
redis.call('HINCRBY', KEYS[1], 'n:c', -1)
redis.call('HINCRBY', KEYS[1], 'n:w', 1)
redis.call('HDEL', KEYS[3], ARGV[1])
redis.call('HINCRBY', KEYS[1], 'revision', 1)
return 1`,
  /** ARGV: ordinal, bytes. */
  cmProgress: `${COUNT_RATE}
local state = redis.call('HGET', KEYS[1], 'state')
if state ~= 'running' and state ~= 'finishing' then return 0 end
if redis.call('GETRANGE', KEYS[2], ARGV[1], ARGV[1]) == 'c' then
  count('b', tonumber(ARGV[2]) - tonumber(redis.call('HGET', KEYS[4], ARGV[1]) or 0))
  redis.call('HSET', KEYS[4], ARGV[1], ARGV[2])
  redis.call('HINCRBY', KEYS[1], 'revision', 1)
end
return 1`,
  /** ARGV: ordinal, new state, outcome, size, way, proof, code, 1 for a file or Docs file, states it may come from. */
  cmSettle: `${COUNT_RATE}
local main, ordinal, new, size = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[4])
local old = redis.call('GETRANGE', KEYS[2], ordinal, ordinal)
if old == '' or not string.find(ARGV[9], old, 1, true) then return 0 end
local was_settled = old == 'v' or old == 'f'
if old == 'f' then
  local before = cjson.decode(redis.call('HGET', KEYS[3], ordinal) or '{}')
  redis.call('HINCRBY', main, 'x:' .. (before.code or 'internal'), -1)
end
redis.call('SETRANGE', KEYS[2], ordinal, new)
redis.call('HSET', KEYS[3], ordinal, ARGV[3])
redis.call('HINCRBY', main, 'n:' .. old, -1)
redis.call('HINCRBY', main, 'n:' .. new, 1)
local sign = 0
if new == 'v' then sign = 1 elseif old == 'v' then sign = -1 end
if sign ~= 0 then
  redis.call('HINCRBY', main, 'b:verified', sign * size)
  redis.call('HINCRBY', main, 'w:' .. ARGV[5], sign)
  redis.call('HINCRBY', main, 'p:' .. ARGV[6], sign)
end
if ARGV[7] ~= '' then redis.call('HINCRBY', main, 'x:' .. ARGV[7], 1) end
if not was_settled then
  if ARGV[8] == '1' then redis.call('HINCRBY', main, 'open', -1) end
  if new == 'v' or new == 'u' then
    count('i', 1)
    count('b', size - tonumber(redis.call('HGET', KEYS[4], ordinal) or 0))
  end
end
redis.call('HDEL', KEYS[4], ordinal)
redis.call('HINCRBY', main, 'revision', 1)
return 1`,
  /** ARGV: ordinal, original, outcome. Counts each once. */
  cmOriginal: `
local outcome = redis.call('HGET', KEYS[2], ARGV[1])
if outcome and string.find(outcome, '"original":', 1, true) then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
redis.call('HINCRBY', KEYS[1], 'o:' .. ARGV[2], 1)
redis.call('HINCRBY', KEYS[1], 'revision', 1)
return 1`,
  /** ARGV: the shared item. */
  cmRetract: `
if redis.call('HGET', KEYS[2], ARGV[1]) ~= '{}' then return 0 end
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('HINCRBY', KEYS[1], 'revision', 1)
return 1`,
  /** ARGV: number of states it may be in, those states, the new state, field, value, field, value, … */
  cmAdvance: `
local state = redis.call('HGET', KEYS[1], 'state')
local allowed = false
for i = 2, ARGV[1] + 1 do if ARGV[i] == state then allowed = true end end
if not allowed then return 0 end
local at = ARGV[1] + 2
if ARGV[at] == 'resume' then
  local back = redis.call('HGET', KEYS[1], 'resumeState')
  redis.call('HSET', KEYS[1], 'state', back)
  redis.call('HDEL', KEYS[1], 'resumeState', 'resumeAt', 'parkedSide', 'parkedSince')
else
  if ARGV[at] == 'waiting_quota' or ARGV[at] == 'needs_reconnect' then redis.call('HSET', KEYS[1], 'resumeState', state) end
  redis.call('HSET', KEYS[1], 'state', ARGV[at])
end
for i = at + 1, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('HINCRBY', KEYS[1], 'revision', 1)
return 1`,
} as const;

declare module 'ioredis' {
  interface RedisCommander<Context> {
    cmRestartPlan(keyCount: number, ...args: (string | number)[]): Result<number, Context>;
    cmAppend(keyCount: 4, ...args: (string | number)[]): Result<number, Context>;
    cmCompletePlan(keyCount: 1, ...args: (string | number)[]): Result<number, Context>;
    cmRetract(keyCount: 2, ...args: (string | number)[]): Result<number, Context>;
    cmBegin(keyCount: 3, ...args: (string | number)[]): Result<number, Context>;
    cmRelease(keyCount: 3, ...args: (string | number)[]): Result<number, Context>;
    cmProgress(keyCount: 5, ...args: (string | number)[]): Result<number, Context>;
    cmSettle(keyCount: 5, ...args: (string | number)[]): Result<number, Context>;
    cmOriginal(keyCount: 2, ...args: (string | number)[]): Result<number, Context>;
    cmAdvance(keyCount: 1, ...args: (string | number)[]): Result<number, Context>;
  }
}

/** Transfers and their ledgers in Redis. */
export class RedisTransferStore implements TransferStore {
  constructor(private readonly redis: Redis) {
    for (const [name, lua] of Object.entries(SCRIPTS)) redis.defineCommand(name, { lua });
  }

  async create(
    order: TransferOrder,
    idempotency?: { key: string; digest: string },
  ): Promise<{ ledger: Ledger; outcome: 'created' | 'repeated' | 'conflict' }> {
    if (idempotency) {
      const key = keys.idempotency(idempotency.key);
      const claim = JSON.stringify({ id: order.id, digest: idempotency.digest });
      const earlier = await this.redis.set(key, claim, 'EX', IDEMPOTENCY_SECONDS, 'NX', 'GET');
      if (earlier) {
        const { id, digest } = JSON.parse(earlier) as { id: string; digest: string };
        const ledger = await this.find(id);
        if (digest !== idempotency.digest) return { ledger: ledger ?? this.ledger(order), outcome: 'conflict' };
        // A request that died half-way is completed by its repetition: under the claimed id, in every index.
        if (ledger) {
          await this.index(ledger.order);
          return { ledger, outcome: 'repeated' };
        }
        order = { ...order, id };
      }
    }
    // The transfer first: an id in an index without its transfer is skipped, a transfer without index would be lost.
    await this.redis
      .multi()
      // Each only where it is not there yet: of two requests with one key at once, the later one must not set the
      // transfer that the first one has begun back to its start.
      .hsetnx(keys.transfer(order.id), 'order', JSON.stringify(order))
      .hsetnx(keys.transfer(order.id), 'state', 'planning')
      .hsetnx(keys.transfer(order.id), 'revision', 1)
      .expire(keys.transfer(order.id), KEPT_SECONDS)
      .exec();
    await this.index(order);
    return { ledger: this.ledger(order), outcome: 'created' };
  }

  private async index({ id, createdAt, source, destination }: TransferOrder): Promise<void> {
    await this.redis.sadd(keys.openTransfers(), id); // the watch takes it out again if it has ended
    for (const sub of new Set([source.sub, destination.sub])) {
      await this.redis
        .multi()
        .zadd(keys.accountTransfers(sub), createdAt, id)
        .zremrangebyscore(keys.accountTransfers(sub), '-inf', createdAt - KEPT_SECONDS * 1_000)
        .expire(keys.accountTransfers(sub), KEPT_SECONDS)
        .exec();
    }
  }

  async find(id: string): Promise<Ledger | undefined> {
    const order = await this.redis.hget(keys.transfer(id), 'order');
    return order ? this.ledger(JSON.parse(order) as TransferOrder) : undefined;
  }

  async list(subs: readonly string[], before: number, limit: number): Promise<{ id: string; createdAt: number }[]> {
    const found = new Map<string, number>();
    for (const sub of new Set(subs)) {
      const page = await this.redis.zrevrangebyscore(
        keys.accountTransfers(sub),
        `(${before}`,
        '-inf',
        'WITHSCORES',
        'LIMIT',
        0,
        limit,
      );
      for (let index = 0; index < page.length; index += 2) found.set(page[index]!, Number(page[index + 1]));
    }
    return [...found]
      .map(([id, createdAt]) => ({ id, createdAt }))
      .sort((a, b) => b.createdAt - a.createdAt)
      .slice(0, limit);
  }

  private ledger(order: TransferOrder): Ledger {
    return answering(new RedisLedger(this.redis, order));
  }

  open(): Promise<string[]> {
    return this.redis.smembers(keys.openTransfers());
  }

  async close(id: string): Promise<void> {
    await this.redis.srem(keys.openTransfers(), id);
  }
}

class RedisLedger implements Ledger {
  private readonly main: string;
  private readonly keys: Readonly<
    Record<'items' | 'states' | 'outcomes' | 'ids' | 'sources' | 'attempts' | 'underWay' | 'rate' | 'grants', string>
  >;

  constructor(
    private readonly redis: Redis,
    readonly order: TransferOrder,
  ) {
    const { id } = order;
    this.main = keys.transfer(id);
    this.keys = {
      items: keys.transferItems(id),
      states: keys.transferStates(id),
      outcomes: keys.transferOutcomes(id),
      ids: keys.transferIds(id),
      sources: keys.transferSources(id),
      attempts: keys.transferAttempts(id),
      underWay: keys.transferUnderWay(id),
      rate: keys.transferRate(id),
      grants: keys.transferGrants(id),
    };
  }

  async advance(
    from: readonly TransferState[],
    to: TransferState,
    details: { problem?: { code: string; detail: string } } = {},
  ): Promise<boolean> {
    const now = Date.now();
    const fields: (string | number)[] = [];
    if (to === 'running') fields.push('startedAt', now);
    if (TERMINAL_STATES.includes(to)) fields.push('finishedAt', now);
    if (details.problem) fields.push('problem', JSON.stringify(details.problem));
    return this.change(from, to, fields);
  }

  park(
    state: 'waiting_quota' | 'needs_reconnect',
    why: { side?: Side; since?: number; resumeAt?: number },
  ): Promise<boolean> {
    return this.change(['planning', 'running', 'finishing'], state, [
      'parkedSince',
      why.since ?? Date.now(),
      ...(why.side ? ['parkedSide', why.side] : []),
      ...(why.resumeAt ? ['resumeAt', why.resumeAt] : []),
    ]);
  }

  resume(): Promise<boolean> {
    return this.change(['waiting_quota', 'needs_reconnect'], 'resume', []);
  }

  private async change(from: readonly string[], to: string, fields: (string | number)[]): Promise<boolean> {
    const done = await this.redis.cmAdvance(1, this.main, from.length, ...from, to, ...fields);
    if (done === 1) await this.renew();
    return done === 1;
  }

  private async renew(): Promise<void> {
    const renewal = this.redis.pipeline();
    for (const key of [this.main, ...Object.values(this.keys)]) renewal.expire(key, KEPT_SECONDS);
    await renewal.exec();
  }

  async state(): Promise<TransferState> {
    return ((await this.redis.hget(this.main, 'state')) ?? 'canceled') as TransferState;
  }

  async restartPlan(): Promise<number | undefined> {
    const filled = Object.values(this.keys).filter((key) => key !== this.keys.grants);
    const plan = await this.redis.cmRestartPlan(1 + filled.length, this.main, ...filled);
    return plan === 0 ? undefined : plan;
  }

  async append(items: readonly PlannedItem[], plan: number): Promise<boolean> {
    const bytes = items.reduce((sum, item) => sum + (item.size ?? 0), 0);
    const { items: planned, sources, states } = this.keys;
    const done = await this.redis.cmAppend(
      4,
      this.main,
      planned,
      sources,
      states,
      plan,
      bytes,
      items.filter(isCopied).length,
      ...items.flatMap((item) => [item.ordinal, JSON.stringify(item), item.sourceId]),
    );
    return done === 1;
  }

  async completePlan(plan: number): Promise<boolean> {
    const done = await this.redis.cmCompletePlan(1, this.main, plan, Date.now());
    if (done === 1) await this.renew();
    return done === 1;
  }

  async name({ chosen, target }: { chosen?: readonly string[]; target?: string }): Promise<void> {
    await this.redis.hset(this.main, {
      ...(chosen && { names: JSON.stringify(chosen) }),
      ...(target !== undefined && { targetName: target }),
    });
  }

  async fixResultFolder(id: string): Promise<string> {
    await this.redis.hsetnx(this.main, 'resultFolderId', id);
    return (await this.redis.hget(this.main, 'resultFolderId'))!;
  }

  async items(from: number, count: number): Promise<ItemRecord[]> {
    const ordinals = Array.from({ length: count }, (_, index) => String(from + index));
    const [planned, states, outcomes, attempts] = (await this.redis
      .pipeline()
      .hmget(this.keys.items, ...ordinals)
      .getrange(this.keys.states, from, from + count - 1)
      .hmget(this.keys.outcomes, ...ordinals)
      .hmget(this.keys.attempts, ...ordinals)
      .exec()
      .then(resultsOf)) as [(string | null)[], string, (string | null)[], (string | null)[]];
    return planned.flatMap((json, index) =>
      json === null
        ? []
        : {
            ...(JSON.parse(json) as PlannedItem),
            state: STATE[states[index] ?? ''] ?? 'waiting',
            attempts: Number(attempts[index] ?? 0),
            outcome: JSON.parse(outcomes[index] ?? '{}') as Outcome,
          },
    );
  }

  async item(ordinal: number): Promise<ItemRecord | undefined> {
    return (await this.items(ordinal, 1))[0];
  }

  async amend(item: PlannedItem): Promise<void> {
    // Callers may hand over a record: its state lives elsewhere.
    const planned = Object.fromEntries(Object.entries(item).filter(([field]) => !RECORD_FIELDS.has(field)));
    const before = await this.item(item.ordinal);
    if (!before || SETTLED_STATES.includes(before.state)) return;
    await this.redis
      .multi()
      .hset(this.keys.items, item.ordinal, JSON.stringify(planned))
      .hincrby(this.main, 'b:found', (item.size ?? 0) - (before.size ?? 0))
      .exec();
  }

  async ordinalOf(sourceId: string): Promise<number | undefined> {
    const ordinal = await this.redis.hget(this.keys.sources, sourceId);
    return ordinal === null ? undefined : Number(ordinal);
  }

  async reserveIds(ids: ReadonlyMap<number, string>): Promise<ReadonlyMap<number, string>> {
    const reservation = this.redis.pipeline();
    for (const [ordinal, id] of ids) reservation.hsetnx(this.keys.ids, String(ordinal), id);
    resultsOf(await reservation.exec());
    return this.destinationIds([...ids.keys()]);
  }

  async replaceId(ordinal: number, id: string): Promise<void> {
    await this.redis.hset(this.keys.ids, ordinal, id);
  }

  async destinationIds(ordinals: readonly number[]): Promise<ReadonlyMap<number, string>> {
    if (ordinals.length === 0) return new Map();
    const ids = await this.redis.hmget(this.keys.ids, ...ordinals.map(String));
    return new Map(ordinals.flatMap((ordinal, index) => (ids[index] ? [[ordinal, ids[index]]] : [])));
  }

  async begin(ordinal: number): Promise<boolean> {
    return (await this.redis.cmBegin(3, this.main, this.keys.states, this.keys.attempts, ordinal)) === 1;
  }

  async release(ordinal: number): Promise<void> {
    await this.redis.cmRelease(3, this.main, this.keys.states, this.keys.underWay, ordinal);
  }

  async progress(ordinal: number, bytes: number): Promise<boolean> {
    const { states, outcomes, underWay, rate } = this.keys;
    return (await this.redis.cmProgress(5, this.main, states, outcomes, underWay, rate, ordinal, bytes)) === 1;
  }

  settle(ordinal: number, state: ItemState, outcome: Outcome): Promise<boolean> {
    return this.conclude(ordinal, ['waiting', 'copying', 'checking'], state, outcome);
  }

  revise(ordinal: number, from: 'verified' | 'failed', state: ItemState, outcome: Outcome): Promise<boolean> {
    return this.conclude(ordinal, [from], state, outcome);
  }

  private async conclude(
    ordinal: number,
    from: readonly ItemState[],
    state: ItemState,
    outcome: Outcome,
  ): Promise<boolean> {
    const item = JSON.parse((await this.redis.hget(this.keys.items, String(ordinal))) ?? '{}') as Partial<PlannedItem>;
    const { states, outcomes, underWay, rate } = this.keys;
    const done = await this.redis.cmSettle(
      5,
      this.main,
      states,
      outcomes,
      underWay,
      rate,
      ordinal,
      CODE[state],
      JSON.stringify(outcomeOf(outcome)),
      item.size ?? 0,
      outcome.way ?? 'created',
      outcome.checksum ? 'checksum' : 'presence',
      state === 'failed' || state === 'unverified' ? (outcome.code ?? 'internal') : '',
      isCopied(item) ? 1 : 0,
      from.map((old) => CODE[old]).join(''),
    );
    return done === 1;
  }

  async openFiles(): Promise<number> {
    return Number((await this.redis.hget(this.main, 'open')) ?? 0);
  }

  async settleOriginal(ordinal: number, original: 'trashed' | 'kept', reason?: string): Promise<void> {
    const item = await this.item(ordinal);
    const outcome = { ...item?.outcome, original, ...(reason && { originalReason: reason }) };
    await this.redis.cmOriginal(
      2,
      this.main,
      this.keys.outcomes,
      ordinal,
      original,
      JSON.stringify(outcomeOf(outcome)),
    );
  }

  async grants(): Promise<GrantRecord[]> {
    const grants = await this.redis.hgetall(this.keys.grants);
    return Object.entries(grants).map(([itemId, json]) => ({
      itemId,
      ...(JSON.parse(json) as { permissionId?: string; madeAt?: number }),
    }));
  }

  async announceGrant(itemId: string): Promise<void> {
    const users = keys.shareUsers(itemId, this.order.destination.sub);
    await this.redis.multi().sadd(users, this.order.id).expire(users, KEPT_SECONDS).exec();
    await this.redis.hsetnx(this.keys.grants, itemId, '{}');
  }

  async retractGrant(itemId: string): Promise<void> {
    const users = keys.shareUsers(itemId, this.order.destination.sub);
    if ((await this.redis.cmRetract(2, this.main, this.keys.grants, itemId)) === 1)
      await this.redis.srem(users, this.order.id);
  }

  async recordGrant(itemId: string, permissionId: string, madeAt: number): Promise<void> {
    // Anew, for the transfer may have ended between the announcement and now: the watch must find the share.
    await this.redis.sadd(keys.openTransfers(), this.order.id);
    await this.redis.sadd(keys.shareUsers(itemId, this.order.destination.sub), this.order.id);
    await this.redis
      .multi()
      .hset(this.keys.grants, itemId, JSON.stringify({ permissionId, madeAt }))
      .hincrby(this.main, 'revision', 1)
      .exec();
  }

  async sharedByOthers(itemId: string): Promise<boolean> {
    const users = await this.redis.smembers(keys.shareUsers(itemId, this.order.destination.sub));
    return users.some((id) => id !== this.order.id);
  }

  async isLastUser(itemId: string): Promise<boolean> {
    const users = keys.shareUsers(itemId, this.order.destination.sub);
    const [, left] = resultsOf(await this.redis.multi().srem(users, this.order.id).scard(users).exec());
    return left === 0;
  }

  async forgetGrant(itemId: string, withdrawn: boolean): Promise<void> {
    const forgetting = this.redis.multi().hdel(this.keys.grants, itemId).hincrby(this.main, 'revision', 1);
    if (withdrawn) forgetting.hincrby(this.main, 'grantsWithdrawn', 1);
    await forgetting.exec();
    await this.redis.srem(keys.shareUsers(itemId, this.order.destination.sub), this.order.id);
  }

  async snapshot(): Promise<TransferSnapshot> {
    const [main, underWay, rate, openGrants] = resultsOf(
      await this.redis
        .pipeline()
        .hgetall(this.main)
        .hvals(this.keys.underWay)
        .hgetall(this.keys.rate)
        .hlen(this.keys.grants)
        .exec(),
    ) as [Record<string, string>, string[], Record<string, string>, number];
    const number = (field: string) => Number(main[field] ?? 0);
    const counts = Object.fromEntries(
      Object.entries(CODE).map(([state, code]) => [state, number(`n:${code}`)]),
    ) as Record<ItemState, number>;
    const ways = {
      server_copy: number('w:server_copy'),
      relay: number('w:relay'),
      created: number('w:created'),
    } satisfies Record<Way, number>;
    const failures = Object.fromEntries(
      Object.entries(main).flatMap(([field, count]) =>
        field.startsWith('x:') && count !== '0' ? [[field.slice(2), Number(count)]] : [],
      ),
    );
    const parkedSide = main['parkedSide'] as Side | undefined;
    return {
      state: (main['state'] ?? 'canceled') as TransferState,
      revision: number('revision'),
      ...(main['startedAt'] && { startedAt: number('startedAt') }),
      ...(main['finishedAt'] && { finishedAt: number('finishedAt') }),
      ...(parkedSide && { parked: { side: parkedSide, since: number('parkedSince') } }),
      ...(main['resumeAt'] && { resumeAt: number('resumeAt') }),
      ...(main['problem'] && { problem: JSON.parse(main['problem']) as { code: string; detail: string } }),
      found: number('found'),
      counts,
      bytes: {
        found: number('b:found'),
        verified: number('b:verified'),
        copying: underWay.reduce((sum, bytes) => sum + Number(bytes), 0),
      },
      originals: { trashed: number('o:trashed'), kept: number('o:kept') },
      ways,
      verification: { checksum: number('p:checksum'), presence: number('p:presence') },
      failures,
      grants: { open: openGrants, withdrawn: number('grantsWithdrawn') },
      rate: rateOf(rate, number('startedAt')),
      ...(main['resultFolderId'] && { resultFolderId: main['resultFolderId'] }),
      names: JSON.parse(main['names'] ?? '[]') as string[],
      ...(main['targetName'] !== undefined && { targetName: main['targetName'] }),
    };
  }
}

const RECORD_FIELDS: ReadonlySet<string> = new Set(['state', 'attempts', 'outcome'] satisfies (keyof ItemRecord)[]);

/** Only what an outcome has: callers pass wider objects. */
function outcomeOf(outcome: Outcome): Outcome {
  const { destinationId, way, code, reason, checksum, original, originalReason, webViewLink } = outcome;
  return { destinationId, way, code, reason, checksum, original, originalReason, webViewLink };
}

/** Averages of the last minute or, of a younger transfer, of its life so far. */
function rateOf(buckets: Record<string, string>, startedAt: number): TransferSnapshot['rate'] {
  const now = Date.now();
  const since = Math.floor(now / 10_000) - RATE_WINDOW_SECONDS / 10;
  const seconds = Math.min(RATE_WINDOW_SECONDS, Math.max(1, (now - startedAt) / 1_000));
  const perSecond = (what: string) =>
    Object.entries(buckets).reduce((total, [field, count]) => {
      const [kind, bucket] = field.split(':');
      return kind === what && Number(bucket) > since ? total + Number(count) : total;
    }, 0) / seconds;
  return { itemsPerSecond: perSecond('i'), bytesPerSecond: perSecond('b') };
}

/** The replies of a pipeline or transaction; the first error is thrown, not handed on as a value. */
function resultsOf(replies: [Error | null, unknown][] | null): unknown[] {
  return (replies ?? []).map(([error, result]) => {
    if (error) throw error;
    return result;
  });
}
