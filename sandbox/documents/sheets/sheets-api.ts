import type { FileWriter } from '../../drive/file-writer.ts';
import { type Call, isVisible } from '../../http/call.ts';
import { googleError } from '../../http/errors.ts';
import type { Reply } from '../../http/exchange.ts';
import { applyMask, type Mask, type Schema } from '../../http/fields.ts';
import { unknownPath } from '../../http/json-types.ts';
import { isTrue } from '../../http/query-types.ts';
import type { Lookup } from '../chips.ts';
import { executeRequests, lookupFor, readRequest } from '../editor-file.ts';
import { areaOf, type Area } from './a1.ts';
import { CELL_REQUESTS, type BatchGround } from './batch-requests.ts';
import { editedCell } from './cell-edit.ts';
import { fieldMask } from './field-mask.ts';
import { allowImport } from './imports.ts';
import {
  checkSize,
  draftOf,
  longest,
  newSheet,
  putCell,
  type GridSheet,
  type JsonObject,
  type Spreadsheet,
} from './model.ts';
import { SPREADSHEET_SCHEMA, spreadsheetResource } from './resource.ts';
import { type Opened, SheetFiles } from './sheet-file.ts';
import { addSheet, STRUCTURE_REQUESTS } from './structure-requests.ts';
import { SHEETS_TYPES } from './types.ts';

const REQUESTS = { ...CELL_REQUESTS, ...STRUCTURE_REQUESTS };
const SPREADSHEET = 'application/vnd.google-apps.spreadsheet';

/** Everything except the cells: the response without a mask and without `includeGridData`. */
const WITHOUT_CELLS: Mask = new Map(
  Object.keys(SPREADSHEET_SCHEMA).map((name) => [
    name,
    name === 'sheets'
      ? new Map([...sheetFields()].filter((each) => each !== 'data').map((each) => [each, true]))
      : true,
  ]),
);

function sheetFields(): string[] {
  const { sheets } = SPREADSHEET_SCHEMA as Record<string, Schema>;
  return typeof sheets === 'object' ? Object.keys(sheets) : [];
}

/** https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets */
export class SheetsApi {
  private readonly files: SheetFiles;
  private readonly writer: FileWriter;

  constructor(files: SheetFiles, writer: FileWriter) {
    this.files = files;
    this.writer = writer;
  }

  get(call: Call): Reply {
    const opened = this.files.open(call);
    const { query } = call.exchange;
    const mask = maskOf(query.get('fields'), isTrue(query, 'includeGridData'));
    const ranges = query.getAll('ranges');
    const { spreadsheet, item } = opened;
    const areas = areasOf(spreadsheet, ranges);
    // Protected ranges depend on the person, and the title on the file.
    const key = `spreadsheet ${item.id} ${call.caller.account.email} ${item.name} ${query.toString()}`;
    return this.files.answer(spreadsheet, key, () => this.resource(call, opened, mask, areas));
  }

  async create(call: Call): Promise<Reply> {
    const body = await readRequest(call, SHEETS_TYPES, 'Spreadsheet');
    const mask = maskOf(call.exchange.query.get('fields'), true);
    const { title, locale, timeZone } = (body['properties'] ?? {}) as Record<string, string | undefined>;
    const draft: Spreadsheet = { kind: 'spreadsheet', sheets: [] };
    if (locale) draft.locale = locale;
    if (timeZone) draft.timeZone = timeZone;
    for (const given of (body['sheets'] ?? []) as JsonObject[]) {
      const sheet = addSheet(draft, (given['properties'] ?? {}) as JsonObject);
      fill(draft, sheet, (given['data'] ?? []) as GridData[], this.chips(call));
    }
    if (draft.sheets.length === 0) draft.sheets.push(newSheet(0, 'Sheet1'));
    const metadata = { name: title ?? 'Untitled spreadsheet', mimeType: SPREADSHEET };
    const item = this.writer.createDocument(call, metadata, draft);
    return { status: 200, json: this.resource(call, { item, spreadsheet: draft }, mask, undefined) };
  }

