import type { ItemRecord, PlannedItem } from '../../../engine/model/items.js';

/** An item without its state and outcome, which are stored elsewhere; callers may pass a record. */
export function plannedOf(item: PlannedItem): PlannedItem {
  const { state: _s, attempts: _a, triedAt: _t, outcome: _o, ...rest } = item as ItemRecord;
  const { replaces: _r, supersedes: _e, mayConvert: _m, ...planned } = rest;
  return planned;
}

/** How an item differs from the listed one: changed fields, and missing fields. */
type Changes = readonly [changed: Partial<PlannedItem>, gone: readonly string[]];

/** Packs an item that differs from the listed one: its size (for scripts), a space, and the differences as JSON. */
export function packAmended(listed: PlannedItem | undefined, item: PlannedItem): string {
  const now = Object.entries(plannedOf(item)).filter(([, value]) => value !== undefined);
  const before = new Map<string, unknown>(Object.entries(listed ?? {}));
  const changed = now.filter(([field, value]) => JSON.stringify(value) !== JSON.stringify(before.get(field)));
  const kept = new Set(now.map(([field]) => field));
  const gone = [...before.keys()].filter((field) => !kept.has(field));
  return `${item.size ?? 0} ${JSON.stringify([Object.fromEntries(changed), gone] as Changes)}`;
}

export function unpackAmended(listed: PlannedItem, value: string): PlannedItem {
  const [changed, gone] = JSON.parse(value.slice(value.indexOf(' ') + 1)) as Changes;
  const item = { ...listed, ...changed };
  return gone.length === 0
    ? item
    : (Object.fromEntries(Object.entries(item).filter(([field]) => !gone.includes(field))) as unknown as PlannedItem);
}
