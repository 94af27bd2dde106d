import { type ReplaceAllText, replacementOf } from './docs-requests.ts';
import { executeRequests, namesOf } from './editor-file.ts';
import {
  deleteRange,
  insertText,
  joinPieces,
  lengthOf,
  type Link,
  newline,
  type Piece,
  RequestProblem,
  styleRange,
  type TextStyle,
} from './rich-text.ts';
import { emptySlide, placeholder, shape, type SlideDeck, type SlideElement, textsOf } from './slide-deck.ts';
import { newIdIn } from './text-document.ts';

interface TextPlace {
  objectId?: string;
  cellLocation?: { rowIndex?: number; columnIndex?: number };
}
interface TextRange {
  type?: string;
  startIndex?: number;
  endIndex?: number;
}
/** Adds text to the notes of the first slide as if another person had typed it; creates a slide if there is none. */
export function editSlidesByHand(deck: SlideDeck, text: string): void {
  const [first] = deck.slides;
  if (first) insertText(first.notes.text ?? [], 0, text);
  else deck.slides.push(emptySlide(deck));
}

interface Made {
  objectId?: string;
  elementProperties?: { pageObjectId?: string };
}

const TEXT_STYLE_NAMES = [
  ...['backgroundColor', 'baselineOffset', 'bold', 'fontFamily', 'fontSize', 'foregroundColor', 'italic', 'link'],
  ...['smallCaps', 'strikethrough', 'underline', 'weightedFontFamily'],
];
const SHAPE_NAMES = ['autofit', 'contentAlignment', 'link', 'outline', 'shadow', 'shapeBackgroundFill'];
const IMAGE_NAMES = [
  'brightness',
  'contrast',
  'cropProperties',
  'link',
  'outline',
  'recolor',
  'shadow',
  'transparency',
];
const LINE_NAMES = [
  'dashStyle',
  'endArrow',
  'endConnection',
  'lineFill',
  'link',
  'startArrow',
  'startConnection',
  'weight',
];
type ChartCheck = (spreadsheetId: string, chartId: number) => void;

/** Google's limit is not documented. */
const MAX_CELLS = 100_000;
/** The style of a new link: the theme's colour for links. */
const LINK_LOOK: TextStyle = { underline: true, foregroundColor: { opaqueColor: { themeColor: 'HYPERLINK' } } };

/**
 * Executes the requests of `presentations.batchUpdate` that rewriting links needs on a copy of a presentation. Charts of
 * spreadsheets can be created, but not linked to another spreadsheet, because the API has no request for that.
 */
export class SlidesBatch {
  private readonly deck: SlideDeck;
  /** Number of table cells, counted when a table is created. */
  private cells: number | undefined;
  private readonly checkChart: ChartCheck;

  /** @param checkChart throws a RequestProblem for a chart that the caller cannot insert */
  constructor(deck: SlideDeck, checkChart: ChartCheck) {
    this.deck = deck;
    this.checkChart = checkChart;
  }

  /** @throws GoogleError 400 for the first request that fails */
  run(requests: readonly Record<string, unknown>[]): object[] {
    const replies = executeRequests(requests, this.handlers, undefined);
    for (const element of this.elements()) for (const pieces of textsOf(element)) joinPieces(pieces);
    return replies;
  }

