import { Transfer } from '../../../core/transfer-updates';

type Span = NonNullable<Transfer['timeline']>[number];
type Step = Span['step'];

/** In the order of a transfer's steps. */
const STEPS: readonly Step[] = ['count', 'copy', 'finish', 'check', 'links', 'access', 'wait', 'undo'];
/** The most that idle time between two runs takes of the axis, as a share of the working time. */
const MAX_GAP_SHARE = 0.04;
/** The number of ticks that fit on the axis. */
const MAX_TICKS = 6;
const DAY_MS = 24 * 60 * 60_000;
const TICKS_MS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720].map((minutes) => minutes * 60_000);
/** The distance (percent) of ticks from the ends of the axis, which have their own labels. */
const TICK_MARGIN = 9;

interface Row {
  readonly step: Step;
  readonly seconds: number;
  /** Percent of the width, like all positions here. */
  readonly bars: readonly { readonly left: number; readonly width: number }[];
  /** Slow-downs. */
  readonly marks: readonly number[];
}
export interface Timeline {
  readonly rows: readonly Row[];
  readonly ticks: readonly { readonly left: number; readonly at: number }[];
  /** Epoch milliseconds. */
  readonly from: number;
  readonly to: number;
}

/** Lays out the periods of a transfer on one axis. Two runs may be days apart, so long gaps are shortened. */
export function timelineOf(spans: readonly Span[], slowdowns: readonly string[]): Timeline | undefined {
  const known = spans.map(({ step, from, to }) => ({ step, from: Date.parse(from), to: Date.parse(to) }));
  const [first, last] = [known[0], known.at(-1)];
  const work = known.reduce((sum, { from, to }) => sum + to - from, 0);
  if (!first || !last || work <= 0) return undefined;
  const maxGap = work * MAX_GAP_SHARE;
  let end = first.from;
  let width = 0;
  let isCut = false;
  const placed = known.map((span) => {
    const gap = Math.max(0, span.from - end);
    isCut ||= gap > maxGap;
    width += Math.min(gap, maxGap);
    const begin = width;
    width += span.to - span.from;
    end = span.to;
    return { ...span, begin };
  });
  const percent = (ms: number) => (ms / width) * 100;
  const marksOf = (step: Step) =>
    slowdowns.flatMap((text) => {
      const moment = Date.parse(text);
      // Times of slow-downs are rounded to the second, so one may seem to start just before its period.
      const span = placed.find(({ from, to }) => moment >= from - 1000 && moment <= to);
      return span?.step === step ? [percent(span.begin + Math.max(0, moment - span.from))] : [];
    });
  const rows = STEPS.flatMap((step) => {
    const own = placed.filter((span) => span.step === step);
    if (own.length === 0) return [];
    const seconds = own.reduce((sum, { from, to }) => sum + to - from, 0) / 1000;
    const bars = own.map(({ from, to, begin }) => ({ left: percent(begin), width: percent(to - from) }));
    return [{ step, seconds, bars, marks: marksOf(step) }];
  });
  return { rows, ticks: isCut ? [] : ticksOf(first.from, last.to), from: first.from, to: last.to };
}

/** Round times between `from` and `to`, in the browser's time zone. */
function ticksOf(from: number, to: number): { left: number; at: number }[] {
  const days = Math.ceil((to - from) / DAY_MS / MAX_TICKS) * DAY_MS;
  const every = TICKS_MS.find((ms) => (to - from) / ms <= MAX_TICKS) ?? days;
  const offset = new Date(from).getTimezoneOffset() * 60_000;
  const ticks: { left: number; at: number }[] = [];
  for (let at = Math.ceil((from - offset) / every) * every + offset; at < to; at += every) {
    const left = ((at - from) / (to - from)) * 100;
    if (left > TICK_MARGIN && left < 100 - TICK_MARGIN) ticks.push({ left, at });
  }
  return ticks;
}
