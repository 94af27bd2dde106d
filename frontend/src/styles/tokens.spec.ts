import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const sheet = readFileSync(join(import.meta.dirname, '_tokens.scss'), 'utf8');
const tokens = new Map(
  [...sheet.matchAll(/--([\w-]+): light-dark\(#([0-9a-f]{6}), #([0-9a-f]{6})\)/g)].map(
    ([, name = '', light = '', dark = '']) => [name, { light, dark }] as const,
  ),
);

/** Relative luminance of a colour `rrggbb`, as WCAG 2.2 defines it. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(front: string, back: string, theme: 'light' | 'dark'): number {
  const colour = (name: string) => {
    const token = tokens.get(name);
    if (!token) throw new Error(`there is no colour --${name}`);
    return luminance(token[theme]);
  };
  const [low = 0, high = 0] = [colour(front), colour(back)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

/** The ratios that the design states, to one decimal. */
it.each([
  ['ink', 'surface', 16.7, 14.6],
  ['muted', 'surface', 7.0, 8.1],
  ['primary', 'surface', 7.2, 9.2],
  ['source', 'surface', 7.3, 8.3],
  ['ok', 'surface', 6.5, 8.9],
  ['warn', 'surface', 6.4, 9.3],
  ['bad', 'surface', 6.5, 7.7],
  ['muted', 'primary-tint', 5.9, 6.4],
  ['outline', 'surface', 3.8, 4.6],
] as const)('%s on %s has the contrast of the design', (front, back, light, dark) => {
  expect(contrast(front, back, 'light')).toBeCloseTo(light, 0);
  expect(contrast(front, back, 'dark')).toBeCloseTo(dark, 0);
});

const TEXT = [
  ...['bg', 'surface', 'raised', 'sunk'].flatMap((back) =>
    ['ink', 'muted', 'primary', 'source', 'ok', 'warn', 'bad'].map((front) => [front, back] as const),
  ),
  ['on-primary', 'primary'],
  ['on-primary-tint', 'primary-tint'],
  ['on-source-tint', 'source-tint'],
  ['on-ok-tint', 'ok-tint'],
  ['on-warn-tint', 'warn-tint'],
  ['on-bad-tint', 'bad-tint'],
  ['on-bad', 'bad'],
  ['ink', 'primary-tint'],
  ['ink', 'ok-tint'],
  ['ink', 'warn-tint'],
  ['ink', 'bad-tint'],
  ['on-inverse', 'inverse'],
  ['inverse-primary', 'inverse'],
] as const;

it.each(TEXT)('text in %s on %s can be read in both themes (WCAG 1.4.3)', (front, back) => {
  expect(contrast(front, back, 'light')).toBeGreaterThanOrEqual(4.5);
  expect(contrast(front, back, 'dark')).toBeGreaterThanOrEqual(4.5);
});

const SEGMENTS = [...tokens.keys()].filter((name) => name.startsWith('seg-'));

it.each([...SEGMENTS, 'outline', 'focus'])('%s stands out from its surface in both themes (WCAG 1.4.11)', (name) => {
  expect(contrast(name, 'surface', 'light')).toBeGreaterThanOrEqual(3);
  expect(contrast(name, 'surface', 'dark')).toBeGreaterThanOrEqual(3);
});

const TYPES = [...tokens.keys()].filter((name) => name.startsWith('type-'));

it.each(TYPES)('%s stands out from every row in both themes (WCAG 1.4.11)', (name) => {
  for (const back of ['surface', 'raised', 'primary-tint', 'bg'])
    for (const theme of ['light', 'dark'] as const) expect(contrast(name, back, theme)).toBeGreaterThanOrEqual(3);
});

it('defines all colours of the design', () => {
  expect(SEGMENTS).toHaveLength(6);
  expect(TYPES).toHaveLength(11);
  expect(tokens.size).toBeGreaterThan(35);
});
