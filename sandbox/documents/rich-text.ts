/** A link in the format of the Docs and Slides APIs. */
export interface Link {
  url?: string;
  heading?: { id: string; tabId?: string };
  bookmark?: { id: string; tabId?: string };
  tabId?: string;
  /** In Slides: to a page, by its id, its index, or relative to this one. */
  pageObjectId?: string;
  slideIndex?: number;
  relativeLink?: string;
}

export interface TextStyle extends Record<string, unknown> {
  link?: Link;
}

/** Properties of a paragraph. */
export interface ParagraphFacts {
  style?: Record<string, unknown>;
  bullet?: { listId: string; nestingLevel?: number };
}

/** An element of one code unit: a smart chip, an image, a reference to a footnote, a break … */
export interface InlineObject {
  /** Its name in a `ParagraphElement` of the Docs API. */
  kind:
    | 'richLink'
    | 'person'
    | 'dateElement'
    | 'footnoteReference'
    | 'inlineObjectElement'
    | 'pageBreak'
    | 'columnBreak'
    | 'horizontalRule'
    | 'autoText'
    | 'equation';
  value: Record<string, unknown>;
}

/** Beginnings and ends of structures; each takes up one code unit. */
export type Mark = 'section' | 'table' | 'row' | 'cell' | 'tableEnd' | 'contents' | 'contentsEnd';

/** Ids of suggestions that are neither accepted nor rejected. */
export interface Suggestions {
  insertions?: string[];
  deletions?: string[];
  styles?: Record<string, Record<string, unknown>>;
}

/**
 * A run of text with one style, a newline, an object or a mark. A segment (a body, header, footer, footnote, shape or
 * cell) is a flat list of pieces, as in Google's model: the index of a piece is the length of all pieces before it.
 */
export interface Piece {
  text: string;
  style?: TextStyle;
  object?: InlineObject;
  mark?: Mark;
  /** Of a newline: the paragraph that it ends. */
  paragraph?: ParagraphFacts;
  /** Of a section break or a table. */
  facts?: Record<string, unknown>;
  suggested?: Suggestions;
}

/** A change of length that shifts later indexes. */
export interface Shift {
  at: number;
  removed: number;
  inserted: number;
}

/** "Up to 1.02 million characters" (https://support.google.com/drive/answer/37603). */
const MAX_LENGTH = 1_020_000;
export const TOO_LONG = `The text would be longer than ${MAX_LENGTH} characters.`;

/** A request of a batch failed; the batch adds the request's number and name. */
export class RequestProblem extends Error {}

/** Placeholder of an object of one code unit. */
export const OBJECT_TEXT = '\uE907';

export function lengthOf(pieces: readonly Piece[]): number {
  let length = 0;
  for (const { text } of pieces) length += text.length;
  return length;
}

/** A text from JSON; empty for other types. */
export function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The text without objects and marks. */
export function textOf(pieces: readonly Piece[]): string {
  return pieces.map(({ text, object, mark }) => (object || mark ? '' : text)).join('');
}

export function newline(paragraph: ParagraphFacts = {}, style?: TextStyle): Piece {
  return { text: '\n', paragraph, ...(style ? { style } : {}) };
}

/** Splits a text at its newlines; each ends a paragraph with the properties of `paragraph`. */
export function piecesOf(text: string, style?: TextStyle, paragraph: ParagraphFacts = {}): Piece[] {
  return text.split(/(\n)/).flatMap((part): Piece[] => {
    if (part === '') return [];
    return part === '\n' ? [newline(paragraph, style)] : [{ text: part, ...(style ? { style } : {}) }];
  });
}

/** Splits a piece so that one begins at an index; returns its position in the list. */
export function splitAt(pieces: Piece[], index: number): number {
  let at = 0;
  for (let i = 0; i < pieces.length; i++) {
    if (at === index) return i;
    const piece = pieces[i] as Piece;
    const end = at + piece.text.length;
    if (index < end) {
      pieces.splice(
        i,
        1,
        { ...piece, text: piece.text.slice(0, index - at) },
        { ...piece, text: piece.text.slice(index - at) },
      );
      return i + 1;
    }
    at = end;
  }
  return pieces.length;
}

