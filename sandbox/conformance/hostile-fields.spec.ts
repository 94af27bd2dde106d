import type { JsonTypes } from '../http/json-types.ts';
import { EDITORS, EditorTest, type Body, type Editor } from '../testing/editor-test.ts';

/** Every field of every request of Docs, Sheets and Slides, with values that it cannot have. */

const location = { index: 1 };
const range = { startIndex: 1, endIndex: 3 };
const grid = { sheetId: 0, startRowIndex: 0, endRowIndex: 2, startColumnIndex: 0, endColumnIndex: 2 };
const rows = [{ values: [{ userEnteredValue: { stringValue: 'x' } }] }];
const uri = 'https://example.com/picture.png';

/** Valid requests of which one field becomes malformed; a kind that is missing starts empty. */
const VALID: Record<Editor, Record<string, Body>> = {
  docs: {
    insertText: { location, text: 'x' },
    deleteContentRange: { range },
    updateTextStyle: { range, textStyle: { bold: true, link: { url: uri } }, fields: 'bold,link' },
    replaceAllText: { containsText: { text: 'o' }, replaceText: 'x' },
    insertRichLink: { location, richLinkProperties: { uri: 'https://docs.google.com/document/d/abcdefghijk/edit' } },
    insertPerson: { location, personProperties: { email: 'bob@example.com' } },
    insertDate: { location, dateElementProperties: { timestamp: '2026-01-15T00:00:00Z' } },
    insertPageBreak: { location },
    insertSectionBreak: { location, sectionType: 'NEXT_PAGE' },
    insertTable: { location, rows: 1, columns: 1 },
    insertInlineImage: { location, uri },
    createFootnote: { location },
    createFooter: { type: 'DEFAULT' },
    updateParagraphStyle: { range, paragraphStyle: { namedStyleType: 'HEADING_1' }, fields: 'namedStyleType' },
    createParagraphBullets: { range },
    deleteParagraphBullets: { range },
    createNamedRange: { name: 'n', range },
    deleteNamedRange: { name: 'n' },
    replaceNamedRangeContent: { namedRangeName: 'n', text: 'x' },
    addDocumentTab: { tabProperties: { title: 'x', index: 0 } },
    deleteTab: { tabId: 't.0' },
    updateDocumentTabProperties: { tabProperties: { tabId: 't.0', title: 'x' }, fields: 'title' },
  },
  slides: {
    createSlide: { insertionIndex: 0, slideLayoutReference: { predefinedLayout: 'TITLE_AND_BODY' } },
    createShape: { elementProperties: { pageObjectId: 'PAGE' }, shapeType: 'TEXT_BOX' },
    createImage: { elementProperties: { pageObjectId: 'PAGE' }, url: uri },
    createLine: { elementProperties: { pageObjectId: 'PAGE' }, category: 'STRAIGHT' },
    createTable: { elementProperties: { pageObjectId: 'PAGE' }, rows: 1, columns: 1 },
    createSheetsChart: { elementProperties: { pageObjectId: 'PAGE' }, spreadsheetId: 'SHEET', chartId: 1 },
    deleteObject: { objectId: 'SHAPE' },
    insertText: { objectId: 'SHAPE', text: 'x', insertionIndex: 0 },
    deleteText: { objectId: 'SHAPE', textRange: { type: 'FIXED_RANGE', startIndex: 0, endIndex: 1 } },
    updateTextStyle: { objectId: 'SHAPE', style: { bold: true }, textRange: { type: 'ALL' }, fields: 'bold' },
    updateShapeProperties: { objectId: 'SHAPE', shapeProperties: { link: { url: uri } }, fields: 'link' },
    replaceAllText: { containsText: { text: 'o' }, replaceText: 'x', pageObjectIds: ['PAGE'] },
  },
  sheets: {
    updateCells: { start: { sheetId: 0, rowIndex: 0, columnIndex: 0 }, rows, fields: '*' },
    appendCells: { sheetId: 0, rows, fields: '*' },
    repeatCell: { range: grid, cell: { userEnteredValue: { stringValue: '@' } }, fields: '*' },
    setDataValidation: { range: grid, rule: { condition: { type: 'BOOLEAN' } } },
    findReplace: { find: 'a', replacement: 'x', allSheets: true },
    updateSpreadsheetProperties: { properties: { title: 'x' }, fields: 'title' },
    addSheet: { properties: { title: 'x', index: 0, gridProperties: { rowCount: 5, columnCount: 5 } } },
    deleteSheet: { sheetId: 0 },
    duplicateSheet: { sourceSheetId: 0, insertSheetIndex: 0, newSheetId: 5, newSheetName: 'x' },
    updateSheetProperties: { properties: { sheetId: 0, title: 'x', index: 0 }, fields: 'title,index,gridProperties' },
    appendDimension: { sheetId: 0, dimension: 'ROWS', length: 1 },
    mergeCells: { range: grid, mergeType: 'MERGE_ROWS' },
    unmergeCells: { range: grid },
    addNamedRange: { namedRange: { name: 'n', range: grid } },
    addProtectedRange: { protectedRange: { range: grid } },
  },
};