  private readonly handlers = {
    createSlide: (request: {
      objectId?: string;
      insertionIndex?: number;
      slideLayoutReference?: { predefinedLayout?: string };
    }) => {
      const slide = emptySlide(this.deck, this.newId(request.objectId));
      const layout = request.slideLayoutReference?.predefinedLayout ?? 'BLANK';
      if (layout.startsWith('TITLE')) slide.elements.push(placeholder(this.deck, 'TITLE', []));
      if (layout.endsWith('BODY')) slide.elements.push(placeholder(this.deck, 'BODY', []));
      this.deck.slides.splice(request.insertionIndex ?? this.deck.slides.length, 0, slide);
      return { createSlide: { objectId: slide.id } };
    },
    createShape: (request: Made & { shapeType?: string }) => {
      const id = this.newId(request.objectId);
      this.page(request).elements.push(shape(id, [], { shapeType: request.shapeType ?? 'TEXT_BOX' }));
      return { createShape: { objectId: id } };
    },
    createImage: (request: Made & { url?: string }) => {
      if (!/^https?:\/\/\S+$/.test(request.url ?? ''))
        throw new RequestProblem('The provided image URL is not a valid URL.');
      const facts = { sourceUrl: request.url, contentUrl: request.url };
      const id = this.add(request, { kind: 'image', facts });
      return { createImage: { objectId: id } };
    },
    createLine: (request: Made & { category?: string }) => {
      const facts = { lineType: 'STRAIGHT_CONNECTOR_1', lineCategory: request.category ?? 'STRAIGHT' };
      return { createLine: { objectId: this.add(request, { kind: 'line', facts }) } };
    },
    createTable: (request: Made & { rows?: number; columns?: number }) => {
      const { rows = 0, columns = 0 } = request;
      if (!(rows >= 1 && columns >= 1)) throw new RequestProblem('A table must have at least one row and one column.');
      this.cells ??= this.elements().reduce((sum, { cells }) => sum + (cells ?? []).flat().length, 0);
      this.cells += rows * columns;
      if (this.cells > MAX_CELLS) throw new RequestProblem(`A presentation can have at most ${MAX_CELLS} table cells.`);
      const cells = Array.from({ length: rows }, () => Array.from({ length: columns }, (): Piece[] => [newline()]));
      return { createTable: { objectId: this.add(request, { kind: 'table', cells, facts: {} }) } };
    },
    createSheetsChart: (request: Made & { spreadsheetId?: string; chartId?: number }) => {
      const { spreadsheetId, chartId } = request;
      if (!spreadsheetId || chartId === undefined) throw new RequestProblem('A spreadsheet and a chart must be named.');
      this.checkChart(spreadsheetId, chartId);
      const id = this.add(request, { kind: 'sheetsChart', facts: { spreadsheetId, chartId } });
      return { createSheetsChart: { objectId: id } };
    },
    refreshSheetsChart: ({ objectId }: { objectId?: string }) => {
      if (this.find(objectId).kind !== 'sheetsChart') throw wrongKind(objectId, 'refreshed');
      return undefined;
    },
    deleteObject: ({ objectId }: { objectId?: string }) => {
      const slide = this.deck.slides.findIndex(({ id }) => id === objectId);
      if (slide >= 0) {
        this.deck.slides.splice(slide, 1);
        return undefined;
      }
      const element = this.find(objectId);
      for (const page of this.deck.slides) page.elements = page.elements.filter((each) => each !== element);
      return undefined;
    },
    insertText: (request: TextPlace & { text?: string; insertionIndex?: number }) => {
      insertText(this.text(request), Number(request.insertionIndex ?? 0), request.text ?? '');
      return undefined;
    },
    deleteText: (request: TextPlace & { textRange?: TextRange }) => {
      const pieces = this.text(request);
      const { start, end } = rangeIn(pieces, request.objectId, request.textRange);
      deleteRange(pieces, start, Math.min(end, lengthOf(pieces) - 1));
      return undefined;
    },
    updateTextStyle: (request: TextPlace & { style?: TextStyle; textRange?: TextRange; fields?: string }) => {
      const names = namesOf(request.fields, TEXT_STYLE_NAMES);
      const pieces = this.text(request);
      const { link, ...style } = request.style ?? {};
      const isLink = link && Object.keys(link).length > 0;
      const range = rangeIn(pieces, request.objectId, request.textRange);
      styleRange(pieces, range, isLink ? { ...style, link } : style, names, LINK_LOOK);
      return undefined;
    },
    updateShapeProperties: (request: { objectId?: string; shapeProperties?: Properties; fields?: string }) =>
      this.updateProperties('shape', request, request.shapeProperties, SHAPE_NAMES),
    updateImageProperties: (request: { objectId?: string; imageProperties?: Properties; fields?: string }) =>
      this.updateProperties('image', request, request.imageProperties, IMAGE_NAMES),
    updateLineProperties: (request: { objectId?: string; lineProperties?: Properties; fields?: string }) =>
      this.updateProperties('line', request, request.lineProperties, LINE_NAMES),
    replaceAllText: (request: ReplaceAllText & { pageObjectIds?: string[] }) => {
      const replace = replacementOf(request);
      let occurrencesChanged = 0;
      for (const element of this.elements(request.pageObjectIds))
        for (const pieces of textsOf(element)) occurrencesChanged += replace(pieces).length;
      return { replaceAllText: occurrencesChanged === 0 ? {} : { occurrencesChanged } };
    },
  };

