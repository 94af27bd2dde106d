/**
 * Google's prices of requests to Drive, in quota units by class ("Usage limits",
 * https://developers.google.com/workspace/drive/api/guides/limits): get 5, list 100, download 200, edit 50, other 5.
 * Creating and copying count as edits. `editors`: requests to the APIs of Docs, Sheets, Slides and Forms, whose quotas
 * are not Drive's. `free`: the parts of a resumable upload, whose start costs an edit; Google's page does not mention
 * them.
 */
export const QUOTA_UNITS = { get: 5, list: 100, download: 200, edit: 50, other: 5, editors: 0, free: 0 } as const;

export type UnitClass = keyof typeof QUOTA_UNITS;
export const UNIT_CLASSES = Object.keys(QUOTA_UNITS) as readonly UnitClass[];

/**
 * What is counted of requests to Google: requests by class, and the bytes of their bodies, `received` and `sent`.
 * Requests that Google refuses because of a rate limit use no quota and do not count; other refusals do.
 */
export const USAGE_COUNTERS = [...UNIT_CLASSES, 'received', 'sent'] as const;
export type UsageCounter = (typeof USAGE_COUNTERS)[number];

/** Counts of requests and bytes; a missing counter is 0. */
export type Usage = Readonly<Partial<Record<UsageCounter, number>>>;

/** Usage in figures: totals, and the classes that occur, in the order of QUOTA_UNITS. */
export function usageFigures(usage: Usage) {
  const byClass = UNIT_CLASSES.flatMap((name) => {
    const requests = usage[name] ?? 0;
    return requests > 0 ? [{ class: name, requests, units: requests * QUOTA_UNITS[name] }] : [];
  });
  return {
    requests: byClass.reduce((sum, { requests }) => sum + requests, 0),
    units: unitsOf(usage),
    byClass,
    bytesIn: usage.received ?? 0,
    bytesOut: usage.sent ?? 0,
  };
}

/** Quota units of these requests. */
export const unitsOf = (usage: Usage): number =>
  UNIT_CLASSES.reduce((sum, name) => sum + (usage[name] ?? 0) * QUOTA_UNITS[name], 0);
