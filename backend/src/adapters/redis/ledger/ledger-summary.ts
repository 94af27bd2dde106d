import { type ItemCode, type Side, SIDES } from '../../../engine/errors.js';
import type { Conclusion, TimelineStep } from '../../../engine/model/conclusion.js';
import type { ItemState, CopyMethod } from '../../../engine/model/items.js';
import type { Language, Notify, StoredNotify } from '../../../engine/model/notify.js';
import type { DeltaFacts, PlanFacts } from '../../../engine/model/plan-facts.js';
import { itemCodeOf } from '../../../engine/model/reasons.js';
import { type Usage, USAGE_COUNTERS } from '../../../engine/model/quota-units.js';
import type { Schedule, ScheduledRun, ScheduleSnapshot } from '../../../engine/model/schedule.js';
import { SLOW_DOWNS_KEPT, type TransferSnapshot } from '../../../engine/model/snapshot.js';
import { ACTIVE_STATES, RESUMABLE_STATES, type TransferState } from '../../../engine/model/states.js';
import { LONGEST_WAIT_MS } from '../../../engine/ports/ledger/states.js';
import type { LedgerSummary } from '../../../engine/ports/ledger/summary.js';
import { oneOf, REDIS_CLOCK, script } from '../lua.js';
import { accessCountsOf } from './ledger-access.js';
import { type LedgerContext, resultsOf } from './ledger-context.js';
import { linkCountsOf } from './ledger-links.js';
import { WAYS } from './ledger-outcomes.js';
import { paceOf, rateOf } from './ledger-rate.js';
import { CHANGE, IS_GONE, IS_OUTDATED, KEEP, STATE_BYTES } from './lua-parts.js';

export const SUMMARY_SCRIPTS = {
  /** Records the time of a slow-down; drops the oldest. */
  slowedDown: script('cmSlowedDown', {
    keys: ['main'],
    reply: oneOf('gone', 'counted'),
    lua: `
if ${IS_GONE} then return gone end
local count = redis.call('HINCRBY', main, 'slowDowns', 1)
local times = redis.call('HGET', main, 'slowedAt') or ''
if count > ${SLOW_DOWNS_KEPT} then times = string.gsub(times, '^,%d+', '') end
redis.call('HSET', main, 'slowedAt', times .. ',' .. redis.call('TIME')[1])
${CHANGE}
return counted`,
  }),
  countUsage: script('cmCountUsage', {
    keys: ['main'],
    columns: ['counter', 'by'],
    reply: oneOf('gone', 'counted'),
    lua: `
if ${IS_GONE} then return gone end
for counter, by in rows() do redis.call('HINCRBY', main, 'q:' .. counter, by) end
${CHANGE}
return counted`,
  }),
  /** Sets fields, unless the transfer is gone: a preflight may be deleted while it is counted; or `plan` is outdated. */
  setFields: script('cmSetFields', {
    keys: ['main'],
    args: { plan: 'text' },
    columns: ['name', 'value'],
    reply: oneOf('gone', 'done', 'outdated'),
    lua: `
if ${IS_GONE} then return gone end
if ${IS_OUTDATED} then return outdated end
for name, value in rows() do redis.call('HSET', main, name, value) end
${CHANGE}
return done`,
  }),
  /** Sets the name of the transfer; empty: removes it. */
  entitle: script('cmEntitle', {
    keys: ['main'],
    args: { title: 'text' },
    reply: oneOf('gone', 'done'),
    lua: `
if ${IS_GONE} then return gone end
if title == '' then redis.call('HDEL', main, 'title') else redis.call('HSET', main, 'title', title) end
${CHANGE}
return done`,
  }),
  /** Sets who gets mails: a language and sides, separated by spaces; empty: nobody. Keeps since when anybody does. */
  setNotify: script('cmSetNotify', {
    keys: ['main'],
    args: { notify: 'text' },
    parts: [REDIS_CLOCK],
    reply: oneOf('gone', 'done'),
    lua: `
if ${IS_GONE} then return gone end
if notify == '' then
  redis.call('HDEL', main, 'notify', 'notifySince')
else
  redis.call('HSET', main, 'notify', notify)
  redis.call('HSETNX', main, 'notifySince', math.floor(redis_ms()))
end
${CHANGE}
return done`,
  }),
  conclude: script('cmConclude', {
    keys: ['main', 'conclusion'],
    args: { json: 'text' },
    parts: [KEEP],
    reply: oneOf('gone', 'done'),
    lua: `
if ${IS_GONE} then return gone end
redis.call('SET', conclusion, json)
keep(conclusion)
${CHANGE}
return done`,
  }),
};

