import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { Logger } from '@nestjs/common';
import {
  type Added,
  type Delivery,
  type DeliveryFilter,
  type DeliveryPage,
  type DeliveryPosition,
  type DisabledReason,
  type DueDelivery,
  type ListedDelivery,
  type StoredDelivery,
  type Webhook,
  type WebhookSettings,
  WebhookStore,
} from '../../webhooks/webhooks.port.js';
import type { DurableWrites } from './durable-writes.js';
import { keys, WEBHOOK_PARTS, type WebhookPart } from './keys.js';
import { defineScripts, oneOf, plain, REDIS_CLOCK, run, type Script, script } from './lua.js';
import type { RedisCipher } from './redis-cipher.js';
import { isAfter, positionsIn } from './positions.js';
import type { RedisClient } from './redis-connections.js';
import { type Replicate, unreplicated } from './replicated-writes.js';
import { SealedRecords } from './sealed-records.js';

/** Settled deliveries that a webhook keeps, and for how long. */
const MAX_SETTLED = 1_000;
const KEPT_SECONDS = 30 * 24 * 3600;
/** Maximum number of waiting deliveries of a webhook: with more, its receiver cannot catch up, and they fill Redis. */
const MAX_WAITING = 10_000;
/** Maximum number of deliveries that a page examines, and at a time with a filter: a record can have two kilobytes. */
const MAX_EXAMINED = 2_000;
const EXAMINED_AT_ONCE = 500;
/** An id without settings for this long (ms) is left from a creation that failed. */
const LEFTOVER_MS = 60_000;

type WebhookKey = 'main' | WebhookPart;
const EVERY_KEY: readonly WebhookKey[] = ['main', ...WEBHOOK_PARTS];

/** Gives all parts their expiry. */
const KEEP = `
local function keep()
  for at = 2, #KEYS do redis.call('EXPIRE', KEYS[at], ${KEPT_SECONDS}) end
end`;
/** Adds a delivery to the end of its sequence; true if it is the first. */
const QUEUE = `
local function queue(sequence, id, now)
  redis.call('HINCRBY', lanes, '#', 1)
  local before = redis.call('HGET', lanes, sequence)
  redis.call('HSET', lanes, sequence, before and before .. ' ' .. id or id)
  if before then return false end
  redis.call('ZADD', due, now, id)
  return true
end`;

