import { Component, computed, inject, input, linkedSignal, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Router, RouterLink } from '@angular/router';
import { AnalyticsRange } from '../../api/models/analytics-range';
import { AnalyticsStep } from '../../api/models/analytics-step';
import { Analytics } from '../../api/models/analytics';
import { Clock } from '../../core/clock';
import { Command, Commands } from '../../core/commands';
import {
  formatBytes,
  formatCount,
  formatDate,
  formatDecimal,
  formatDuration,
  formatExact,
  formatMoment,
  formatShare,
  formatTimeOfDay,
} from '../../core/formats';
import { explain } from '../../core/problem';
import { Texts } from '../../texts/texts';
import { Icon } from '../../ui/icon';
import { Note } from '../../ui/note';
import { ProblemNote } from '../../core/problem-note';
import { WaitingRows } from '../../ui/waiting-rows';
import { AnalyticsFeed } from './analytics-feed';
import { ChartCard } from './chart-card';
import { changeOf, openGroups, perMinute, worstSlowDowns } from './figures';
import { LineChart } from './line-chart';
import { Sparkline } from './sparkline';

const RANGES: readonly AnalyticsRange[] = ['1h', '24h', '7d', '30d'];
/** More marks than this in one chart only hide it. */
const MARKS = 5;
/** As many reasons as are named one by one in a sentence. */
const SPOKEN = 3;
/** From here on an account is slowed down so often that somebody should look. */
const MANY_SLOW_DOWNS = 50;

/** What went on over all accounts, for whoever has the operator's key. */
@Component({
  selector: 'cm-analytics-page',
  imports: [ChartCard, Icon, LineChart, MatButton, Note, ProblemNote, RouterLink, Sparkline, WaitingRows],
  templateUrl: './analytics-page.html',
  styleUrl: './analytics-page.scss',
})
export class AnalyticsPage {
  private readonly clock = inject(Clock);
  private readonly router = inject(Router);
  protected readonly t = inject(Texts).analytics;

  /** The address' query. */
  readonly range = input<AnalyticsRange, unknown>('24h', {
    transform: (value) => RANGES.find((each) => each === value) ?? '24h',
  });
  private readonly feed = new AnalyticsFeed(this.range);
  protected readonly state = this.feed.state;

  protected readonly ranges = RANGES;
  protected readonly key = linkedSignal({ source: () => this.state().state, computation: () => '' });
  protected readonly itemsAsTable = signal(false);
  protected readonly reasonsAsTable = signal(false);
  protected readonly paceAsTable = signal(false);
  protected readonly openAsTable = signal(false);

  private readonly figures = computed<Analytics | undefined>(() => {
    const state = this.state();
    return state.state === 'ready' ? state.figures : undefined;
  });

  private readonly offered = computed<readonly Command[]>(() => {
    const t = this.t();
    if (!this.figures()) return [];
    return [
      ...RANGES.filter((range) => range !== this.range()).map((range) => ({
        id: `analytics-${range}`,
        label: `${t.range}: ${t.rangeNames[range]}`,
        run: () => void this.router.navigate([], { queryParams: { range } }),
      })),
      { id: 'analytics-forget', label: t.key.forget, run: () => this.feed.forget() },
    ];
  });

  constructor() {
    inject(Commands).offer(this.offered);
  }

  protected readonly kpis = computed(() => {
    const all = this.figures();
    if (!all) return [];
    const { itemsVerified, bytesMoved, bytesInsideGoogle, itemsFailed, itemsAttempted, checksumMismatches } =
      all.figures;
    const { source, destination, general } = all.figures.liveSessions;
    const t = this.t().figures;
    const share = (part: number, whole: number) => formatShare(whole > 0 ? part / whole : 0, 1);
    return [
      { name: t.itemsVerified, value: formatCount(itemsVerified.value), hint: this.compared(itemsVerified) },
      {
        name: t.bytesMoved,
        value: formatBytes(bytesMoved.value),
        hint: bytesMoved.value > 0 ? t.insideGoogle(share(bytesInsideGoogle, bytesMoved.value)) : '',
      },
      {
        name: t.itemsFailed,
        value: formatCount(itemsFailed.value),
        hint: itemsAttempted > 0 ? t.ofAttempts(share(itemsFailed.value, itemsAttempted)) : '',
      },
      {
        name: t.checksumMismatches,
        value: formatCount(checksumMismatches.value),
        hint: checksumMismatches.value > 0 ? t.unexpected : t.none,
        warns: checksumMismatches.value > 0,
      },
      {
        name: t.liveSessions,
        value: formatCount(source + destination + general),
        hint: t.sessions(source, destination, general),
      },
    ];
  });