  private updateProperties(
    kind: 'shape' | 'image' | 'line',
    { objectId, fields }: { objectId?: string; fields?: string },
    given: Properties = {},
    known: readonly string[],
  ): undefined {
    const names = namesOf(fields, known);
    const element = this.find(objectId);
    if (element.kind !== kind) throw wrongKind(objectId, `updated as ${kind}`);
    const key = `${kind}Properties`;
    const properties: Record<string, unknown> = { ...(element.facts[key] as object | undefined) };
    for (const name of names)
      if (name !== 'link') properties[name] = given[name];
      else if (given.link && Object.keys(given.link).length > 0) element.link = given.link;
      else delete element.link;
    if (names.some((name) => name !== 'link')) element.facts = { ...element.facts, [key]: properties };
  }

  /** All elements of the given pages (slides or their notes), or of all. */
  private elements(pageIds: readonly string[] = []): SlideElement[] {
    const isAsked = (id: string) => pageIds.length === 0 || pageIds.includes(id);
    const known = this.deck.slides.flatMap(({ id, notesPageId }) => [id, notesPageId]);
    const unknown = pageIds.find((id) => !known.includes(id));
    if (unknown !== undefined) throw notFound(unknown);
    return this.deck.slides.flatMap(({ id, elements, notesPageId, notes }) => [
      ...(isAsked(id) ? elements : []),
      ...(isAsked(notesPageId) ? [notes] : []),
    ]);
  }

  private find(objectId = ''): SlideElement {
    const element = this.elements().find(({ id }) => id === objectId);
    if (!element) throw notFound(objectId);
    return element;
  }

  private page({ elementProperties }: Made) {
    const id = elementProperties?.pageObjectId ?? '';
    const page = this.deck.slides.find((each) => each.id === id);
    if (!page) throw notFound(id);
    return page;
  }

  private add(request: Made, element: Omit<SlideElement, 'id'>): string {
    const id = this.newId(request.objectId);
    this.page(request).elements.push({ ...element, id });
    return id;
  }

  private newId(asked: string | undefined): string {
    if (asked === undefined || asked === '') return newIdIn(this.deck, 'g');
    if (!/^[\w][\w:-]{4,49}$/.test(asked))
      throw new RequestProblem(
        `The object ID (${asked}) should start with an alphanumeric and have 5 to 50 characters.`,
      );
    const taken = this.deck.slides.some(({ id }) => id === asked) || this.elements().some(({ id }) => id === asked);
    if (taken) throw new RequestProblem(`The object ID (${asked}) should be unique among all pages and page elements.`);
    return asked;
  }

  private text({ objectId, cellLocation }: TextPlace): Piece[] {
    const element = this.find(objectId);
    if (element.text) return element.text;
    const cell = element.cells?.[cellLocation?.rowIndex ?? 0]?.[cellLocation?.columnIndex ?? 0];
    if (!cell || !cellLocation) throw wrongKind(objectId, 'a place for text');
    return cell;
  }
}

type Properties = Record<string, unknown> & { link?: Link };

function notFound(id: string): RequestProblem {
  return new RequestProblem(`The object (${id}) could not be found.`);
}

function wrongKind(id: string | undefined, what: string): RequestProblem {
  return new RequestProblem(`The object (${id ?? ''}) cannot be ${what}.`);
}

/** @throws RequestProblem for a range outside the text */
function rangeIn(pieces: readonly Piece[], id = '', range: TextRange = {}): { start: number; end: number } {
  const length = lengthOf(pieces);
  if (length <= 1) throw new RequestProblem(`The object (${id}) has no text.`);
  const { type = 'RANGE_TYPE_UNSPECIFIED' } = range;
  if (type === 'ALL') return { start: 0, end: length };
  const start = Number(range.startIndex ?? 0);
  const end = type === 'FROM_START_INDEX' ? length : Number(range.endIndex ?? 0);
  if (end > length)
    throw new RequestProblem(`The end index (${end}) should not be greater than the existing text length (${length}).`);
  return { start, end };
}
