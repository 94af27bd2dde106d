import { computed, linkedSignal, Signal } from '@angular/core';
import { isSameJson } from '../same-json';
import { Texts } from '../../texts/texts';

/** The API's limit. */
export const MAX_PEOPLE_LINES = 20_000;

/** A line as the person edits it. An empty `to` means nobody. */
export interface MapLine {
  /** Stays the same while the line is edited or moves. */
  readonly key: number;
  readonly from: string;
  readonly to: string;
}

/** What is wrong with the two fields of a line. */
export interface LineProblem {
  readonly from?: string;
  readonly to?: string;
}

const ADDRESS = /^[^\s@,;"]+@[^\s@,;"]+\.[^\s@,;"]+$/;
const DOMAIN = /^@[^\s@,;"]+\.[^\s@,;"]+$/;
const isDomain = (text: string): boolean => text.startsWith('@');
const normalized = (text: string): string => text.trim().toLowerCase();

type Line = Pick<MapLine, 'from' | 'to'>;

/** A line of the count, with what it is for: grantees of originals, and items that these can open. */
export interface CountedLine extends Line {
  readonly people?: number;
  readonly items?: number;
}

/** The people map while it is edited, and what is wrong with it. Other lines from the server replace it. */
export class PeopleMap {
  private nextKey = 0;
  /** Undefined until the lines are loaded. */
  readonly lines = linkedSignal<readonly MapLine[] | undefined>(() => this.storedLines());
  readonly changed = computed(() => {
    const lines = this.lines();
    return lines !== undefined && !isSameJson(lines.map(contentOf), (this.stored() ?? []).map(contentOf));
  });
  /** By key of the line. */
  readonly problems = computed<ReadonlyMap<number, LineProblem>>(() => {
    const t = this.t().map.problems;
    const found = new Map<number, LineProblem>();
    const firsts = new Map<string, { readonly line: number; readonly to: string }>();
    this.lines()?.forEach((line, index) => {
      const { from, to } = contentOf(line);
      const isFrom = ADDRESS.test(from) || DOMAIN.test(from);
      const isTo = to === '' || ADDRESS.test(to) || DOMAIN.test(to);
      const first = firsts.get(from);
      if (!isFrom) found.set(line.key, { from: t.from });
      else if (!isTo) found.set(line.key, { to: t.to });
      else if (to !== '' && isDomain(from) !== isDomain(to)) found.set(line.key, { to: t.kinds });
      else if (first && first.to !== to) found.set(line.key, { from: t.twice(first.line) });
      else if (!first) firsts.set(from, { line: index + 1, to });
    });
    return found;
  });
  /** The lines of the count, by whom they name. */
  private readonly counted = computed(() => new Map(this.stored()?.map((line) => [contentOf(line).from, line])));
  /** Whether it is known what lines are for. */
  readonly isCounted = computed(() => this.stored()?.some(({ people }) => people !== undefined) ?? false);
  /** What prevents a recount; empty if nothing does. */
  readonly invalid = computed(() => {
    const { errors, loading, problems } = this.t().map;
    const lines = this.lines();
    if (!lines) return loading;
    const { length } = lines;
    if (length > MAX_PEOPLE_LINES) return problems.most(length, MAX_PEOPLE_LINES);
    return this.problems().size > 0 ? errors(this.problems().size, length) : '';
  });

  /** @param stored the lines of the count; undefined until they are loaded */
  constructor(
    private readonly stored: Signal<readonly CountedLine[] | undefined>,
    private readonly t: Texts['access'],
  ) {}

  /** What the count found that a line is for; nothing for a line that it does not have. */
  usage(line: Line): Pick<CountedLine, 'people' | 'items'> {
    return this.counted().get(contentOf(line).from) ?? {};
  }

  /** Adds an empty line at the end. */
  add(): void {
    this.lines.update((lines = []) => [...lines, this.keyed({ from: '', to: '' })]);
  }

  edit(key: number, change: Partial<Line>): void {
    this.lines.update((lines) => lines?.map((line) => (line.key === key ? { ...line, ...change } : line)));
  }

  /** @returns puts the line back to where it was */
  remove(key: number): () => void {
    const at = this.lines()?.findIndex((line) => line.key === key) ?? -1;
    const removed = this.lines()?.[at];
    this.lines.update((lines) => lines?.filter((line) => line.key !== key));
    return () => {
      if (removed) this.lines.update((lines = []) => lines.toSpliced(Math.min(at, lines.length), 0, removed));
    };
  }

  replace(lines: readonly Line[]): void {
    this.lines.set(lines.map((line) => this.keyed(line)));
  }

  /** Discards all changes. */
  reset(): void {
    this.lines.set(this.storedLines());
  }

  /** In the form that the API takes, without empty lines. */
  request(): { from: string; to: string | null }[] {
    return (this.lines() ?? [])
      .map(contentOf)
      .filter(({ from, to }) => from || to)
      .map(({ from, to }) => ({ from, to: to || null }));
  }

  private storedLines(): readonly MapLine[] | undefined {
    return this.stored()?.map((line) => this.keyed(line));
  }

  private keyed({ from, to }: Line): MapLine {
    return { key: this.nextKey++, from, to };
  }
}

const contentOf = ({ from, to }: Line): Line => ({ from: normalized(from), to: normalized(to) });
