import { googleError } from '../../http/errors.ts';
import { areaOfRange, gridOf, maskOf, updatedFields, type BatchGround } from './batch-requests.ts';
import { rangeOf, sheetById, sheetByTitle } from './a1.ts';
import { has } from './field-mask.ts';
import {
  checkSize,
  freshId,
  newSheet,
  putCell,
  type GridRange,
  type GridSheet,
  type JsonObject,
  type ProtectedRange,
  type Spreadsheet,
} from './model.ts';
import { sheetProperties, wholeOf } from './resource.ts';

/** Handlers of requests about sheets, ranges and the spreadsheet itself; each returns its reply, if any. */
export const STRUCTURE_REQUESTS = {
  updateSpreadsheetProperties: (request: JsonObject, ground: BatchGround) => {
    const mask = maskOf(request['fields'], 'SpreadsheetProperties');
    const { title, locale, timeZone } = (request['properties'] ?? {}) as Record<string, string | undefined>;
    if (has(mask, 'title')) {
      if (!title) throw googleError('invalidRequestField', { why: 'The title must not be empty.' });
      ground.rename(title);
    }
    if (has(mask, 'locale') && locale) ground.draft.locale = locale;
    if (has(mask, 'timeZone') && timeZone) ground.draft.timeZone = timeZone;
    return {};
  },

  addSheet: (request: JsonObject, { draft }: BatchGround) => {
    const properties = (request['properties'] ?? {}) as JsonObject;
    const sheet = addSheet(draft, properties);
    return { addSheet: { properties: sheetProperties(draft, sheet) } };
  },

  deleteSheet: ({ sheetId }: JsonObject, { draft, check }: BatchGround) => {
    const sheet = sheetById(draft, Number(sheetId ?? 0));
    check(wholeOf(sheet));
    if (draft.sheets.every((each) => each === sheet || each.hidden)) throw googleError('lastSheet');
    draft.sheets = draft.sheets.filter((each) => each !== sheet);
    const namedRanges = draft.namedRanges?.filter(({ range }) => (range.sheetId ?? 0) !== sheet.sheetId);
    if (namedRanges) draft.namedRanges = namedRanges;
    return {};
  },

  duplicateSheet: (request: JsonObject, { draft }: BatchGround) => {
    const source = sheetById(draft, Number(request['sourceSheetId'] ?? 0));
    const index = request['insertSheetIndex'];
    const title = request['newSheetName'] ?? freeTitle(draft, `Copy of ${source.title}`);
    const id = request['newSheetId'];
    const copy = addSheet(draft, {
      title,
      index: index ?? 0,
      ...(id === undefined ? {} : { sheetId: id }),
      gridProperties: { rowCount: source.rowCount, columnCount: source.columnCount },
    });
    // Cells need no change: formulas without a sheet's name refer to their own sheet.
    copy.rows = source.rows.map((row) => row.map((cell) => cell && { ...cell }));
    if (source.more) copy.more = source.more;
    if (source.moreGrid) copy.moreGrid = source.moreGrid;
    if (source.merges) copy.merges = source.merges.map((range) => ({ ...range, sheetId: copy.sheetId }));
    return { duplicateSheet: { properties: sheetProperties(draft, copy) } };
  },

  updateSheetProperties: (request: JsonObject, { draft }: BatchGround) => {
    const properties = (request['properties'] ?? {}) as JsonObject & { gridProperties?: JsonObject };
    const mask = maskOf(request['fields'], 'SheetProperties');
    const sheet = sheetById(draft, Number(properties['sheetId'] ?? 0));
    const { sheetId: _id, title, index, hidden, gridProperties, sheetType: _type, ...more } = properties;
    const shown = sheetProperties(draft, sheet);
    if (has(mask, 'title')) sheet.title = checkedTitle(draft, title, sheet);
    if (has(mask, 'hidden')) {
      if (hidden === true && draft.sheets.every((each) => each === sheet || each.hidden))
        throw googleError('lastSheet');
      if (hidden === true) sheet.hidden = true;
      else delete sheet.hidden;
    }
    if (has(mask, 'gridProperties')) {
      const whole = updatedFields(shown, { gridProperties }, request['fields'], 'SheetProperties');
      resize(draft, sheet, (whole['gridProperties'] ?? {}) as JsonObject);
    }
    if (has(mask, 'index') && index !== undefined) place(draft, sheet, Number(index));
    for (const name of ['tabColor', 'tabColorStyle', 'rightToLeft'])
      if (has(mask, name)) sheet.more = { ...sheet.more, [name]: more[name] };
    return {};
  },

  appendDimension: ({ sheetId, dimension, length }: JsonObject, { draft }: BatchGround) => {
    const sheet = gridOf(draft, sheetId);
    const count = Number(length ?? 0);
    if (!Number.isInteger(count) || count < 1)
      throw googleError('invalidRequestField', { why: 'length must be greater than 0.' });
    if (dimension === 'ROWS') sheet.rowCount += count;
    else if (dimension === 'COLUMNS') sheet.columnCount += count;
    else throw googleError('invalidRequestField', { why: 'A dimension must be specified.' });
    checkSize(draft);
    return {};
  },

  mergeCells: (request: JsonObject, { draft, check }: BatchGround) => {
    const area = areaOfRange(draft, request['range'] as GridRange | undefined);
    const type = request['mergeType'] ?? 'MERGE_ALL';
    check(area);
    const { sheet, startRow, endRow, startColumn, endColumn } = area;
    const parts =
      type === 'MERGE_ROWS'
        ? Array.from({ length: endRow - startRow }, (_, i) => ({
            ...area,
            startRow: startRow + i,
            endRow: startRow + i + 1,
          }))
        : type === 'MERGE_COLUMNS'
          ? Array.from({ length: endColumn - startColumn }, (_, i) => ({
              ...area,
              startColumn: startColumn + i,
              endColumn: startColumn + i + 1,
            }))
          : [area];
    const merges = sheet.merges ?? [];
    if (merges.some((other) => overlap(other, rangeOf(area)))) throw googleError('mergesOverlap');
    for (const part of parts) {
      // Only the first cell keeps its value.
      for (let row = part.startRow; row < part.endRow; row++)
        for (let column = part.startColumn; column < part.endColumn; column++)
          if (row > part.startRow || column > part.startColumn) putCell(sheet, row, column, undefined);
    }
    sheet.merges = [...merges, ...parts.map(rangeOf)];
    return {};
  },

  unmergeCells: (request: JsonObject, { draft }: BatchGround) => {
    const area = areaOfRange(draft, request['range'] as GridRange | undefined);
    area.sheet.merges = (area.sheet.merges ?? []).filter((range) => !overlap(range, rangeOf(area)));
    return {};
  },

  addNamedRange: (request: JsonObject, { draft }: BatchGround) => {
    const { name = '', range, namedRangeId } = (request['namedRange'] ?? {}) as Record<string, unknown>;
    const named = checkedName(draft, String(name));
    const area = areaOfRange(draft, range as GridRange | undefined);
    const taken = (draft.namedRanges ?? []).map((each) => parseInt(each.namedRangeId, 10));
    const id = typeof namedRangeId === 'string' && namedRangeId ? namedRangeId : String(freshId(taken, named));
    const added = { namedRangeId: id, name: named, range: rangeOf(area) };
    draft.namedRanges = [...(draft.namedRanges ?? []), added];
    return { addNamedRange: { namedRange: added } };
  },

  updateNamedRange: (request: JsonObject, { draft }: BatchGround) => {
    const given = (request['namedRange'] ?? {}) as JsonObject;
    const old = draft.namedRanges?.find(({ namedRangeId }) => namedRangeId === given['namedRangeId']);
    if (!old) throw googleError('noNamedRange', { id: String(given['namedRangeId']) });
    const next = updatedFields(old, given, request['fields'], 'NamedRange');
    if (next.name !== old.name) checkedName(draft, next.name);
    areaOfRange(draft, next.range);
    draft.namedRanges = draft.namedRanges?.map((each) =>
      each === old ? { ...next, namedRangeId: old.namedRangeId } : each,
    );
    return {};
  },

  deleteNamedRange: ({ namedRangeId }: JsonObject, { draft }: BatchGround) => {
    if (!draft.namedRanges?.some((each) => each.namedRangeId === namedRangeId))
      throw googleError('noNamedRange', { id: String(namedRangeId) });
    draft.namedRanges = draft.namedRanges.filter((each) => each.namedRangeId !== namedRangeId);
    return {};
  },

  addProtectedRange: (request: JsonObject, { draft, email, ownerEmail }: BatchGround) => {
    const given = (request['protectedRange'] ?? {}) as Partial<ProtectedRange>;
    const named = draft.namedRanges?.find(({ namedRangeId }) => namedRangeId === given['namedRangeId']);
    const range = named?.range ?? given.range ?? {};
    const sheet = gridOf(draft, range.sheetId);
    const taken = draft.sheets.flatMap(({ protectedRanges = [] }) =>
      protectedRanges.map((each) => each.protectedRangeId),
    );
    const isWhole = (each: GridRange | undefined): boolean =>
      Object.keys(each ?? {}).every((name) => name === 'sheetId');
    if (isWhole(range) && sheet.protectedRanges?.some((each) => isWhole(each.range)))
      throw googleError('sheetAlreadyProtected', { title: sheet.title });
    const users = [...new Set([...(given.editors?.users ?? []), email, ...(ownerEmail ? [ownerEmail] : [])])];
    const { requestingUserCanEdit: _output, ...rest } = given;
    const added: ProtectedRange = {
      ...rest,
      protectedRangeId: given.protectedRangeId ?? freshId(taken, sheet.title),
      range: { ...range, sheetId: sheet.sheetId },
      ...(given.warningOnly ? {} : { editors: { ...given.editors, users } }),
    };
    if (given.warningOnly) delete added.editors;
    sheet.protectedRanges = [...(sheet.protectedRanges ?? []), added];
    return { addProtectedRange: { protectedRange: { ...added, requestingUserCanEdit: true } } };
  },

  updateProtectedRange: (request: JsonObject, { draft, check }: BatchGround) => {
    const given = (request['protectedRange'] ?? {}) as JsonObject;
    const [sheet, old] = protectedRange(draft, given['protectedRangeId']);
    check(areaOfRange(draft, old.range));
    const next = updatedFields(old, given, request['fields'], 'ProtectedRange');
    next.protectedRangeId = old.protectedRangeId;
    if (next.warningOnly) delete next.editors;
    sheet.protectedRanges = (sheet.protectedRanges ?? []).map((each) => (each === old ? next : each));
    return {};
  },

  deleteProtectedRange: ({ protectedRangeId }: JsonObject, { draft, check }: BatchGround) => {
    const [sheet, old] = protectedRange(draft, protectedRangeId);
    check(areaOfRange(draft, old.range));
    sheet.protectedRanges = (sheet.protectedRanges ?? []).filter((each) => each !== old);
    return {};
  },
} as const;

