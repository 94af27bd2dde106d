import { SandboxUsageError } from '../http/errors.ts';
import { insertDate, insertPerson, insertRichLink, type Lookup } from './chips.ts';
import {
  type InlineObject,
  type Link,
  newline,
  OBJECT_TEXT,
  type ParagraphFacts,
  type Piece,
  piecesOf,
  RequestProblem,
  type TextStyle,
} from './rich-text.ts';
import { type DocumentTab, emptyTab, newIdIn, sectionBreak, type TextDocument } from './text-document.ts';

type Given = Record<string, unknown>;

/** Properties of a piece of a described line. */
const INLINE_KEYS = [
  ...['text', 'url', 'heading', 'bookmark', 'tab', 'slide', 'bold', 'italic', 'suggest'],
  ...['chip', 'title', 'person', 'name', 'date', 'footnote', 'image', 'chart', 'pageBreak'],
];
const BLOCK_KEYS = ['text', 'level', 'id', 'bullets', 'table', 'sectionBreak', 'contents'];
const TAB_KEYS = ['id', 'title', 'content', 'header', 'footer', 'tabs'];

/**
 * A document from a short description, in the format of the control API:
 *
 * ```json
 * { "content": ["Plain", ["see ", { "text": "the plan", "url": "https://…" }, { "chip": "https://…" }],
 *   { "text": "Heading", "level": 1, "id": "h.one" }, { "bullets": ["a", "b"] }, { "table": [["a", "b"]] }],
 *   "header": ["…"], "footer": ["…"], "tabs": [{ "title": "Second", "content": ["…"] }] }
 * ```
 *
 * A line is a text, a piece or a list of them; a piece is a text with `url`, `heading`, `bookmark` or `tab` (links), `bold`,
 * `italic`, `suggest` (`insert` or `delete`), or a `chip`, `person`, `date`, `footnote`, `image`, `chart` (of a spreadsheet:
 * `{ spreadsheetId, chartId }`) or `pageBreak`.
 * @throws SandboxUsageError naming the invalid part
 */
export function describedDocument(input: unknown, lookup: Lookup): TextDocument {
  const given = objectAt(input, 'document', TAB_KEYS);
  const document: TextDocument = { kind: 'document', revision: 1, ids: 0, tabs: [] };
  addTab(document, lookup, { title: 'Tab 1', ...given, tabs: [] }, 'document', undefined, 't.0');
  // Contents at the top level describe the first tab, so a single tab needs no list.
  listAt(given['tabs'] ?? [], 'document.tabs').forEach((tab, i) => {
    addTab(document, lookup, tab, `document.tabs[${i}]`);
  });
  return document;
}

function addTab(
  document: TextDocument,
  lookup: Lookup,
  input: unknown,
  path: string,
  parent?: string,
  fixedId?: string,
): void {
  const given = objectAt(input, path, TAB_KEYS);
  const id = textAt(given['id'] ?? fixedId ?? newIdIn(document, 't.'), `${path}.id`);
  const tab = emptyTab(id, textAt(given['title'] ?? `Tab ${document.tabs.length + 1}`, `${path}.title`), parent);
  document.tabs.push(tab);
  const writer = new SegmentWriter(document, tab, lookup);
  const body = writer.blocks(given['content'] ?? [], `${path}.content`);
  tab.segments[''] = [sectionBreak(), ...ended(body)];
  for (const [name, kind, use] of [
    ['header', 'headers', 'defaultHeaderId'],
    ['footer', 'footers', 'defaultFooterId'],
  ] as const) {
    if (given[name] === undefined) continue;
    const segmentId = newIdIn(document, 'kix.');
    tab[kind].push(segmentId);
    tab.style[use] = segmentId;
    tab.segments[segmentId] = ended(writer.blocks(given[name], `${path}.${name}`));
  }
  listAt(given['tabs'] ?? [], `${path}.tabs`).forEach((child, i) => {
    addTab(document, lookup, child, `${path}.tabs[${i}]`, id);
  });
}

/** Adds the newline that must end a segment. */
function ended(pieces: Piece[]): Piece[] {
  return pieces.at(-1)?.paragraph ? pieces : [...pieces, newline()];
}

/** Converts descriptions into the pieces of a tab's segments. */
class SegmentWriter {
  private readonly document: TextDocument;
  private readonly tab: DocumentTab;
  private readonly lookup: Lookup;

