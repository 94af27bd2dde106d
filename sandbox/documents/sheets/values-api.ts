import type { Account } from '../../drive/model.ts';
import type { Call } from '../../http/call.ts';
import { googleError } from '../../http/errors.ts';
import type { Reply } from '../../http/exchange.ts';
import { isTrue } from '../../http/query-types.ts';
import { readRequest } from '../editor-file.ts';
import { a1Of, areaOf, columnName, exceedsGrid, type Area } from './a1.ts';
import { entered } from './cell-text.ts';
import {
  cellAt,
  checkedText,
  checkSize,
  draftOf,
  longest,
  putCell,
  withValue,
  type Cell,
  type JsonObject,
  type Spreadsheet,
} from './model.ts';
import { type Opened, type Rendering, SheetFiles } from './sheet-file.ts';
import { SHEETS_TYPES } from './types.ts';

const DIMENSIONS = ['ROWS', 'COLUMNS'] as const;
const INPUTS = ['RAW', 'USER_ENTERED'] as const;
const RENDERINGS = ['FORMATTED_VALUE', 'UNFORMATTED_VALUE', 'FORMULA'] as const;
const DATES = ['SERIAL_NUMBER', 'FORMATTED_STRING'] as const;
const INSERTS = ['OVERWRITE', 'INSERT_ROWS'] as const;
type Input = (typeof INPUTS)[number];

/** The cells that a write changed. */
interface Written {
  area: Omit<Area, 'isCell'>;
  rows: number;
  columns: number;
  cells: number;
}

/** https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets.values */
export class ValuesApi {
  private readonly files: SheetFiles;

  constructor(files: SheetFiles) {
    this.files = files;
  }

  get(call: Call): Reply {
    const { spreadsheet } = this.files.open(call);
    const { query } = call.exchange;
    const range = call.route.ids['range'] ?? '';
    const rendering = renderingOf(query, '');
    const dimension = choice(query.get('majorDimension'), 'majorDimension', DIMENSIONS, 'ROWS');
    return this.files.answer(spreadsheet, `get ${range} ${query.toString()}`, () =>
      this.valueRange(spreadsheet, areaOf(spreadsheet, range), rendering, dimension),
    );
  }

  batchGet(call: Call): Reply {
    const { item, spreadsheet } = this.files.open(call);
    const { query } = call.exchange;
    const rendering = renderingOf(query, '');
    const dimension = choice(query.get('majorDimension'), 'majorDimension', DIMENSIONS, 'ROWS');
    const areas = query.getAll('ranges').map((range) => areaOf(spreadsheet, range));
    return this.files.answer(spreadsheet, `batchGet ${item.id} ${query.toString()}`, () => ({
      spreadsheetId: item.id,
      ...(areas.length > 0 && {
        valueRanges: areas.map((area) => this.valueRange(spreadsheet, area, rendering, dimension)),
      }),
    }));
  }

  private valueRange(spreadsheet: Spreadsheet, area: Area, rendering: Rendering, dimension: string): JsonObject {
    const rows = this.files.values(spreadsheet, area, rendering);
    const values = dimension === 'COLUMNS' ? transposed(rows) : rows;
    return { range: a1Of(area), majorDimension: dimension, ...(values.length > 0 && { values }) };
  }

  async update(call: Call): Promise<Reply> {
    const opened = this.files.openForEdit(call);
    const { query } = call.exchange;
    const body = await readRequest(call, SHEETS_TYPES, 'ValueRange');
    const input = inputOf(query.get('valueInputOption'));
    const options = answerOptions(query);
    const range = call.route.ids['range'] ?? '';
    const given = body['range'];
    const draft = draftOf(opened.spreadsheet);
    const area = areaOf(draft, range);
    if (typeof given === 'string' && given !== '' && a1Of(areaOf(draft, given)) !== a1Of(area))
      throw googleError('rangesDiffer', { asked: range, given });
    const written = this.write(opened, call.caller.account, area, body, input);
    this.files.keep(opened.item, draft, call.caller.account);
    return { status: 200, json: this.updated(opened, draft, written, options) };
  }

