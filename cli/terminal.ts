import { createInterface } from 'node:readline/promises';
import type { Readable, Writable } from 'node:stream';
import { CliError, EXIT } from './errors.ts';

/** The streams of the process, or a test's. */
export interface Streams {
  stdin: Readable & { isTTY?: boolean };
  stdout: Writable & { isTTY?: boolean; columns?: number };
  stderr: Writable & { isTTY?: boolean; columns?: number };
}

/** Milliseconds between two lines of progress where nobody watches, so that a log stays readable. */
const PROGRESS_EVERY_MS = 10_000;
const CLEAR_LINE = '\r\u001b[K';
const BAR_WIDTH = 24;

/** Colours of ECMA-48, by what they mean here. */
const STYLES = { good: 32, bad: 31, warning: 33, quiet: 2, strong: 1 } as const;

/**
 * What people and programs read: results on standard output, progress and questions on standard error. With `--json`,
 * standard output has one JSON object per line, and nothing is written for people.
 */
export class Terminal {
  readonly json: boolean;
  private readonly streams: Streams;
  private readonly hasColor: boolean;
  private shownAt: number | undefined;
  private isLineOpen = false;

  /** @param options.color false with NO_COLOR (https://no-color.org) */
  constructor(streams: Streams, { json, color }: { json: boolean; color: boolean }) {
    this.streams = streams;
    this.json = json;
    this.hasColor = color && !json && streams.stdout.isTTY === true;
  }

  /** A line for people. */
  say(text = ''): void {
    this.endProgress();
    if (!this.json) this.streams.stdout.write(`${text}\n`);
  }

  /** A line for programs. */
  emit(type: string, fields: object): void {
    if (this.json) this.streams.stdout.write(`${JSON.stringify({ type, ...fields })}\n`);
  }

  /** Output that is the result itself, such as a report: the same for people and programs. */
  raw(text: string | Uint8Array): void {
    this.streams.stdout.write(text);
  }

  /** A remark for people that is not a result. */
  note(text: string): void {
    this.endProgress();
    if (!this.json) this.streams.stderr.write(`${text}\n`);
  }

  /**
   * Shows progress: a line that replaces the last one, or one every ten seconds where nobody watches.
   * @param isNews whether it must be shown at once, because nothing may follow for hours
   */
  progress(text: string, isNews = false): void {
    const { stderr } = this.streams;
    if (this.json) return;
    if (stderr.isTTY) {
      const width = (stderr.columns ?? 80) - 1;
      stderr.write(`${CLEAR_LINE}${[...text].slice(0, width).join('')}`);
      this.isLineOpen = true;
    } else if (isNews || this.shownAt === undefined || Date.now() - this.shownAt >= PROGRESS_EVERY_MS) {
      this.shownAt = Date.now();
      stderr.write(`${text}\n`);
    }
  }

  /** Removes the line of progress. */
  endProgress(): void {
    if (this.isLineOpen) this.streams.stderr.write(CLEAR_LINE);
    this.isLineOpen = false;
  }

  paint(style: keyof typeof STYLES, text: string): string {
    return this.hasColor ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text;
  }

  /**
   * Asks for a confirmation; the end of the input, as by Ctrl-D, is a no.
   * @param signal aborts the question
   * @throws CliError with exit code 3 if nobody can answer, with 130 after Ctrl-C
   */
  async confirm(question: string, signal?: AbortSignal): Promise<boolean> {
    const { stdin, stderr } = this.streams;
    this.endProgress();
    if (this.json || !stdin.isTTY || !stderr.isTTY)
      throw new CliError(`${question} Confirm it with --yes.`, {
        exitCode: EXIT.person,
        code: 'confirmation_needed',
      });
    const prompt = createInterface({ input: stdin, output: stderr });
    // A prompt reads single keys, so that Ctrl-C is no signal, and its question may stay open when the input ends.
    const left = new Promise<undefined>((end, stop) => {
      prompt.once('close', () => end(undefined));
      prompt.once('SIGINT', () =>
        stop(
          new CliError('Stopped by Ctrl-C: nothing was changed.', { exitCode: EXIT.interrupted, code: 'interrupted' }),
        ),
      );
    });
    const typed = prompt.question(`${question} [y/N] `, { ...(signal && { signal }) }).catch((error: unknown) => {
      if (signal?.aborted) throw error;
      return left;
    });
    let answer: string | undefined;
    try {
      answer = await Promise.race([typed, left]);
    } finally {
      prompt.close();
      // The cursor is still behind the question; after an abort, it is not.
      if (answer === undefined && !signal?.aborted) stderr.write('\n');
    }
    return /^y(es)?$/i.test(answer?.trim() ?? '');
  }
}

/** `████░░░░  40 %` */
export function bar(share: number): string {
  const part = Math.min(1, Math.max(0, share));
  const full = Math.floor(part * BAR_WIDTH);
  return `${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)} ${String(Math.floor(part * 100)).padStart(3)} %`;
}

/** Two texts as sentences; the first one may end with a full stop or not, the second one may be empty. */
export const sentences = (first: string, second: string) => `${first.replace(/\.$/, '')}. ${second}`.trimEnd();

/** A name from a Drive on one line: control characters could move the cursor, and others change the order of the text. */
export const printable = (text: string) =>
  text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu, '\u{fffd}');

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** `1.2 GB` */
export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  for (; value >= 1000 && unit < UNITS.length - 1; unit++) value /= 1000;
  if (unit === 0) return `${count} ${count === 1 ? 'byte' : 'bytes'}`;
  return `${value.toFixed(value < 10 ? 1 : 0)} ${UNITS[unit]}`;
}

/** `1,234` */
export const number = (count: number) => count.toLocaleString('en-US');

/** `1 item`, `1,234 items` */
export const counted = (count: number, one: string, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;

/** `3 h 20 min` */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h${minutes % 60 ? ` ${minutes % 60} min` : ''}`;
  return `${Math.round(hours / 24)} days`;
}

/** A moment in the time zone of this computer: `2026-12-01 09:00 GMT+1` */
export function moment(at: string, timeZone?: string): string {
  const format = new Intl.DateTimeFormat('en-US', {
    ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' },
    ...{ hourCycle: 'h23', timeZoneName: 'short', ...(timeZone !== undefined && { timeZone }) },
  });
  const parts = Object.fromEntries(format.formatToParts(new Date(at)).map(({ type, value }) => [type, value]));
  const { year, month, day, hour, minute, timeZoneName } = parts;
  return `${year}-${month}-${day} ${hour}:${minute} ${timeZoneName}`;
}

/** Lines whose columns are aligned; numbers to the right. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => [...(row[column] ?? '')].length)));
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const space = ' '.repeat(Math.max(0, (widths[column] ?? 0) - [...cell].length));
        return right.includes(column) ? space + cell : cell + space;
      })
      .join('  ')
      .trimEnd(),
  );
}
