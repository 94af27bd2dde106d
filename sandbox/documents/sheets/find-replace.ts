import { googleError } from '../../http/errors.ts';
import { withTimeLimit } from '../time-limit.ts';
import { areaIn, sheetById, type Area } from './a1.ts';
import { entered } from './cell-text.ts';
import {
  cellAt,
  checkedText,
  enteredText,
  putCell,
  withValue,
  type Cell,
  type GridRange,
  type Spreadsheet,
} from './model.ts';
import { wholeOf } from './resource.ts';

export interface FindReplace {
  find?: string;
  replacement?: string;
  matchCase?: boolean;
  matchEntireCell?: boolean;
  searchByRegex?: boolean;
  includeFormulas?: boolean;
  range?: GridRange;
  sheetId?: number;
  allSheets?: boolean;
}

/** Numbers of changes. */
export interface Replaced extends Record<string, number> {
  valuesChanged: number;
  formulasChanged: number;
  rowsChanged: number;
  sheetsChanged: number;
  occurrencesChanged: number;
}

/**
 * Replaces text in cells of a draft
 * (https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets/request#FindReplaceRequest). Link
 * targets, notes and chips are not searched.
 * @param check throws for a cell that the caller may not edit
 */
export function findReplace(
  draft: Spreadsheet,
  request: FindReplace,
  keepsRuns: boolean,
  check: (area: Omit<Area, 'isCell'>) => void,
): Replaced {
  const pattern = patternOf(request);
  const run = () => replaceIn(draft, request, pattern, keepsRuns, check);
  const expired = () => googleError('invalidRequestField', { why: 'The regular expression takes too long.' });
  return request.searchByRegex ? withTimeLimit(run, expired) : run();
}

function replaceIn(
  draft: Spreadsheet,
  request: FindReplace,
  pattern: RegExp,
  keepsRuns: boolean,
  check: (area: Omit<Area, 'isCell'>) => void,
): Replaced {
  const counts = { valuesChanged: 0, formulasChanged: 0, rowsChanged: 0, sheetsChanged: 0, occurrencesChanged: 0 };
  for (const { sheet, startRow, endRow, startColumn, endColumn } of scopeOf(draft, request)) {
    const rowsBefore = counts.rowsChanged;
    for (let row = startRow; row < Math.min(endRow, sheet.rows.length); row++) {
      let changed = false;
      for (let column = startColumn; column < Math.min(endColumn, sheet.rows[row]?.length ?? 0); column++) {
        const cell = cellAt(sheet, row, column);
        if (!cell || (cell.formula !== undefined && !request.includeFormulas)) continue;
        const text = enteredText(cell);
        if (text === '') continue;
        let occurrences = 0;
        const replacement = javaReplacement(request);
        const next = text.replace(pattern, (...match: unknown[]) => {
          occurrences++;
          return replacement(match);
        });
        if (occurrences === 0) continue;
        check({ sheet, startRow: row, endRow: row + 1, startColumn: column, endColumn: column + 1 });
        putCell(sheet, row, column, replaced(cell, checkedText(next), keepsRuns));
        counts.occurrencesChanged += occurrences;
        if (cell.formula === undefined) counts.valuesChanged++;
        else counts.formulasChanged++;
        changed = true;
      }
      if (changed) counts.rowsChanged++;
    }
    if (counts.rowsChanged > rowsBefore) counts.sheetsChanged++;
  }
  return counts;
}

function scopeOf(draft: Spreadsheet, { range, sheetId, allSheets }: FindReplace): Area[] {
  const named = [range !== undefined, sheetId !== undefined, allSheets === true].filter(Boolean).length;
  if (named !== 1) throw googleError('findScope');
  if (allSheets) return draft.sheets.map(wholeOf);
  return [range ? areaIn(sheetById(draft, range.sheetId), range) : wholeOf(sheetById(draft, sheetId))];
}

function patternOf({ find = '', searchByRegex, matchCase, matchEntireCell }: FindReplace): RegExp {
  if (find === '') throw googleError('invalidRequestField', { why: 'The find text must not be empty.' });
  const source = searchByRegex ? find : find.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  try {
    return new RegExp(matchEntireCell ? `^(?:${source})$` : source, matchCase ? 'g' : 'gi');
  } catch {
    throw googleError('invalidRegex', { find });
  }
}

/** In a regular expression, `$1` stands for a group and `\` escapes the next character. */
function javaReplacement({ replacement = '', searchByRegex }: FindReplace): (match: unknown[]) => string {
  if (!searchByRegex) return () => replacement;
  return (match) =>
    replacement.replace(/\\(.)|\$(\d)/g, (_, plain?: string, group?: string) =>
      plain === undefined ? (typeof match[Number(group)] === 'string' ? (match[Number(group)] as string) : '') : plain,
    );
}

function replaced(cell: Cell, text: string, keepsRuns: boolean): Cell {
  if (cell.formula !== undefined) return withValue(cell, text.startsWith('=') ? { formula: text } : { value: text });
  // A text stays a text; the new text of a number is parsed again.
  const content = typeof cell.value === 'string' ? { value: text } : entered(text);
  const next = withValue(cell, text === '' ? {} : content);
  if (!keepsRuns || !cell.runs || text === '') return next;
  return { ...next, runs: cell.runs.filter(({ startIndex = 0 }) => startIndex < text.length) };
}