const SCRIPTS = {
  /** Takes a place among all webhooks. `renew`: one that a failed creation took counts from now on. */
  enlist: script('cmHookEnlist', {
    keys: ['index'],
    args: { id: 'text', limit: 'number', renew: 'flag' },
    parts: [REDIS_CLOCK],
    reply: oneOf('full', 'taken'),
    lua: `
local isKnown = redis.call('ZSCORE', index, id)
if not isKnown and redis.call('ZCARD', index) >= limit then return full end
if renew or not isKnown then redis.call('ZADD', index, math.floor(redis_ms()), id) end
return taken`,
  }),
  /**
   * Gives a place back, unless it was renewed since. On a Cluster the settings are on another node, so no script can also
   * read them: instead, a creation renews its place before it writes them.
   */
  delist: script('cmHookDelist', {
    keys: ['index'],
    args: { id: 'text', since: 'text' },
    reply: oneOf('kept', 'done'),
    lua: `
if redis.call('ZSCORE', index, id) ~= since then return kept end
redis.call('ZREM', index, id)
return done`,
  }),
  create: script('cmHookCreate', {
    keys: ['main'],
    args: { settings: 'text' },
    parts: [REDIS_CLOCK],
    reply: oneOf('done'),
    lua: `
if redis.call('HSETNX', main, 'settings', settings) == 1 then
  redis.call('HSET', main, 'enabledAt', math.floor(redis_ms()))
end
return done`,
  }),
  /** `reason`: why it is disabled; empty: it is enabled. */
  switch: script('cmHookSwitch', {
    keys: ['main'],
    args: { reason: 'text' },
    parts: [REDIS_CLOCK],
    reply: oneOf('unchanged', 'changed'),
    lua: `
if redis.call('HEXISTS', main, 'settings') == 0 then return unchanged end
if (redis.call('HEXISTS', main, 'enabledAt') == 1) == (reason == '') then return unchanged end
if reason == '' then
  redis.call('HDEL', main, 'disabledAt', 'disabledFor')
  redis.call('HSET', main, 'enabledAt', math.floor(redis_ms()))
else
  redis.call('HDEL', main, 'enabledAt')
  redis.call('HSET', main, 'disabledAt', math.floor(redis_ms()), 'disabledFor', reason)
end
return changed`,
  }),
  /**
   * `now`: when it was created (ms). Drops settled deliveries from `before` that time (ms), and those beyond the newest
   * `most`.
   */
  add: script('cmHookAdd', {
    keys: EVERY_KEY,
    args: {
      ...{ id: 'text', record: 'text', body: 'text', sequence: 'text', once: 'flag' },
      ...{ now: 'text', before: 'text', most: 'number' },
    },
    parts: [KEEP, QUEUE],
    reply: oneOf('off', 'known', 'full', 'waits', 'next'),
    lua: `
if redis.call('HEXISTS', main, 'settings') == 0 then return off end
if not once and redis.call('HEXISTS', main, 'enabledAt') == 0 then return off end
if redis.call('HEXISTS', records, id) == 1 then return known end
local waiting = tonumber(redis.call('HGET', lanes, '#') or 0)
if waiting >= ${MAX_WAITING} and not once then return full end
local extra = redis.call('ZCARD', deliveries) - waiting - most + 1
local old = redis.call('ZRANGEBYSCORE', deliveries, '-inf', before, 'LIMIT', 0, 100)
for _, each in ipairs(extra > #old and redis.call('ZRANGE', deliveries, 0, extra - 1) or old) do
  if string.sub(redis.call('HGET', records, each) or 's', 1, 1) == 's' then
    redis.call('ZREM', deliveries, each)
    redis.call('HDEL', records, each)
    redis.call('HDEL', bodies, each)
  end
end
redis.call('HSET', records, id, record)
redis.call('HSET', bodies, id, body)
redis.call('ZADD', deliveries, now, id)
local isNext = queue(sequence, id, now)
keep()
return isNext and next or waits`,
  }),
  /**
   * Makes the first delivery of the sequence `from` due, or a settled one (`record`, in `sequence`) once more. Returns
   * the first of the sequence, or an empty text.
   */
  again: script('cmHookAgain', {
    keys: EVERY_KEY,
    args: { id: 'text', record: 'text', from: 'text', sequence: 'text', now: 'text' },
    parts: [KEEP, QUEUE],
    reply: plain<string>(),
    lua: `
local found = redis.call('HGET', records, id)
if not found then return '' end
if string.sub(found, 1, 1) == 's' then
  redis.call('HSET', records, id, record)
  queue(sequence, id, now)
  keep()
  return id
end
local waiting = redis.call('HGET', lanes, from) or ''
local first = string.match(waiting, '^%S+')
if not first then return '' end
if redis.call('HEXISTS', main, 'enabledAt') == 0 then
  -- Only what is marked is sent while the webhook is disabled: this delivery, and those before it.
  for each in string.gmatch(waiting, '%S+') do
    local text = redis.call('HGET', records, each)
    if text and not string.find(text, '"whileDisabled":true', 1, true) then
      redis.call('HSET', records, each, string.sub(text, 1, -2) .. ',"whileDisabled":true}')
    end
    if each == id then break end
  end
end
redis.call('ZADD', due, now, first)
keep()
return first`,
  }),
  /** Takes a due delivery until a time. Returns its record, or an empty text. */
  claim: script('cmHookClaim', {
    keys: ['main', 'records', 'due'],
    args: { id: 'text', now: 'number', lease: 'text' },
    reply: plain<string>(),
    lua: `
local at, record = redis.call('ZSCORE', due, id), redis.call('HGET', records, id)
if not at or not record or tonumber(at) > now then return '' end
if redis.call('HEXISTS', main, 'enabledAt') == 0 and not string.find(record, '"once":true', 1, true)
  and not string.find(record, '"whileDisabled":true', 1, true) then return '' end
redis.call('ZADD', due, lease, id)
return record`,
  }),
  /**
   * Records an attempt: `at`: when the next one is due; empty: it is settled. Returns the next of the sequence, if any.
   */
  settle: script('cmHookSettle', {
    keys: EVERY_KEY,
    args: { id: 'text', record: 'text', sequence: 'text', success: 'flag', now: 'text', at: 'text' },
    parts: [KEEP],
    reply: plain<string>(),
    lua: `
local found = redis.call('HGET', records, id)
if not found or string.sub(found, 1, 1) == 's' then return '' end
redis.call('HSET', records, id, record)
if success then redis.call('HSET', main, 'lastSuccessAt', now) end
local function settle()
  if at ~= '' then
    redis.call('ZADD', due, at, id)
    return ''
  end
  redis.call('ZREM', due, id)
  redis.call('HINCRBY', lanes, '#', -1)
  local rest = string.sub(redis.call('HGET', lanes, sequence) or '', #id + 2)
  if rest == '' then
    redis.call('HDEL', lanes, sequence)
    return ''
  end
  redis.call('HSET', lanes, sequence, rest)
  local first = string.match(rest, '^%S+')
  redis.call('ZADD', due, now, first)
  return first
end
local first = settle()
-- At the end: a set that was empty for a moment has lost its expiry.
keep()
return first`,
  }),
};

