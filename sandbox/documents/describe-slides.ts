import { chartAt, linePieces, linkOf, listAt, objectAt, textAt } from './describe-text.ts';
import { newline, type Piece } from './rich-text.ts';
import { emptySlide, placeholder, shape, type SlideDeck, type SlideElement } from './slide-deck.ts';
import { newIdIn } from './text-document.ts';

const SLIDE_KEYS = ['title', 'body', 'notes', 'shapes', 'images', 'tables', 'charts', 'videos', 'lines'];
const LINK_KEYS = ['url', 'slide'];

/**
 * A presentation from a short description, in the format of the control API:
 *
 * ```json
 * { "slides": [{ "title": "Plan", "body": ["one", ["see ", { "text": "it", "url": "https://…" }]], "notes": ["…"],
 *   "shapes": [{ "text": "Button", "url": "https://…" }], "images": [{ "source": "https://…", "url": "https://…" }],
 *   "tables": [[["a", "b"]]], "charts": [{ "spreadsheetId": "…", "chartId": 1 }], "videos": [{ "id": "…" }],
 *   "lines": [{ "url": "https://…" }] }] }
 * ```
 *
 * @throws SandboxUsageError naming the invalid part
 */
export function describedPresentation(input: unknown): SlideDeck {
  const deck: SlideDeck = { kind: 'presentation', revision: 1, ids: 0, slides: [] };
  const { slides } = objectAt(input, 'presentation', ['slides']);
  listAt(slides ?? [], 'presentation.slides').forEach((each, i) => {
    addSlide(deck, each, `presentation.slides[${i}]`);
  });
  return deck;
}

function addSlide(deck: SlideDeck, input: unknown, path: string): void {
  const given = objectAt(input, path, SLIDE_KEYS);
  const page = emptySlide(deck);
  deck.slides.push(page);
  const lines = (value: unknown, at: string): Piece[] =>
    listAt(value, at).flatMap((line, i) => [...(i === 0 ? [] : [newline()]), ...linePieces(line, `${at}[${i}]`)]);
  const each = (
    name: string,
    keys: readonly string[],
    make: (part: Record<string, unknown>, at: string) => SlideElement,
  ) => {
    listAt(given[name] ?? [], `${path}.${name}`).forEach((part, i) => {
      const at = `${path}.${name}[${i}]`;
      page.elements.push(make(objectAt(part, at, keys), at));
    });
  };
  const element = (kind: SlideElement['kind'], more: Partial<SlideElement>): SlideElement => ({
    id: newIdIn(deck, 'g'),
    kind,
    facts: {},
    ...more,
  });
  const linked = (part: Record<string, unknown>, at: string) => {
    const link = linkOf(part, at);
    return link ? { link } : {};
  };
  if (given['title'] !== undefined)
    page.elements.push(placeholder(deck, 'TITLE', linePieces(given['title'], `${path}.title`)));
  if (given['body'] !== undefined) page.elements.push(placeholder(deck, 'BODY', lines(given['body'], `${path}.body`)));
  if (given['notes'] !== undefined) page.notes.text = [...lines(given['notes'], `${path}.notes`), newline()];
  each('shapes', ['text', ...LINK_KEYS], (part, at) => ({
    ...shape(newIdIn(deck, 'g'), part['text'] === undefined ? [] : linePieces(part['text'], `${at}.text`), {
      shapeType: 'TEXT_BOX',
    }),
    ...linked(part, at),
  }));
  each('images', ['source', ...LINK_KEYS], (part, at) => {
    const sourceUrl = textAt(part['source'], `${at}.source`);
    return element('image', { facts: { sourceUrl, contentUrl: sourceUrl }, ...linked(part, at) });
  });
  listAt(given['tables'] ?? [], `${path}.tables`).forEach((table, t) => {
    const at = `${path}.tables[${t}]`;
    const cells = listAt(table, at).map((row, r) =>
      listAt(row, `${at}[${r}]`).map((cell, c) => [...linePieces(cell, `${at}[${r}][${c}]`), newline()]),
    );
    page.elements.push(element('table', { cells }));
  });
  each('charts', ['spreadsheetId', 'chartId'], (part, at) => element('sheetsChart', { facts: chartAt(part, at) }));
  each('lines', LINK_KEYS, (part, at) =>
    element('line', { facts: { lineType: 'STRAIGHT_CONNECTOR_1', lineCategory: 'STRAIGHT' }, ...linked(part, at) }),
  );
  each('videos', ['id', 'source'], (part, at) => {
    const [id, source] = [textAt(part['id'], `${at}.id`), textAt(part['source'] ?? 'DRIVE', `${at}.source`)];
    const url =
      source === 'DRIVE' ? `https://drive.google.com/file/d/${id}/view` : `https://www.youtube.com/watch?v=${id}`;
    return element('video', { facts: { id, source, url } });
  });
}
