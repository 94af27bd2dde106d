import { parseAddress, type Span } from '../../../engine/links/drive-addresses.js';
import {
  type DocumentLink,
  type DocumentPart,
  type LinkGroup,
  linkGroup,
} from '../../../engine/links/document-links.js';
import { int32, listOf, objectOf, type Reader, text } from '../google-answers.js';
import { type BatchRequest, spreadsheetAddress } from './batch-update.js';
import { linksInText, readTextStyle, relinked, type TextEditor, type TextRun, unbroken } from './text-links.js';

/*
 * Links in a presentation. The readers have the fields of `presentations.get` that matter here
 * (https://developers.google.com/workspace/slides/api/reference/rest/v1/presentations).
 */

const readLink = objectOf({}, { url: text });
const readText = objectOf(
  {},
  {
    textElements: listOf(
      objectOf(
        {},
        { startIndex: int32, endIndex: int32, textRun: objectOf({}, { content: text, style: readTextStyle }) },
      ),
    ),
  },
);
const readCell = objectOf({}, { location: objectOf({}, { rowIndex: int32, columnIndex: int32 }), text: readText });
const readSingle = objectOf(
  {},
  {
    objectId: text,
    title: text,
    shape: objectOf({}, { text: readText, shapeProperties: objectOf({}, { link: readLink }) }),
    image: objectOf({}, { imageProperties: objectOf({}, { link: readLink }) }),
    table: objectOf({}, { tableRows: listOf(objectOf({}, { tableCells: listOf(readCell) })) }),
    sheetsChart: objectOf(
      {},
      {
        spreadsheetId: text,
        sheetsChartProperties: objectOf({}, { chartImageProperties: objectOf({}, { link: readLink }) }),
      },
    ),
    video: objectOf({}, { source: text, id: text }),
    line: objectOf({}, { lineProperties: objectOf({}, { link: readLink }) }),
  },
);
type PageElement = ReturnType<typeof readSingle> & {
  readonly elementGroup?: { readonly children?: readonly PageElement[] };
};
const readGroup = objectOf(
  {},
  { elementGroup: objectOf({}, { children: listOf((value, at): PageElement => readElement(value, at)) }) },
);
const readElement: Reader<PageElement> = (value, at) => ({ ...readSingle(value, at), ...readGroup(value, at) });
const readElements = listOf(readElement);
export const readPresentation = objectOf(
  {},
  {
    revisionId: text,
    slides: listOf(
      objectOf(
        {},
        {
          pageElements: readElements,
          slideProperties: objectOf({}, { notesPage: objectOf({}, { pageElements: readElements }) }),
        },
      ),
    ),
  },
);
export type GooglePresentation = ReturnType<typeof readPresentation>;

/** The value of `fields` with which a presentation is read; leaves out layouts and masters. */
export const PRESENTATION_FIELDS = 'revisionId,slides(pageElements,slideProperties(notesPage(pageElements)))';

interface Where {
  readonly part: DocumentPart;
  /** The number of the slide. */
  readonly container: string;
}

/**
 * The links of a presentation, in its order, and the requests that rewrite them. Links of layouts and masters are left
 * alone: they are shown on every slide that uses them, and come from templates.
 */
export function* linksInPresentation({
  slides = [],
}: Pick<GooglePresentation, 'slides'>): Generator<LinkGroup<BatchRequest>> {
  for (const [index, { pageElements = [], slideProperties }] of slides.entries()) {
    const container = String(index + 1);
    for (const element of pageElements) yield* linksInElement(element, { part: 'slide', container });
    for (const element of slideProperties?.notesPage?.pageElements ?? [])
      yield* linksInElement(element, { part: 'speaker_notes', container });
  }
}

