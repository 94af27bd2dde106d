import { googleError } from '../../http/errors.ts';
import type { Sheet as Table } from '../document-parts.ts';

/** Parts of the API's resources that the sandbox stores unchanged and interprets only for a rule. */
export type JsonObject = Record<string, unknown>;

/** A run from `startIndex` (UTF-16 units) to the next run. Without a format, it has the cell's. */
export interface TextFormatRun {
  /** Absent for 0. */
  startIndex?: number;
  format?: JsonObject & { link?: { uri?: string } };
}

/** A smart chip that replaces the `@` at `startIndex` of the entered text. */
export interface ChipRun {
  startIndex: number;
  chip: {
    richLinkProperties?: { uri: string; mimeType?: string };
    personProperties?: { email: string; displayFormat?: string };
  };
  /** Shown in place of the `@`. */
  text: string;
}

/** A cell. Cells are immutable: copies and drafts of a spreadsheet share them. */
export interface Cell {
  readonly value?: string | number | boolean;
  /** Includes the `=`. A cell with a formula has no `value`. */
  readonly formula?: string;
  /** `userEnteredFormat`. */
  readonly format?: JsonObject;
  readonly runs?: readonly TextFormatRun[];
  readonly chips?: readonly ChipRun[];
  readonly note?: string;
  readonly validation?: JsonObject;
}

/** A half-open range from 0; a missing bound is that of the sheet. */
export interface GridRange {
  sheetId?: number;
  startRowIndex?: number;
  endRowIndex?: number;
  startColumnIndex?: number;
  endColumnIndex?: number;
}

export interface ProtectedRange extends JsonObject {
  protectedRangeId: number;
  range?: GridRange;
  unprotectedRanges?: GridRange[];
  warningOnly?: boolean;
  editors?: { users?: string[]; groups?: string[]; domainUsersCanEdit?: boolean };
}

export interface GridSheet {
  readonly sheetId: number;
  title: string;
  rowCount: number;
  columnCount: number;
  hidden?: boolean;
  /** Other fields of `properties` and `gridProperties`, such as colours and frozen rows. */
  more?: JsonObject;
  moreGrid?: JsonObject;
  /** Without trailing empty rows and cells. */
  rows: (Cell | null)[][];
  merges?: GridRange[];
  protectedRanges?: ProtectedRange[];
  /** `charts`, read-only. */
  charts?: JsonObject[];
}

/** A Google spreadsheet. An edit creates a new one (`draftOf`), so a spreadsheet never changes while it is read. */
export interface Spreadsheet {
  kind: 'spreadsheet';
  sheets: GridSheet[];
  locale?: string;
  timeZone?: string;
  namedRanges?: { namedRangeId: string; name: string; range: GridRange }[];
  /** Spreadsheets that IMPORTRANGE may read, each with the person who allowed it. */
  imports?: { from: string; by: string }[];
}

/** Size of a new sheet. */
export const ROWS = 1000;
export const COLUMNS = 26;
/** "Up to 10 million cells" (https://support.google.com/drive/answer/37603). */
export const MAX_CELLS = 10_000_000;
/** "Or 18,278 columns (column ZZZ)" (the same page). */
export const MAX_COLUMNS = 18_278;
/** "Cells with more than 50,000 characters will not be uploaded" (the same page). */
export const MAX_CELL_LENGTH = 50_000;

export function newSheet(sheetId: number, title: string): GridSheet {
  return { sheetId, title, rowCount: ROWS, columnCount: COLUMNS, rows: [] };
}

/** A spreadsheet from plain tables, as imports create it; numeric texts become numbers. */
export function spreadsheetOf(tables: readonly Table[]): Spreadsheet {
  return {
    kind: 'spreadsheet',
    sheets: tables.map(({ name, rows }, i) => ({
      ...newSheet(i, name),
      rowCount: Math.max(ROWS, rows.length),
      columnCount: Math.max(COLUMNS, longest(rows)),
      rows: rows.map((row) => row.map((text) => (text === '' ? null : { value: plainValue(text) }))),
    })),
  };
}

