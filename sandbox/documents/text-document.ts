import { createHash } from 'node:crypto';
import type { Paragraph } from './document-parts.ts';
import {
  asText,
  type InlineObject,
  isSame,
  joinPieces,
  newline,
  type ParagraphFacts,
  type Piece,
  piecesOf,
  RequestProblem,
  type Shift,
} from './rich-text.ts';

/** A Google Doc: tabs, each with a body, headers, footers and footnotes. */
export interface TextDocument {
  kind: 'document';
  /** Counts every edit. */
  revision: number;
  /** Number of ids issued so far, for headings, segments, objects and tabs. */
  ids: number;
  tabs: DocumentTab[];
}

export interface DocumentTab {
  id: string;
  title: string;
  /** The parent tab. */
  parent?: string;
  iconEmoji?: string;
  /** By id; the body's is empty. */
  segments: Record<string, Piece[]>;
  headers: string[];
  footers: string[];
  footnotes: string[];
  /** As in the API: `inlineObjectProperties` and `listProperties` by id. */
  inlineObjects: Record<string, Record<string, unknown>>;
  lists: Record<string, Record<string, unknown>>;
  namedRanges: NamedRange[];
  /** Fields of `documentStyle` that differ from those of a new document, such as the header in use. */
  style: Record<string, unknown>;
}

export interface NamedRange {
  id: string;
  name: string;
  segment: string;
  start: number;
  end: number;
}

const SECTION_STYLE = {
  columnSeparatorStyle: 'NONE',
  contentDirection: 'LEFT_TO_RIGHT',
  sectionType: 'CONTINUOUS',
};

export function sectionBreak(facts: Record<string, unknown> = SECTION_STYLE): Piece {
  return { text: '\u0013', mark: 'section', facts };
}

export function emptyTab(id: string, title: string, parent?: string): DocumentTab {
  return {
    id,
    title,
    ...(parent === undefined ? {} : { parent }),
    segments: { '': [sectionBreak(), newline()] },
    headers: [],
    footers: [],
    footnotes: [],
    inlineObjects: {},
    lists: {},
    namedRanges: [],
    style: {},
  };
}

export function emptyTextDocument(): TextDocument {
  return { kind: 'document', revision: 1, ids: 0, tabs: [emptyTab('t.0', 'Tab 1')] };
}

/** A reproducible id in Google's format: `kix.` for segments and objects, `h.` for headings, `t.` for tabs. */
export function newIdIn(document: { ids: number }, prefix: string): string {
  document.ids++;
  const digest = createHash('sha256').update(`${prefix}${document.ids}`).digest('hex');
  return (
    prefix +
    BigInt(`0x${digest.slice(0, 15)}`)
      .toString(36)
      .padStart(12, '0')
      .slice(-12)
  );
}

/** A document from plain paragraphs, as imports create it. */
export function textDocument(paragraphs: readonly Paragraph[]): TextDocument {
  const document = emptyTextDocument();
  const [tab] = document.tabs;
  const body = paragraphs.flatMap(({ text, heading, runs }): Piece[] => {
    const style = heading ? { namedStyleType: 'HEADING_1', headingId: newIdIn(document, 'h.') } : undefined;
    const facts: ParagraphFacts = style ? { style } : {};
    // A line break within a paragraph is a vertical tab in Google's documents.
    const inline = (part: string) => part.replace(/\r?\n/g, '\v');
    const pieces = (runs ?? [{ text }]).flatMap(({ text: part, url }: { text: string; url?: string }) =>
      piecesOf(inline(part), url === undefined ? undefined : { link: { url } }),
    );
    return [...pieces, newline(facts)];
  });
  if (tab && body.length > 0) tab.segments[''] = [sectionBreak(), ...body];
  return document;
}

/** The text of an object in exports. */
function shownBy({ object }: Piece, numbers: ReadonlyMap<string, string>): { text: string; url?: string } {
  const value = object?.value ?? {};
  const properties = (name: string) => (value[name] ?? {}) as Record<string, string>;
  switch (object?.kind) {
    case 'richLink': {
      const { title, uri = '' } = properties('richLinkProperties');
      return { text: title ?? uri, url: uri };
    }
    case 'person': {
      const { name, email = '' } = properties('personProperties');
      return { text: name ?? email, url: `mailto:${email}` };
    }
    case 'dateElement':
      return { text: properties('dateElementProperties')['displayText'] ?? '' };
    case 'footnoteReference':
      return { text: `[${numbers.get(asText(value['footnoteId'])) ?? ''}]` };
    default:
      return { text: '' };
  }
}

/**
 * The text in exports: bodies of all tabs, with a paragraph for each table cell, and footnotes at the end. Suggested
 * insertions are left out.
 */
export function paragraphsOf(document: TextDocument): Paragraph[] {
  return document.tabs.flatMap((tab) => {
    const numbers = footnoteNumbers(tab);
    return ['', ...numbers.keys()].flatMap((name) => paragraphsIn(tab.segments[name] ?? [], numbers));
  });
}