/** A sheet with the properties of a request, at the end or at an index. */
export function addSheet(draft: Spreadsheet, properties: JsonObject): GridSheet {
  const { sheetId, title, index, hidden, gridProperties, sheetType, ...more } = properties;
  if (sheetType !== undefined && sheetType !== 'GRID')
    throw googleError('notModelled', { kind: 'addSheet of another type' });
  const ids = draft.sheets.map((each) => each.sheetId);
  if (sheetId !== undefined && ids.includes(Number(sheetId)))
    throw googleError('sheetIdTaken', { id: Number(sheetId) });
  const checked = title === undefined ? freeTitle(draft, undefined) : checkedTitle(draft, title);
  const sheet = newSheet(sheetId === undefined ? freshId(ids, checked) : Number(sheetId), checked);
  if (hidden === true) sheet.hidden = true;
  if (Object.keys(more).length > 0) sheet.more = more;
  draft.sheets = [...draft.sheets, sheet];
  resize(draft, sheet, (gridProperties ?? {}) as JsonObject);
  if (index !== undefined) place(draft, sheet, Number(index));
  return sheet;
}

function checkedTitle(draft: Spreadsheet, title: unknown, own?: GridSheet): string {
  if (typeof title !== 'string' || title === '')
    throw googleError('invalidRequestField', { why: 'The name of a sheet must not be empty.' });
  const other = sheetByTitle(draft, title);
  if (other && other !== own) throw googleError('sheetTitleTaken', { title });
  return title;
}