type Fields = Readonly<Record<string, string>>;

/** The transfer as a whole: counters, facts and names in the main hash. */
export class RedisLedgerSummary implements LedgerSummary {
  constructor(private readonly ledger: LedgerContext) {}

  async storeFacts(
    { plan, delta }: { readonly plan?: PlanFacts; readonly delta?: DeltaFacts },
    number?: number,
  ): Promise<void> {
    const facts = {
      ...(plan && { planFacts: JSON.stringify(plan) }),
      ...(delta && { deltaFacts: JSON.stringify(delta) }),
    };
    await this.writeFields(facts, number);
  }

  async name({ chosen, target }: { chosen?: readonly string[]; target?: string }): Promise<void> {
    await this.writeFields({
      ...(chosen && { names: JSON.stringify(chosen) }),
      ...(target !== undefined && { targetName: target }),
    });
  }

  private async writeFields(fields: Record<string, string>, plan?: number): Promise<void> {
    const rows = Object.entries(fields).map(([name, value]) => ({ name, value }));
    if (rows.length > 0) await this.ledger.run(SUMMARY_SCRIPTS.setFields, { plan: plan ?? '', rows });
  }

  async entitle(title: string | undefined): Promise<void> {
    await this.ledger.run(SUMMARY_SCRIPTS.entitle, { title: title ?? '' });
  }

  async setNotify(notify: Notify | undefined): Promise<void> {
    const text = notify ? [notify.language, ...notify.mail].join(' ') : '';
    await this.ledger.run(SUMMARY_SCRIPTS.setNotify, { notify: text });
  }

  async notify(): Promise<StoredNotify | undefined> {
    const [notify, since] = await this.ledger.redis.hmget(this.ledger.main, 'notify', 'notifySince');
    return notifyIn(notify, since);
  }

  async fixResultFolder(id: string): Promise<string> {
    const { main, stores } = this.ledger;
    const [, fixed] = await stores.durable.commit(main, (pipeline) =>
      pipeline.hsetnx(main, 'resultFolderId', id).hget(main, 'resultFolderId'),
    );
    return fixed as string;
  }

  async slowedDown(): Promise<void> {
    await this.ledger.run(SUMMARY_SCRIPTS.slowedDown, {});
  }

  async countUsage(usage: Usage): Promise<void> {
    const rows = Object.entries(usage).map(([counter, by]) => ({ counter, by }));
    await this.ledger.run(SUMMARY_SCRIPTS.countUsage, { rows });
  }

  async conclude(conclusion: Conclusion): Promise<void> {
    await this.ledger.run(SUMMARY_SCRIPTS.conclude, { json: JSON.stringify(conclusion) });
  }

  async conclusion(): Promise<Conclusion | undefined> {
    const kept = await this.ledger.redis.get(this.ledger.keys.conclusion);
    return kept === null ? undefined : (JSON.parse(kept) as Conclusion);
  }

  async shrink(): Promise<void> {
    const { redis, keys } = this.ledger;
    // Keeps the pages: they are mostly random, so stronger compression would gain nothing.
    await redis.unlink(keys['under-way'], keys.rate, keys.uploads);
  }

  revision(): Promise<number> {
    return this.ledger.number('revision');
  }