function* linksInElement(element: PageElement, where: Where): Generator<LinkGroup<BatchRequest>> {
  const { objectId = '', shape, image, table, elementGroup, sheetsChart, video, line } = element;
  yield* linksInContent(shape?.text, { objectId }, where);
  for (const { tableCells = [] } of table?.tableRows ?? [])
    for (const { location, text } of tableCells) {
      const { rowIndex = 0, columnIndex = 0 } = location ?? {};
      const part = where.part === 'slide' ? 'table' : where.part;
      yield* linksInContent(text, { objectId, cellLocation: { rowIndex, columnIndex } }, { ...where, part });
    }
  for (const child of elementGroup?.children ?? []) yield* linksInElement(child, where);

  const label = element.title ?? '';
  const place = { ...where, label };
  yield* objectLink(shape?.shapeProperties?.link, { ...place, holder: 'shape' }, (url) => ({
    updateShapeProperties: { objectId, shapeProperties: { link: { url } }, fields: 'link' },
  }));
  yield* objectLink(image?.imageProperties?.link, { ...place, holder: 'image' }, (url) => ({
    updateImageProperties: { objectId, imageProperties: { link: { url } }, fields: 'link' },
  }));
  yield* objectLink(line?.lineProperties?.link, { ...place, holder: 'shape' }, (url) => ({
    updateLineProperties: { objectId, lineProperties: { link: { url } }, fields: 'link' },
  }));
  // "The properties of the embedded chart image" are read-only (reference of `SheetsChartProperties`).
  const chartImage = sheetsChart?.sheetsChartProperties?.chartImageProperties?.link;
  yield* objectLink(chartImage, { ...place, holder: 'chart' }, undefined);
  const chart = spreadsheetAddress(sheetsChart?.spreadsheetId ?? '');
  yield* fixedLink(chart, { ...place, holder: 'chart' }, 'linked_chart');
  if (video?.source === 'DRIVE')
    yield* fixedLink(
      `https://drive.google.com/file/d/${video.id ?? ''}/view`,
      { ...place, holder: 'video' },
      'drive_video',
    );
}

/** @param request undefined if Google's API only reads the link */
function* objectLink(
  { url = '' }: ReturnType<typeof readLink> = {},
  place: DocumentLink['place'],
  request: ((url: string) => BatchRequest) | undefined,
): Generator<LinkGroup<BatchRequest>> {
  const address = parseAddress(url);
  const link = address && { place, text: url, address };
  if (!link) return;
  if (request) yield linkGroup(link, (_, newUrl) => [request(newUrl)]);
  else yield linkGroup({ ...link, unsupported: 'linked_object' });
}

function* fixedLink(
  text: string,
  place: DocumentLink['place'],
  unsupported: NonNullable<DocumentLink['unsupported']>,
): Generator<LinkGroup<BatchRequest>> {
  const address = parseAddress(text);
  if (address) yield linkGroup({ place, text, address, unsupported });
}

interface TextPlace {
  readonly objectId: string;
  readonly cellLocation?: { readonly rowIndex: number; readonly columnIndex: number };
}

function linksInContent(
  content: ReturnType<typeof readText> | undefined,
  at: TextPlace,
  where: Where,
): LinkGroup<BatchRequest>[] {
  const editor = editorOf(at);
  const found: (LinkGroup<BatchRequest> & Span)[] = [];
  let runs: TextRun[] = [];
  for (const { startIndex: start = 0, endIndex: end = 0, textRun } of content?.textElements ?? []) {
    if (textRun) {
      const { content: text = '', style = {} } = textRun;
      runs.push({ start, end, content: text, style, isSuggested: false });
      continue;
    }
    // A marker of a paragraph, or a text that Google fills in, such as the number of the slide.
    found.push(...linksInText(runs, where, editor));
    runs = [];
  }
  return [...found, ...linksInText(runs, where, editor)].sort((one, other) => one.start - other.start);
}

function editorOf(at: TextPlace): TextEditor<BatchRequest> {
  const range = ({ start, end }: Span) => ({ type: 'FIXED_RANGE', startIndex: start, endIndex: end });
  return {
    relink: (run, url) => ({
      updateTextStyle: { ...at, textRange: range(unbroken(run)), ...relinked(run.style, url) },
    }),
    insert: (insertionIndex, text) => ({ insertText: { ...at, insertionIndex, text } }),
    remove: (span) => ({ deleteText: { ...at, textRange: range(span) } }),
  };
}
