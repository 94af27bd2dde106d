import { parseAddress, type NewId, type Span } from '../../../engine/links/drive-addresses.js';
import {
  type DocumentPart,
  type LinkGroup,
  linkGroup,
  planRewrite,
  type RewritePlan,
} from '../../../engine/links/document-links.js';
import { type BatchRequest, MAX_REQUESTS, spreadsheetAddress } from './batch-update.js';
import { linksInText, relinked, type TextEditor, type TextRun, type TextStyle, unbroken } from './text-links.js';

/*
 * Links in a Google Doc. The types have the fields of `documents.get` with `includeTabsContent=true` that matter here
 * (https://developers.google.com/workspace/docs/api/reference/rest/v1/documents).
 */

interface Suggested {
  readonly suggestedInsertionIds?: readonly string[];
  readonly suggestedDeletionIds?: readonly string[];
  readonly suggestedTextStyleChanges?: Readonly<Record<string, { readonly textStyle?: TextStyle }>>;
}
interface Element {
  readonly startIndex?: number;
  readonly endIndex?: number;
  readonly textRun?: Suggested & { readonly content?: string; readonly textStyle?: TextStyle };
  readonly richLink?: Suggested & { readonly richLinkProperties?: { readonly uri?: string; readonly title?: string } };
  readonly inlineObjectElement?: Suggested & { readonly inlineObjectId?: string; readonly textStyle?: TextStyle };
}
interface Block {
  readonly paragraph?: { readonly elements?: readonly Element[] };
  readonly table?: {
    readonly tableRows?: readonly { readonly tableCells?: readonly { readonly content?: readonly Block[] }[] }[];
  };
}
interface Segment {
  readonly content?: readonly Block[];
}
interface EmbeddedObject {
  readonly title?: string;
  readonly linkedContentReference?: { readonly sheetsChartReference?: { readonly spreadsheetId?: string } };
}
interface Tab {
  readonly tabProperties?: { readonly tabId?: string; readonly title?: string };
  readonly documentTab?: {
    readonly body?: Segment;
    readonly headers?: Readonly<Record<string, Segment>>;
    readonly footers?: Readonly<Record<string, Segment>>;
    readonly footnotes?: Readonly<Record<string, Segment>>;
    readonly inlineObjects?: Readonly<
      Record<string, { readonly inlineObjectProperties?: { readonly embeddedObject?: EmbeddedObject } }>
    >;
    readonly positionedObjects?: Readonly<
      Record<string, { readonly positionedObjectProperties?: { readonly embeddedObject?: EmbeddedObject } }>
    >;
  };
  readonly childTabs?: readonly Tab[];
}
export interface GoogleDocument {
  readonly revisionId?: string;
  readonly tabs?: readonly Tab[];
}

/**
 * Plans what happens to the links of a document, and the requests that rewrite them.
 *
 * Rewriting a chip creates a new one, with a new `richLinkId` and the current title of the file that it leads to, because
 * Google's API cannot change a chip. Tables of contents are left alone: they lead to headings of the document itself.
 */
export const rewriteDocument = (document: GoogleDocument, newIdOf: NewId): RewritePlan<BatchRequest> =>
  planRewrite(linksInDocument(document), newIdOf, MAX_REQUESTS);

/** The links of a document; those of each segment from the end backwards, so that no request shifts a later one. */
export function linksInDocument({ tabs = [] }: GoogleDocument): LinkGroup<BatchRequest>[] {
  return tabs.flatMap((tab) => [...linksInTab(tab), ...linksInDocument({ tabs: tab.childTabs ?? [] })]);
}

function* linksInTab({ tabProperties, documentTab }: Tab): Generator<LinkGroup<BatchRequest>> {
  const { tabId = '', title = '' } = tabProperties ?? {};
  const { body, headers = {}, footers = {}, footnotes = {} } = documentTab ?? {};
  yield* linksInSegment(body, { part: 'body', container: title, tabId });
  for (const [part, segments] of [
    ['header', headers],
    ['footer', footers],
    ['footnote', footnotes],
  ] as const)
    for (const [segmentId, segment] of Object.entries(segments))
      yield* linksInSegment(segment, { part, container: title, tabId, segmentId });
  const { inlineObjects = {}, positionedObjects = {} } = documentTab ?? {};
  for (const object of [
    ...Object.values(inlineObjects).map((each) => each.inlineObjectProperties?.embeddedObject),
    ...Object.values(positionedObjects).map((each) => each.positionedObjectProperties?.embeddedObject),
  ])
    yield* chartLink(object, title);
}

interface Where {
  readonly part: DocumentPart;
  readonly container: string;
  readonly tabId: string;
  readonly segmentId?: string;
}