  /** All requests, or none. */
  async batchUpdate(call: Call): Promise<Reply> {
    const opened = this.files.openForEdit(call);
    const body = await readRequest(call, SHEETS_TYPES, 'BatchUpdateSpreadsheetRequest');
    const { account } = call.caller;
    const { item, spreadsheet } = opened;
    const fields = call.exchange.query.get('fields');
    const schema = { spreadsheetId: true, replies: true, updatedSpreadsheet: SPREADSHEET_SCHEMA } as const;
    const replyMask = fields === null || fields.trim() === '' ? true : fieldMask(fields, schema, unknownPath);
    let title = item.name;
    const draft = draftOf(spreadsheet);
    const ground: BatchGround = {
      draft,
      chips: this.chips(call),
      keepsRuns: this.files.store.switches.findReplaceKeepsRuns,
      email: account.email,
      ...(item.owner.email === undefined ? {} : { ownerEmail: item.owner.email }),
      rename: (given) => (title = given),
      check: (area) => this.files.checkUnprotected({ item, spreadsheet: draft }, area, account),
    };
    const replies = executeRequests((body['requests'] ?? []) as JsonObject[], REQUESTS, ground);
    const shows = body['includeSpreadsheetInResponse'] === true;
    const areas = areasOf(draft, (body['responseRanges'] ?? []) as string[]);
    item.name = title;
    this.files.keep(item, draft, account);
    const mask = maskOf(null, body['responseIncludeGridData'] === true);
    const answer = {
      spreadsheetId: item.id,
      replies,
      ...(shows && { updatedSpreadsheet: this.resource(call, { item, spreadsheet: draft }, mask, areas) }),
    };
    return { status: 200, json: applyMask(answer, replyMask) };
  }

  /** The undocumented call of the button "Allow access", which scripts use too. */
  addImportPermissions(call: Call): Reply {
    const { item, spreadsheet } = this.files.openForEdit(call);
    const { account } = call.caller;
    const from = call.route.ids['donorDocId'] ?? '';
    const source = this.files.store.item(from);
    if (source?.document?.kind !== 'spreadsheet') throw googleError('entityNotFound');
    if (!isVisible(source, call.caller, this.files.store)) throw googleError('noPermission');
    this.files.store.setDocument(item, allowImport(spreadsheet, from, account.email));
    this.files.store.touch(item);
    return { status: 200, json: {} };
  }

  private resource(
    call: Call,
    opened: Opened,
    mask: Mask,
    areas: ReadonlyMap<GridSheet, Area[]> | undefined,
  ): JsonObject {
    const resource = spreadsheetResource(opened.spreadsheet, this.files.reader(call, opened), mask, areas);
    return mask === WITHOUT_CELLS ? resource : (applyMask(resource, mask) as JsonObject);
  }

  private chips(call: Call): Lookup {
    return lookupFor(call, this.files.store);
  }
}

/** With a mask, `includeGridData` has no effect. */
function maskOf(fields: string | null, cells: boolean): Mask {
  if (fields !== null && fields.trim() !== '') return fieldMask(fields, SPREADSHEET_SCHEMA, unknownPath);
  return cells ? true : WITHOUT_CELLS;
}

/** The ranges of a request by sheet; `undefined` means all. */
function areasOf(spreadsheet: Spreadsheet, ranges: readonly string[]): Map<GridSheet, Area[]> | undefined {
  if (ranges.length === 0) return undefined;
  const areas = new Map<GridSheet, Area[]>();
  for (const range of ranges) {
    const area = areaOf(spreadsheet, range);
    areas.set(area.sheet, [...(areas.get(area.sheet) ?? []), area]);
  }
  return areas;
}

interface GridData {
  startRow?: number;
  startColumn?: number;
  rowData?: { values?: JsonObject[] }[];
}

/**
 * Writes the cells of a new sheet, which grows as needed.
 * @throws GoogleError 400 if the spreadsheet becomes too large
 */
function fill(draft: Spreadsheet, sheet: GridSheet, data: readonly GridData[], chips: Lookup): void {
  for (const { startRow = 0, startColumn = 0, rowData = [] } of data) {
    const rows = rowData.map(({ values = [] }) => values);
    sheet.rowCount = Math.max(sheet.rowCount, startRow + rows.length);
    sheet.columnCount = Math.max(sheet.columnCount, startColumn + longest(rows));
    checkSize(draft);
    rows.forEach((values, r) => {
      values.forEach((value, c) => {
        putCell(sheet, startRow + r, startColumn + c, editedCell(undefined, value, true, chips));
      });
    });
  }
}
