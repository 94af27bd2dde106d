import type { Sheet as Table } from '../document-parts.ts';
import { cellAt, type Spreadsheet } from './model.ts';
import { evaluatorOf, NO_IMPORTS, type Imports } from './evaluate.ts';
import { linkOf, shownText } from './resource.ts';

/** The sheets as tables of displayed texts, for exports and the full-text index. Hidden sheets are exported too. */
export function tablesOf(spreadsheet: Spreadsheet, imports: Imports = NO_IMPORTS): Table[] {
  const evaluator = evaluatorOf(spreadsheet, imports);
  return spreadsheet.sheets.map((sheet) => {
    const extent = evaluator.extentOf(sheet);
    const table: Table = { name: sheet.title, rows: [], formulas: new Map(), links: new Map() };
    for (let row = 0; row < extent.rows; row++) {
      const texts: string[] = [];
      for (let column = 0; column < extent.columns; column++) {
        const cell = cellAt(sheet, row, column);
        const { value, link } = evaluator.resultAt(sheet, row, column);
        texts.push(shownText(cell, value));
        const place = `${row},${column}`;
        const leadsTo = link ?? (cell && linkOf(cell, true));
        if (cell?.formula !== undefined) table.formulas?.set(place, cell.formula);
        if (leadsTo !== undefined) table.links?.set(place, leadsTo);
      }
      while (texts.at(-1) === '') texts.pop();
      table.rows.push(texts);
    }
    return table;
  });
}