  constructor(document: TextDocument, tab: DocumentTab, lookup: Lookup) {
    this.document = document;
    this.tab = tab;
    this.lookup = lookup;
  }

  blocks(input: unknown, path: string): Piece[] {
    return listAt(input, path).flatMap((block, i) => this.block(block, `${path}[${i}]`));
  }

  private block(input: unknown, path: string): Piece[] {
    if (typeof input === 'string' || Array.isArray(input)) return this.paragraph(input, path, {});
    const isBlock = BLOCK_KEYS.some((key) => key !== 'text' && Object.hasOwn(input ?? {}, key));
    if (!isBlock) return this.paragraph(input, path, {});
    const given = objectAt(input, path, BLOCK_KEYS);
    if (given['table'] !== undefined) return this.table(given['table'], `${path}.table`);
    if (given['sectionBreak'] !== undefined) return [newline(), sectionBreak()];
    if (given['contents'] !== undefined)
      return [
        { text: '\u0014', mark: 'contents' },
        ...ended(this.blocks(given['contents'], `${path}.contents`)),
        { text: '\u0015', mark: 'contentsEnd' },
      ];
    if (given['bullets'] !== undefined) {
      const listId = newIdIn(this.document, 'kix.');
      this.tab.lists[listId] = { nestingLevels: [{ bulletAlignment: 'START', glyphFormat: '%0', glyphSymbol: '●' }] };
      return listAt(given['bullets'], `${path}.bullets`).flatMap((line, i) =>
        this.paragraph(line, `${path}.bullets[${i}]`, { bullet: { listId } }),
      );
    }
    const level = numberAt(given['level'] ?? 1, `${path}.level`);
    const headingId = textAt(given['id'] ?? newIdIn(this.document, 'h.'), `${path}.id`);
    return this.paragraph(given['text'] ?? '', `${path}.text`, {
      style: { namedStyleType: `HEADING_${level}`, headingId },
    });
  }

  private paragraph(input: unknown, path: string, facts: ParagraphFacts): Piece[] {
    return [...this.line(input, path), newline(facts)];
  }

  private table(input: unknown, path: string): Piece[] {
    const rows = listAt(input, path).map((row, i) => listAt(row, `${path}[${i}]`));
    return [
      { text: '\u0010', mark: 'table' },
      ...rows.flatMap((cells, r): Piece[] => [
        { text: '\u0012', mark: 'row' },
        ...cells.flatMap((cell, c): Piece[] => [
          { text: '\u001C', mark: 'cell' },
          ...this.paragraph(cell, `${path}[${r}][${c}]`, {}),
        ]),
      ]),
      { text: '\u0011', mark: 'tableEnd' },
    ];
  }

  private line(input: unknown, path: string): Piece[] {
    return linePieces(input, path, (given, at) => this.object(given, at));
  }

  private object(given: Given, path: string): InlineObject | undefined {
    const { document, tab, lookup } = this;
    try {
      if (given['chip'] !== undefined) {
        const title = given['title'] === undefined ? {} : { title: textAt(given['title'], `${path}.title`) };
        return insertRichLink(document, lookup, { uri: textAt(given['chip'], `${path}.chip`), ...title });
      }
      if (given['person'] !== undefined) {
        const name = given['name'] === undefined ? {} : { name: textAt(given['name'], `${path}.name`) };
        return insertPerson(document, lookup, { email: textAt(given['person'], `${path}.person`), ...name });
      }
      if (given['date'] !== undefined)
        return insertDate(document, { timestamp: textAt(given['date'], `${path}.date`) });
    } catch (error) {
      throw error instanceof RequestProblem ? new SandboxUsageError(`${path}: ${error.message}`) : error;
    }
    if (given['pageBreak'] !== undefined) return { kind: 'pageBreak', value: {} };
    if (given['footnote'] !== undefined) {
      const footnoteId = newIdIn(document, 'kix.');
      tab.footnotes.push(footnoteId);
      tab.segments[footnoteId] = [...piecesOf(' '), ...this.paragraph(given['footnote'], `${path}.footnote`, {})];
      return { kind: 'footnoteReference', value: { footnoteId } };
    }
    if (given['image'] !== undefined) {
      const sourceUri = textAt(given['image'], `${path}.image`);
      return this.embedded({ imageProperties: { contentUri: sourceUri, sourceUri } });
    }
    if (given['chart'] !== undefined) {
      const sheetsChartReference = chartAt(given['chart'], `${path}.chart`);
      return this.embedded({ imageProperties: {}, linkedContentReference: { sheetsChartReference } });
    }
    return undefined;
  }