  async batchUpdate(call: Call): Promise<Reply> {
    const opened = this.files.openForEdit(call);
    const body = await readRequest(call, SHEETS_TYPES, 'BatchUpdateValuesRequest');
    const input = inputOf(body['valueInputOption']);
    const options = bodyOptions(body);
    const draft = draftOf(opened.spreadsheet);
    const data = (body['data'] ?? []) as JsonObject[];
    const writes = data.map((each, index) => {
      const range = typeof each['range'] === 'string' ? each['range'] : '';
      return within(`Invalid data[${index}]: `, () =>
        this.write(opened, call.caller.account, areaOf(draft, range), each, input),
      );
    });
    this.files.keep(opened.item, draft, call.caller.account);
    const total = (of: 'rows' | 'columns' | 'cells'): number => writes.reduce((sum, each) => sum + each[of], 0);
    return {
      status: 200,
      json: {
        spreadsheetId: opened.item.id,
        ...counted({
          totalUpdatedRows: total('rows'),
          totalUpdatedColumns: total('columns'),
          totalUpdatedCells: total('cells'),
          totalUpdatedSheets: new Set(writes.filter(({ cells }) => cells > 0).map(({ area }) => area.sheet)).size,
        }),
        responses: writes.map((written) => this.updated(opened, draft, written, options)),
      },
    };
  }

  async append(call: Call): Promise<Reply> {
    const opened = this.files.openForEdit(call);
    const { query } = call.exchange;
    const body = await readRequest(call, SHEETS_TYPES, 'ValueRange');
    const input = inputOf(query.get('valueInputOption'));
    const options = answerOptions(query);
    const insert = choice(query.get('insertDataOption'), 'insertDataOption', INSERTS, 'OVERWRITE');
    const draft = draftOf(opened.spreadsheet);
    const area = areaOf(draft, call.route.ids['range'] ?? '');
    const { sheet } = area;
    const table = tableIn(area);
    const startRow = table?.endRow ?? area.startRow;
    const startColumn = table?.startColumn ?? area.startColumn;
    const rows = rowsOf(body);
    if (insert === 'INSERT_ROWS') {
      if (startRow < sheet.rows.length)
        sheet.rows = [...sheet.rows.slice(0, startRow), ...rows.map(() => []), ...sheet.rows.slice(startRow)];
      sheet.rowCount += rows.length;
    }
    // Missing rows are added, missing columns are not.
    sheet.rowCount = Math.max(sheet.rowCount, startRow + rows.length);
    checkSize(draft);
    const target: Area = {
      sheet,
      startRow,
      startColumn,
      endRow: startRow + 1,
      endColumn: startColumn + 1,
      isCell: true,
    };
    const written = this.write(opened, call.caller.account, target, body, input);
    this.files.keep(opened.item, draft, call.caller.account);
    return {
      status: 200,
      json: {
        spreadsheetId: opened.item.id,
        ...(table && { tableRange: a1Of(table) }),
        updates: this.updated(opened, draft, written, options),
      },
    };
  }

  clear(call: Call): Reply {
    const opened = this.files.openForEdit(call);
    const draft = draftOf(opened.spreadsheet);
    const cleared = this.clearArea(opened, draft, call.route.ids['range'] ?? '', call.caller.account);
    this.files.keep(opened.item, draft, call.caller.account);
    return { status: 200, json: { spreadsheetId: opened.item.id, clearedRange: cleared } };
  }

  async batchClear(call: Call): Promise<Reply> {
    const opened = this.files.openForEdit(call);
    const { ranges = [] } = (await readRequest(call, SHEETS_TYPES, 'BatchClearValuesRequest')) as { ranges?: string[] };
    const draft = draftOf(opened.spreadsheet);
    const clearedRanges = ranges.map((range) => this.clearArea(opened, draft, range, call.caller.account));
    this.files.keep(opened.item, draft, call.caller.account);
    return { status: 200, json: { spreadsheetId: opened.item.id, clearedRanges } };
  }

  /** Clears values; formats, notes and validation stay. */
  private clearArea(opened: Opened, draft: Spreadsheet, range: string, account: Account): string {
    const area = areaOf(draft, range);
    const { sheet } = area;
    const filled = { ...area, endRow: Math.min(area.endRow, sheet.rows.length) };
    this.files.checkUnprotected(opened, filled, account);
    for (let row = filled.startRow; row < filled.endRow; row++)
      for (let column = area.startColumn; column < Math.min(area.endColumn, sheet.rows[row]?.length ?? 0); column++)
        putCell(sheet, row, column, withValue(cellAt(sheet, row, column), {}));
    return a1Of(area);
  }