  protected readonly items = computed(() => {
    const all = this.figures();
    if (!all) return undefined;
    const { steps } = all;
    const t = this.t().items;
    const rates = perMinute(all);
    const rate = (index: number) => formatDecimal(rates[index] ?? 0, (rates[index] ?? 0) < 10 ? 1 : 0);
    const labels = steps.map(({ at }, i) => (i === steps.length - 1 ? t.now : this.label(at)));
    const peak = rates.indexOf(Math.max(...rates));
    const range = this.t().rangeNames[all.range];
    const marks = worstSlowDowns(steps, MARKS).map(({ index, accounts }) => ({
      index,
      label: t.slowed(this.label(steps[index]?.at ?? all.from), accounts),
    }));
    const spoken = marks.map(({ label }) => ` ${label}.`).join('');
    return {
      line: { labels, values: rates, marks },
      sentence:
        all.figures.itemsVerified.value === 0
          ? t.nothing(range)
          : t.sentence(range, rate(peak), labels[peak] ?? '', rate(rates.length - 1)) + spoken,
      rows: steps
        .map((step, i) => ({ ...step, when: this.label(step.at), exact: formatExact(step.at), rate: rate(i) }))
        .reverse(),
    };
  });

  protected readonly reasons = computed(() => {
    const all = this.figures()?.failureReasons ?? [];
    const most = Math.max(1, ...all.map(({ count }) => count));
    const rows = all.map(({ code, count }) => {
      const { text, known } = explain({ code, title: code, status: 0 });
      return { code, count: formatCount(count), percent: (count / most) * 100, means: known ? text : '' };
    });
    const spoken = rows.slice(0, SPOKEN).map(({ code, count }) => `${code} ${count}`);
    return { rows, sentence: this.t().reasons.sentence(spoken.join(', ')) };
  });

  protected readonly pace = computed(() => {
    const pace = this.figures()?.pace;
    if (!pace) return undefined;
    const t = this.t().pace;
    const perSecond = (rate: number) => t.perSecond(formatDecimal(rate, rate < 10 ? 1 : 0));
    return {
      detail: t.busiest(new Set(pace.busiest.map(({ account }) => account)).size, pace.accounts),
      rows: pace.busiest.map((line) => {
        const values = line.lastHour.map(formatCount).join(', ');
        return {
          key: `${line.account} ${line.kind}`,
          account: line.account,
          short: `${line.account.slice(0, 8)}…`,
          kind: t.kinds[line.kind],
          now: line.waitsUntil ? t.waiting : perSecond(line.now),
          until: line.waitsUntil ? t.until(formatMoment(line.waitsUntil, this.clock.now())) : '',
          allowed: line.allowed === null ? '—' : perSecond(line.allowed),
          slowDowns: formatCount(line.slowDowns),
          many: line.slowDowns >= MANY_SLOW_DOWNS,
          lastHour: line.lastHour,
          values,
          sentence: t.sentence(values),
        };
      }),
    };
  });

  protected readonly open = computed(() => {
    const open = this.figures()?.openTransfers;
    if (!open) return undefined;
    const t = this.t().open;
    const groups = openGroups(open).map(({ group, count }) => ({
      group,
      name: t[group],
      count: formatCount(count),
      percent: (count / Math.max(1, open.total)) * 100,
    }));
    return {
      heading: t.heading(open.total),
      total: open.total,
      groups,
      sentence: t.sentence(groups.map(({ count, name }) => `${count} ${name}`).join(', ')),
      states: open.byState.map(({ state, count }) => ({ state, count: formatCount(count) })),
    };
  });

