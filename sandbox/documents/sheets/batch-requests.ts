import type { Mask } from '../../http/fields.ts';
import { googleError } from '../../http/errors.ts';
import { schemaOf } from '../../http/json-types.ts';
import { areaIn, type Area } from './a1.ts';
import type { Lookup } from '../chips.ts';
import { editedCell, merged, movedFormula } from './cell-edit.ts';
import { fieldMask } from './field-mask.ts';
import { findReplace } from './find-replace.ts';
import {
  type Cell,
  cellAt,
  checkSize,
  type GridRange,
  type GridSheet,
  type JsonObject,
  longest,
  putCell,
  type Spreadsheet,
} from './model.ts';
import { counted } from './values-api.ts';
import { SHEETS_TYPES } from './types.ts';

/** The context of the requests of a batch. */
export interface BatchGround {
  draft: Spreadsheet;
  chips: Lookup;
  keepsRuns: boolean;
  /** E-mail of the person who sends the batch. */
  email: string;
  ownerEmail?: string;
  rename: (title: string) => void;
  /** @throws GoogleError 400 if the person may not edit a cell. */
  check: (area: Omit<Area, 'isCell'>) => void;
}

/** @throws GoogleError 400 for a mask that is empty or names an unknown field. */
export function maskOf(fields: unknown, type: string): Mask {
  const text = typeof fields === 'string' ? fields.trim() : '';
  if (text === '') throw googleError('noFields');
  return fieldMask(text, schemaOf(SHEETS_TYPES, type), (name) => googleError('invalidField', { name }));
}

/** @throws GoogleError 400 `No grid with id: …`. */
export function gridOf({ sheets }: Spreadsheet, id: unknown): GridSheet {
  const sheet = sheets.find(({ sheetId }) => sheetId === Number(id ?? 0));
  if (!sheet) throw googleError('noGrid', { id: String(id) });
  return sheet;
}

/** The area of a range in a request. */
export function areaOfRange(draft: Spreadsheet, range: GridRange | undefined): Area {
  if (!range) throw googleError('invalidRequestField', { why: 'A range must be specified.' });
  return areaIn(gridOf(draft, range.sheetId), range);
}

/** Handlers of requests about cells, by name; each returns its reply, if any. */
export const CELL_REQUESTS = {
  updateCells: (request: JsonObject, ground: BatchGround) => {
    const mask = maskOf(request['fields'], 'CellData');
    const rows = (request['rows'] ?? []) as { values?: JsonObject[] }[];
    const range = request['range'] as GridRange | undefined;
    const start = request['start'] as { sheetId?: number; rowIndex?: number; columnIndex?: number } | undefined;
    if ((range === undefined) === (start === undefined))
      throw googleError('invalidRequestField', { why: 'Exactly one of start and range must be specified.' });
    if (range) {
      const area = areaOfRange(ground.draft, range);
      writeRows(ground, area, rows, mask, area);
    } else {
      const sheet = gridOf(ground.draft, start?.sheetId);
      writeRows(ground, { sheet, startRow: start?.rowIndex ?? 0, startColumn: start?.columnIndex ?? 0 }, rows, mask);
    }
    return {};
  },

  appendCells: (request: JsonObject, ground: BatchGround) => {
    const mask = maskOf(request['fields'], 'CellData');
    const rows = (request['rows'] ?? []) as { values?: JsonObject[] }[];
    const sheet = gridOf(ground.draft, request['sheetId']);
    const startRow = sheet.rows.length;
    sheet.rowCount = Math.max(sheet.rowCount, startRow + rows.length);
    checkSize(ground.draft);
    writeRows(ground, { sheet, startRow, startColumn: 0 }, rows, mask);
    return {};
  },

  repeatCell: (request: JsonObject, ground: BatchGround) => {
    const mask = maskOf(request['fields'], 'CellData');
    const area = areaOfRange(ground.draft, request['range'] as GridRange | undefined);
    const cell = (request['cell'] ?? {}) as Parameters<typeof editedCell>[1];
    ground.check(area);
    const { sheet, startRow, startColumn } = area;
    const edited = editing(cell, mask, ground.chips);
    for (let row = startRow; row < area.endRow; row++)
      for (let column = startColumn; column < area.endColumn; column++) {
        const next = edited(cellAt(sheet, row, column));
        const { formula } = next;
        const moved =
          formula === undefined || cell.userEnteredValue?.formulaValue === undefined
            ? next
            : { ...next, formula: movedFormula(formula, row - startRow, column - startColumn) };
        putCell(sheet, row, column, moved);
      }
    return {};
  },

  setDataValidation: (request: JsonObject, ground: BatchGround) => {
    const area = areaOfRange(ground.draft, request['range'] as GridRange | undefined);
    const rule = request['rule'] as JsonObject | undefined;
    if (rule && (rule['condition'] as JsonObject | undefined)?.['type'] === undefined)
      throw googleError('invalidRequestField', { why: 'The rule needs a condition.' });
    ground.check(area);
    const mask: Mask = new Map([['dataValidation', true]]);
    const data = rule ? { dataValidation: rule } : {};
    const edited = editing(data, mask, ground.chips);
    for (let row = area.startRow; row < area.endRow; row++)
      for (let column = area.startColumn; column < area.endColumn; column++)
        putCell(area.sheet, row, column, edited(cellAt(area.sheet, row, column)));
    return {};
  },

  findReplace: (request: JsonObject, ground: BatchGround) => ({
    findReplace: counted(findReplace(ground.draft, request, ground.keepsRuns, ground.check)),
  }),
} as const;

/** Edits cells in the same way; all empty ones become the same cell, because a range can have millions. */
function editing(...[data, mask, lookup]: [Parameters<typeof editedCell>[1], Mask, Lookup]) {
  let ofEmpty: Cell | undefined;
  return (old: Cell | undefined): Cell =>
    old ? editedCell(old, data, mask, lookup) : (ofEmpty ??= editedCell(undefined, data, mask, lookup));
}

function writeRows(
  ground: BatchGround,
  from: { sheet: GridSheet; startRow: number; startColumn: number },
  rows: readonly { values?: JsonObject[] }[],
  mask: Mask,
  area?: Area,
): void {
  const { sheet, startRow, startColumn } = from;
  const columns = longest(rows.map(({ values = [] }) => values));
  const lastRow = area?.endRow ?? sheet.rowCount;
  const lastColumn = area?.endColumn ?? sheet.columnCount;
  if (startRow + rows.length > lastRow) throw googleError('writesBeyondLastRow', { row: lastRow, last: lastRow - 1 });
  if (startColumn + columns > lastColumn)
    throw googleError('writesBeyondLastColumn', { column: lastColumn, last: lastColumn - 1 });
  const target = area ?? {
    sheet,
    startRow,
    startColumn,
    endRow: startRow + rows.length,
    endColumn: startColumn + columns,
  };
  ground.check(target);
  for (let row = startRow; row < target.endRow; row++) {
    const values = rows[row - startRow]?.values ?? [];
    // Cells without data are cleared in a range, and unchanged otherwise.
    const end = area ? area.endColumn : startColumn + values.length;
    for (let column = startColumn; column < end; column++) {
      const data = (values[column - startColumn] ?? {}) as Parameters<typeof editedCell>[1];
      putCell(sheet, row, column, editedCell(cellAt(sheet, row, column), data, mask, ground.chips));
    }
  }
}

/** An object of a draft, updated with the masked fields of another. */
export function updatedFields<T extends object>(old: T, given: JsonObject, fields: unknown, type: string): T {
  return (merged(old, given, maskOf(fields, type)) ?? {}) as T;
}
