import type { TransferOrder } from '../../../engine/model/order.js';
import type { Ledger } from '../../../engine/ports/ledger.js';
import { type AnyScript, defineScripts } from '../lua.js';
import type { RedisClient } from '../redis-connections.js';
import { ACCESS_SCRIPTS, RedisLedgerAccess } from './ledger-access.js';
import { CHANGE_SCRIPTS, RedisLedgerChanges } from './ledger-changes.js';
import { LedgerContext, type LedgerStores } from './ledger-context.js';
import { ID_SCRIPTS, RedisLedgerIds } from './ledger-ids.js';
import { ITEM_SCRIPTS, RedisLedgerItems } from './ledger-items.js';
import { LINK_SCRIPTS, RedisLedgerLinks } from './ledger-links.js';
import { LOG_SCRIPTS, RedisLedgerLog } from './ledger-log.js';
import { PLAN_SCRIPTS, RedisLedgerPlan } from './ledger-plan.js';
import { RECORD_SCRIPTS, RedisLedgerRecords } from './ledger-records.js';
import { RedisLedgerSchedule, SCHEDULE_SCRIPTS } from './ledger-schedule.js';
import { RedisLedgerShares, SHARE_SCRIPTS } from './ledger-shares.js';
import { RedisLedgerStates, STATE_SCRIPTS } from './ledger-states.js';
import { RedisLedgerSummary, SUMMARY_SCRIPTS } from './ledger-summary.js';
import { LedgerTexts, TEXT_SCRIPTS } from './ledger-texts.js';
import { RedisLedgerUploads } from './ledger-uploads.js';

/**
 * A ledger in Redis. The plan is stored in packed pages; the state and outcome of an item are one byte each in a few
 * strings, and only exceptions have an entry (ledger-pages.ts, ledger-outcomes.ts).
 */
export function redisLedger(stores: LedgerStores, order: TransferOrder): Ledger {
  const context = new LedgerContext(stores, order);
  const [states, ids, texts] = [new RedisLedgerStates(context), new RedisLedgerIds(context), new LedgerTexts(context)];
  const plan = new RedisLedgerPlan(context, states);
  const records = new RedisLedgerRecords(context, plan, ids, texts);
  return joined({ order }, [
    states,
    plan,
    ids,
    records,
    new RedisLedgerItems(context, ids, texts),
    new RedisLedgerChanges(context, plan, records),
    new RedisLedgerUploads(context),
    new RedisLedgerSchedule(context),
    new RedisLedgerShares(context),
    new RedisLedgerSummary(context),
    new RedisLedgerLog(context),
    new RedisLedgerAccess(context),
    new RedisLedgerLinks(context),
  ]);
}

const SCRIPTS: readonly AnyScript[] = [
  STATE_SCRIPTS,
  PLAN_SCRIPTS,
  ID_SCRIPTS,
  RECORD_SCRIPTS,
  ITEM_SCRIPTS,
  CHANGE_SCRIPTS,
  SCHEDULE_SCRIPTS,
  SHARE_SCRIPTS,
  SUMMARY_SCRIPTS,
  LOG_SCRIPTS,
  TEXT_SCRIPTS,
  ACCESS_SCRIPTS,
  LINK_SCRIPTS,
].flatMap((scripts) => Object.values<AnyScript>(scripts));

/** Defines the scripts of ledgers on a connection. */
export function defineLedgerScripts(redis: Pick<RedisClient, 'defineCommand'>): void {
  defineScripts(redis, SCRIPTS);
}

type Intersection<Part> = (Part extends unknown ? (part: Part) => void : never) extends (all: infer All) => void
  ? All
  : never;

/** Joins the methods of all parts in one object. @throws Error if two parts have a method of the same name */
function joined<Own extends object, const Parts extends readonly object[]>(
  own: Own,
  parts: Parts,
): Own & Intersection<Parts[number]> {
  const whole = { ...own } as Record<string, unknown>;
  for (const part of parts)
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(part)))) {
      if (name === 'constructor') continue;
      if (name in whole) throw new Error(`Two parts of a ledger have the method ${name}.`);
      whole[name] = (value as () => unknown).bind(part);
    }
  return whole as Own & Intersection<Parts[number]>;
}
