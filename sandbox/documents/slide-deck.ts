import type { Slide } from './document-parts.ts';
import { type Link, newline, type Piece, piecesOf, textOf } from './rich-text.ts';
import { newIdIn } from './text-document.ts';

/** A Google Slides presentation: slides with elements and speaker notes. */
export interface SlideDeck {
  kind: 'presentation';
  /** Counts every edit. */
  revision: number;
  ids: number;
  slides: SlidePage[];
}

export interface SlidePage {
  id: string;
  elements: SlideElement[];
  notesPageId: string;
  /** The shape of the speaker notes, on the slide's notes page. */
  notes: SlideElement;
}

export interface SlideElement {
  id: string;
  kind: 'shape' | 'image' | 'line' | 'table' | 'sheetsChart' | 'video';
  /** Of a shape; always ends with a newline. */
  text?: Piece[];
  /** Of a table, by row and column. */
  cells?: Piece[][][];
  /** Of a shape, image or line as a whole. */
  link?: Link;
  /** Other fields in the API: `shapeType`, `sourceUrl`, `spreadsheetId` … */
  facts: Record<string, unknown>;
}

export function shape(id: string, text: readonly Piece[], facts: Record<string, unknown>): SlideElement {
  return { id, kind: 'shape', text: [...text, newline()], facts };
}

/** A slide without elements. */
export function emptySlide(deck: { ids: number }, id?: string): SlidePage {
  const notes = { shapeType: 'RECTANGLE', placeholder: { type: 'BODY', index: 1 } };
  return {
    id: id ?? newIdIn(deck, 'g'),
    elements: [],
    notesPageId: newIdIn(deck, 'g'),
    notes: shape(newIdIn(deck, 'g'), [], notes),
  };
}

/** A presentation from titles and lines, as imports create it. */
export function slideDeck(slides: readonly Slide[]): SlideDeck {
  const deck: SlideDeck = { kind: 'presentation', revision: 1, ids: 0, slides: [] };
  for (const { title, lines } of slides) {
    const page = emptySlide(deck);
    page.elements.push(placeholder(deck, 'TITLE', piecesOf(title)));
    if (lines.length > 0) page.elements.push(placeholder(deck, 'BODY', piecesOf(lines.join('\n'))));
    deck.slides.push(page);
  }
  return deck;
}

export function placeholder(deck: { ids: number }, type: 'TITLE' | 'BODY', text: readonly Piece[]): SlideElement {
  return shape(newIdIn(deck, 'g'), text, { shapeType: 'TEXT_BOX', placeholder: { type } });
}

/** Titles and lines for exports: the text of shapes and tables in order. */
export function slidesOf({ slides }: SlideDeck): Slide[] {
  return slides.map(({ elements }) => {
    const title = elements.find(
      ({ facts }) => (facts['placeholder'] as { type?: string } | undefined)?.type === 'TITLE',
    );
    const lines = elements
      .filter((element) => element !== title)
      .flatMap((element) => textsOf(element).flatMap((pieces) => textOf(pieces).replace(/\n$/, '').split('\n')));
    return { title: title ? textOf(title.text ?? []).replace(/\n$/, '') : '', lines };
  });
}

/** All texts of an element. */
export function textsOf({ text, cells }: SlideElement): Piece[][] {
  return [...(text ? [text] : []), ...(cells ?? []).flat()];
}
