import { lengthOf, type Piece } from './rich-text.ts';
import type { SlideDeck, SlideElement, SlidePage } from './slide-deck.ts';
import { endsRun } from './text-document.ts';

const emu = (magnitude: number) => ({ magnitude, unit: 'EMU' });

/** A `Presentation` of the Slides API. */
export function presentationResource(
  deck: SlideDeck,
  facts: { id: string; title: string; revisionId?: string },
): Record<string, unknown> {
  return {
    presentationId: facts.id,
    pageSize: { width: emu(9_144_000), height: emu(5_143_500) },
    slides: deck.slides.map(pageResource),
    title: facts.title,
    locale: 'en',
    ...(facts.revisionId === undefined ? {} : { revisionId: facts.revisionId }),
  };
}

/** A slide as a `Page`, with its notes page. */
export function pageResource({ id, elements, notesPageId, notes }: SlidePage): Record<string, unknown> {
  return {
    objectId: id,
    pageElements: elements.map(elementResource),
    slideProperties: {
      notesPage: {
        objectId: notesPageId,
        pageType: 'NOTES',
        pageElements: [elementResource(notes)],
        notesProperties: { speakerNotesObjectId: notes.id },
      },
    },
  };
}

function elementResource({ id, kind, text, cells, link, facts }: SlideElement): Record<string, unknown> {
  const linked = link ? { link } : {};
  const position = {
    objectId: id,
    size: { width: emu(3_000_000), height: emu(3_000_000) },
    transform: { scaleX: 1, scaleY: 1, unit: 'EMU' },
  };
  switch (kind) {
    case 'shape': {
      const shapeProperties = { ...(facts['shapeProperties'] as object | undefined), ...linked };
      return { ...position, shape: { ...facts, ...textResource(text), shapeProperties } };
    }
    case 'image': {
      const imageProperties = { ...(facts['imageProperties'] as object | undefined), ...linked };
      return { ...position, image: { ...facts, imageProperties } };
    }
    case 'line': {
      const lineProperties = { ...(facts['lineProperties'] as object | undefined), ...linked };
      return { ...position, line: { ...facts, lineProperties } };
    }
    case 'table':
      return {
        ...position,
        table: {
          rows: cells?.length ?? 0,
          columns: cells?.[0]?.length ?? 0,
          tableRows: (cells ?? []).map((row, rowIndex) => ({
            tableCells: row.map((cell, columnIndex) => ({
              location: { ...(rowIndex ? { rowIndex } : {}), ...(columnIndex ? { columnIndex } : {}) },
              rowSpan: 1,
              columnSpan: 1,
              ...textResource(cell),
            })),
          })),
        },
      };
    case 'sheetsChart':
    case 'video':
      return { ...position, [kind]: facts };
  }
}

/** The text of a shape or cell: a marker for each paragraph, then its runs. Empty for an empty text. */
function textResource(pieces: readonly Piece[] = []): { text?: { textElements: unknown[] } } {
  if (lengthOf(pieces) <= 1) return {};
  const textElements: unknown[] = [];
  let index = 0;
  let runs: unknown[] = [];
  let began = 0;
  const bounds = (start: number) => ({ ...(start === 0 ? {} : { startIndex: start }), endIndex: index });
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i] as Piece;
    const next = pieces[i + 1];
    const start = index;
    const ends = next?.paragraph && endsRun(piece, next);
    if (ends) i++;
    const content = piece.text + (ends ? next.text : '');
    index += content.length;
    runs.push({ ...bounds(start), textRun: { content, style: piece.style ?? {} } });
    if (!ends && !piece.paragraph) continue;
    textElements.push({ ...bounds(began), paragraphMarker: { style: { direction: 'LEFT_TO_RIGHT' } } }, ...runs);
    runs = [];
    began = index;
  }
  return { text: { textElements } };
}
