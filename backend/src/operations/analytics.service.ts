import { Injectable } from '@nestjs/common';
import { unitsOf, type Usage, USAGE_COUNTERS, usageFigures } from '../engine/model/quota-units.js';
import { ActivityStore, type Bucket, type Level, LEVELS } from '../insight/activity.port.js';
import { ALIVE_MS } from '../insight/activity.js';
import { Paces, USUAL_UNITS } from '../insight/paces.port.js';
import { Pseudonyms } from '../insight/pseudonyms.js';
import { type QueueDepth, QueueProbe } from '../insight/queue-probe.port.js';
import { googleDateAt } from '../engine/model/google-day.js';
import { UnitsOfToday } from '../engine/ports/units-of-today.js';
import {
  type AccountPaceDto,
  type AnalyticsDto,
  type AnalyticsStepDto,
  type CodeCountDto,
  type FigureDto,
  type InstallationStatsDto,
  type OpenTransfersDto,
  type PaceOverviewDto,
  type ProcessCountsDto,
  type Range,
  SessionTypeCountsDto,
  type UsageByDayDto,
} from './analytics.dto.js';
import { InstallationStats } from './installation-stats.port.js';

const RANGES: Readonly<Record<Range, { level: Level; steps: number }>> = {
  '1h': { level: LEVELS.minute, steps: 60 },
  '24h': { level: LEVELS.tenMinutes, steps: 144 },
  '7d': { level: LEVELS.hour, steps: 168 },
  '30d': { level: LEVELS.day, steps: 30 },
};

/** Days of usage; the store keeps hours for a day longer. */
const USAGE_DAYS = 14;
const MAX_CODES = 20;
const MAX_ACCOUNTS_SHOWN = 10;
const SILENT_MS = 3 * ALIVE_MS;
const SPARK_MINUTES = 5;

/** Computes the activity over a range of time, and the current state. */
@Injectable()
export class AnalyticsService {
  constructor(
    private readonly activity: ActivityStore,
    private readonly stats: InstallationStats,
    private readonly paces: Paces,
    private readonly queue: QueueProbe,
    private readonly pseudonyms: Pseudonyms,
    private readonly units: UnitsOfToday,
  ) {}

  /** @throws StoreUnavailableError */
  async of(range: Range, now = Date.now()): Promise<AnalyticsDto> {
    const { level, steps } = RANGES[range];
    const [both, lastHour, distinctAccounts, live, transfers, memory, processes, depth] = await Promise.all([
      this.activity.read(level, now, 2 * steps),
      this.activity.read(LEVELS.minute, now, 60),
      this.activity.accounts(level, now, steps),
      this.stats.sessions(),
      this.stats.transfers(),
      this.stats.memory(),
      this.activity.processes(),
      this.queue.depth(),
    ]);
    const [before, within] = [new Facts(both.slice(0, steps)), new Facts(both.slice(steps))];
    const figure = (of: (facts: Facts) => number): FigureDto => ({ value: of(within), before: of(before) });
    return {
      range,
      from: new Date(within.buckets[0]!.at).toISOString(),
      to: new Date(now).toISOString(),
      stepSeconds: level.seconds,
      figures: {
        itemsVerified: figure((facts) => facts.of('item:verified')),
        bytesMoved: figure((facts) => facts.sum('bytes:')),
        bytesInsideGoogle: within.of('bytes:server_copy'),
        itemsFailed: figure((facts) => facts.of('item:failed')),
        itemsAttempted: within.sum('item:'),
        checksumMismatches: figure((facts) => facts.of('reason:checksum_mismatch')),
        liveSessions: live,
      },
      steps: within.buckets.map(stepOf),
      slowDowns: within.buckets
        .map(stepOf)
        .filter(({ slowDowns }) => slowDowns > 0)
        .map(({ at, slowedAccounts, slowDowns }) => ({ at, accounts: slowedAccounts, slowDowns })),
      failureReasons: within.codes('reason:'),
      sharing: {
        granted: figure((facts) => facts.of('permission:equal')),
        refused: figure((facts) => facts.of('permission:narrower')),
        reverted: figure((facts) => facts.of('permission:wider')),
        reasons: within.codes('permission_reason:'),
      },
      links: {
        rewritten: figure((facts) => facts.of('link:rewritten')),
        outside: figure((facts) => facts.of('link:outside')),
        unsupported: figure((facts) => facts.of('link:unsupported')),
        failed: figure((facts) => facts.of('link:failed')),
        reasons: within.codes('link_reason:'),
      },
      errorCodes: within.codes('problem:'),
      sessions: {
        connections: SessionTypeCountsDto.of((type) => within.of(`connected:${type}`)),
        connectionsRefused: within.codes('refused:'),
        validations: within.of('validated'),
        validationsRefused: within.codes('rejected:'),
        distinctAccounts,
      },
      pace: await this.pace(within.buckets, lastHour, now),
      usage: { ...usageFigures(within.usage()), unitsBefore: unitsOf(before.usage()) },
      openTransfers: openTransfers(transfers.open),
      machinery: installationStats(processes, depth, memory, transfers.sharesToSweep, now),
    };
  }