/** The numbers of footnotes by id, in the order of their references. */
export function footnoteNumbers({ segments }: DocumentTab): ReadonlyMap<string, string> {
  const ids = (segments[''] ?? []).flatMap(({ object }) =>
    object?.kind === 'footnoteReference' ? [asText(object.value['footnoteId'])] : [],
  );
  return new Map(ids.map((id, i) => [id, String(i + 1)]));
}

function paragraphsIn(pieces: readonly Piece[], numbers: ReadonlyMap<string, string>): Paragraph[] {
  const paragraphs: Paragraph[] = [];
  let runs: { text: string; url?: string }[] = [];
  for (const piece of pieces) {
    if (piece.mark || piece.suggested?.insertions) continue;
    if (piece.paragraph) {
      const text = runs.map((run) => run.text).join('');
      paragraphs.push({
        text,
        ...(asText(piece.paragraph.style?.['namedStyleType']).startsWith('HEADING') ? { heading: true } : {}),
        ...(runs.some(({ url }) => url !== undefined) ? { runs } : {}),
      });
      runs = [];
      continue;
    }
    const url = piece.style?.link?.url;
    runs.push(
      piece.object ? shownBy(piece, numbers) : { text: piece.text.replace(/\v/g, '\n'), ...(url ? { url } : {}) },
    );
  }
  // Exports leave out the empty last paragraph of a new document.
  return paragraphs.length === 1 && paragraphs[0]?.text === '' ? [] : paragraphs;
}

/** The tab with an id, by default the first. @throws RequestProblem for an unknown id */
export function tabOf(document: TextDocument, id: string | undefined): DocumentTab {
  const tab = id === undefined || id === '' ? document.tabs[0] : document.tabs.find((each) => each.id === id);
  if (!tab) throw new RequestProblem(`Tab with ID ${id ?? ''} was not found.`);
  return tab;
}

/** A header, footer or footnote by id, by default the body. @throws RequestProblem for an unknown id */
export function segmentOf(tab: DocumentTab, id = ''): Piece[] {
  const segment = Object.hasOwn(tab.segments, id) ? tab.segments[id] : undefined;
  if (!segment) throw new RequestProblem(`Segment with ID ${id} was not found.`);
  return segment;
}

/** Shifts named ranges with their text; removes a range that loses all its text. */
export function shiftRanges(tab: DocumentTab, segment: string, { at, removed, inserted }: Shift): void {
  const after = at + removed;
  const moved = (index: number, within: number): number => (index >= after ? index - removed + inserted : within);
  tab.namedRanges = tab.namedRanges.flatMap((range) => {
    if (range.segment !== segment) return [range];
    const start = range.start < at ? range.start : moved(range.start, at + inserted);
    const end = range.end <= at ? range.end : moved(range.end, at);
    return start < end ? [{ ...range, start, end }] : [];
  });
}

/** Removes the data that belongs to a removed object. */
export function forgetObject(tab: DocumentTab, object: InlineObject | undefined): void {
  if (object?.kind === 'footnoteReference') {
    const id = asText(object.value['footnoteId']);
    tab.footnotes = tab.footnotes.filter((each) => each !== id);
    Reflect.deleteProperty(tab.segments, id);
  }
  if (object?.kind === 'inlineObjectElement')
    Reflect.deleteProperty(tab.inlineObjects, asText(object.value['inlineObjectId']));
}

/** The document as it is without its suggestions, as if all were rejected; itself if it has none. */
export function withoutSuggestions(document: TextDocument): TextDocument {
  const isSuggested = (pieces: readonly Piece[]): boolean => pieces.some(({ suggested }) => suggested);
  if (!document.tabs.some(({ segments }) => Object.values(segments).some(isSuggested))) return document;
  const tabs = document.tabs.map((each) => {
    const tab = { ...each, segments: { ...each.segments }, inlineObjects: { ...each.inlineObjects } };
    for (const [id, pieces] of Object.entries(each.segments)) {
      const kept: Piece[] = [];
      let at = 0;
      for (const { suggested, ...piece } of pieces) {
        const { length } = piece.text;
        if (suggested?.insertions) {
          shiftRanges(tab, id, { at, removed: length, inserted: 0 });
          forgetObject(tab, piece.object);
          continue;
        }
        kept.push(piece);
        at += length;
      }
      joinPieces(kept);
      // A footnote goes with its suggested reference.
      if (Object.hasOwn(tab.segments, id)) tab.segments[id] = kept;
    }
    return tab;
  });
  return { ...document, tabs };
}

/** Whether a newline has the style of the run before it, so that it is part of the run. */
export function endsRun(before: Piece | undefined, end: Piece): boolean {
  return before !== undefined && !before.object && !before.mark && !before.paragraph && isSame(before, end);
}