/** Webhooks and their deliveries in Redis; all keys of a webhook are on one node. */
export class RedisWebhookStore extends WebhookStore {
  private readonly log = new Logger(RedisWebhookStore.name);
  private readonly sealed: SealedRecords;
  private warned = false;

  constructor(
    private readonly redis: RedisClient,
    private readonly cipher: RedisCipher,
    private readonly durable: Pick<DurableWrites, 'commit'>,
    private readonly replicate: Replicate = unreplicated,
    private readonly maxSettled = MAX_SETTLED,
  ) {
    super();
    this.sealed = new SealedRecords(redis, cipher);
    defineScripts(redis, Object.values(SCRIPTS));
  }

  override async create(id: string, settings: WebhookSettings, limit: number): Promise<boolean> {
    const main = keys.webhook(id);
    const renew = !(await this.redis.hexists(main, 'settings'));
    const place = await run(this.redis, SCRIPTS.enlist, INDEX, { id, limit, renew });
    if (place === 'full') return false;
    const sealed = this.cipher.seal(main, settings);
    await this.replicate(main, () => run(this.redis, SCRIPTS.create, { main }, { settings: sealed }));
    return true;
  }

  override async isEmpty(): Promise<boolean> {
    return (await this.redis.zcard(keys.webhooks())) === 0;
  }

  override async list(): Promise<Webhook[]> {
    const entries = await this.redis.zrange(keys.webhooks(), '0', '-1', 'WITHSCORES');
    const ids = entries.filter((_, index) => index % 2 === 0);
    const found = await Promise.all(ids.map((id, index) => this.read(id, Number(entries[2 * index + 1]))));
    for (const [index, id] of ids.entries()) {
      const since = entries[2 * index + 1]!;
      if (found[index] === undefined && Date.now() - Number(since) > LEFTOVER_MS)
        await run(this.redis, SCRIPTS.delist, INDEX, { id, since });
    }
    this.warnOf(found.filter((each) => each === 'unreadable').length);
    return found.filter((webhook) => webhook !== undefined && webhook !== 'unreadable');
  }

  private warnOf(unreadable: number): void {
    if (unreadable === 0 || this.warned) return;
    this.warned = true;
    this.log.warn(
      `Webhooks that no key in CREDENTIALS_KEYS decrypts, and that this process therefore skips: ${unreadable}. Give all processes the same keys.`,
    );
  }

  override async find(id: string): Promise<Webhook | undefined> {
    const createdAt = await this.redis.zscore(keys.webhooks(), id);
    const found = createdAt === null ? undefined : await this.read(id, Number(createdAt));
    return found === 'unreadable' ? undefined : found;
  }

  /** @returns undefined if there are no settings; `unreadable` if no key of this process decrypts them */
  private async read(id: string, createdAt: number): Promise<Webhook | 'unreadable' | undefined> {
    const main = keys.webhook(id);
    const [stored, waiting] = await Promise.all([
      this.redis.hgetall(main),
      this.redis.hget(keys.webhookPart(id, 'lanes'), '#'),
    ]);
    if (stored['settings'] === undefined) return undefined;
    const settings = this.open(id, stored['settings']);
    if (!settings) return 'unreadable';
    const number = (field: string) => (stored[field] === undefined ? undefined : Number(stored[field]));
    const [enabledAt, disabledAt, lastSuccessAt] = ['enabledAt', 'disabledAt', 'lastSuccessAt'].map(number);
    return {
      id,
      ...settings,
      createdAt,
      ...(enabledAt !== undefined && { enabledAt }),
      ...(disabledAt !== undefined && {
        disabled: { reason: stored['disabledFor'] as DisabledReason, at: disabledAt },
      }),
      ...(lastSuccessAt !== undefined && { lastSuccessAt }),
      waiting: Number(waiting ?? 0),
    };
  }

