import { GoogleError, SandboxUsageError } from '../../http/errors.ts';
import { readJson } from '../../http/json-types.ts';
import { listAt, objectAt, recordAt, textAt } from '../describe-text.ts';
import { areaOf, rangeOf } from './a1.ts';
import type { Lookup } from '../chips.ts';
import { editedCell } from './cell-edit.ts';
import {
  COLUMNS,
  draftOf,
  longest,
  putCell,
  ROWS,
  type Cell,
  type GridSheet,
  type JsonObject,
  type Spreadsheet,
} from './model.ts';
import { addSheet } from './structure-requests.ts';
import { SHEETS_TYPES } from './types.ts';
import { enteredCell } from './values-api.ts';

const FILE = (id: string): string => `https://docs.google.com/document/d/${id}/edit`;

/**
 * A spreadsheet from a short description: `{sheets: [{title, hidden, rows, merges, protected, charts}], names, imports}`.
 * A cell is the text that a person types, or `{text, links, chips, note, options, format}` with `@` in the text for each chip.
 * @throws SandboxUsageError naming the invalid part
 */
export function describedSpreadsheet(input: unknown, lookup: Lookup): Spreadsheet {
  const given = objectAt(input, 'spreadsheet', ['sheets', 'names', 'imports']);
  const draft: Spreadsheet = { kind: 'spreadsheet', sheets: [] };
  try {
    listAt(given['sheets'] ?? [{}], 'sheets').forEach((each, i) => readSheet(draft, each, `sheets[${i}]`, lookup));
    for (const [name, range] of Object.entries(recordAt(given['names'] ?? {}, 'names'))) {
      const area = areaOf(draft, textAt(range, `names.${name}`));
      draft.namedRanges = [...(draft.namedRanges ?? []), { namedRangeId: name, name, range: rangeOf(area) }];
    }
  } catch (error) {
    throw error instanceof GoogleError ? new SandboxUsageError(`spreadsheet: ${error.message}`) : error;
  }
  if (given['imports'] !== undefined)
    draft.imports = listAt(given['imports'], 'imports').map((each, i) => {
      const { from, by } = objectAt(each, `imports[${i}]`, ['from', 'by']);
      return { from: textAt(from, `imports[${i}].from`), by: textAt(by, `imports[${i}].by`) };
    });
  return draft;
}

function readSheet(draft: Spreadsheet, input: unknown, path: string, lookup: Lookup): void {
  const names = ['title', 'sheetId', 'hidden', 'rows', 'merges', 'protected', 'charts'];
  const { title, sheetId, hidden, rows, merges, protected: guarded, charts } = objectAt(input, path, names);
  if (sheetId !== undefined && !(Number.isSafeInteger(sheetId) && Number(sheetId) >= 0))
    throw new SandboxUsageError(`${path}.sheetId must be a whole number from 0 on.`);
  const cells = listAt(rows ?? [], `${path}.rows`).map((row, r) => listAt(row, `${path}.rows[${r}]`));
  const sheet = addSheet(draft, {
    sheetId: sheetId ?? draft.sheets.length,
    ...(title === undefined ? {} : { title: textAt(title, `${path}.title`) }),
    hidden: hidden === true,
    gridProperties: {
      rowCount: Math.max(ROWS, cells.length),
      columnCount: Math.max(COLUMNS, longest(cells)),
    },
  });
  cells.forEach((row, r) => {
    row.forEach((cell, c) => {
      putCell(sheet, r, c, readCell(cell, `${path}.rows[${r}][${c}]`, lookup));
    });
  });
  const ranges = (value: unknown, at: string): unknown[] => listAt(value ?? [], `${path}.${at}`);
  const on = (range: unknown, at: string) =>
    rangeOf(areaOf({ ...draft, sheets: [sheet] }, textAt(range, `${path}.${at}`)));
  if (merges !== undefined) sheet.merges = ranges(merges, 'merges').map((range) => on(range, 'merges'));
  if (guarded !== undefined)
    sheet.protectedRanges = ranges(guarded, 'protected').map((each, i) => {
      const { range, editors, warningOnly } = objectAt(each, `${path}.protected[${i}]`, [
        'range',
        'editors',
        'warningOnly',
      ]);
      return {
        protectedRangeId: i + 1,
        range: on(range, `protected[${i}].range`),
        ...(warningOnly === true
          ? { warningOnly }
          : { editors: { users: textsAt(editors, `${path}.protected[${i}].editors`) } }),
      };
    });
  if (charts !== undefined)
    sheet.charts = ranges(charts, 'charts').map((each, i) => {
      const chart = recordAt(each, `${path}.charts[${i}]`);
      // Documents and presentations refer to a chart by its id.
      if (!Number.isSafeInteger(chart['chartId']))
        throw new SandboxUsageError(`${path}.charts[${i}].chartId must be a whole number.`);
      return chart;
    });
}

