import { parseAddress, type Span } from '../../../engine/links/drive-addresses.js';
import { type DocumentPart, type LinkGroup, linkGroup } from '../../../engine/links/document-links.js';
import { int32, listOf, mapOf, objectOf, type Reader, text } from '../google-answers.js';
import { type BatchRequest, spreadsheetAddress } from './batch-update.js';
import { linksInText, readTextStyle, relinked, type TextEditor, type TextRun, unbroken } from './text-links.js';

/*
 * Links in a Google Doc. The readers have the fields of `documents.get` with `includeTabsContent=true` that matter here
 * (https://developers.google.com/workspace/docs/api/reference/rest/v1/documents).
 */

const SUGGESTED = {
  suggestedInsertionIds: listOf(text),
  suggestedDeletionIds: listOf(text),
  suggestedTextStyleChanges: mapOf(objectOf({}, { textStyle: readTextStyle })),
};
const readElement = objectOf(
  {},
  {
    startIndex: int32,
    endIndex: int32,
    textRun: objectOf({}, { ...SUGGESTED, content: text, textStyle: readTextStyle }),
    richLink: objectOf({}, { ...SUGGESTED, richLinkProperties: objectOf({}, { uri: text, title: text }) }),
    inlineObjectElement: objectOf({}, { ...SUGGESTED, textStyle: readTextStyle }),
  },
);
type Element = ReturnType<typeof readElement>;
type Suggested = Pick<NonNullable<Element['textRun']>, keyof typeof SUGGESTED>;

interface Block {
  readonly paragraph?: { readonly elements?: readonly Element[] };
  readonly table?: {
    readonly tableRows?: readonly { readonly tableCells?: readonly { readonly content?: readonly Block[] }[] }[];
  };
}
const readBlocks: Reader<Block[]> = listOf((value, at) => readBlock(value, at));
const readCell = objectOf({}, { content: readBlocks });
const readBlock: Reader<Block> = objectOf(
  {},
  {
    paragraph: objectOf({}, { elements: listOf(readElement) }),
    table: objectOf({}, { tableRows: listOf(objectOf({}, { tableCells: listOf(readCell) })) }),
  },
);
const readSegment = objectOf({}, { content: readBlocks });
type Segment = ReturnType<typeof readSegment>;

const readObject = objectOf(
  {},
  {
    title: text,
    linkedContentReference: objectOf({}, { sheetsChartReference: objectOf({}, { spreadsheetId: text }) }),
  },
);
const readDocumentTab = objectOf(
  {},
  {
    body: readSegment,
    headers: mapOf(readSegment),
    footers: mapOf(readSegment),
    footnotes: mapOf(readSegment),
    inlineObjects: mapOf(objectOf({}, { inlineObjectProperties: objectOf({}, { embeddedObject: readObject }) })),
    positionedObjects: mapOf(
      objectOf({}, { positionedObjectProperties: objectOf({}, { embeddedObject: readObject }) }),
    ),
  },
);

interface Tab {
  readonly tabProperties?: { readonly tabId?: string; readonly title?: string };
  readonly documentTab?: ReturnType<typeof readDocumentTab>;
  readonly childTabs?: readonly Tab[];
}
const readTab: Reader<Tab> = objectOf(
  {},
  {
    tabProperties: objectOf({}, { tabId: text, title: text }),
    documentTab: readDocumentTab,
    childTabs: listOf((value, at) => readTab(value, at)),
  },
);
export const readDocument = objectOf({}, { revisionId: text, tabs: listOf(readTab) });
export type GoogleDocument = ReturnType<typeof readDocument>;

/** The value of `fields` with which a document is read; leaves out styles and lists. */
export const DOCUMENT_FIELDS =
  'revisionId,tabs(tabProperties(tabId,title),documentTab(body,headers,footers,footnotes,inlineObjects,positionedObjects),childTabs)';

/**
 * The links of a document, in its order, and the requests that rewrite them.
 *
 * Rewriting a chip creates a new one, with a new `richLinkId` and the current title of the file that it leads to, because
 * Google's API cannot change a chip. Tables of contents are left alone: they lead to headings of the document itself.
 */
export function linksInDocument({ tabs = [] }: { readonly tabs?: readonly Tab[] }): LinkGroup<BatchRequest>[] {
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
  [...linksInBlocks(segment?.content ?? [], where)].sort((one, other) => one.start - other.start);

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

function* chartLink(
  object: ReturnType<typeof readObject> | undefined,
  container: string,
): Generator<LinkGroup<BatchRequest>> {
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
