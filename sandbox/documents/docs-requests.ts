import { executeRequests, namesOf } from './editor-file.ts';
import { insertDate, insertPerson, insertRichLink, type Lookup } from './chips.ts';
import {
  asText,
  checkPlace,
  deleteRange,
  insertObject,
  insertTable,
  insertText,
  joinPieces,
  lengthOf,
  newline,
  type Piece,
  piecesOf,
  replaceAll,
  RequestProblem,
  type Shift,
  splitAt,
  styleRange,
  type TextStyle,
  type InlineObject,
} from './rich-text.ts';
import { withTimeLimit } from './time-limit.ts';
import {
  type DocumentTab,
  emptyTab,
  forgetObject,
  newIdIn,
  sectionBreak,
  segmentOf,
  shiftRanges,
  tabOf,
  type TextDocument,
} from './text-document.ts';

interface Location {
  index?: number | string;
  segmentId?: string;
  tabId?: string;
}
interface Range {
  startIndex?: number | string;
  endIndex?: number | string;
  segmentId?: string;
  tabId?: string;
}
interface Placed {
  location?: Location;
  endOfSegmentLocation?: Location;
}
interface TabsCriteria {
  tabIds?: string[];
}

/** A change of length in one segment. */
export interface SegmentShift extends Shift {
  tabId: string;
  segment: string;
}

const TEXT_STYLE_NAMES = [
  'backgroundColor',
  'baselineOffset',
  'bold',
  'fontSize',
  'foregroundColor',
  'italic',
  'link',
  'smallCaps',
  'strikethrough',
  'underline',
  'weightedFontFamily',
];

/** Names of a paragraph style that can be set. */
const PARAGRAPH_STYLE_NAMES = [
  ...['alignment', 'avoidWidowAndOrphan', 'borderBetween', 'borderBottom', 'borderLeft', 'borderRight', 'borderTop'],
  ...['direction', 'indentEnd', 'indentFirstLine', 'indentStart', 'keepLinesTogether', 'keepWithNext', 'lineSpacing'],
  ...['namedStyleType', 'pageBreakBefore', 'shading', 'spaceAbove', 'spaceBelow', 'spacingMode', 'tabStops'],
];

/**
 * Executes the requests of `documents.batchUpdate` in order on a copy of a document, which can be discarded. Requests
 * that rewriting links does not need are not modelled and return an error that says so.
 */
export class DocsBatch {
  /** All shifts so far, in order. */
  readonly shifts: SegmentShift[] = [];
  private readonly document: TextDocument;
  private readonly lookup: Lookup;
  private readonly editsSuggestions: boolean;
  private readonly touched = new Set<Piece[]>();
  /** Changes by others that the client has not seen; its indexes are shifted by them. */
  private readonly unseen: SegmentShift[];

  constructor(
    document: TextDocument,
    lookup: Lookup,
    options: { editsSuggestions: boolean; unseen?: readonly SegmentShift[] },
  ) {
    this.document = document;
    this.lookup = lookup;
    this.editsSuggestions = options.editsSuggestions;
    this.unseen = (options.unseen ?? []).map((each) => ({ ...each }));
  }

  /** @throws GoogleError 400 for the first request that fails */
  run(requests: readonly Record<string, unknown>[]): object[] {
    const replies = executeRequests(requests, this.handlers, undefined);
    for (const pieces of this.touched) joinPieces(pieces);
    return replies;
  }