/** A list of texts; an omitted one is empty. */
function textsAt(value: unknown, path: string): string[] {
  return listAt(value ?? [], path).map((each, i) => textAt(each, `${path}[${i}]`));
}

function readCell(input: unknown, path: string, lookup: Lookup): Cell | undefined {
  if (input === null || input === '') return undefined;
  if (typeof input !== 'object') return enteredCell(undefined, input, 'USER_ENTERED');
  const {
    text = '',
    links,
    chips,
    note,
    options,
    format,
  } = objectAt(input, path, ['text', 'links', 'chips', 'note', 'options', 'format']);
  if (typeof text === 'object') throw new SandboxUsageError(`${path}.text must be a text, a number, or true or false.`);
  const cell = enteredCell(undefined, text, 'USER_ENTERED');
  const entered = String(cell.value ?? '');
  const runs = listAt(links ?? [], `${path}.links`).flatMap((each, i) => {
    const { url, part = entered } = objectAt(each, `${path}.links[${i}]`, ['url', 'part']);
    const words = textAt(part, `${path}.links[${i}].part`);
    const start = entered.indexOf(words);
    if (start < 0) throw new SandboxUsageError(`${path}.links[${i}].part is not in the text.`);
    const run = { startIndex: start, format: { link: { uri: textAt(url, `${path}.links[${i}].url`) } } };
    return start + words.length < entered.length ? [run, { startIndex: start + words.length }] : [run];
  });
  let from = 0;
  const chipRuns = listAt(chips ?? [], `${path}.chips`).map((each, i) => {
    const { file, url, person } = objectAt(each, `${path}.chips[${i}]`, ['file', 'url', 'person']);
    const startIndex = entered.indexOf('@', from);
    from = startIndex + 1;
    if (person !== undefined)
      return { startIndex, chip: { personProperties: { email: textAt(person, `${path}.chips[${i}].person`) } } };
    const uri =
      url === undefined ? FILE(textAt(file, `${path}.chips[${i}].file`)) : textAt(url, `${path}.chips[${i}].url`);
    return { startIndex, chip: { richLinkProperties: { uri } } };
  });
  const mask = new Map<string, true>();
  const data: JsonObject = {};
  const set = (name: string, value: unknown): void => {
    mask.set(name, true);
    data[name] = value;
  };
  if (runs.length > 0) set('textFormatRuns', runs);
  if (chipRuns.length > 0) set('chipRuns', chipRuns);
  if (note !== undefined) set('note', textAt(note, `${path}.note`));
  if (format !== undefined)
    set('userEnteredFormat', readJson(SHEETS_TYPES, 'CellFormat', recordAt(format, `${path}.format`)));
  if (options !== undefined) {
    const values = textsAt(options, `${path}.options`).map((userEnteredValue) => ({ userEnteredValue }));
    set('dataValidation', { condition: { type: 'ONE_OF_LIST', values }, showCustomUi: true });
  }
  return editedCell(cell, data, mask, lookup);
}

/** An edit as if by another person: adds a text in the first free row of the first sheet. */
export function editSheetByHand(spreadsheet: Spreadsheet, text: string): Spreadsheet {
  const draft = draftOf(spreadsheet);
  const sheet = draft.sheets[0] as GridSheet;
  const row = sheet.rows.length;
  sheet.rowCount = Math.max(sheet.rowCount, row + 1);
  putCell(sheet, row, 0, enteredCell(undefined, text, 'USER_ENTERED'));
  return draft;
}