  async snapshot(): Promise<TransferSnapshot> {
    const { redis, main, keys, order } = this.ledger;
    const [fields, underWay, rate, openShares, restored] = resultsOf(
      await redis
        .pipeline()
        .hgetall(main)
        .hgetall(keys['under-way'])
        .hgetall(keys.rate)
        .hlen(keys.grants)
        .scard(keys.restored)
        .exec(),
    ) as [Fields, Fields, Fields, number, number];
    return {
      ...snapshotOf(fields, { underWay, rate, openShares, restored }, Date.now()),
      ...(order.sharing && { sharing: accessCountsOf(fields) }),
      ...(order.links && { links: linkCountsOf(fields) }),
    };
  }
}

/** @param fields of the main hash @param now epoch milliseconds */
function snapshotOf(
  fields: Fields,
  beside: { underWay: Fields; rate: Fields; openShares: number; restored: number },
  now: number,
): TransferSnapshot {
  const { rate, openShares, restored } = beside;
  const number = (field: string) => Number(fields[field] ?? 0);
  const numbers = <Name extends string>(names: readonly Name[], fieldOf: (name: Name) => string) =>
    Object.fromEntries(names.map((name) => [name, number(fieldOf(name))])) as Record<Name, number>;
  const json = (field: string) => JSON.parse(fields[field]!) as never;
  const underWay = new Map(Object.entries(beside.underWay).map(([ordinal, bytes]) => [Number(ordinal), Number(bytes)]));
  const parkedSide = fields['parkedSide'] as Side | undefined;
  const state = (fields['state'] ?? 'canceled') as TransferState;
  const since = number('since');
  const startedAt = fields['startedAt'] === undefined ? undefined : number('startedAt');
  const isActive = startedAt !== undefined && ACTIVE_STATES.includes(state);
  const notify = notifyIn(fields['notify'], fields['notifySince']);
  const [failed, unverified] = [byCode(fields, 'x:'), byCode(fields, 'y:')];
  return {
    state,
    revision: number('revision'),
    ...(fields['since'] && { since }),
    ...(fields['began'] && { beganAt: number('began') }),
    ...(fields['step'] && { step: fields['step'] as TimelineStep }),
    activeMs: number('active') + (isActive ? Math.max(0, now - since) : 0),
    ...(startedAt !== undefined && { startedAt }),
    ...(fields['finishedAt'] && { finishedAt: number('finishedAt') }),
    ...(fields['ranUntil'] && { ranUntil: number('ranUntil') }),
    ...(parkedSide && { parked: { side: parkedSide, since: number('parkedSince') } }),
    ...(fields['resumeAt'] && { resumeAt: resumeAtOf(fields['resumeAt'], since || now) }),
    ...(fields['sharingLimit'] && { limit: 'sharing' }),
    ...(fields['unitsLimit'] && { limit: 'units' }),
    ...(fields['hoursLimit'] && { limit: 'hours' }),
    ...(fields['schedule'] && { schedule: scheduleIn(fields) }),
    ...(RESUMABLE_STATES.includes(state) &&
      fields['resumeState'] && { resumeState: fields['resumeState'] as TransferState }),
    ...(state === 'failed' && fields['failedIn'] && { failedIn: fields['failedIn'] as TransferState }),
    unconfirmed: SIDES.filter((side) => fields[`unconfirmed:${side}`] !== undefined),
    withdrawn: Object.fromEntries(
      SIDES.flatMap((side) => (fields[`withdrawn:${side}`] ? [[side, number(`withdrawn:${side}`)]] : [])),
    ),
    ...(fields['problem'] && { problem: problemIn(fields['problem']) }),
    found: number('found'),
    counts: numbers(Object.keys(STATE_BYTES) as ItemState[], (of) => `n:${STATE_BYTES[of]}`),
    bytes: {
      found: number('b:found'),
      verified: number('b:verified'),
      copying: [...underWay.values()].reduce((sum, bytes) => sum + bytes, 0),
    },
    originals: numbers(['trashed', 'kept'], (original) => `o:${original}`),
    ways: numbers<CopyMethod>(WAYS, (way) => `w:${way}`),
    verification: numbers(['checksum', 'presence'], (proof) => `p:${proof}`),
    failures: difference(failed, unverified),
    unverified,
    skips: byCode(fields, 's:'),
    ...(fields['planFacts'] && { plan: json('planFacts') }),
    ...(fields['deltaFacts'] && { delta: json('deltaFacts') }),
    undo: { ...numbers(['trashed', 'left'], (undone) => `u:${undone}`), restored },
    shares: {
      open: openShares,
      withdrawn: number('grantsWithdrawn'),
      ...(openShares > 0 && fields['sharesEnd'] && !fields['sharesStay'] && { expiresAt: number('sharesEnd') }),
    },
    slowDowns: number('slowDowns'),
    usage: Object.fromEntries(
      USAGE_COUNTERS.flatMap((counter) => (fields[`q:${counter}`] ? [[counter, number(`q:${counter}`)]] : [])),
    ),
    slowedAt: (fields['slowedAt'] ?? '').split(',').flatMap((seconds) => (seconds ? [Number(seconds) * 1_000] : [])),
    rate: isActive
      ? rateOf(rate, state === 'running' ? Math.max(startedAt, since) : startedAt, now)
      : { itemsPerSecond: 0, bytesPerSecond: 0 },
    ...(startedAt !== undefined && Object.keys(rate).length > 0 && { pace: paceOf(rate, startedAt, now) }),
    underWay,
    ...(fields['resultFolderId'] && { resultFolderId: fields['resultFolderId'] }),
    ...(fields['title'] && { title: fields['title'] }),
    ...(notify && { notify }),
    names: JSON.parse(fields['names'] ?? '[]') as string[],
    ...(fields['targetName'] !== undefined && { targetName: fields['targetName'] }),
  };
}