  private readonly handlers = {
    insertText: (request: Placed & { text?: string }) => {
      const { pieces, index, note } = this.place(request);
      note(insertText(pieces, index, request.text ?? ''));
      return undefined;
    },
    deleteContentRange: ({ range = {} }: { range?: Range }) => {
      const { tab, pieces, start, end, note } = this.range(range);
      const { shift, removed } = deleteRange(pieces, start, end);
      note(shift);
      for (const { object } of removed) forgetObject(tab, object);
      return undefined;
    },
    updateTextStyle: (request: { range?: Range; textStyle?: Record<string, unknown>; fields?: string }) => {
      const names = namesOf(request.fields, TEXT_STYLE_NAMES);
      const { tab, pieces, start, end } = this.range(request.range ?? {});
      this.checkSuggestions(pieces, start, end);
      styleRange(pieces, { start, end }, this.readStyle(request.textStyle ?? {}, tab), names);
      return undefined;
    },
    replaceAllText: (request: ReplaceAllText & { tabsCriteria?: TabsCriteria }) => {
      const replace = replacementOf(request);
      let occurrencesChanged = 0;
      for (const tab of this.tabs(request.tabsCriteria))
        for (const [segment, pieces] of Object.entries(tab.segments)) {
          const shifts = replace(pieces);
          occurrencesChanged += shifts.length;
          for (const shift of shifts) this.note(tab, segment, shift);
          this.touched.add(pieces);
        }
      // Zero is omitted.
      return { replaceAllText: occurrencesChanged === 0 ? {} : { occurrencesChanged } };
    },
    insertRichLink: (request: Placed & { richLinkProperties?: { uri?: string } }) =>
      this.insertObject(request, insertRichLink(this.document, this.lookup, request.richLinkProperties ?? {})),
    insertPerson: (request: Placed & { personProperties?: { email?: string; name?: string } }) =>
      this.insertObject(request, insertPerson(this.document, this.lookup, request.personProperties ?? {})),
    insertDate: (request: Placed & { dateElementProperties?: Record<string, string> }) =>
      this.insertObject(request, insertDate(this.document, request.dateElementProperties ?? {})),
    insertPageBreak: (request: Placed) => {
      const { pieces, index, note, segment } = this.place(request);
      if (segment !== '') throw new RequestProblem('Page breaks can only be inserted in the body of the document.');
      note(insertObject(pieces, index, { kind: 'pageBreak', value: {} }));
      note(insertText(pieces, index + 1, '\n'));
      return undefined;
    },
    insertSectionBreak: (request: Placed & { sectionType?: string }) => {
      const { pieces, index, note, segment } = this.place(request);
      if (segment !== '') throw new RequestProblem('Section breaks can only be inserted in the body of the document.');
      note(insertText(pieces, index, '\n'));
      const place = splitAt(pieces, index + 1);
      const section = sectionBreak();
      pieces.splice(place, 0, {
        ...section,
        facts: { ...section.facts, ...(request.sectionType ? { sectionType: request.sectionType } : {}) },
      });
      note({ at: index + 1, removed: 0, inserted: 1 });
      return undefined;
    },
    insertTable: (request: Placed & { rows?: number; columns?: number }) => {
      const { tab, pieces, index, note, segment } = this.place(request);
      if (tab.footnotes.includes(segment)) throw new RequestProblem('Tables cannot be inserted inside a footnote.');
      const { rows = 0, columns = 0 } = request;
      if (!(rows >= 1 && columns >= 1)) throw new RequestProblem('A table must have at least one row and one column.');
      note(insertTable(pieces, index, rows, columns));
      return undefined;
    },
    insertInlineImage: (request: Placed & { uri?: string; objectSize?: object }) => {
      const { tab } = this.place(request);
      if (!/^https?:\/\/\S+$/.test(request.uri ?? '')) throw new RequestProblem('Invalid image URI.');
      const objectId = newIdIn(this.document, 'kix.');
      tab.inlineObjects[objectId] = {
        embeddedObject: {
          imageProperties: { contentUri: request.uri, sourceUri: request.uri },
          ...(request.objectSize ? { size: request.objectSize } : {}),
        },
      };
      this.insertObject(request, { kind: 'inlineObjectElement', value: { inlineObjectId: objectId } });
      return { insertInlineImage: { objectId } };
    },
    createFootnote: (request: Placed) => {
      const { tab, segment } = this.place(request);
      if (segment !== '') throw new RequestProblem('Footnotes can only be inserted in the body of the document.');
      const footnoteId = newIdIn(this.document, 'kix.');
      this.insertObject(request, { kind: 'footnoteReference', value: { footnoteId } });
      tab.segments[footnoteId] = [...piecesOf(' '), newline()];
      tab.footnotes.push(footnoteId);
      return { createFootnote: { footnoteId } };
    },
    createHeader: (request: { type?: string; sectionBreakLocation?: Location }) => ({
      createHeader: { headerId: this.addEdge('headers', 'defaultHeaderId', request) },
    }),
    createFooter: (request: { type?: string; sectionBreakLocation?: Location }) => ({
      createFooter: { footerId: this.addEdge('footers', 'defaultFooterId', request) },
    }),
    deleteHeader: (request: { headerId?: string; tabId?: string }) =>
      this.removeEdge('headers', 'defaultHeaderId', request.headerId, request.tabId),
    deleteFooter: (request: { footerId?: string; tabId?: string }) =>
      this.removeEdge('footers', 'defaultFooterId', request.footerId, request.tabId),
    updateParagraphStyle: (request: { range?: Range; paragraphStyle?: Record<string, unknown>; fields?: string }) => {
      const names = namesOf(request.fields, PARAGRAPH_STYLE_NAMES);
      for (const piece of this.paragraphs(request.range ?? {})) {
        const style: Record<string, unknown> = { ...piece.paragraph?.style };
        for (const name of names)
          if (request.paragraphStyle?.[name] === undefined) Reflect.deleteProperty(style, name);
          else style[name] = request.paragraphStyle[name];
        const isHeading = /^(HEADING|TITLE|SUBTITLE)/.test(asText(style['namedStyleType']));
        if (isHeading) style['headingId'] ??= newIdIn(this.document, 'h.');
        else delete style['headingId'];
        piece.paragraph = { ...piece.paragraph, style };
      }
      return undefined;
    },
    createParagraphBullets: (request: { range?: Range; bulletPreset?: string }) => {
      const { tab } = this.range(request.range ?? {});
      const listId = newIdIn(this.document, 'kix.');
      tab.lists[listId] = { nestingLevels: [{ bulletAlignment: 'START', glyphFormat: '%0', glyphSymbol: '●' }] };
      for (const piece of this.paragraphs(request.range ?? {}))
        piece.paragraph = { ...piece.paragraph, bullet: { listId } };
      return undefined;
    },
    deleteParagraphBullets: (request: { range?: Range }) => {
      for (const piece of this.paragraphs(request.range ?? {})) delete piece.paragraph?.bullet;
      return undefined;
    },
    createNamedRange: ({ name = '', range = {} }: { name?: string; range?: Range }) => {
      const { tab, start, end, pieces } = this.range(range);
      if (name === '' || name.length > 256) throw new RequestProblem('Names must be 1 to 256 characters long.');
      if (start >= end || end > lengthOf(pieces)) throw new RequestProblem('The range should not be empty.');
      const id = newIdIn(this.document, 'kix.');
      tab.namedRanges.push({ id, name, segment: range.segmentId ?? '', start, end });
      return { createNamedRange: { namedRangeId: id } };
    },
    deleteNamedRange: (request: { namedRangeId?: string; name?: string; tabsCriteria?: TabsCriteria }) => {
      const found = this.namedRanges(request.namedRangeId, request.name, request.tabsCriteria);
      for (const { tab, range } of found) tab.namedRanges = tab.namedRanges.filter((each) => each !== range);
      return undefined;
    },
    replaceNamedRangeContent: (request: {
      namedRangeId?: string;
      namedRangeName?: string;
      text?: string;
      tabsCriteria?: TabsCriteria;
    }) => {
      for (const { tab, range } of this.namedRanges(
        request.namedRangeId,
        request.namedRangeName,
        request.tabsCriteria,
      )) {
        const pieces = segmentOf(tab, range.segment);
        const { start, end } = range;
        // Inserted before the old text, so that the range includes the new text.
        const shift = insertText(pieces, start, request.text ?? '');
        const moved = { start, end: start + shift.inserted };
        this.note(tab, range.segment, shift);
        this.note(tab, range.segment, deleteRange(pieces, moved.end, end + shift.inserted).shift);
        tab.namedRanges = [...tab.namedRanges.filter(({ id }) => id !== range.id), { ...range, ...moved }];
        this.touched.add(pieces);
      }
      return undefined;
    },
    addDocumentTab: ({ tabProperties = {} }: { tabProperties?: TabProperties }) => {
      const { title, parentTabId, iconEmoji, index } = tabProperties;
      if (parentTabId !== undefined) tabOf(this.document, parentTabId);
      const tab = emptyTab(newIdIn(this.document, 't.'), title ?? `Tab ${this.document.tabs.length + 1}`, parentTabId);
      if (iconEmoji !== undefined) tab.iconEmoji = iconEmoji;
      const siblings = this.document.tabs.filter(({ parent }) => parent === parentTabId);
      const next = index === undefined ? undefined : siblings[index];
      this.document.tabs.splice(next ? this.document.tabs.indexOf(next) : this.document.tabs.length, 0, tab);
      return {
        addDocumentTab: {
          tabProperties: {
            tabId: tab.id,
            title: tab.title,
            index: index ?? siblings.length,
            ...(parentTabId ? { parentTabId } : {}),
          },
        },
      };
    },
    deleteTab: ({ tabId }: { tabId?: string }) => {
      const gone = new Set([tabOf(this.document, tabId).id]);
      for (const { id, parent } of this.document.tabs) if (parent !== undefined && gone.has(parent)) gone.add(id);
      if (gone.size === this.document.tabs.length) throw new RequestProblem('A document must have at least one tab.');
      this.document.tabs = this.document.tabs.filter(({ id }) => !gone.has(id));
      return undefined;
    },
    updateDocumentTabProperties: (request: { tabProperties?: TabProperties; fields?: string }) => {
      const names = namesOf(request.fields, ['title', 'iconEmoji']);
      const tab = tabOf(this.document, request.tabProperties?.tabId);
      if (names.includes('title')) tab.title = request.tabProperties?.title ?? '';
      if (names.includes('iconEmoji')) tab.iconEmoji = request.tabProperties?.iconEmoji ?? '';
      return undefined;
    },
  };

