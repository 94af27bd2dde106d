import {
  changesIn,
  type DriveAddress,
  findAddresses,
  type NewId,
  parseAddress,
  replaceAddress,
  replaceAddresses,
  type TextChange,
  withChanges,
} from '../../../engine/links/drive-addresses.js';
import type { DocumentLink, LinkGroup, LinkHolder } from '../../../engine/links/document-links.js';
import { int32, listOf, objectOf, text, withOthers } from '../google-answers.js';
import type { BatchRequest } from './batch-update.js';

/*
 * Links in a spreadsheet. The readers have the fields of `spreadsheets.get` that matter here
 * (https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets/cells).
 */

/** The value of `fields` with which a spreadsheet is read. */
export const SPREADSHEET_FIELDS =
  'sheets(properties(sheetId,title),data(startRow,startColumn,rowData(values(userEnteredValue,hyperlink,note,textFormatRuns,chipRuns,userEnteredFormat(textFormat)))))';

// A format, a run and a chip are written as a whole, so all their fields are kept.
const readFormat = withOthers(objectOf({}, { link: objectOf({}, { uri: text }) }));
const readFormatRun = withOthers(objectOf({}, { startIndex: int32, format: readFormat }));
const readChipRun = withOthers(
  objectOf(
    {},
    { startIndex: int32, chip: withOthers(objectOf({}, { richLinkProperties: objectOf({}, { uri: text }) })) },
  ),
);
const readCell = objectOf(
  {},
  {
    userEnteredValue: objectOf({}, { stringValue: text, formulaValue: text }),
    hyperlink: text,
    note: text,
    textFormatRuns: listOf(readFormatRun),
    chipRuns: listOf(readChipRun),
    userEnteredFormat: objectOf({}, { textFormat: readFormat }),
  },
);
export const readSpreadsheet = objectOf(
  {},
  {
    sheets: listOf(
      objectOf(
        {},
        {
          properties: objectOf({}, { sheetId: int32, title: text }),
          data: listOf(
            objectOf(
              {},
              {
                startRow: int32,
                startColumn: int32,
                rowData: listOf(objectOf({}, { values: listOf(readCell) })),
              },
            ),
          ),
        },
      ),
    ),
  },
);
export type GoogleSpreadsheet = ReturnType<typeof readSpreadsheet>;
type Cell = ReturnType<typeof readCell>;
type ChipRun = ReturnType<typeof readChipRun>;
type FormatRun = ReturnType<typeof readFormatRun>;

/** Whether a request overwrites whatever its cell contains, so that nothing protects an edit of a person. */
export const isUnguarded = (request: BatchRequest): boolean => 'updateCells' in request;

interface CellPlace {
  readonly sheetId: number;
  readonly title: string;
  readonly row: number;
  readonly column: number;
}

/**
 * The links of a spreadsheet, and the requests that rewrite them.
 *
 * The Sheets API has no revision guard. A cell with only a text or formula is therefore replaced where it still has
 * exactly this content, so that the edit of a person is never lost. Notes, chips and linked parts of texts cannot be
 * written in that way: see `isUnguarded`.
 */
export function* linksInSpreadsheet({ sheets = [] }: GoogleSpreadsheet): Generator<LinkGroup<BatchRequest>> {
  for (const { properties, data = [] } of sheets)
    for (const { startRow = 0, startColumn = 0, rowData = [] } of data)
      for (const [row, { values = [] }] of rowData.entries())
        for (const [column, cell] of values.entries()) {
          const { sheetId = 0, title = '' } = properties ?? {};
          const group = linksInCell(cell, { sheetId, title, row: startRow + row, column: startColumn + column });
          if (group.links.length > 0) yield group;
        }
}

/** A cell in A1 notation; row and column from 0. */
export function cellName(row: number, column: number): string {
  let letters = '';
  for (let rest = column; rest >= 0; rest = Math.floor(rest / 26) - 1)
    letters = String.fromCharCode(65 + (rest % 26)) + letters;
  return `${letters}${row + 1}`;
}