/** Reads the fields `notify` and `notifySince`. */
function notifyIn(notify: string | null | undefined, since: string | null | undefined): StoredNotify | undefined {
  if (!notify) return undefined;
  const [language, ...mail] = notify.split(' ');
  return { mail: mail as Side[], language: language as Language, since: Number(since) };
}

function scheduleIn(fields: Fields): ScheduleSnapshot {
  const { nextRun, schedulePaused, lastRun, runNow } = fields;
  return {
    ...(JSON.parse(fields['schedule']!) as Schedule),
    ...(nextRun && { nextRunAt: Number(nextRun) }),
    ...(schedulePaused && { isPaused: true }),
    ...(lastRun && { lastRun: JSON.parse(lastRun) as ScheduledRun }),
    ...(runNow && { ignoresHours: true }),
  };
}

/** Numbers of items by reason code. */
type Counts = Partial<Record<ItemCode, number>>;

/** The counters whose fields begin with this kind. */
function byCode(fields: Fields, kind: string): Counts {
  const counts: Counts = {};
  for (const [field, count] of Object.entries(fields)) {
    if (!field.startsWith(kind) || count === '0') continue;
    const code = itemCodeOf(field.slice(kind.length));
    counts[code] = (counts[code] ?? 0) + Number(count);
  }
  return counts;
}

function difference(all: Counts, some: Counts): Counts {
  const left = (Object.entries(all) as [ItemCode, number][]).map(
    ([code, count]) => [code, count - (some[code] ?? 0)] as const,
  );
  return Object.fromEntries(left.filter(([, count]) => count > 0));
}

export function problemIn(json: string): { code: ItemCode; detail: string } {
  const { code, detail } = JSON.parse(json) as { code?: string; detail?: string };
  return { code: itemCodeOf(code), detail: detail ?? '' };
}

/** @param since when it was stored. Another version may have stored any value from Google */
export const resumeAtOf = (stored: string, since: number): number => Math.min(Number(stored), since + LONGEST_WAIT_MS);