  protected readonly machinery = computed(() => {
    const machinery = this.figures()?.machinery;
    if (!machinery) return undefined;
    const { workers, apis, queue, redisBytes, redisMaxBytes, sharesToSweep } = machinery;
    const t = this.t().machinery;
    const processes = ({ answering, silent }: typeof workers) =>
      answering + silent === 0 ? t.none : t.answering(answering, silent);
    const waiting = formatCount(queue.waiting);
    const used = formatBytes(redisBytes);
    return {
      health:
        workers.answering === 0
          ? ({ kind: 'bad', icon: 'x-circle', text: t.noWorker } as const)
          : workers.silent + apis.silent > 0
            ? ({ kind: 'warn', icon: 'alert', text: t.someSilent } as const)
            : ({ kind: 'ok', icon: 'ok-circle', text: t.ready } as const),
      pairs: [
        { name: t.workers, value: processes(workers) },
        { name: t.apis, value: processes(apis) },
        {
          name: t.waiting,
          value: queue.waiting > 0 ? t.oldest(waiting, formatDuration(queue.oldestSeconds)) : waiting,
        },
        { name: t.retried, value: formatCount(queue.retried) },
        { name: t.redis, value: redisMaxBytes === null ? used : t.of(used, formatBytes(redisMaxBytes)) },
        { name: t.shares, value: formatCount(sharesToSweep) },
      ],
    };
  });

  protected readonly access = computed(() => {
    const all = this.figures();
    if (!all) return undefined;
    const t = this.t().access;
    const { connections, connectionsRefused, validations, distinctAccounts } = all.sessions;
    const sum = (of: (step: AnalyticsStep) => number) => all.steps.reduce((total, step) => total + of(step), 0);
    return {
      pairs: [
        { name: t.connections, value: formatCount(connections.source + connections.destination + connections.general) },
        { name: t.refused, value: formatCount(connectionsRefused.reduce((total, { count }) => total + count, 0)) },
        { name: t.validations, value: formatCount(validations) },
        { name: t.distinct, value: formatCount(distinctAccounts) },
        { name: t.requests, value: formatCount(sum(({ requests }) => requests)) },
        { name: t.problems, value: formatCount(sum(({ problems }) => problems)) },
      ],
      codes: all.errorCodes.map(({ code, count }) => ({ code, count: formatCount(count) })),
    };
  });

  protected readonly formatCount = formatCount;
  protected readonly formatBytes = formatBytes;

  protected unlock(): void {
    if (this.key()) void this.feed.unlock(this.key());
  }

  protected forget(): void {
    this.feed.forget();
  }

  protected renew(): void {
    void this.feed.renew();
  }

  protected moment(at: number): string {
    return formatMoment(at, this.clock.now());
  }

  protected why(problem: Parameters<typeof explain>[0]): string {
    const { text, known } = explain(problem);
    return known ? text : `${text} (${problem.code})`;
  }

  /** A moment on the axis: as exact as the range needs. */
  private label(at: string): string {
    const time = Date.parse(at);
    switch (this.figures()?.range) {
      case '30d':
        return formatDate(time, this.clock.now());
      case '7d':
        return `${formatDate(time, this.clock.now())}, ${formatTimeOfDay(time)}`;
      default:
        return formatTimeOfDay(time);
    }
  }

  private compared(figure: { value: number; before: number }): string {
    const t = this.t().figures;
    const before = t.before[this.range()];
    const change = changeOf(figure);
    if (change === undefined) return figure.value > 0 ? t.first(before) : '';
    if (Math.abs(change) < 0.005) return t.same(before);
    return change > 0 ? t.more(formatShare(change, 0), before) : t.less(formatShare(-change, 0), before);
  }
}