const linksInSegment = (segment: Segment | undefined, where: Where): LinkGroup<BatchRequest>[] =>
  [...linksInBlocks(segment?.content ?? [], where)].sort((one, other) => other.start - one.start);

function* linksInBlocks(blocks: readonly Block[], where: Where): Generator<LinkGroup<BatchRequest> & Span> {
  for (const { paragraph, table } of blocks) {
    yield* linksInParagraph(paragraph?.elements ?? [], where);
    const part = where.part === 'body' ? 'table' : where.part;
    for (const { tableCells = [] } of table?.tableRows ?? [])
      for (const { content = [] } of tableCells) yield* linksInBlocks(content, { ...where, part });
  }
}

function* linksInParagraph(elements: readonly Element[], where: Where): Generator<LinkGroup<BatchRequest> & Span> {
  const editor = editorOf(where);
  let runs: TextRun[] = [];
  for (const element of elements) {
    const { startIndex: start = 0, endIndex: end = 0, textRun, richLink, inlineObjectElement } = element;
    for (const url of suggestedLinks(textRun ?? richLink ?? inlineObjectElement)) {
      const address = parseAddress(url);
      const place = { holder: 'text', part: where.part, container: where.container, label: '' } as const;
      if (address) yield { start, end, links: [{ place, text: url, address, unsupported: 'suggestion' }] };
    }
    if (textRun) {
      const { content = '', textStyle: style = {} } = textRun;
      runs.push({ start, end, content, style, isSuggested: isSuggested(textRun) });
      continue;
    }
    yield* linksInText(runs, where, editor);
    runs = [];
    const object = richLink ? chipLink(richLink, { start, end }, where) : imageLink(inlineObjectElement, where);
    if (object) yield { ...object, start, end };
  }
  yield* linksInText(runs, where, editor);
}

const isSuggested = ({
  suggestedInsertionIds = [],
  suggestedDeletionIds = [],
  suggestedTextStyleChanges = {},
}: Suggested): boolean =>
  suggestedInsertionIds.length + suggestedDeletionIds.length + Object.keys(suggestedTextStyleChanges).length > 0;

const suggestedLinks = (suggested: Suggested | undefined): string[] =>
  Object.values(suggested?.suggestedTextStyleChanges ?? {}).flatMap(({ textStyle }) => textStyle?.link?.url ?? []);

function chipLink(
  chip: NonNullable<Element['richLink']>,
  { start, end }: Span,
  where: Where,
): LinkGroup<BatchRequest> | undefined {
  const { uri = '', title = '' } = chip.richLinkProperties ?? {};
  const address = parseAddress(uri);
  if (!address) return undefined;
  const { tabId, segmentId, part, container } = where;
  const link = {
    place: { holder: 'chip', part, container, label: title } as const,
    text: uri,
    address,
    ...(isSuggested(chip) && { unsupported: 'suggestion' as const }),
  };
  // The new chip behind the old one, so that it gets its style.
  return linkGroup(link, (_, newUri) => [
    {
      insertRichLink: {
        location: { index: end, tabId, ...(segmentId !== undefined && { segmentId }) },
        richLinkProperties: { uri: newUri },
      },
    },
    editorOf(where).remove({ start, end }),
  ]);
}

function imageLink(
  image: Element['inlineObjectElement'],
  { part, container }: Where,
): LinkGroup<BatchRequest> | undefined {
  const url = image?.textStyle?.link?.url ?? '';
  const address = parseAddress(url);
  // "The text style of this InlineObjectElement" is read; `UpdateTextStyleRequest` writes that "of text".
  const place = { holder: 'image', part, container, label: '' } as const;
  return address && linkGroup({ place, text: url, address, unsupported: 'linked_image' });
}

function* chartLink(object: EmbeddedObject | undefined, container: string): Generator<LinkGroup<BatchRequest>> {
  const id = object?.linkedContentReference?.sheetsChartReference?.spreadsheetId ?? '';
  const text = spreadsheetAddress(id);
  const address = parseAddress(text);
  const place = { holder: 'chart', part: 'body', container, label: object?.title ?? '' } as const;
  if (address) yield linkGroup({ place, text, address, unsupported: 'linked_chart' });
}

function editorOf({ tabId, segmentId }: Where): TextEditor<BatchRequest> {
  const at = { tabId, ...(segmentId !== undefined && { segmentId }) };
  return {
    relink: (run, url) => {
      const { start, end } = unbroken(run);
      const { style, fields } = relinked(run.style, url);
      return { updateTextStyle: { range: { startIndex: start, endIndex: end, ...at }, textStyle: style, fields } };
    },
    insert: (index, text) => ({ insertText: { location: { index, ...at }, text } }),
    remove: ({ start, end }) => ({ deleteContentRange: { range: { startIndex: start, endIndex: end, ...at } } }),
  };
}
