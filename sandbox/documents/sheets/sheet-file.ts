import { domainOf } from '../../directory/directory.ts';
import type { DriveStore } from '../../drive/drive-store.ts';
import { atLeast, type Account, type Item } from '../../drive/model.ts';
import type { Call } from '../../http/call.ts';
import { googleError } from '../../http/errors.ts';
import type { Reply } from '../../http/exchange.ts';
import { keepEdit, keptReply, openDocument, openForEdit } from '../editor-file.ts';
import type { Area } from './a1.ts';
import { type Evaluator, evaluatorOf, isError, type Value } from './evaluate.ts';
import { importsOf } from './imports.ts';
import { cellAt, contains, type ProtectedRange, type Spreadsheet } from './model.ts';
import { isDate, numberFormatOf, shown } from './cell-text.ts';
import { type Reader, shownText } from './resource.ts';

/** A spreadsheet that a call names, with its file. */
export interface Opened {
  item: Item;
  spreadsheet: Spreadsheet;
}

/** How values are rendered (https://developers.google.com/workspace/sheets/api/reference/rest/v4/ValueRenderOption). */
export interface Rendering {
  values: 'FORMATTED_VALUE' | 'UNFORMATTED_VALUE' | 'FORMULA';
  dates: 'SERIAL_NUMBER' | 'FORMATTED_STRING';
}

/** Spreadsheets as files of Drive: access, and the effects of an edit. */
export class SheetFiles {
  readonly store: DriveStore;
  private readonly now: () => number;

  constructor(store: DriveStore, now: () => number) {
    this.store = store;
    this.now = now;
  }

  /** @throws GoogleError 404 for an unknown id, 403 without access, 400 for a file of another kind. */
  open(call: Call): Opened {
    const { item, model } = openDocument(call, this.store, 'spreadsheet');
    return { item, spreadsheet: model };
  }

  /** @throws GoogleError as `open`, and 403 for readers, or if the content is locked. */
  openForEdit(call: Call): Opened {
    const { item, model } = openForEdit(call, this.store, 'spreadsheet');
    return { item, spreadsheet: model };
  }

  /** Stores an edit. Nothing protects from concurrent edits: the last one wins. */
  keep(item: Item, draft: Spreadsheet, by: Account): void {
    keepEdit(this.store, item, draft, by, this.now());
  }

  evaluator(spreadsheet: Spreadsheet): Evaluator {
    return evaluatorOf(spreadsheet, importsOf(this.store));
  }

  reader(call: Call, { item, spreadsheet }: Opened): Reader {
    return {
      id: item.id,
      title: item.name,
      url: `https://docs.google.com/spreadsheets/d/${item.id}/edit`,
      evaluator: this.evaluator(spreadsheet),
      canEdit: (range) => this.mayEditRange(item, range, call.caller.account),
      linksBareUrls: this.store.switches.bareUrlsAreLinks,
    };
  }

  /** @throws GoogleError 400 if the person may not edit a protected cell in the area. */
  checkUnprotected({ item, spreadsheet }: Opened, area: Omit<Area, 'isCell'>, account: Account): void {
    const { sheet } = area;
    for (const range of spreadsheet.sheets.find(({ sheetId }) => sheetId === sheet.sheetId)?.protectedRanges ?? []) {
      if (this.mayEditRange(item, range, account)) continue;
      const {
        startRowIndex = 0,
        endRowIndex = Infinity,
        startColumnIndex = 0,
        endColumnIndex = Infinity,
      } = range.range ?? {};
      const [endRow, endColumn] = [Math.min(area.endRow, endRowIndex), Math.min(area.endColumn, endColumnIndex)];
      for (let row = Math.max(area.startRow, startRowIndex); row < endRow; row++)
        for (let column = Math.max(area.startColumn, startColumnIndex); column < endColumn; column++)
          if (!(range.unprotectedRanges ?? []).some((open) => contains(open, row, column)))
            throw googleError('protectedCell');
    }
  }

  /** The owner may always edit; a range with a warning restricts nobody. */
  mayEditRange(item: Item, { warningOnly, editors }: ProtectedRange, account: Account): boolean {
    const { store } = this;
    if (warningOnly || item.owner === account) return true;
    if (!atLeast(store.roleOf(item, account), 'writer')) return false;
    const email = account.email.toLowerCase();
    if (editors?.users?.some((each) => each.toLowerCase() === email)) return true;
    if (editors?.groups?.some((group) => store.directory.isMember(group, account.email))) return true;
    const owner = item.owner.email;
    return editors?.domainUsersCanEdit === true && owner !== undefined && domainOf(owner) === domainOf(account.email);
  }

  /** The values of an area without trailing empty rows and cells; other empty cells are `''`. */
  values(spreadsheet: Spreadsheet, area: Area, rendering: Rendering): unknown[][] {
    const evaluator = this.evaluator(spreadsheet);
    const { sheet } = area;
    const extent = evaluator.extentOf(sheet);
    const rows: unknown[][] = [];
    for (let row = area.startRow; row < Math.min(area.endRow, extent.rows); row++) {
      const values: unknown[] = [];
      let filled = 0;
      for (let column = area.startColumn; column < Math.min(area.endColumn, extent.columns); column++) {
        const value = rendered(evaluator.resultAt(sheet, row, column).value, cellAt(sheet, row, column), rendering);
        values.push(value);
        if (value !== '') filled = values.length;
      }
      values.length = filled;
      rows.push(values);
    }
    while (rows.at(-1)?.length === 0) rows.pop();
    return rows;
  }

  /** A response that depends only on the spreadsheet, its imports and a key. */
  answer(spreadsheet: Spreadsheet, key: string, make: () => unknown): Reply {
    if (this.evaluator(spreadsheet).imports) return { status: 200, json: make() };
    return keptReply(spreadsheet, key, make);
  }
}

function rendered(value: Value, cell: ReturnType<typeof cellAt>, { values, dates }: Rendering): unknown {
  if (values === 'FORMATTED_VALUE') return value === undefined ? '' : shownText(cell, value);
  if (values === 'FORMULA' && cell?.formula !== undefined) return cell.formula;
  if (value === undefined) return '';
  if (isError(value)) return shownText(cell, value);
  const format = numberFormatOf(cell?.format);
  if (typeof value === 'number' && dates === 'FORMATTED_STRING' && isDate(format)) return shown(value, format);
  return value;
}