  /** Google's units by Google's day, and what is left of today's. @throws StoreUnavailableError */
  async usage(now = Date.now()): Promise<UsageByDayDto> {
    const [buckets, today, { waitingForUnits }] = await Promise.all([
      // An hour never belongs to two days: Google's begin with an hour of UTC, and may have 25.
      this.activity.read(LEVELS.hour, now, (USAGE_DAYS + 1) * 24),
      this.units.read(now),
      this.stats.transfers(),
    ]);
    const byDate = [...Map.groupBy(buckets, ({ at }) => googleDateAt(at))].slice(-USAGE_DAYS).reverse();
    return {
      today: today ? { ...today, endsAt: new Date(today.endsAt).toISOString() } : null,
      waiting: waitingForUnits,
      days: byDate.map(([date, ofDay]) => ({ date, ...usageFigures(new Facts(ofDay).usage()) })),
    };
  }

  private async pace(buckets: readonly Bucket[], lastHour: readonly Bucket[], now: number): Promise<PaceOverviewDto> {
    const byAccount = new Map<
      string,
      { credentialId: string; kind: 'read' | 'write'; asked: number; slowed: number }
    >();
    for (const { byAccount: ofBucket } of buckets)
      for (const entry of ofBucket) {
        const key = keyOf(entry);
        const sum = byAccount.get(key) ?? { ...entry, asked: 0, slowed: 0 };
        byAccount.set(key, { ...sum, asked: sum.asked + entry.asked, slowed: sum.slowed + entry.slowed });
      }
    const all = [...byAccount.values()];
    const busiest = all.sort((a, b) => b.asked - a.asked).slice(0, MAX_ACCOUNTS_SHOWN);
    return {
      accounts: new Set(all.map(({ credentialId }) => credentialId)).size,
      busiest: await Promise.all(
        busiest.map(async (entry): Promise<AccountPaceDto> => {
          const minutes = lastHour.map(
            ({ byAccount: of }) => of.find((one) => keyOf(one) === keyOf(entry))?.asked ?? 0,
          );
          const perSecond = lastMinute(minutes, now) / 60;
          const pace = (await this.paces.of(entry.credentialId))[entry.kind];
          const usual = USUAL_UNITS[entry.kind];
          const units = entry.kind === 'read' && perSecond > 0 ? pace.unitsPerSecond / perSecond : usual;
          return {
            account: this.pseudonyms.ofAccount(entry.credentialId),
            kind: entry.kind,
            now: rounded(perSecond),
            allowed:
              pace.allowedUnitsPerSecond === null ? null : rounded(pace.allowedUnitsPerSecond / (units || usual)),
            waitsUntil: pace.waitsMs > 0 ? new Date(now + pace.waitsMs).toISOString() : null,
            slowDowns: entry.slowed,
            lastHour: Array.from({ length: 60 / SPARK_MINUTES }, (_, part) =>
              minutes.slice(part * SPARK_MINUTES, (part + 1) * SPARK_MINUTES).reduce((sum, value) => sum + value, 0),
            ),
          };
        }),
      ),
    };
  }
}

