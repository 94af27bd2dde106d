import { asText, joinPieces, type Link, type Piece, type TextStyle } from './rich-text.ts';
import { type DocumentTab, endsRun, footnoteNumbers, type TextDocument } from './text-document.ts';

/** How suggestions are shown (`documents.get`, `suggestionsViewMode`). */
export const VIEW_MODES = [
  'SUGGESTIONS_INLINE',
  'PREVIEW_SUGGESTIONS_ACCEPTED',
  'PREVIEW_WITHOUT_SUGGESTIONS',
] as const;
export type ViewMode = (typeof VIEW_MODES)[number];

interface Shown {
  mode: ViewMode;
  /** The tab whose heading and bookmark links have the former format; `undefined` if `tabs` are requested. */
  onlyTab?: string;
}

/** A `Document` of the Docs API. */
export function documentResource(
  document: TextDocument,
  facts: { id: string; title: string; revisionId?: string },
  options: { mode: ViewMode; includeTabsContent: boolean },
): Record<string, unknown> {
  const { mode, includeTabsContent } = options;
  const [first] = document.tabs;
  const head = {
    documentId: facts.id,
    title: facts.title,
    ...(facts.revisionId === undefined ? {} : { revisionId: facts.revisionId }),
    suggestionsViewMode: mode,
  };
  if (includeTabsContent) return { ...head, tabs: tabsUnder(document, undefined, { mode }) };
  const onlyTab = first && document.tabs.length === 1 ? { onlyTab: first.id } : {};
  return { ...head, ...(first ? contentOf(first, { mode, ...onlyTab }) : {}) };
}

function tabsUnder(document: TextDocument, parent: string | undefined, shown: Shown, level = 0): unknown[] {
  return document.tabs
    .filter((tab) => tab.parent === parent)
    .map((tab, index) => {
      const childTabs = tabsUnder(document, tab.id, shown, level + 1);
      return {
        tabProperties: {
          tabId: tab.id,
          title: tab.title,
          index,
          ...(parent === undefined ? {} : { parentTabId: parent }),
          ...(tab.iconEmoji === undefined ? {} : { iconEmoji: tab.iconEmoji }),
          ...(level === 0 ? {} : { nestingLevel: level }),
        },
        documentTab: contentOf(tab, shown),
        ...(childTabs.length > 0 ? { childTabs } : {}),
      };
    });
}

/** The contents of a tab, as in `DocumentTab` or at the top level of `Document`. */
function contentOf(tab: DocumentTab, shown: Shown): Record<string, unknown> {
  const numbers = footnoteNumbers(tab);
  const content = (segment: string): unknown[] => contentOfPieces(tab.segments[segment] ?? [], shown, numbers);
  const segments = (ids: readonly string[], idName: string) =>
    ids.length === 0 ? undefined : Object.fromEntries(ids.map((id) => [id, { [idName]: id, content: content(id) }]));
  const optional = {
    headers: segments(tab.headers, 'headerId'),
    footers: segments(tab.footers, 'footerId'),
    footnotes: segments(tab.footnotes, 'footnoteId'),
    lists: ifAny(tab.lists, (each) => ({ listProperties: each })),
    inlineObjects: ifAny(tab.inlineObjects, (each, objectId) => ({ objectId, inlineObjectProperties: each })),
    namedRanges: namedRangesOf(tab),
  };
  return {
    body: { content: content('') },
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
    documentStyle: { ...DOCUMENT_STYLE, ...tab.style },
    namedStyles: NAMED_STYLES,
  };
}

function ifAny<T>(entries: Record<string, T>, shape: (each: T, id: string) => unknown): unknown {
  const all = Object.entries(entries);
  return all.length === 0 ? undefined : Object.fromEntries(all.map(([id, each]) => [id, shape(each, id)]));
}