  private write(opened: Opened, account: Account, area: Area, body: JsonObject, input: Input): Written {
    const { sheet, startRow, startColumn } = area;
    const rows = rowsOf(body);
    const columns = longest(rows);
    if (!area.isCell) {
      const range = a1Of(area);
      if (startColumn + columns > area.endColumn)
        throw googleError('writesBeyondColumn', { range, column: columnName(area.endColumn) });
      if (startRow + rows.length > area.endRow) throw googleError('writesBeyondRow', { range, row: area.endRow + 1 });
    }
    if (rows.length === 0 || columns === 0) return { area, rows: 0, columns: 0, cells: 0 };
    const target = { sheet, startRow, startColumn, endRow: startRow + rows.length, endColumn: startColumn + columns };
    if (target.endRow > sheet.rowCount)
      throw exceedsGrid({
        ...target,
        startRow: sheet.rowCount,
        endRow: sheet.rowCount + 1,
        endColumn: startColumn + 1,
      });
    if (target.endColumn > sheet.columnCount)
      throw exceedsGrid({
        ...target,
        endRow: startRow + 1,
        startColumn: sheet.columnCount,
        endColumn: sheet.columnCount + 1,
      });
    this.files.checkUnprotected(opened, target, account);
    const changedRows = new Set<number>();
    const changedColumns = new Set<number>();
    let cells = 0;
    rows.forEach((row, r) => {
      row.forEach((value, c) => {
        if (value === null || value === undefined) return;
        putCell(
          sheet,
          startRow + r,
          startColumn + c,
          enteredCell(cellAt(sheet, startRow + r, startColumn + c), value, input),
        );
        changedRows.add(r);
        changedColumns.add(c);
        cells++;
      });
    });
    return { area: target, rows: changedRows.size, columns: changedColumns.size, cells };
  }

  private updated(opened: Opened, draft: Spreadsheet, written: Written, options: AnswerOptions): JsonObject {
    const { area, rows, columns, cells } = written;
    return {
      spreadsheetId: opened.item.id,
      updatedRange: a1Of(area),
      ...counted({ updatedRows: rows, updatedColumns: columns, updatedCells: cells }),
      ...(options.includes && { updatedData: this.valueRange(draft, area, options.rendering, 'ROWS') }),
    };
  }
}

interface AnswerOptions {
  includes: boolean;
  rendering: Rendering;
}

function answerOptions(query: URLSearchParams): AnswerOptions {
  return { includes: isTrue(query, 'includeValuesInResponse'), rendering: renderingOf(query, 'response') };
}

function bodyOptions(body: JsonObject): AnswerOptions {
  const texts = Object.entries(body).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return {
    includes: body['includeValuesInResponse'] === true,
    rendering: renderingOf(new URLSearchParams(texts), 'response'),
  };
}

function renderingOf(query: URLSearchParams, prefix: '' | 'response'): Rendering {
  const name = (text: string): string => (prefix ? `${prefix}${text}` : text[0]?.toLowerCase() + text.slice(1));
  const values = name('ValueRenderOption');
  const dates = name('DateTimeRenderOption');
  return {
    values: choice(query.get(values), values, RENDERINGS, 'FORMATTED_VALUE'),
    dates: choice(query.get(dates), dates, DATES, 'SERIAL_NUMBER'),
  };
}

const ENUMS: Readonly<Record<string, string>> = {
  majorDimension: 'Dimension',
  valueInputOption: 'ValueInputOption',
  valueRenderOption: 'ValueRenderOption',
  responseValueRenderOption: 'ValueRenderOption',
  dateTimeRenderOption: 'DateTimeRenderOption',
  responseDateTimeRenderOption: 'DateTimeRenderOption',
  insertDataOption: 'InsertDataOption',
};

/** @throws GoogleError 400 for a value that is not one of the choices. */
function choice<T extends string>(value: unknown, name: string, choices: readonly T[], fallback: T): T {
  if (value === null || value === undefined || value === '') return fallback;
  const found = choices.find((each) => each === value);
  if (found !== undefined) return found;
  const at = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const type = `type.googleapis.com/google.apps.sheets.v4.${ENUMS[name] ?? name}`;
  throw googleError('invalidEnum', { at, type, value: typeof value === 'string' ? value : JSON.stringify(value) });
}