/** Values for every field, whatever its type. */
const VALUES: readonly unknown[] = [null, -1, 1.5, 1e9, 'x', '-1', {}, [null]];

/** A field, and where a request has it. */
interface Case {
  to: string;
  base: Body;
  steps: Step[];
}

/** The fields of an editor's requests by kind. */
function casesOf(editor: Editor): [kind: string, Case[]][] {
  const { types, batch, resource } = EDITORS[editor];
  const cases = new Map<string, Case[]>();
  const seen = new Set<string>();
  for (const root of [batch, resource])
    for (const { field, steps } of fieldsOf(types, root)) {
      // A field is sent once: in the first request that has it, or else in a new document.
      if (seen.has(field)) continue;
      seen.add(field);
      const name = steps.length > 2 && steps[0] === 'requests' ? String(steps[2]) : undefined;
      const base = name === undefined ? {} : { requests: [{ [name]: VALID[editor][name] ?? {} }] };
      const kind = name ?? root;
      cases.set(kind, [...(cases.get(kind) ?? []), { to: root === batch ? '/{id}:batchUpdate' : '', base, steps }]);
    }
  return [...cases];
}

describe.each(Object.keys(EDITORS) as Editor[])('%s: every field with a value that it cannot have', (editor) => {
  let editors: EditorTest;

  beforeAll(async () => {
    editors = await EditorTest.start();
  });
  afterAll(() => editors.test.close());
  beforeEach(() => editors.reset());

  it.each(casesOf(editor))('%s', async (_, cases) => {
    let before = editors.state(editor);
    for (const { to, base, steps } of cases)
      for (const body of variants(base, steps)) {
        const answer = await editors.ask(editor, to, body);
        if (answer.status === 200) await editors.make(editor);
        const after = editors.state(editor);
        // A comparison of Jest's would take as long as the request.
        if (answer.status !== 200 && after !== before)
          expect([answer.status, body, after]).toEqual([200, body, before]);
        before = after;
      }
  });
});

type Step = string | number;

/** All fields of a type and of those within it: `Type.field`, and the steps to it. */
function fieldsOf(types: JsonTypes, root: string): { field: string; steps: Step[] }[] {
  const found: { field: string; steps: Step[] }[] = [];
  const known = new Set<string>();
  const visit: [type: string, steps: Step[]][] = [[root, []]];
  for (const [type, steps] of visit) {
    if (known.has(type)) continue;
    known.add(type);
    for (const [name, { of, in: kind }] of types.get(type) ?? []) {
      const here = [...steps, name];
      found.push({ field: `${type}.${name}`, steps: here });
      visit.push([of, kind === 'list' ? [...here, 0] : kind === 'map' ? [...here, 'key'] : here]);
    }
  }
  return found;
}

/** Requests with each value in the place of a field, and with its name in snake_case. */
function variants(base: Body, steps: readonly Step[]): Body[] {
  const last = String(steps.at(-1));
  const snake = last.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const at = (body: Body): Body =>
    steps.slice(0, -1).reduce<Body>((inner, step, i) => {
      const next = typeof steps[i + 1] === 'number' ? [] : {};
      return (inner[step] ??= next) as Body;
    }, body);
  const bodies = VALUES.map((value) => {
    const body = structuredClone(base);
    at(body)[last] = value;
    return body;
  });
  if (snake === last) return bodies;
  const body = structuredClone(base);
  const place = at(body);
  place[snake] = place[last] ?? 'x';
  Reflect.deleteProperty(place, last);
  return [...bodies, body];
}
