import { parseAddress, type NewId, type Span } from '../../../engine/links/drive-addresses.js';
import {
  type DocumentLink,
  type DocumentPart,
  type LinkGroup,
  linkGroup,
  planRewrite,
  type RewritePlan,
} from '../../../engine/links/document-links.js';
import { type BatchRequest, MAX_REQUESTS, spreadsheetAddress } from './batch-update.js';
import { linksInText, relinked, type TextEditor, type TextRun, type TextStyle, unbroken } from './text-links.js';

/*
 * Links in a presentation. The types have the fields of `presentations.get` that matter here
 * (https://developers.google.com/workspace/slides/api/reference/rest/v1/presentations).
 */

interface Link {
  readonly url?: string;
}
interface TextContent {
  readonly textElements?: readonly {
    readonly startIndex?: number;
    readonly endIndex?: number;
    readonly textRun?: { readonly content?: string; readonly style?: TextStyle };
  }[];
}
interface PageElement {
  readonly objectId?: string;
  readonly title?: string;
  readonly shape?: { readonly text?: TextContent; readonly shapeProperties?: { readonly link?: Link } };
  readonly image?: { readonly imageProperties?: { readonly link?: Link } };
  readonly table?: {
    readonly tableRows?: readonly {
      readonly tableCells?: readonly {
        readonly location?: { readonly rowIndex?: number; readonly columnIndex?: number };
        readonly text?: TextContent;
      }[];
    }[];
  };
  readonly elementGroup?: { readonly children?: readonly PageElement[] };
  readonly sheetsChart?: {
    readonly spreadsheetId?: string;
    readonly sheetsChartProperties?: { readonly chartImageProperties?: { readonly link?: Link } };
  };
  readonly video?: { readonly source?: string; readonly id?: string };
  readonly line?: { readonly lineProperties?: { readonly link?: Link } };
}
interface Page {
  readonly pageElements?: readonly PageElement[];
  readonly slideProperties?: { readonly notesPage?: Page };
}
export interface GooglePresentation {
  readonly revisionId?: string;
  readonly slides?: readonly Page[];
}

/**
 * Plans what happens to the links of a presentation, and the requests that rewrite them. Links of layouts and masters are
 * left alone: they are shown on every slide that uses them, and come from templates.
 */
export const rewritePresentation = (presentation: GooglePresentation, newIdOf: NewId): RewritePlan<BatchRequest> =>
  planRewrite(linksInPresentation(presentation), newIdOf, MAX_REQUESTS);

interface Where {
  readonly part: DocumentPart;
  /** The number of the slide. */
  readonly container: string;
}

/** The links of a presentation; those of each text from the end backwards, so that no request shifts a later one. */
export function* linksInPresentation({ slides = [] }: GooglePresentation): Generator<LinkGroup<BatchRequest>> {
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
  { url = '' }: Link = {},
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

function linksInContent(content: TextContent | undefined, at: TextPlace, where: Where): LinkGroup<BatchRequest>[] {
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
  return [...found, ...linksInText(runs, where, editor)].sort((one, other) => other.start - one.start);
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
