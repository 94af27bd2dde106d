import type { Cell, JsonObject } from './model.ts';

/** Conversion between values and the text in cells, for en_US, the only locale modelled. */

const DAY_MS = 86_400_000;
/** Day 0 of spreadsheets: 30 December 1899. */
const EPOCH = Date.UTC(1899, 11, 30);

interface NumberFormat {
  type?: string;
  pattern?: string;
}

/** Default patterns by type. */
const DEFAULT_PATTERNS: Record<string, string> = {
  PERCENT: '0.00%',
  CURRENCY: '$#,##0.00',
  NUMBER: '#,##0.00',
  SCIENTIFIC: '0.00E+00',
  DATE: 'M/d/yyyy',
  TIME: 'h:mm:ss AM/PM',
  DATE_TIME: 'M/d/yyyy H:mm:ss',
};
const DATE_TYPES = ['DATE', 'TIME', 'DATE_TIME'];

export function numberFormatOf(format: JsonObject | undefined): NumberFormat | undefined {
  return format?.['numberFormat'] as NumberFormat | undefined;
}

export function isDate(format: NumberFormat | undefined): boolean {
  return DATE_TYPES.includes(format?.type ?? '');
}

/** A value as a cell shows it. */
export function shown(value: string | number | boolean, format?: NumberFormat): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE';
  if (format === undefined || format.type === 'TEXT') return plainNumber(value);
  const pattern = format.pattern ?? DEFAULT_PATTERNS[format.type ?? ''];
  if (pattern === undefined) return plainNumber(value);
  return isDate(format) ? shownDate(value, pattern) : shownNumber(value, pattern);
}

/** Up to ten digits, as in the automatic format. */
function plainNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value);
  return String(Number(value.toPrecision(10))).replace(
    /e\+?(-?\d+)$/,
    (_, power: string) => `E${power.startsWith('-') ? '' : '+'}${power}`,
  );
}

function shownNumber(value: number, pattern: string): string {
  const [positive = '', negative] = pattern.split(';');
  const chosen = value < 0 && negative !== undefined ? negative : positive;
  const parts = /^((?:"[^"]*"|[^0#,."])*)([#,0]*)(?:\.(0*#*))?(E\+0+)?((?:"[^"]*"|[^"])*)$/.exec(chosen);
  if (!parts) return plainNumber(value);
  const [, before = '', whole = '', decimals = '', power, after = ''] = parts;
  const scaled = Math.abs(after.includes('%') ? value * 100 : value);
  const least = decimals.replace(/#/g, '').length;
  let digits = power
    ? scaled
        .toExponential(decimals.length)
        .replace(/e([+-])(\d)$/, 'E$10$2')
        .replace('e', 'E')
    : scaled.toFixed(decimals.length);
  while (!power && digits.includes('.') && digits.endsWith('0') && digits.length - digits.indexOf('.') - 1 > least)
    digits = digits.slice(0, -1);
  digits = digits.replace(/\.$/, '');
  if (whole.includes(',')) digits = digits.replace(/^\d+/, (all) => all.replace(/\B(?=(\d{3})+$)/g, ','));
  const sign = value < 0 && negative === undefined ? '-' : '';
  return `${sign}${before}${digits}${after}`.replace(/"/g, '');
}

function shownDate(serial: number, pattern: string): string {
  const date = new Date(EPOCH + Math.round(serial * DAY_MS));
  const twelve = /am\/pm/i.test(pattern);
  const hours = date.getUTCHours();
  let last = '';
  return pattern.replace(/"([^"]*)"|am\/pm|y+|M+|m+|d+|h+|H+|s+/gi, (token, quoted?: string) => {
    if (quoted !== undefined) return quoted;
    const pad = (value: number): string => String(value).padStart(Math.min(token.length, 2), '0');
    const kind = token[0] ?? '';
    // `m` are minutes after hours, and months otherwise.
    const minutes = kind === 'm' && /h/i.test(last);
    last = kind;
    if (/^am/i.test(token)) return hours < 12 ? 'AM' : 'PM';
    if (/y/i.test(kind)) return token.length > 2 ? String(date.getUTCFullYear()) : pad(date.getUTCFullYear() % 100);
    if (minutes) return pad(date.getUTCMinutes());
    if (/m/i.test(kind)) return pad(date.getUTCMonth() + 1);
    if (/d/i.test(kind)) return pad(date.getUTCDate());
    if (/h/i.test(kind)) return pad(twelve ? hours % 12 || 12 : hours);
    return pad(date.getUTCSeconds());
  });
}

/**
 * The value of a text that is typed into a cell: `valueInputOption=USER_ENTERED`
 * (https://developers.google.com/workspace/sheets/api/reference/rest/v4/ValueInputOption). Dates, percentages and
 * amounts of money also set a format.
 */
export function entered(text: string): Pick<Cell, 'value' | 'formula' | 'format'> {
  if (text.startsWith("'")) return { value: text.slice(1) };
  if (text.startsWith('=') && text.length > 1) return { formula: text };
  if (/^(true|false)$/i.test(text)) return { value: text.toLowerCase() === 'true' };
  const number = /^\s*([+-]?)(\$?)((?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?)(E[+-]?\d+)?(%?)\s*$/i.exec(text);
  if (number && /\d/.test(number[3] ?? '')) {
    const [, sign = '', money = '', digits = '', power = '', percent = ''] = number;
    const value = Number(`${sign}${digits.replace(/,/g, '')}${power}`);
    if (percent)
      return {
        value: Number((value / 100).toPrecision(15)),
        ...formatted('PERCENT', /\./.test(digits) ? '0.00%' : '0%'),
      };
    return { value, ...(money ? formatted('CURRENCY', /\./.test(digits) ? '$#,##0.00' : '$#,##0') : {}) };
  }
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text);
  const american = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(text);
  const [year, month, day] = iso ? iso.slice(1) : american ? [american[3], american[1], american[2]] : [];
  if (year !== undefined) {
    const time = Date.UTC(Number(year), Number(month) - 1, Number(day));
    const date = new Date(time);
    if (date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day))
      return { value: (time - EPOCH) / DAY_MS, ...formatted('DATE', iso ? 'yyyy-mm-dd' : 'M/d/yyyy') };
  }
  return { value: text };
}

function formatted(type: string, pattern: string): { format: JsonObject } {
  return { format: { numberFormat: { type, pattern } } };
}
