import type { Mask } from '../../http/fields.ts';
import { googleError } from '../../http/errors.ts';
import type { Lookup } from '../chips.ts';
import { columnIndex, columnName } from './a1.ts';
import { has } from './field-mask.ts';
import {
  checkedText,
  enteredText,
  withValue,
  type Cell,
  type ChipRun,
  type JsonObject,
  type TextFormatRun,
} from './model.ts';

/** The writable part of `CellData`. */
interface CellData {
  userEnteredValue?: {
    stringValue?: string;
    numberValue?: number;
    boolValue?: boolean;
    formulaValue?: string;
    errorValue?: unknown;
  };
  userEnteredFormat?: JsonObject;
  textFormatRuns?: { startIndex?: number; format?: JsonObject }[];
  chipRuns?: { startIndex?: number; chip?: Partial<ChipRun['chip']> }[];
  note?: string;
  dataValidation?: JsonObject;
}

/**
 * A cell after writing the fields of a mask; masked fields that the data lack are cleared
 * (https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets/request#UpdateCellsRequest).
 * @throws GoogleError 400 for runs and chips that do not match the text.
 */
export function editedCell(old: Cell | undefined, data: CellData, mask: Mask, lookup: Lookup): Cell {
  let cell: Cell = old ?? {};
  if (has(mask, 'userEnteredValue')) cell = withValue(cell, contentOf(data.userEnteredValue ?? {}));
  if (has(mask, 'textFormatRuns')) {
    const runs = runsOf(data.textFormatRuns ?? [], cell);
    cell = without(cell, 'runs');
    if (runs.length > 0) cell = { ...cell, runs };
  }
  if (has(mask, 'chipRuns')) {
    const chips = chipsOf(data.chipRuns ?? [], enteredText(cell), lookup);
    cell = without(cell, 'chips');
    if (chips.length > 0) cell = { ...cell, chips };
  }
  if (has(mask, 'note')) cell = data.note ? { ...cell, note: data.note } : without(cell, 'note');
  if (has(mask, 'dataValidation'))
    cell = data.dataValidation ? { ...cell, validation: data.dataValidation } : without(cell, 'validation');
  if (has(mask, 'userEnteredFormat')) {
    const inner = mask === true ? true : (mask.get('userEnteredFormat') ?? true);
    const format = merged(cell.format, data.userEnteredFormat, inner) as JsonObject | undefined;
    cell = without(cell, 'format');
    if (format && Object.keys(format).length > 0) cell = { ...cell, format };
  }
  return cell;
}

function without(cell: Cell, name: keyof Cell): Cell {
  const rest: Partial<Record<keyof Cell, unknown>> = { ...cell };
  delete rest[name];
  return rest as Cell;
}

function contentOf(value: NonNullable<CellData['userEnteredValue']>): Pick<Cell, 'value' | 'formula'> {
  const { stringValue, numberValue, boolValue, formulaValue, errorValue } = value;
  if (errorValue !== undefined) throw googleError('invalidRequestField', { why: 'errorValue is read-only.' });
  checkedText(formulaValue ?? stringValue ?? '');
  if (formulaValue !== undefined)
    return formulaValue.startsWith('=') ? { formula: formulaValue } : { value: formulaValue };
  if (stringValue !== undefined) return stringValue === '' ? {} : { value: stringValue };
  if (numberValue !== undefined) return { value: numberValue };
  return typeof boolValue === 'boolean' ? { value: boolValue } : {};
}

/** "Runs are only valid on user entered strings, not formulas, bools, or numbers." */
function runsOf(runs: NonNullable<CellData['textFormatRuns']>, { value }: Cell): TextFormatRun[] {
  if (runs.length === 0) return [];
  if (typeof value !== 'string') throw googleError('runsNeedText');
  return runs
    .map(({ startIndex = 0, format }) => ({ at: startIndex, format: format ?? {} }))
    .filter(({ at }) => at < value.length)
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, format }) => ({ ...(at > 0 && { startIndex: at }), format }));
}

const DRIVE_LINK = /^https:\/\/(?:docs|drive)\.google\.com\/\S+$/;

/** Each chip replaces an `@` in the text (https://developers.google.com/workspace/sheets/api/guides/chips). */
function chipsOf(runs: NonNullable<CellData['chipRuns']>, text: string, lookup: Lookup): ChipRun[] {
  const chips = runs.flatMap(({ startIndex: at = 0, chip = {} }): ChipRun[] => {
    const { richLinkProperties, personProperties } = chip;
    if (!richLinkProperties && !personProperties) return [];
    if (text[at] !== '@') throw googleError('chipPlaceholder', { index: at });
    if (personProperties) {
      const { email } = personProperties;
      if (!email)
        throw googleError('invalidRequestField', { why: 'The e-mail address of a person must not be empty.' });
      return [{ startIndex: at, chip: { personProperties }, text: lookup.person(email) ?? email }];
    }
    const uri = richLinkProperties?.uri ?? '';
    if (!DRIVE_LINK.test(uri)) throw googleError('chipNotDrive');
    const file = lookup.file(
      /\/(?:d|folders)\/([\w-]{10,})|[?&]id=([\w-]{10,})/.exec(uri)?.slice(1).find(Boolean) ?? '',
    );
    return [
      {
        startIndex: at,
        chip: { richLinkProperties: { uri, ...(file && { mimeType: file.mimeType }) } },
        text: file?.name ?? uri,
      },
    ];
  });
  return chips.toSorted((a, b) => a.startIndex - b.startIndex);
}

/** Writes the masked parts of one object into another. */
export function merged(old: unknown, given: unknown, mask: Mask): unknown {
  if (mask === true) return given;
  const result: JsonObject = { ...(old as JsonObject | undefined) };
  for (const [name, inner] of mask) {
    const value = merged(result[name], (given as JsonObject | undefined)?.[name], inner);
    if (value === undefined) delete result[name];
    else result[name] = value;
  }
  return Object.keys(result).length > 0 ? result : undefined;
}

/** A formula for a cell this many rows and columns away: references without `$` are shifted, as repeatCell does. */
export function movedFormula(formula: string, rows: number, columns: number): string {
  return formula.replace(
    /"(?:[^"]|"")*"|'(?:[^']|'')*'!|(\$?)\b([A-Za-z]{1,3})(\$?)([1-9]\d*)\b(?![\w(])/g,
    (whole, fixedColumn?: string, column?: string, fixedRow?: string, row?: string) => {
      if (column === undefined || row === undefined) return whole;
      const newColumn = fixedColumn ? column : columnName(Math.max(0, columnIndex(column) + columns));
      const newRow = fixedRow ? row : String(Math.max(1, Number(row) + rows));
      return `${fixedColumn ?? ''}${newColumn}${fixedRow ?? ''}${newRow}`;
    },
  );
}