/** Joins adjacent pieces with the same properties. */
export function joinPieces(pieces: Piece[]): void {
  let kept = 0;
  for (const piece of pieces) {
    const before = pieces[kept - 1];
    if (before && isPlain(before) && isPlain(piece) && isSame(before, piece))
      pieces[kept - 1] = { ...before, text: before.text + piece.text };
    else pieces[kept++] = piece;
  }
  pieces.length = kept;
}

function isPlain({ object, mark, paragraph }: Piece): boolean {
  return !object && !mark && !paragraph;
}

/** Whether two pieces have the same style, so that they are one run. */
export function isSame(a: Piece, b: Piece): boolean {
  return sameJson(a.style ?? {}, b.style ?? {}) && sameJson(a.suggested ?? {}, b.suggested ?? {});
}

function sameJson(a: object, b: object): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** Whether an index lies between the two code units of one character. */
function splitsCharacter(pieces: readonly Piece[], index: number): boolean {
  let at = 0;
  for (const { text } of pieces) {
    if (index > at && index < at + text.length) return /^[\uDC00-\uDFFF]/.test(text.slice(index - at));
    at += text.length;
    if (at >= index) return false;
  }
  return false;
}

/**
 * Checks that an insertion of `inserted` code units at an index is allowed.
 * @throws RequestProblem for an index outside the segment, outside its paragraphs, or within a character, and if
 * the text becomes longer than a document may be
 */
export function checkPlace(pieces: readonly Piece[], index: number, inserted = 0): void {
  const length = lengthOf(pieces);
  if (index >= length || index < 0)
    throw new RequestProblem(`Index ${index} must be less than the end index of the referenced segment, ${length}.`);
  if (length + inserted > MAX_LENGTH) throw new RequestProblem(TOO_LONG);
  let at = 0;
  const piece = pieces.find(({ text }) => (at += text.length) > index);
  if (piece?.mark)
    throw new RequestProblem(
      'The insertion index must be inside the bounds of an existing paragraph. You can still create new paragraphs by inserting newlines.',
    );
  if (splitsCharacter(pieces, index))
    throw new RequestProblem('The insertion index cannot be within a grapheme cluster.');
}

/** Replaces pieces. (`splice(…, ...inserted)` fails for more pieces than V8 allows arguments.) */
function replacePieces(pieces: Piece[], from: number, removed: number, inserted: readonly Piece[]): void {
  if (inserted.length < 10_000) {
    pieces.splice(from, removed, ...inserted);
    return;
  }
  const rest = pieces.splice(from).slice(removed);
  for (const list of [inserted, rest]) for (const piece of list) pieces.push(piece);
}

/** The style of text inserted at a position in the list: that of the adjacent text in the paragraph. */
function styleFor(pieces: readonly Piece[], place: number): TextStyle | undefined {
  const before = pieces[place - 1];
  return before && !before.mark && !before.paragraph ? before.style : pieces[place]?.style;
}

/** The paragraph at a position in the list. */
function paragraphAt(pieces: readonly Piece[], place: number): ParagraphFacts {
  for (let i = place; i < pieces.length; i++) {
    const { paragraph } = pieces[i] as Piece;
    if (!paragraph) continue;
    // The id of a heading is unique.
    const { headingId: _, ...style } = paragraph.style ?? {};
    return { ...paragraph, ...(paragraph.style ? { style } : {}) };
  }
  return {};
}

/** Characters that the APIs strip: controls, and the private use area (reference of `InsertTextRequest.text`). */
// oxlint-disable-next-line no-control-regex
const STRIPPED = /[\u0000-\u0008\u000C-\u001F\uE000-\uF8FF]/g;

/** @throws RequestProblem as `checkPlace` */
export function insertText(pieces: Piece[], index: number, text: string): Shift {
  const clean = text.replace(STRIPPED, '');
  checkPlace(pieces, index, clean.length);
  const place = splitAt(pieces, index);
  replacePieces(pieces, place, 0, piecesOf(clean, styleFor(pieces, place), paragraphAt(pieces, place)));
  return { at: index, removed: 0, inserted: clean.length };
}