  private open(id: string, sealed: string): WebhookSettings | undefined {
    return this.sealed.open<WebhookSettings>({ key: keys.webhook(id), field: 'settings' }, sealed);
  }

  override async change(
    id: string,
    change: (settings: WebhookSettings) => WebhookSettings,
  ): Promise<Webhook | undefined> {
    const main = keys.webhook(id);
    for (;;) {
      const sealed = await this.redis.hget(main, 'settings');
      const settings = sealed === null ? undefined : this.open(id, sealed);
      if (!settings) return undefined;
      const place = { key: main, field: 'settings' };
      const write = () => this.sealed.replace(place, sealed!, change(settings));
      if (await this.replicate(main, write)) return this.find(id);
    }
  }

  override async enable(id: string): Promise<void> {
    await run(this.redis, SCRIPTS.switch, { main: keys.webhook(id) }, { reason: '' });
  }

  override async disable(id: string, reason: DisabledReason): Promise<boolean> {
    return (await run(this.redis, SCRIPTS.switch, { main: keys.webhook(id) }, { reason })) === 'changed';
  }

  override async delete(id: string): Promise<boolean> {
    if ((await this.redis.zscore(keys.webhooks(), id)) === null) return false;
    await this.replicate(keys.webhook(id), () => this.redis.unlink(...Object.values(keysOf(id))));
    return (await this.redis.zrem(keys.webhooks(), id)) > 0;
  }

  override add(webhookId: string, delivery: Delivery, body: string): Promise<Added> {
    const { id, sequence, once = false, createdAt } = delivery;
    return this.run(webhookId, SCRIPTS.add, {
      ...{ id, sequence, once, record: recordOf(delivery), body: deflateRawSync(body) },
      ...{ now: createdAt, before: createdAt - KEPT_SECONDS * 1_000, most: this.maxSettled },
    });
  }

  override async flush(webhookId: string): Promise<void> {
    // The wait covers what other connections wrote before (see DurableWrites).
    const main = keys.webhook(webhookId);
    await this.durable.commit(main, (pipeline) => pipeline.exists(main));
  }

  override async deliveries(
    webhookId: string,
    { state, type }: DeliveryFilter,
    after: DeliveryPosition | undefined,
    limit: number,
  ): Promise<DeliveryPage> {
    const fits = (delivery: Delivery) =>
      (state === undefined || delivery.state === state) && (type === undefined || delivery.type === type);
    const chunk = state === undefined && type === undefined ? limit + 1 : EXAMINED_AT_ONCE;
    const found: Delivery[] = [];
    const page = async (last?: DeliveryPosition): Promise<DeliveryPage> => ({
      deliveries: await this.withTimes(webhookId, found),
      ...(last && { last }),
    });
    const index = keys.webhookPart(webhookId, 'deliveries');
    let last = after;
    for (let offset = 0, examined = 0; examined < MAX_EXAMINED; offset += chunk) {
      const { positions, isEnd } = await positionsIn(this.redis, index, after?.createdAt, offset, chunk);
      // Those that were added since the last part have shifted the list.
      const next = positions.filter((each) => isAfter(each, last));
      const ids = next.map(({ id }) => id);
      const records = ids.length > 0 ? await this.redis.hmget(keys.webhookPart(webhookId, 'records'), ...ids) : [];
      for (const [at, record] of records.entries()) {
        if (found.length === limit) return page(last);
        last = next[at]!;
        const delivery = record && deliveryIn(record);
        if (delivery && fits(delivery)) found.push(delivery);
      }
      if (isEnd) return page();
      examined += next.length;
    }
    return page(last);
  }

  private async withTimes(webhookId: string, deliveries: readonly Delivery[]): Promise<ListedDelivery[]> {
    const due = keys.webhookPart(webhookId, 'due');
    const times = await Promise.all(deliveries.map(({ id }) => this.redis.zscore(due, id)));
    return deliveries.map((delivery, index) => withTime(delivery, times[index] ?? null));
  }

  override async delivery(webhookId: string, id: string): Promise<StoredDelivery | undefined> {
    const [record, body, dueAt] = await Promise.all([
      this.redis.hget(keys.webhookPart(webhookId, 'records'), id),
      this.redis.hgetBuffer(keys.webhookPart(webhookId, 'bodies'), id),
      this.redis.zscore(keys.webhookPart(webhookId, 'due'), id),
    ]);
    if (record === null || body === null) return undefined;
    return { ...withTime(deliveryIn(record), dueAt), body: textIn(body) };
  }