function namedRangesOf({ id: tabId, namedRanges }: DocumentTab): unknown {
  if (namedRanges.length === 0) return undefined;
  const byName: Record<string, { name: string; namedRanges: unknown[] }> = {};
  for (const { id, name, segment, start, end } of namedRanges)
    (byName[name] ??= { name, namedRanges: [] }).namedRanges.push({
      namedRangeId: id,
      name,
      ranges: [{ ...(segment === '' ? {} : { segmentId: segment }), startIndex: start, endIndex: end, tabId }],
    });
  return byName;
}

/** The structural elements of a segment with their indexes, from its pieces. */
function contentOfPieces(all: readonly Piece[], shown: Shown, numbers: ReadonlyMap<string, string>): unknown[] {
  const pieces = visible(all, shown.mode);
  let at = 0;
  let index = 0;
  return blocks();

  function take(): Piece {
    const piece = pieces[at++] as Piece;
    index += piece.text.length;
    return piece;
  }

  /** Indexes of an element that began at `start`; zero is omitted, as in protocol buffers. */
  function bounds(start: number): { startIndex?: number; endIndex: number } {
    return { ...(start === 0 ? {} : { startIndex: start }), endIndex: index };
  }

  function blocks(): unknown[] {
    const found: unknown[] = [];
    while (at < pieces.length) {
      const { mark } = pieces[at] as Piece;
      if (mark === 'cell' || mark === 'row' || mark === 'tableEnd' || mark === 'contentsEnd') break;
      const start = index;
      if (mark === 'section') {
        const piece = take();
        found.push({
          ...bounds(start),
          sectionBreak: { sectionStyle: piece.facts ?? {}, ...suggestionIds(piece, shown.mode) },
        });
      } else if (mark === 'table') {
        const inner = table();
        found.push({ ...bounds(start), table: inner });
      } else if (mark === 'contents') {
        take();
        const content = blocks();
        take();
        found.push({ ...bounds(start), tableOfContents: { content } });
      } else {
        const paragraph = readParagraph();
        found.push({ ...bounds(start), paragraph });
      }
    }
    return found;
  }

  function table(): unknown {
    const beginning = take();
    const rows: { tableCells: unknown[] }[] = [];
    while (pieces[at]?.mark === 'row') {
      const rowStart = index;
      take();
      const tableCells: unknown[] = [];
      while (pieces[at]?.mark === 'cell') {
        const cellStart = index;
        take();
        const content = blocks();
        tableCells.push({ ...bounds(cellStart), content, tableCellStyle: CELL_STYLE });
      }
      rows.push({ ...bounds(rowStart), tableCells, tableRowStyle: { minRowHeight: { unit: 'PT' } } } as never);
    }
    take();
    const columns = rows[0]?.tableCells.length ?? 0;
    return {
      rows: rows.length,
      columns,
      tableRows: rows,
      tableStyle: {
        tableColumnProperties: Array.from({ length: columns }, () => ({ widthType: 'EVENLY_DISTRIBUTED' })),
        ...beginning.facts,
      },
    };
  }

  function readParagraph(): unknown {
    const elements: unknown[] = [];
    for (;;) {
      const start = index;
      const piece = take();
      const next = pieces[at];
      const ends = next?.paragraph && endsRun(piece, next);
      const content = ends ? piece.text + take().text : piece.text;
      elements.push({ ...bounds(start), ...element(piece, content) });
      const end = ends ? next : piece;
      if (!end.paragraph && at < pieces.length) continue;
      const { style, bullet } = end.paragraph ?? {};
      return {
        elements,
        paragraphStyle: { namedStyleType: 'NORMAL_TEXT', direction: 'LEFT_TO_RIGHT', ...style },
        ...(bullet ? { bullet: { ...bullet, textStyle: {} } } : {}),
      };
    }
  }

  function element(piece: Piece, content: string): Record<string, unknown> {
    const { object, style } = piece;
    const common = { ...suggestionIds(piece, shown.mode), textStyle: styleResource(style, shown) };
    if (!object) return { textRun: { content, ...common } };
    const { textStyle: _, ...plain } = common;
    const number = numbers.get(asText(object.value['footnoteId']));
    const value = number === undefined ? object.value : { ...object.value, footnoteNumber: number };
    return { [object.kind]: { ...value, ...(object.kind === 'equation' ? plain : common) } };
  }
}

