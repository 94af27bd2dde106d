import { schemaOf } from '../../http/json-types.ts';
import { SHEETS_TYPES } from './types.ts';
import { below, type Mask } from '../../http/fields.ts';
import type { Area } from './a1.ts';
import { numberFormatOf, shown } from './cell-text.ts';
import { errorText, isError, type Evaluator, type Result, type Value } from './evaluate.ts';
import { has } from './field-mask.ts';
import { cellAt, type Cell, type ChipRun, type GridSheet, type JsonObject, type Spreadsheet } from './model.ts';

/** The fields that masks can name. */
export const SPREADSHEET_SCHEMA = schemaOf(SHEETS_TYPES, 'Spreadsheet');

/** The reader of a spreadsheet, and facts of its file. */
export interface Reader {
  id: string;
  title: string;
  url: string;
  evaluator: Evaluator;
  /** Whether the reader may edit a protected range; only then its editors are shown. */
  canEdit: (range: NonNullable<GridSheet['protectedRanges']>[number]) => boolean;
  /** Whether a cell that contains only a web address has a `hyperlink`. */
  linksBareUrls: boolean;
}

/** The resource `Spreadsheet`, with the fields of a mask; `areas` are the requested ranges by sheet. */
export function spreadsheetResource(
  spreadsheet: Spreadsheet,
  reader: Reader,
  mask: Mask,
  areas: ReadonlyMap<GridSheet, Area[]> | undefined,
): JsonObject {
  const sheets = below(mask, 'sheets');
  const shownSheets = areas ? spreadsheet.sheets.filter((sheet) => areas.has(sheet)) : spreadsheet.sheets;
  return {
    ...(has(mask, 'spreadsheetId') && { spreadsheetId: reader.id }),
    ...(has(mask, 'properties') && { properties: propertiesOf(spreadsheet, reader.title) }),
    ...(sheets !== undefined && {
      sheets: shownSheets.map((sheet) =>
        sheetResource(spreadsheet, sheet, reader, sheets, areas?.get(sheet) ?? [wholeOf(sheet)]),
      ),
    }),
    ...(has(mask, 'namedRanges') && spreadsheet.namedRanges?.length && { namedRanges: spreadsheet.namedRanges }),
    ...(has(mask, 'spreadsheetUrl') && { spreadsheetUrl: reader.url }),
  };
}

export function wholeOf(sheet: GridSheet): Area {
  return { sheet, startRow: 0, endRow: sheet.rowCount, startColumn: 0, endColumn: sheet.columnCount };
}

const DEFAULT_FORMAT = {
  backgroundColor: { red: 1, green: 1, blue: 1 },
  padding: { top: 2, right: 3, bottom: 2, left: 3 },
  verticalAlignment: 'BOTTOM',
  wrapStrategy: 'OVERFLOW_CELL',
  textFormat: { foregroundColor: {}, fontFamily: 'arial,sans,sans-serif', fontSize: 10 },
};

function propertiesOf({ locale = 'en_US', timeZone = 'Etc/GMT' }: Spreadsheet, title: string): JsonObject {
  return { title, locale, autoRecalc: 'ON_CHANGE', timeZone, defaultFormat: DEFAULT_FORMAT };
}

export function sheetProperties(spreadsheet: Spreadsheet, sheet: GridSheet): JsonObject {
  return {
    sheetId: sheet.sheetId,
    title: sheet.title,
    index: spreadsheet.sheets.indexOf(sheet),
    sheetType: 'GRID',
    gridProperties: { rowCount: sheet.rowCount, columnCount: sheet.columnCount, ...sheet.moreGrid },
    ...(sheet.hidden && { hidden: true }),
    ...sheet.more,
  };
}

function sheetResource(
  spreadsheet: Spreadsheet,
  sheet: GridSheet,
  reader: Reader,
  mask: Mask,
  areas: readonly Area[],
): JsonObject {
  const data = below(mask, 'data');
  const { merges, protectedRanges, charts } = sheet;
  return {
    ...(has(mask, 'properties') && { properties: sheetProperties(spreadsheet, sheet) }),
    ...(data !== undefined && { data: areas.map((area) => gridData(area, reader, data)) }),
    ...(has(mask, 'merges') && merges?.length && { merges }),
    ...(has(mask, 'protectedRanges') &&
      protectedRanges?.length && {
        protectedRanges: protectedRanges.map((range) => {
          const { editors, ...rest } = range;
          if (!reader.canEdit(range)) return rest;
          return { ...rest, requestingUserCanEdit: true, ...(editors && { editors }) };
        }),
      }),
    ...(has(mask, 'charts') && charts?.length && { charts }),
  };
}

const ROW_METADATA = { pixelSize: 21 };
const COLUMN_METADATA = { pixelSize: 100 };

function gridData(area: Area, reader: Reader, mask: Mask): JsonObject {
  const { startRow, endRow, startColumn, endColumn } = area;
  const rowData = below(mask, 'rowData');
  const values = rowData && below(rowData, 'values');
  return {
    ...(has(mask, 'startRow') && startRow > 0 && { startRow }),
    ...(has(mask, 'startColumn') && startColumn > 0 && { startColumn }),
    ...(values !== undefined && { rowData: rowsOf(area, reader, values) }),
    ...(has(mask, 'rowMetadata') && { rowMetadata: Array.from({ length: endRow - startRow }, () => ROW_METADATA) }),
    ...(has(mask, 'columnMetadata') && {
      columnMetadata: Array.from({ length: endColumn - startColumn }, () => COLUMN_METADATA),
    }),
  };
}