  private place({ location, endOfSegmentLocation }: Placed) {
    const where = location ?? endOfSegmentLocation;
    if (!where) throw new RequestProblem('A location must be set.');
    const tab = tabOf(this.document, where.tabId);
    const segment = where.segmentId ?? '';
    const pieces = segmentOf(tab, segment);
    const index = location ? this.seen(tab, segment, numberOf(location.index)) : lengthOf(pieces) - 1;
    checkPlace(pieces, index);
    this.touched.add(pieces);
    return { tab, segment, pieces, index, note: (shift: Shift) => this.note(tab, segment, shift) };
  }

  private range({ startIndex, endIndex, segmentId = '', tabId }: Range) {
    const tab = tabOf(this.document, tabId);
    const pieces = segmentOf(tab, segmentId);
    const [start, end] = [numberOf(startIndex), numberOf(endIndex)].map((each) => this.seen(tab, segmentId, each));
    this.touched.add(pieces);
    return {
      tab,
      pieces,
      start: start ?? 0,
      end: end ?? 0,
      note: (shift: Shift) => this.note(tab, segmentId, shift),
    };
  }

  /** Shifts an index of the client by the changes of others that it has not seen. */
  private seen(tab: DocumentTab, segment: string, index: number): number {
    let now = index;
    for (const { tabId, segment: where, at, removed, inserted } of this.unseen) {
      if (tabId !== tab.id || where !== segment || now < at) continue;
      now = now >= at + removed ? now - removed + inserted : at + inserted;
    }
    return now;
  }

