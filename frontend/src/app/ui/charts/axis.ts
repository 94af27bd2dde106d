const digitOf = (value: number): number => value / 10 ** Math.floor(Math.log10(value));

/** The next round number that is no less: 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 15 … @param value above 0 */
export function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 1.5, 2, 3, 4, 5, 6, 8].find((step) => step * power >= value) ?? 10) * power;
}

/** Round values of an axis from 0 to `top`, which is a round number. */
export function axisValues(top: number): number[] {
  const digit = Math.round(digitOf(top) * 10) / 10;
  const parts = digit === 1.5 ? 3 : digit === 3 || digit === 5 ? digit : 2;
  return Array.from({ length: parts + 1 }, (_, part) => (part / parts) * top);
}

/** The indexes of at most `max` labels for an axis, evenly spaced from the first; none repeats the previous label. */
export function ticksOf(labels: readonly string[], max: number): number[] {
  const step = Math.max(1, Math.ceil((labels.length - 1) / Math.max(1, max - 1)));
  return labels.map((_, index) => index).filter((i) => i % step === 0 && (i === 0 || labels[i] !== labels[i - step]));
}
