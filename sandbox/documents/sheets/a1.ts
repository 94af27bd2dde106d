import { googleError } from '../../http/errors.ts';
import type { GridRange, GridSheet, Spreadsheet } from './model.ts';

/** A half-open range of one sheet, from 0. */
export interface Area {
  sheet: GridSheet;
  startRow: number;
  endRow: number;
  startColumn: number;
  endColumn: number;
  /** The range was given as one cell, so written values may extend beyond it. */
  isCell?: true;
}

/** `A`, `Z`, `AA` … for 0, 25, 26 …. */
export function columnName(index: number): string {
  let name = '';
  for (let rest = index + 1; rest > 0; rest = Math.floor((rest - 1) / 26))
    name = String.fromCharCode(65 + ((rest - 1) % 26)) + name;
  return name;
}

export function columnIndex(letters: string): number {
  return [...letters.toUpperCase()].reduce((sum, char) => sum * 26 + char.charCodeAt(0) - 64, 0) - 1;
}

/** A sheet's name for the part before `!`: in quotes unless it is a plain word that is not a cell. */
export function quotedTitle(title: string): string {
  const plain = /^[A-Za-z_][A-Za-z0-9_]*$/.test(title) && !/^([A-Za-z]{1,3}\d+|R\d*C\d*)$/i.test(title);
  return plain || /^Sheet\d+$/.test(title) ? title : `'${title.replace(/'/g, "''")}'`;
}

/** `Sheet1!A1:B2`. */
export function a1Of({ sheet, startRow, endRow, startColumn, endColumn }: Omit<Area, 'isCell'>): string {
  const first = `${columnName(startColumn)}${startRow + 1}`;
  const last = `${columnName(Math.max(startColumn, endColumn - 1))}${Math.max(startRow + 1, endRow)}`;
  return `${quotedTitle(sheet.title)}!${first === last ? first : `${first}:${last}`}`;
}

const CELL = /^\$?([A-Za-z]{1,3})?\$?([1-9]\d{0,9})?$/;
const R1C1 = /^R([1-9]\d{0,9})C([1-9]\d{0,9})(?::R([1-9]\d{0,9})C([1-9]\d{0,9}))?$/;

/** The corners of `A1:B2`, `A1`, `A:C`, `2:3`, `A2:B` or `R1C1:R2C2`; open ends are `undefined`. */
export function cornersOf(text: string): GridRange | undefined {
  const rc = R1C1.exec(text);
  if (rc) {
    const [, row = '', column = '', endRow = row, endColumn = column] = rc;
    return ordered(Number(row) - 1, Number(column) - 1, Number(endRow) - 1, Number(endColumn) - 1);
  }
  const [from = '', to = from, ...rest] = text.split(':');
  const a = CELL.exec(from);
  const b = CELL.exec(to);
  if (rest.length > 0 || !a || !b || from === '' || to === '') return undefined;
  const [, aColumn, aRow] = a;
  const [, bColumn, bRow] = b;
  // A row or column needs both ends: `A` alone is a name.
  if (!text.includes(':') && (aColumn === undefined || aRow === undefined)) return undefined;
  if ((aColumn === undefined) !== (bColumn === undefined)) return undefined;
  const column = (name: string | undefined): number | undefined => (name === undefined ? undefined : columnIndex(name));
  const row = (name: string | undefined): number | undefined => (name === undefined ? undefined : Number(name) - 1);
  return ordered(row(aRow), column(aColumn), row(bRow), column(bColumn));
}

function ordered(
  row: number | undefined,
  column: number | undefined,
  otherRow: number | undefined,
  otherColumn: number | undefined,
): GridRange {
  const range: GridRange = {};
  if (row !== undefined && otherRow !== undefined) {
    range.startRowIndex = Math.min(row, otherRow);
    range.endRowIndex = Math.max(row, otherRow) + 1;
  } else {
    const start = row ?? otherRow;
    if (start !== undefined) range.startRowIndex = start;
  }
  if (column !== undefined && otherColumn !== undefined) {
    range.startColumnIndex = Math.min(column, otherColumn);
    range.endColumnIndex = Math.max(column, otherColumn) + 1;
  }
  return range;
}