function inputOf(value: unknown): Input {
  if (value === null || value === undefined || value === '' || value === 'INPUT_VALUE_OPTION_UNSPECIFIED')
    throw googleError('requiredOption', { name: 'valueInputOption' });
  return choice(value, 'valueInputOption', INPUTS, 'RAW');
}

/** The values of a body, as rows. */
function rowsOf(body: JsonObject): unknown[][] {
  const { values = [] } = body;
  const dimension = choice(body['majorDimension'], 'majorDimension', DIMENSIONS, 'ROWS');
  if (!Array.isArray(values)) throw googleError('notAList', { at: 'data.values', value: String(values) });
  values.forEach((row: unknown, r) => {
    if (!Array.isArray(row)) throw googleError('notAList', { at: `data.values[${r}]`, value: String(row) });
    row.forEach((value: unknown, c) => {
      if (typeof value === 'object' && value !== null)
        throw googleError('invalidCellValue', {
          row: r,
          column: c,
          kind: Array.isArray(value) ? 'list_value' : 'struct_value',
        });
    });
  });
  const rows = values as unknown[][];
  return dimension === 'COLUMNS' ? transposed(rows, null) : rows;
}

function transposed(rows: unknown[][], filler: unknown = ''): unknown[][] {
  const columns = longest(rows);
  const turned = Array.from({ length: columns }, (_, column) => rows.map((row) => row[column] ?? filler));
  for (const values of turned) while (values.length > 0 && values.at(-1) === filler) values.pop();
  return turned;
}

/** A cell with the entered value: `''` empties it; the parts that do not belong to its value stay. */
export function enteredCell(cell: Cell | undefined, value: unknown, input: Input): Cell {
  if (value === '') return withValue(cell, {});
  if (typeof value === 'string') checkedText(value);
  if (typeof value !== 'string' || input === 'RAW')
    return withValue(cell, { value: value as string | number | boolean });
  const { format, ...content } = entered(value);
  const next = withValue(cell, content);
  return format ? { ...next, format: { ...next.format, ...format } } : next;
}

/** Omits counts of 0, as Google does. */
export function counted(counts: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

/** Adds a prefix to the message of an error. */
export function within<T>(beginning: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof Error && !error.message.startsWith('Invalid ')) error.message = beginning + error.message;
    throw error;
  }
}

/**
 * The last table in an area, which consists of adjacent filled cells
 * (https://developers.google.com/workspace/sheets/api/guides/values#append_values).
 */
function tableIn(area: Area): Area | undefined {
  const { sheet } = area;
  const filled = (row: number, column: number): boolean => {
    const cell = cellAt(sheet, row, column);
    return cell?.value !== undefined || cell?.formula !== undefined;
  };
  const any = (rows: [number, number], columns: [number, number]): boolean => {
    for (let row = rows[0]; row < rows[1]; row++)
      for (let column = columns[0]; column < columns[1]; column++) if (filled(row, column)) return true;
    return false;
  };
  let row = Math.min(area.endRow, sheet.rows.length) - 1;
  while (row >= area.startRow && !any([row, row + 1], [area.startColumn, area.endColumn])) row--;
  if (row < area.startRow) return undefined;
  let column = area.startColumn;
  while (!filled(row, column)) column++;
  const box = { sheet, startRow: row, endRow: row + 1, startColumn: column, endColumn: column + 1 };
  const width = (): [number, number] => [Math.max(0, box.startColumn - 1), box.endColumn + 1];
  for (let grew = true; grew;) {
    grew = false;
    if (box.startRow > 0 && any([box.startRow - 1, box.startRow], width())) grew = box.startRow-- > 0;
    if (any([box.endRow, box.endRow + 1], width())) grew = box.endRow++ > 0;
    const height: [number, number] = [box.startRow, box.endRow];
    if (box.startColumn > 0 && any(height, [box.startColumn - 1, box.startColumn])) grew = box.startColumn-- > 0;
    if (any(height, [box.endColumn, box.endColumn + 1])) grew = box.endColumn++ > 0;
  }
  return box;
}