  private embedded(embeddedObject: Given): InlineObject {
    const inlineObjectId = newIdIn(this.document, 'kix.');
    this.tab.inlineObjects[inlineObjectId] = { embeddedObject };
    return { kind: 'inlineObjectElement', value: { inlineObjectId } };
  }
}

/**
 * The pieces of a described line, without its newline.
 * @param object creates the object of a description that is not a text; `undefined` for an unknown one
 */
export function linePieces(
  input: unknown,
  path: string,
  object: (given: Given, path: string) => InlineObject | undefined = () => undefined,
): Piece[] {
  if (Array.isArray(input)) return input.flatMap((part: unknown, i) => linePieces(part, `${path}[${i}]`, object));
  if (typeof input === 'string') return piecesOf(input.replace(/\n/g, '\v'));
  const given = objectAt(input, path, INLINE_KEYS);
  const link = linkOf(given, path);
  const style: TextStyle = {
    ...(link ? { link, underline: true } : {}),
    ...(given['bold'] === true ? { bold: true } : {}),
    ...(given['italic'] === true ? { italic: true } : {}),
  };
  const made = object(given, path);
  const [piece]: Piece[] = made
    ? [{ text: OBJECT_TEXT, object: made }]
    : piecesOf(textAt(given['text'], `${path}.text`).replace(/\n/g, '\v'));
  if (!piece) return [];
  const suggested =
    given['suggest'] === undefined
      ? {}
      : given['suggest'] === 'insert'
        ? { suggested: { insertions: ['suggest.insert'] } }
        : { suggested: { deletions: ['suggest.delete'] } };
  return [{ ...piece, ...(Object.keys(style).length > 0 ? { style } : {}), ...suggested }];
}

/** The link of a described text or element, if any. */
export function linkOf(given: Given, path: string): Link | undefined {
  const at = (name: string) => textAt(given[name], `${path}.${name}`);
  const inTab = given['tab'] === undefined ? {} : { tabId: at('tab') };
  if (given['url'] !== undefined) return { url: at('url') };
  if (given['heading'] !== undefined) return { heading: { id: at('heading'), ...inTab } };
  if (given['bookmark'] !== undefined) return { bookmark: { id: at('bookmark'), ...inTab } };
  if (given['slide'] !== undefined)
    return typeof given['slide'] === 'number' ? { slideIndex: given['slide'] } : { pageObjectId: at('slide') };
  return given['tab'] === undefined ? undefined : inTab;
}

/** A chart of a spreadsheet. @throws SandboxUsageError naming the invalid part */
export function chartAt(value: unknown, path: string): { spreadsheetId: string; chartId: number } {
  const { spreadsheetId, chartId } = objectAt(value, path, ['spreadsheetId', 'chartId']);
  if (typeof chartId !== 'number') throw new SandboxUsageError(`${path}.chartId must be a number.`);
  return { spreadsheetId: textAt(spreadsheetId, `${path}.spreadsheetId`), chartId };
}

/** @throws SandboxUsageError for a value that is not an object, or has an unknown property */
export function objectAt(value: unknown, path: string, known: readonly string[]): Given {
  const given = recordAt(value, path);
  for (const name of Object.keys(given))
    if (!known.includes(name))
      throw new SandboxUsageError(`${path} has an unknown property "${name}"; known are ${known.join(', ')}.`);
  return given;
}

/** An object with any properties. @throws SandboxUsageError for another value */
export function recordAt(value: unknown, path: string): Given {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new SandboxUsageError(`${path} must be an object.`);
  return value as Given;
}

/** @throws SandboxUsageError for a value that is not a list */
export function listAt(value: unknown, path: string): unknown[] {
  if (!Array.isArray(value)) throw new SandboxUsageError(`${path} must be a list.`);
  return value;
}

/** @throws SandboxUsageError for a value that is not a text */
export function textAt(value: unknown, path: string): string {
  if (typeof value !== 'string') throw new SandboxUsageError(`${path} must be a text.`);
  return value;
}

function numberAt(value: unknown, path: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > 6)
    throw new SandboxUsageError(`${path} must be a whole number from 1 to 6.`);
  return value;
}