/** The length of the longest row. (`Math.max(...lengths)` fails for more rows than V8 allows arguments.) */
export function longest(rows: readonly (readonly unknown[])[]): number {
  return rows.reduce((length, row) => Math.max(length, row.length), 0);
}

/** @throws GoogleError 400 if the sheets exceed the maximum number of cells or columns of a spreadsheet. */
export function checkSize({ sheets }: Spreadsheet): void {
  const cells = sheets.reduce((sum, { rowCount, columnCount }) => sum + rowCount * columnCount, 0);
  if (cells > MAX_CELLS) throw googleError('tooManyCells', { cells: MAX_CELLS });
  if (sheets.some(({ columnCount }) => columnCount > MAX_COLUMNS))
    throw googleError('invalidRequestField', { why: `A sheet can have at most ${MAX_COLUMNS} columns.` });
}

/** A number if its text form equals the text, otherwise the text. */
function plainValue(text: string): string | number {
  return /^-?(0|[1-9]\d{0,14})(\.\d{1,9})?$/.test(text) && String(Number(text)) === text ? Number(text) : text;
}

/** A copy to edit; it shares only the cells. */
export function draftOf(spreadsheet: Spreadsheet): Spreadsheet {
  return {
    ...spreadsheet,
    sheets: spreadsheet.sheets.map((sheet) => ({
      ...sheet,
      rows: sheet.rows.map((row) => (row.length === 0 ? NO_CELLS : row.slice())),
    })),
  };
}

/** All empty rows are this one, so that a cell far below takes little memory. */
const NO_CELLS: (Cell | null)[] = [];
Object.freeze(NO_CELLS);

export function cellAt(sheet: GridSheet, row: number, column: number): Cell | undefined {
  return sheet.rows[row]?.[column] ?? undefined;
}

/** Replaces a cell of a draft; removes an empty one. */
export function putCell(sheet: GridSheet, row: number, column: number, cell: Cell | undefined): void {
  const empty = cell === undefined || Object.keys(cell).length === 0;
  if (empty && (sheet.rows[row]?.length ?? 0) <= column) return;
  while (sheet.rows.length <= row) sheet.rows.push(NO_CELLS);
  let cells = sheet.rows[row] ?? NO_CELLS;
  if (cells.length === 0) sheet.rows[row] = cells = [];
  while (cells.length < column) cells.push(null);
  cells[column] = empty ? null : cell;
  while (cells.length > 0 && cells.at(-1) === null) cells.pop();
  while (sheet.rows.at(-1)?.length === 0) sheet.rows.pop();
}

/** A cell with another value and without the old one's runs and chips ("Writing a new value erases…"). */
export function withValue(cell: Cell | undefined, entered: Pick<Cell, 'value' | 'formula'>): Cell {
  const { value: _value, formula: _formula, runs: _runs, chips: _chips, ...rest } = cell ?? {};
  return { ...rest, ...entered };
}

/** @throws GoogleError 400 for a text that is too long for a cell */
export function checkedText(text: string): string {
  const why = `Your input contains more than the maximum of ${MAX_CELL_LENGTH} characters in a single cell.`;
  if (text.length > MAX_CELL_LENGTH) throw googleError('invalidRequestField', { why });
  return text;
}

/** The entered text: a formula, or the text of the value. */
export function enteredText({ formula, value }: Cell): string {
  if (formula !== undefined) return formula;
  return typeof value === 'boolean' ? (value ? 'TRUE' : 'FALSE') : String(value ?? '');
}

/** Whether a cell is in a range of its sheet. */
export function contains(range: GridRange, row: number, column: number): boolean {
  return (
    row >= (range.startRowIndex ?? 0) &&
    row < (range.endRowIndex ?? Infinity) &&
    column >= (range.startColumnIndex ?? 0) &&
    column < (range.endColumnIndex ?? Infinity)
  );
}

/** An unused id, derived from `seed`. */
export function freshId(taken: readonly number[], seed: string): number {
  let id = 0x811c9dc5;
  for (const char of `${seed} ${taken.length}`) id = Math.imul(id ^ char.charCodeAt(0), 0x01000193) >>> 0;
  id &= 0x7fffffff;
  while (taken.includes(id)) id = (id + 1) & 0x7fffffff;
  return id;
}
