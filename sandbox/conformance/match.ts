/** A difference between a response and its row. */
export interface Difference {
  /** `status`, `reason`, `body>files>0>name`, `header content-type`. */
  at: string;
  expected: unknown;
  got: unknown;
}

/** The current time in a row, and the allowed difference. */
export interface Present {
  text: string;
  toleranceMs: number;
}

interface How {
  /** Whether unexpected names are differences. */
  exact: boolean;
  present?: Present;
}

/** The differences between `got` and `expected`; lists must have the same length in both modes. */
export function differences(at: string, expected: unknown, got: unknown, how: How): Difference[] {
  if (Array.isArray(expected)) {
    if (!Array.isArray(got) || got.length !== expected.length) return [{ at, expected, got }];
    return expected.flatMap((each, i) => differences(`${at}>${i}`, each, got[i] as unknown, how));
  }
  if (typeof expected === 'object' && expected !== null) {
    if (typeof got !== 'object' || got === null || Array.isArray(got)) return [{ at, expected, got }];
    const wanted = Object.entries(expected).filter(([, value]) => value !== undefined);
    const inner = wanted.flatMap(([name, value]) =>
      differences(`${at}>${name}`, value, (got as Record<string, unknown>)[name], how),
    );
    if (!how.exact) return inner;
    const known = new Set(wanted.map(([name]) => name));
    const more = Object.entries(got as Record<string, unknown>).filter(
      ([name, value]) => value !== undefined && !known.has(name),
    );
    return [...inner, ...more.map(([name, value]) => ({ at: `${at}>${name}`, expected: undefined, got: value }))];
  }
  return expected === got || isNear(expected, got, how.present) ? [] : [{ at, expected, got }];
}

function isNear(expected: unknown, got: unknown, present: Present | undefined): boolean {
  if (!present || expected !== present.text || typeof got !== 'string') return false;
  return Math.abs(Date.parse(got) - Date.parse(present.text)) <= present.toleranceMs;
}

/** A difference in one line. */
export function lineOf({ at, expected, got }: Difference): string {
  return `${at}: expected ${show(expected)}, got ${show(got)}`;
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = value instanceof RegExp ? String(value) : JSON.stringify(value);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