function freeTitle(draft: Spreadsheet, wanted: string | undefined): string {
  if (wanted !== undefined && !sheetByTitle(draft, wanted)) return wanted;
  for (let number = wanted === undefined ? draft.sheets.length + 1 : 2; ; number++) {
    const title = wanted === undefined ? `Sheet${number}` : `${wanted} ${number}`;
    if (!sheetByTitle(draft, title)) return title;
  }
}

function resize(draft: Spreadsheet, sheet: GridSheet, properties: JsonObject): void {
  const { rowCount = sheet.rowCount, columnCount = sheet.columnCount, ...more } = properties;
  for (const [name, count] of [
    ['rowCount', rowCount],
    ['columnCount', columnCount],
  ] as const)
    if (!Number.isInteger(Number(count)) || Number(count) < 1)
      throw googleError('invalidRequestField', { why: `gridProperties.${name} must be at least 1.` });
  sheet.rowCount = Number(rowCount);
  sheet.columnCount = Number(columnCount);
  if (Object.keys(more).length > 0) sheet.moreGrid = more;
  else delete sheet.moreGrid;
  sheet.rows = sheet.rows.slice(0, sheet.rowCount).map((row) => row.slice(0, sheet.columnCount));
  checkSize(draft);
}

/** Indexes count as before the move, so a sheet that moves to a later index ends up one earlier. */
function place(draft: Spreadsheet, sheet: GridSheet, index: number): void {
  const before = draft.sheets.indexOf(sheet);
  const others = draft.sheets.filter((each) => each !== sheet);
  others.splice(index > before ? index - 1 : index, 0, sheet);
  draft.sheets = others;
}

function overlap(a: GridRange, b: GridRange): boolean {
  const meet = (aStart = 0, aEnd = Infinity, bStart = 0, bEnd = Infinity): boolean => aStart < bEnd && bStart < aEnd;
  return (
    meet(a.startRowIndex, a.endRowIndex, b.startRowIndex, b.endRowIndex) &&
    meet(a.startColumnIndex, a.endColumnIndex, b.startColumnIndex, b.endColumnIndex)
  );
}

function checkedName(draft: Spreadsheet, name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,249}$/.test(name) || /^([A-Za-z]{1,3}\d+|R\d*C\d*|true|false)$/i.test(name))
    throw googleError('invalidNamedRange', { name });
  if (draft.namedRanges?.some((each) => each.name.toLowerCase() === name.toLowerCase()))
    throw googleError('namedRangeTaken', { name });
  return name;
}

function protectedRange(draft: Spreadsheet, id: unknown): [GridSheet, ProtectedRange] {
  for (const sheet of draft.sheets)
    for (const range of sheet.protectedRanges ?? []) if (range.protectedRangeId === Number(id)) return [sheet, range];
  throw googleError('noProtectedRange', { id: String(id) });
}