/** @throws RequestProblem as `checkPlace` */
export function insertPieces(pieces: Piece[], index: number, inserted: readonly Piece[]): Shift {
  const length = lengthOf(inserted);
  checkPlace(pieces, index, length);
  replacePieces(pieces, splitAt(pieces, index), 0, inserted);
  return { at: index, removed: 0, inserted: length };
}

/** Inserts an object with the style of the adjacent text, unless that is a link. */
export function insertObject(pieces: Piece[], index: number, object: InlineObject): Shift {
  checkPlace(pieces, index);
  const style = styleFor(pieces, splitAt(pieces, index));
  return insertPieces(pieces, index, [{ text: OBJECT_TEXT, object, ...(!style || style.link ? {} : { style }) }]);
}

/** Inserts a table, after a newline that ends the paragraph before it. */
export function insertTable(pieces: Piece[], index: number, rows: number, columns: number): Shift {
  checkPlace(pieces, index, 3 + rows * (1 + 2 * columns));
  const paragraph = paragraphAt(pieces, splitAt(pieces, index));
  const cell: Piece[] = [{ text: '\u001C', mark: 'cell' }, newline()];
  const row: Piece[] = [{ text: '\u0012', mark: 'row' }, ...Array.from({ length: columns }, () => cell).flat()];
  return insertPieces(pieces, index, [
    newline(paragraph),
    { text: '\u0010', mark: 'table' },
    ...Array.from({ length: rows }, () => row).flat(),
    { text: '\u0011', mark: 'tableEnd' },
  ]);
}

const OPENS: ReadonlySet<Mark | undefined> = new Set<Mark>(['table', 'contents']);
const CLOSES: ReadonlySet<Mark | undefined> = new Set<Mark>(['tableEnd', 'contentsEnd']);

/**
 * Deletes a range, if the remaining structure is valid (reference of `DeleteContentRangeRequest`).
 * @throws RequestProblem for a range that is empty, out of bounds, or would leave half of a structure or character
 */
export function deleteRange(pieces: Piece[], start: number, end: number): { shift: Shift; removed: Piece[] } {
  const length = lengthOf(pieces);
  if (end > length)
    throw new RequestProblem(`Index ${end} must be less than the end index of the referenced segment, ${length}.`);
  if (start >= end || start < 0) throw new RequestProblem('The range should not be empty.');
  if (end === length)
    throw new RequestProblem('The range cannot include the newline character at the end of the segment.');
  if (splitsCharacter(pieces, start) || splitsCharacter(pieces, end))
    throw new RequestProblem('The range cannot include part of a surrogate pair.');
  const from = splitAt(pieces, start);
  const to = splitAt(pieces, end);
  const removed = pieces.slice(from, to);
  if (from === 0 && removed[0]?.mark === 'section')
    throw new RequestProblem('The range cannot include the section break at the start of the body.');
  const broken = new RequestProblem('Invalid deletion range. Cannot delete the requested range.');
  let depth = 0;
  for (const { mark } of removed) {
    if (OPENS.has(mark)) depth++;
    else if (CLOSES.has(mark)) depth--;
    else if ((mark === 'row' || mark === 'cell') && depth === 0) throw broken;
    if (depth < 0) throw broken;
  }
  if (depth > 0) throw broken;
  // The newline before a table, a section break or the end of a cell cannot be deleted without that element.
  if (removed.at(-1)?.paragraph && pieces[to]?.mark) throw broken;
  pieces.splice(from, to - from);
  return { shift: { at: start, removed: end - start, inserted: 0 }, removed };
}

/** The default style of a new link. */
const LINK_LOOK: TextStyle = {
  underline: true,
  foregroundColor: { color: { rgbColor: { red: 0.06666667, green: 0.33333334, blue: 0.8 } } },
};

/**
 * Sets the named fields of a style in a range; named fields that `style` lacks are reset (reference of
 * `TextStyle.link` for the effect on links).
 * @throws RequestProblem for a range that is empty or out of bounds
 */