  override async sendAgain(webhookId: string, id: string, now: number): Promise<DueDelivery | undefined> {
    const stored = await this.delivery(webhookId, id);
    if (!stored) return undefined;
    const { sequence: from, ...delivery } = stored.delivery;
    const sequence = `again:${id}`;
    const record = recordOf({ ...delivery, sequence, once: true, state: 'waiting' });
    const first = await this.run(webhookId, SCRIPTS.again, { id, record, from, sequence, now });
    return first === '' ? undefined : { webhookId, id: first, dueAt: now };
  }

  override async due(now: number, limit: number): Promise<DueDelivery[]> {
    const ids = await this.redis.zrange(keys.webhooks(), '0', '-1');
    return (await Promise.all(ids.map((id) => this.dueOf(id, now, limit)))).flat();
  }

  private async dueOf(webhookId: string, now: number, limit: number): Promise<DueDelivery[]> {
    const key = keys.webhookPart(webhookId, 'due');
    const [read, enabled] = await Promise.all([
      this.redis.zrangebyscore(key, '-inf', now, 'WITHSCORES', 'LIMIT', 0, limit),
      this.redis.hexists(keys.webhook(webhookId), 'enabledAt'),
    ]);
    const due: DueDelivery[] = [];
    for (let at = 0; at < read.length; at += 2) due.push({ webhookId, id: read[at]!, dueAt: Number(read[at + 1]) });
    if (enabled || due.length === 0) return due;
    const records = await this.redis.hmget(keys.webhookPart(webhookId, 'records'), ...due.map(({ id }) => id));
    return due.filter((_, index) => {
      const delivery = records[index] ? deliveryIn(records[index]) : undefined;
      return delivery?.once ?? delivery?.whileDisabled;
    });
  }

  override async claim(
    webhookId: string,
    id: string,
    now: number,
    until: number,
  ): Promise<{ webhook: Webhook; delivery: Delivery; body: string } | undefined> {
    const record = await this.run(webhookId, SCRIPTS.claim, { id, now, lease: until });
    if (record === '') return undefined;
    const [webhook, body] = await Promise.all([
      this.find(webhookId),
      this.redis.hgetBuffer(keys.webhookPart(webhookId, 'bodies'), id),
    ]);
    return webhook && body ? { webhook, delivery: deliveryIn(record), body: textIn(body) } : undefined;
  }

  override async settle(
    webhookId: string,
    delivery: Delivery,
    now: number,
    dueAt?: number,
  ): Promise<DueDelivery | undefined> {
    const { id, sequence, state } = delivery;
    const success = state === 'delivered';
    const args = { id, sequence, record: recordOf(delivery), success, now, at: dueAt ?? '' };
    const next = await this.run(webhookId, SCRIPTS.settle, args);
    return next === '' ? undefined : { webhookId, id: next, dueAt: now };
  }

  private run<Arguments, Result>(
    id: string,
    each: Script<WebhookKey, Arguments, Result>,
    args: Arguments,
  ): Promise<Result> {
    return run(this.redis, each, keysOf(id), args);
  }
}

const INDEX = { index: keys.webhooks() };

function keysOf(id: string): Readonly<Record<WebhookKey, string>> {
  const parts = WEBHOOK_PARTS.map((part) => [part, keys.webhookPart(id, part)]);
  return { main: keys.webhook(id), ...(Object.fromEntries(parts) as Record<WebhookPart, string>) };
}

/** The first letter lets scripts know whether it waits. A sequence is stored as `lane`. */
const recordOf = ({ sequence: lane, ...delivery }: Delivery): string =>
  (delivery.state === 'waiting' ? 'w' : 's') + JSON.stringify({ ...delivery, lane });

const withTime = (delivery: Delivery, dueAt: string | null): ListedDelivery => ({
  delivery,
  ...(dueAt !== null && { dueAt: Number(dueAt) }),
});

function deliveryIn(record: string): Delivery {
  const { lane: sequence, ...delivery } = JSON.parse(record.slice(1)) as Omit<Delivery, 'sequence'> & { lane: string };
  return { ...delivery, sequence };
}

const textIn = (body: Buffer): string => inflateRawSync(body).toString('utf8');