export function sheetByTitle({ sheets }: Spreadsheet, title: string): GridSheet | undefined {
  const lower = title.toLowerCase();
  return sheets.find((sheet) => sheet.title === title) ?? sheets.find((sheet) => sheet.title.toLowerCase() === lower);
}

/** @throws GoogleError 400 `No sheet with id: …`. */
export function sheetById({ sheets }: Spreadsheet, id = 0): GridSheet {
  const sheet = sheets.find(({ sheetId }) => sheetId === id);
  if (!sheet) throw googleError('noSheet', { id });
  return sheet;
}

/** Splits `Sheet1!A1`, `'It''s'!A1` or `A1` into the name of the sheet, if any, and the cells. */
export function splitRange(text: string): { title?: string; cells: string } | undefined {
  const quoted = /^'((?:[^']|'')+)'(?:!(.*))?$/.exec(text);
  if (quoted) return { title: (quoted[1] ?? '').replace(/''/g, "'"), cells: quoted[2] ?? '' };
  const at = text.lastIndexOf('!');
  if (at < 0) return { cells: text };
  return at === 0 || at === text.length - 1 ? undefined : { title: text.slice(0, at), cells: text.slice(at + 1) };
}

/**
 * The area for a range in A1 or R1C1 notation, the name of a sheet, or a named range
 * (https://developers.google.com/workspace/sheets/api/guides/concepts#cell).
 * @throws GoogleError 400 `Unable to parse range` or `exceeds grid limits`.
 */
export function areaOf(spreadsheet: Spreadsheet, text: string): Area {
  const range = readRange(spreadsheet, text);
  if (!range) throw googleError('unparsableRange', { range: text });
  return range;
}

function readRange(spreadsheet: Spreadsheet, text: string): Area | undefined {
  const parts = splitRange(text);
  if (!parts || text === '') return undefined;
  const { title, cells } = parts;
  if (title !== undefined) {
    const sheet = sheetByTitle(spreadsheet, title);
    const corners = cells === '' ? {} : cornersOf(cells);
    return sheet && corners && areaIn(sheet, corners);
  }
  const first = spreadsheet.sheets.find(({ hidden }) => !hidden) ?? spreadsheet.sheets[0];
  const corners = cornersOf(cells);
  if (corners && first) return areaIn(first, corners);
  const sheet = sheetByTitle(spreadsheet, cells);
  if (sheet) return areaIn(sheet, {});
  const named = spreadsheet.namedRanges?.find(({ name }) => name.toLowerCase() === cells.toLowerCase());
  return named && areaIn(sheetById(spreadsheet, named.range.sheetId), named.range);
}

/**
 * A range, clipped to its sheet.
 * @throws GoogleError 400 `exceeds grid limits` if it begins outside the sheet.
 */
export function areaIn(sheet: GridSheet, range: GridRange): Area {
  const { rowCount, columnCount } = sheet;
  const startRow = range.startRowIndex ?? 0;
  const startColumn = range.startColumnIndex ?? 0;
  const endRow = range.endRowIndex ?? rowCount;
  const endColumn = range.endColumnIndex ?? columnCount;
  if (startRow >= rowCount || startColumn >= columnCount)
    throw exceedsGrid({ sheet, startRow, endRow, startColumn, endColumn });
  const area: Area = {
    sheet,
    startRow,
    startColumn,
    endRow: Math.min(endRow, rowCount),
    endColumn: Math.min(endColumn, columnCount),
  };
  if (endRow - startRow === 1 && endColumn - startColumn === 1) area.isCell = true;
  return area;
}

export function exceedsGrid(area: Omit<Area, 'isCell'>): Error {
  const { rowCount, columnCount } = area.sheet;
  return googleError('exceedsGrid', { range: a1Of(area), rows: rowCount, columns: columnCount });
}

export function rangeOf({ sheet, startRow, endRow, startColumn, endColumn }: Omit<Area, 'isCell'>): GridRange {
  return {
    sheetId: sheet.sheetId,
    startRowIndex: startRow,
    endRowIndex: endRow,
    startColumnIndex: startColumn,
    endColumnIndex: endColumn,
  };
}