export function styleRange(
  pieces: Piece[],
  range: { start: number; end: number },
  style: TextStyle,
  names: readonly string[],
  linkLook: TextStyle = LINK_LOOK,
): void {
  const length = lengthOf(pieces);
  if (range.end > length)
    throw new RequestProblem(
      `Index ${range.end} must be less than the end index of the referenced segment, ${length}.`,
    );
  if (range.start >= range.end || range.start < 0) throw new RequestProblem('The range should not be empty.');
  const from = splitAt(pieces, range.start);
  const to = splitAt(pieces, range.end);
  const setsLink = names.includes('link');
  const oldLinks = [pieces[from]?.style?.link, pieces[to - 1]?.style?.link];
  for (let i = from; i < to; i++) {
    const piece = pieces[i] as Piece;
    if (!piece.mark) pieces[i] = restyled(piece, pieces[i - 1]);
  }
  if (setsLink && style.link) relinkNeighbours();

  function restyled(piece: Piece, before: Piece | undefined): Piece {
    let old: TextStyle = piece.style ?? {};
    const next: TextStyle = {};
    const isText = !piece.paragraph && !piece.object;
    if (setsLink && !style.link && old.link) old = before?.style?.link || !before ? {} : (before.style ?? {});
    const look = setsLink && style.link && isText ? linkLook : {};
    for (const [name, value] of Object.entries({ ...old, ...look })) if (!names.includes(name)) next[name] = value;
    for (const name of names) if (style[name] !== undefined && (name !== 'link' || isText)) next[name] = style[name];
    const { style: _, ...rest } = piece;
    return Object.keys(next).length > 0 ? { ...rest, style: next } : rest;
  }

  /** "Setting a link on a text range that overlaps with an existing link will also update the existing link." */
  function relinkNeighbours(): void {
    for (const [edge, step, old] of [
      [from - 1, -1, oldLinks[0]],
      [to, 1, oldLinks[1]],
    ] as const) {
      for (let i = edge; old && sameJson(pieces[i]?.style?.link ?? {}, old); i += step) {
        const piece = pieces[i] as Piece;
        pieces[i] = { ...piece, style: { ...piece.style, link: style.link as Link } };
      }
    }
  }
}

/**
 * Replaces each match within a paragraph; the new text has the style of the first replaced character.
 * @returns the shifts in order; the indexes of each include the earlier ones
 * @throws RequestProblem if the text becomes too long
 */
export function replaceAll(pieces: Piece[], pattern: RegExp, replacement: string): Shift[] {
  const shifts: Shift[] = [];
  const clean = replacement.replace(STRIPPED, '');
  const next: Piece[] = [];
  let total = lengthOf(pieces);
  let at = 0;
  const keep = (piece: Piece): void => {
    next.push(piece);
    at += piece.text.length;
  };
  for (let i = 0; i < pieces.length; i++) {
    if (!isPlain(pieces[i] as Piece)) {
      keep(pieces[i] as Piece);
      continue;
    }
    let to = i;
    while (to < pieces.length && isPlain(pieces[to] as Piece)) to++;
    const run = pieces.slice(i, to);
    i = to - 1;
    const paragraph = paragraphAt(pieces, to);
    const text = textOf(run);
    const start = at;
    const found: Shift[] = [];
    const take = taker(run);
    for (const { 0: old, index } of text.matchAll(pattern)) {
      if (old === '') continue;
      total += clean.length - old.length;
      if (total > MAX_LENGTH) throw new RequestProblem(TOO_LONG);
      take(index).forEach(keep);
      const [first] = take(index + old.length);
      piecesOf(clean, first?.style, paragraph).forEach(keep);
      found.push({ at: start + index, removed: old.length, inserted: clean.length });
    }
    take(text.length).forEach(keep);
    for (const shift of found.reverse()) shifts.push(shift);
  }
  if (shifts.length > 0) replacePieces(pieces, 0, pieces.length, next);
  return shifts;
}

/** Returns the pieces from where the last call ended to an index. */
function taker(pieces: readonly Piece[]): (until: number) => Piece[] {
  let at = 0;
  let current = 0;
  let offset = 0;
  return (until) => {
    const taken: Piece[] = [];
    while (at < until) {
      const piece = pieces[current] as Piece;
      const end = Math.min(piece.text.length, offset + until - at);
      taken.push(end - offset === piece.text.length ? piece : { ...piece, text: piece.text.slice(offset, end) });
      at += end - offset;
      offset = end;
      if (end < piece.text.length) continue;
      current++;
      offset = 0;
    }
    return taken;
  };
}