/** IMPORTRANGE also takes an id in place of an address (https://support.google.com/docs/answer/3093340). */
const IMPORTED_ID = /\bIMPORTRANGE\s*\(\s*"([\w-]{15,120})"/gi;
const BEFORE_IMPORTED = /\bIMPORTRANGE\s*\(\s*"\s*$/i;

interface FormulaAddress {
  readonly address: DriveAddress;
  readonly isImported: boolean;
}

function addressesInFormula(formula: string): FormulaAddress[] {
  const found: FormulaAddress[] = findAddresses(formula).map((address) => ({
    address,
    isImported: BEFORE_IMPORTED.test(formula.slice(Math.max(0, address.start - 100), address.start)),
  }));
  for (const { 0: whole, 1: id = '', index } of formula.matchAll(IMPORTED_ID)) {
    const at = { start: index + whole.length - 1 - id.length, end: index + whole.length - 1 };
    found.push({ address: { ...at, id, at, keys: [] }, isImported: true });
  }
  return found.sort((one, other) => one.address.start - other.address.start);
}

function linksInCell(cell: Cell, where: CellPlace): LinkGroup<BatchRequest> {
  const { userEnteredValue, hyperlink = '', note = '', textFormatRuns = [], chipRuns = [], userEnteredFormat } = cell;
  const { stringValue = '', formulaValue = '' } = userEnteredValue ?? {};
  const label = cellName(where.row, where.column);
  const links: DocumentLink[] = [];
  const add = (holder: LinkHolder, text: string, address = parseAddress(text), more: Partial<DocumentLink> = {}) => {
    const place = { holder, part: 'sheet', container: where.title, label } as const;
    if (address) links.push({ place, text, address, ...more });
  };

  // Google writes only chips of files in Drive (https://developers.google.com/workspace/sheets/api/guides/chips).
  const isReadOnly = chipRuns.some(({ chip }) => chip?.richLinkProperties && !isWritableChip(chip.richLinkProperties));
  const readOnly = isReadOnly ? ({ unsupported: 'read_only_chip' } as const) : {};
  for (const { chip } of chipRuns) add('chip', chip?.richLinkProperties?.uri ?? '', undefined, readOnly);
  // Adjacent runs with the same link are one link for a person.
  for (const [i, { format }] of textFormatRuns.entries())
    if (format?.link?.uri !== textFormatRuns[i - 1]?.format?.link?.uri)
      add('text', format?.link?.uri ?? '', undefined, readOnly);
  add('cell', userEnteredFormat?.textFormat?.link?.uri ?? '', undefined, readOnly);
  const linked = new Set(links.map(({ address }) => ('id' in address ? address.id : '')));
  // An address that is the visible text of a link to the same file is part of that link.
  for (const address of findAddresses(stringValue))
    if ('fixed' in address || !linked.has(address.id))
      add('plain_text', stringValue.slice(address.start, address.end), address, readOnly);
  for (const address of findAddresses(note)) add('note', note.slice(address.start, address.end), address);
  const inFormula = addressesInFormula(formulaValue);
  for (const { address, isImported } of inFormula)
    add('formula', formulaValue.slice(address.start, address.end), address, isImported ? { needsConsent: true } : {});
  const computed = formulaValue === '' ? undefined : parseAddress(hyperlink);
  if (computed && 'id' in computed && !inFormula.some(({ address }) => 'id' in address && address.id === computed.id))
    add('formula', hyperlink, computed, { unsupported: 'computed_address' });

  return { links, requests: (newIdOf) => requestsFor(cell, where, isReadOnly ? () => undefined : newIdOf, newIdOf) };
}

const isWritableChip = ({ uri = '' }: { readonly uri?: string }) =>
  /^https:\/\/(?:docs|drive)\.google\.com\//.test(uri) && parseAddress(uri) !== undefined;

/**
 * @param newIdOf for the content of the cell
 * @param newIdOfNote for its note
 */
function requestsFor(cell: Cell, where: CellPlace, newIdOf: NewId, newIdOfNote: NewId): BatchRequest[] {
  const { userEnteredValue, note = '', textFormatRuns = [], chipRuns = [], userEnteredFormat } = cell;
  const { stringValue, formulaValue } = userEnteredValue ?? {};
  const range = {
    sheetId: where.sheetId,
    startRowIndex: where.row,
    endRowIndex: where.row + 1,
    startColumnIndex: where.column,
    endColumnIndex: where.column + 1,
  };
  const requests: BatchRequest[] = [];
  /** Fields of the cell that are written whatever it contains. */
  const fields: Record<string, unknown> = {};

  const inFormula = addressesInFormula(formulaValue ?? '').map(({ address }) => address);
  const formula = formulaValue === undefined ? undefined : withChanges(formulaValue, changesIn(inFormula, newIdOf));
  const changes = changesIn(findAddresses(stringValue ?? ''), newIdOf);
  const text = withChanges(stringValue ?? '', changes);
  const movedRuns = textFormatRuns.map((run) => relinked(run, changes, newIdOf));
  const movedChips = chipRuns.map((run) => rechipped(run, changes, newIdOf));
  const hasParts = textFormatRuns.length + chipRuns.length > 0;
  if (formula !== undefined && formula !== formulaValue) requests.push(replaced(formulaValue!, formula));
  else if (changes.length > 0 && !hasParts) requests.push(replaced(stringValue!, text));
  const isChanged = (one: unknown, other: unknown) => JSON.stringify(one) !== JSON.stringify(other);
  // A new value erases the runs and chips of the old one, and chips are written with their text.
  if (hasParts && (changes.length > 0 || isChanged(chipRuns, movedChips)))
    fields['userEnteredValue'] = { stringValue: text };
  if (fields['userEnteredValue'] || isChanged(textFormatRuns, movedRuns)) {
    if (textFormatRuns.length > 0) fields['textFormatRuns'] = movedRuns;
    if (chipRuns.length > 0) fields['chipRuns'] = movedChips.filter(({ chip }) => chip && Object.keys(chip).length > 0);
  }
  const format = userEnteredFormat?.textFormat;
  const uri = format?.link?.uri;
  const newUri = uri === undefined ? uri : replaceAddress(uri, newIdOf);
  // The whole format: a new link would otherwise set its colour and underline (reference of `TextFormat.link`).
  if (newUri !== uri) fields['userEnteredFormat'] = { textFormat: { ...format, link: { uri: newUri } } };
  const newNote = replaceAddresses(note, newIdOfNote);
  if (newNote !== note) fields['note'] = newNote;
  if (Object.keys(fields).length > 0) {
    const mask = Object.keys(fields).map((name) => (name === 'userEnteredFormat' ? `${name}.textFormat` : name));
    requests.push({ updateCells: { range, rows: [{ values: [fields] }], fields: mask.join(',') } });
  }
  return requests;

  /** Only if the cell still has the old content. */
  function replaced(find: string, replacement: string): BatchRequest {
    return {
      findReplace: { find, replacement, matchCase: true, matchEntireCell: true, includeFormulas: true, range },
    };
  }
}

/** Where an index is after the changes; one within a replaced part moves to the part's beginning. */
function movedIndex(index: number, changes: readonly TextChange[]): number {
  let by = 0;
  for (const { start, end, text } of changes) {
    if (index > start && index < end) return start + by;
    if (index >= end) by += text.length - (end - start);
  }
  return index + by;
}

function at({ startIndex }: { readonly startIndex?: number }, changes: readonly TextChange[]) {
  return startIndex === undefined ? {} : { startIndex: movedIndex(startIndex, changes) };
}

function relinked(run: FormatRun, changes: readonly TextChange[], newIdOf: NewId): FormatRun {
  const uri = run.format?.link?.uri;
  const format = uri === undefined ? run.format : { ...run.format, link: { uri: replaceAddress(uri, newIdOf) } };
  return { ...run, ...at(run, changes), ...(format && { format }) };
}

function rechipped(run: ChipRun, changes: readonly TextChange[], newIdOf: NewId): ChipRun {
  const uri = run.chip?.richLinkProperties?.uri ?? '';
  const newUri = replaceAddress(uri, newIdOf);
  return { ...run, ...at(run, changes), ...(newUri !== uri && { chip: { richLinkProperties: { uri: newUri } } }) };
}