/** Sums over buckets. */
class Facts {
  private readonly sums = new Map<string, number>();

  constructor(readonly buckets: readonly Bucket[]) {
    for (const { facts } of buckets)
      for (const [fact, by] of facts) this.sums.set(fact, (this.sums.get(fact) ?? 0) + by);
  }

  of(fact: string): number {
    return this.sums.get(fact) ?? 0;
  }

  /** The sum of all facts with this prefix. */
  sum(prefix: string): number {
    return sumOf(this.sums, prefix);
  }

  usage(): Usage {
    return Object.fromEntries(USAGE_COUNTERS.map((counter) => [counter, this.of(`usage:${counter}`)]));
  }

  codes(prefix: string): CodeCountDto[] {
    return [...this.sums]
      .filter(([fact]) => fact.startsWith(prefix))
      .map(([fact, count]) => ({ code: fact.slice(prefix.length), count }))
      .sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1))
      .slice(0, MAX_CODES);
  }
}

function sumOf(facts: ReadonlyMap<string, number>, prefix: string): number {
  let sum = 0;
  for (const [fact, by] of facts) if (fact.startsWith(prefix)) sum += by;
  return sum;
}

function stepOf({ at, facts, byAccount }: Bucket): AnalyticsStepDto {
  const of = (fact: string) => facts.get(fact) ?? 0;
  return {
    at: new Date(at).toISOString(),
    verified: of('item:verified'),
    unverified: of('item:unverified'),
    failed: of('item:failed'),
    skipped: of('item:skipped'),
    bytes: sumOf(facts, 'bytes:'),
    slowDowns: of('slowed'),
    slowedAccounts: new Set(byAccount.filter(({ slowed }) => slowed > 0).map(({ credentialId }) => credentialId)).size,
    connections: sumOf(facts, 'connected:'),
    connectionsRefused: sumOf(facts, 'refused:'),
    validations: of('validated'),
    validationsRefused: sumOf(facts, 'rejected:'),
    requests: of('request'),
    problems: sumOf(facts, 'problem:'),
  };
}

const keyOf = ({ kind, credentialId }: { kind: string; credentialId: string }): string => `${kind} ${credentialId}`;

/** Averages over the current minute and as much of the previous one as completes a minute. */
function lastMinute(minutes: readonly number[], now: number): number {
  const share = (now % 60_000) / 60_000;
  return (minutes.at(-1) ?? 0) + (minutes.at(-2) ?? 0) * (1 - share);
}

const rounded = (perSecond: number): number => Math.round(perSecond * 100) / 100;

function openTransfers(open: Awaited<ReturnType<InstallationStats['transfers']>>['open']): OpenTransfersDto {
  const byState = [...open].map(([state, count]) => ({ state, count })).sort((a, b) => b.count - a.count);
  return { total: byState.reduce((sum, { count }) => sum + count, 0), byState };
}

function installationStats(
  processes: Awaited<ReturnType<ActivityStore['processes']>>,
  { waiting, active, retried, oldestMs }: QueueDepth,
  { usedBytes, maxBytes }: Awaited<ReturnType<InstallationStats['memory']>>,
  sharesToSweep: number,
  now: number,
): InstallationStatsDto {
  return {
    workers: processCounts(processes, 'worker', now),
    apis: processCounts(processes, 'api', now),
    queue: { waiting, active, retried, oldestSeconds: Math.round(oldestMs / 1_000) },
    redisBytes: usedBytes,
    redisMaxBytes: maxBytes,
    sharesToSweep,
  };
}

/** Processes of the last hour with a role, by whether they sent a recent heartbeat. */
export function processCounts(
  processes: Awaited<ReturnType<ActivityStore['processes']>>,
  role: 'api' | 'worker',
  now: number,
): ProcessCountsDto {
  const ofRole = processes.filter((process) => process.role === role || process.role === 'all');
  const answering = ofRole.filter(({ at }) => now - at <= SILENT_MS).length;
  return { answering, silent: ofRole.length - answering };
}