  private note(tab: DocumentTab, segment: string, shift: Shift): void {
    shiftRanges(tab, segment, shift);
    this.shifts.push({ tabId: tab.id, segment, ...shift });
    for (const each of this.unseen)
      if (each.tabId === tab.id && each.segment === segment && shift.at < each.at)
        each.at += shift.inserted - shift.removed;
  }

  private insertObject(request: Placed, object: InlineObject): undefined {
    const { pieces, index, note } = this.place(request);
    note(insertObject(pieces, index, object));
  }

  /** The newlines whose paragraphs a range touches. */
  private paragraphs(range: Range): Piece[] {
    const { pieces, start, end } = this.range(range);
    if (start >= end) throw new RequestProblem('The range should not be empty.');
    let at = 0;
    let begin = 0;
    return pieces.filter((piece) => {
      at += piece.text.length;
      if (!piece.paragraph) {
        if (piece.mark) begin = at;
        return false;
      }
      const touches = begin < end && at > start;
      begin = at;
      return touches;
    });
  }

  private tabs(criteria: TabsCriteria | undefined): DocumentTab[] {
    const ids = criteria?.tabIds ?? [];
    return ids.length === 0 ? this.document.tabs : ids.map((id) => tabOf(this.document, id));
  }

  private namedRanges(id: string | undefined, name: string | undefined, criteria: TabsCriteria | undefined) {
    const found = this.tabs(criteria).flatMap((tab) =>
      tab.namedRanges
        .filter((range) => (id === undefined ? range.name === name : range.id === id))
        .map((range) => ({ tab, range })),
    );
    if (id !== undefined && found.length === 0) throw new RequestProblem(`Named range with ID ${id} was not found.`);
    return found;
  }