function visible(pieces: readonly Piece[], mode: ViewMode): readonly Piece[] {
  if (mode === 'SUGGESTIONS_INLINE' || !pieces.some(({ suggested }) => suggested)) return pieces;
  const accepted = mode === 'PREVIEW_SUGGESTIONS_ACCEPTED';
  const shown = pieces.flatMap((piece) => {
    const { suggested, ...plain } = piece;
    if (!suggested) return [piece];
    if (accepted ? suggested.deletions : suggested.insertions) return [];
    if (!accepted || !suggested.styles) return [plain];
    return [{ ...plain, style: Object.assign({}, plain.style, ...Object.values(suggested.styles)) as TextStyle }];
  });
  joinPieces(shown);
  return shown;
}

function suggestionIds({ suggested }: Piece, mode: ViewMode): Record<string, unknown> {
  if (!suggested || mode !== 'SUGGESTIONS_INLINE') return {};
  const { insertions, deletions, styles } = suggested;
  const changes = Object.entries(styles ?? {}).map(([id, textStyle]) => {
    const names = Object.keys(textStyle).map((name) => [`${name}Suggested`, true]);
    return [id, { textStyle, textStyleSuggestionState: Object.fromEntries(names) as object }];
  });
  return {
    ...(insertions ? { suggestedInsertionIds: insertions } : {}),
    ...(deletions ? { suggestedDeletionIds: deletions } : {}),
    ...(styles ? { suggestedTextStyleChanges: Object.fromEntries(changes) as object } : {}),
  };
}

function styleResource(style: TextStyle | undefined, { onlyTab }: Shown): Record<string, unknown> {
  if (!style) return {};
  const { link } = style;
  return link && onlyTab !== undefined ? { ...style, link: formerLink(link, onlyTab) } : style;
}

/** Without `includeTabsContent`, links in a document with one tab name headings and bookmarks without their tab. */
function formerLink(link: Link, tabId: string): Record<string, unknown> {
  const isHere = (place: { tabId?: string }) => place.tabId === undefined || place.tabId === tabId;
  if (link.heading && isHere(link.heading)) return { headingId: link.heading.id };
  if (link.bookmark && isHere(link.bookmark)) return { bookmarkId: link.bookmark.id };
  return { ...link };
}

const points = (magnitude: number) => ({ magnitude, unit: 'PT' });
const padding = points(5);
const CELL_STYLE = {
  rowSpan: 1,
  columnSpan: 1,
  backgroundColor: {},
  paddingLeft: padding,
  paddingRight: padding,
  paddingTop: padding,
  paddingBottom: padding,
  contentAlignment: 'TOP',
};

const HEADINGS = ['TITLE', 'SUBTITLE', ...[1, 2, 3, 4, 5, 6].map((level) => `HEADING_${level}`)];
const NAMED_STYLES = {
  styles: ['NORMAL_TEXT', ...HEADINGS].map((namedStyleType) => ({
    namedStyleType,
    textStyle: {},
    paragraphStyle: { namedStyleType, direction: 'LEFT_TO_RIGHT' },
  })),
};

/** The page of new documents: US letter with margins of an inch. */
const DOCUMENT_STYLE: Readonly<Record<string, unknown>> = {
  background: { color: {} },
  pageNumberStart: 1,
  marginTop: points(72),
  marginBottom: points(72),
  marginRight: points(72),
  marginLeft: points(72),
  pageSize: { height: points(792), width: points(612) },
  marginHeader: points(36),
  marginFooter: points(36),
  useCustomHeaderFooterMargins: true,
};