function rowsOf(area: Area, reader: Reader, mask: Mask): JsonObject[] {
  const { sheet, startRow, startColumn } = area;
  const extent = reader.evaluator.extentOf(sheet);
  const show = cellView(reader, mask);
  const rows: JsonObject[] = [];
  for (let row = startRow; row < Math.min(area.endRow, extent.rows); row++) {
    const values: JsonObject[] = [];
    for (let column = startColumn; column < Math.min(area.endColumn, extent.columns); column++) {
      const cell = cellAt(sheet, row, column);
      values.push(show(cell, reader.evaluator.resultAt(sheet, row, column)));
    }
    while (values.length > 0 && Object.keys(values.at(-1) ?? {}).length === 0) values.pop();
    rows.push(values.length > 0 ? { values } : {});
  }
  while (rows.length > 0 && rows.at(-1)?.['values'] === undefined) rows.pop();
  return rows;
}

/** Returns a function that creates `CellData` with the fields of a mask. */
function cellView(reader: Reader, mask: Mask): (cell: Cell | undefined, result: Result) => JsonObject {
  const wants = (name: string): boolean => has(mask, name);
  const [entered, effective, formatted] = [wants('userEnteredValue'), wants('effectiveValue'), wants('formattedValue')];
  const [format, hyperlink, note, runs] = [
    wants('userEnteredFormat'),
    wants('hyperlink'),
    wants('note'),
    wants('textFormatRuns'),
  ];
  const [chips, validation, effectiveFormat] = [wants('chipRuns'), wants('dataValidation'), wants('effectiveFormat')];
  return (cell, result) => {
    const view: JsonObject = {};
    if (cell?.value === undefined && cell?.formula === undefined && result.value === undefined && !cell) return view;
    if (entered && cell) {
      if (cell.formula !== undefined) view['userEnteredValue'] = { formulaValue: cell.formula };
      else if (cell.value !== undefined) view['userEnteredValue'] = extended(cell.value);
    }
    const { value } = result;
    if (effective && value !== undefined) view['effectiveValue'] = extended(value);
    if (formatted && value !== undefined && value !== '') view['formattedValue'] = shownText(cell, value);
    if (format && cell?.format) view['userEnteredFormat'] = cell.format;
    if (effectiveFormat && cell?.format) view['effectiveFormat'] = { ...DEFAULT_FORMAT, ...cell.format };
    if (hyperlink) {
      const link = result.link ?? (cell && linkOf(cell, reader.linksBareUrls));
      if (link !== undefined) view['hyperlink'] = link;
    }
    if (note && cell?.note !== undefined) view['note'] = cell.note;
    if (validation && cell?.validation) view['dataValidation'] = cell.validation;
    if (runs && cell?.runs) view['textFormatRuns'] = cell.runs;
    if (chips && cell?.chips) view['chipRuns'] = chipRuns(String(cell.value ?? ''), cell.chips);
    return view;
  };
}

/** https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets/other#ExtendedValue */
export function extended(value: Exclude<Value, undefined>): JsonObject {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'number') return { numberValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return { errorValue: { type: value.type, message: value.message } };
}

/** The displayed text of a cell. */
export function shownText(cell: Cell | undefined, value: Value): string {
  if (value === undefined) return '';
  if (isError(value)) return errorText(value);
  if (cell?.chips && typeof value === 'string') return withChips(value, cell.chips);
  return shown(value, numberFormatOf(cell?.format));
}

function withChips(text: string, chips: readonly ChipRun[]): string {
  let out = '';
  let at = 0;
  for (const chip of chips) {
    out += text.slice(at, chip.startIndex) + chip.text;
    at = chip.startIndex + 1;
  }
  return out + text.slice(at);
}

/** "When reading, all chipped and non-chipped runs are included. Non-chipped runs will have an empty Chip." */
function chipRuns(text: string, chips: readonly ChipRun[]): JsonObject[] {
  const runs: JsonObject[] = [];
  let at = 0;
  const plain = (startIndex: number): JsonObject => ({ ...(startIndex > 0 && { startIndex }), chip: {} });
  for (const { startIndex, chip } of chips) {
    if (startIndex > at) runs.push(plain(at));
    runs.push({ ...(startIndex > 0 && { startIndex }), chip });
    at = startIndex + 1;
  }
  if (at < text.length) runs.push(plain(at));
  return runs;
}

/**
 * The link of a whole cell: from its format, from a run over the whole text, or because the text is an address. Empty
 * for a cell with several links.
 */
export function linkOf(cell: Cell, linksBareUrls: boolean): string | undefined {
  const links = new Set((cell.runs ?? []).flatMap(({ format }) => format?.link?.uri ?? []));
  if (links.size > 1) return undefined;
  const [only] = links;
  if (only !== undefined) {
    const [first, second] = cell.runs ?? [];
    return (first?.startIndex ?? 0) === 0 && second === undefined ? only : undefined;
  }
  const textFormat = cell.format?.['textFormat'] as { link?: { uri?: string } } | undefined;
  if (textFormat?.link?.uri !== undefined) return textFormat.link.uri;
  const text = typeof cell.value === 'string' ? cell.value : '';
  return linksBareUrls && /^https?:\/\/[^\s]+$/i.test(text) ? text : undefined;
}