  private addEdge(
    kind: 'headers' | 'footers',
    use: string,
    request: { type?: string; sectionBreakLocation?: Location },
  ): string {
    const tab = tabOf(this.document, request.sectionBreakLocation?.tabId);
    const present = tab.style[use];
    if (present !== undefined)
      throw new RequestProblem(`Default ${kind.slice(0, -1)} already exists. ID: ${asText(present)}`);
    const id = newIdIn(this.document, 'kix.');
    tab.segments[id] = [newline()];
    tab[kind].push(id);
    tab.style[use] = id;
    return id;
  }

  private removeEdge(kind: 'headers' | 'footers', use: string, id = '', tabId?: string): undefined {
    const tab = tabOf(this.document, tabId);
    if (!tab[kind].includes(id)) throw new RequestProblem(`Segment with ID ${id} was not found.`);
    tab[kind] = tab[kind].filter((each) => each !== id);
    Reflect.deleteProperty(tab.segments, id);
    if (tab.style[use] === id) Reflect.deleteProperty(tab.style, use);
  }

  private checkSuggestions(pieces: Piece[], start: number, end: number): void {
    if (this.editsSuggestions || start >= end) return;
    let at = 0;
    for (const { text, suggested } of pieces) {
      if (suggested && at < end && at + text.length > start)
        throw new RequestProblem('The range contains suggested changes.');
      at += text.length;
    }
  }

  /** The style of a request, with links in the current format. */
  private readStyle(style: Record<string, unknown>, tab: DocumentTab): TextStyle {
    const { link, ...rest } = style as { link?: Record<string, unknown> | null };
    if (!link || Object.keys(link).length === 0) return rest;
    const { headingId, bookmarkId, ...present } = link;
    if (typeof headingId === 'string') return { ...rest, link: { heading: { id: headingId, tabId: tab.id } } };
    if (typeof bookmarkId === 'string') return { ...rest, link: { bookmark: { id: bookmarkId, tabId: tab.id } } };
    if ('url' in present && asText(present['url']).trim() === '') throw new RequestProblem('Invalid link URL.');
    return { ...rest, link: present };
  }
}

interface TabProperties {
  tabId?: string;
  title?: string;
  parentTabId?: string;
  iconEmoji?: string;
  index?: number;
}

function numberOf(value: number | string | undefined): number {
  return value === undefined ? 0 : Number(value);
}

export interface ReplaceAllText {
  containsText?: { text?: string; matchCase?: boolean; searchByRegex?: boolean };
  replaceText?: string;
}

/**
 * The effect of `replaceAllText` on a segment.
 * @throws RequestProblem for an empty text or an invalid regular expression
 */
export function replacementOf({ containsText, replaceText = '' }: ReplaceAllText): (pieces: Piece[]) => Shift[] {
  const { text = '', matchCase = false, searchByRegex = false } = containsText ?? {};
  if (text === '') throw new RequestProblem('The text to find must not be empty.');
  const pattern = patternOf(searchByRegex ? text : text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), matchCase);
  if (!searchByRegex) return (pieces) => replaceAll(pieces, pattern, replaceText);
  const expired = () => new RequestProblem('The regular expression takes too long.');
  return (pieces) => withTimeLimit(() => replaceAll(pieces, pattern, replaceText), expired);
}

function patternOf(source: string, matchCase: boolean): RegExp {
  try {
    return new RegExp(source, matchCase ? 'gu' : 'giu');
  } catch {
    throw new RequestProblem('Invalid regular expression.');
  }
}

/** Adds text as if another person had typed it, at the end of a tab's body or at `index`. */
export function editByHand(document: TextDocument, text: string, index?: number, tabId?: string): SegmentShift {
  const tab = tabOf(document, tabId);
  const pieces = segmentOf(tab);
  const at = index ?? lengthOf(pieces) - 1;
  const shift = insertText(pieces, at, text);
  shiftRanges(tab, '', shift);
  joinPieces(pieces);
  return { tabId: tab.id, segment: '', ...shift };
}
