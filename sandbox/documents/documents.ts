import { GoogleError, googleError } from '../http/errors.ts';
import type { Paragraph, Sheet, Slide } from './document-parts.ts';
import { epub, odp, ods, odt, readOdp, readOds, readOdt } from './open-documents.ts';
import { blankJpeg, blankPng } from './pictures.ts';
import { CellLimit } from './import-limits.ts';
import { longest, spreadsheetOf, type Spreadsheet } from './sheets/model.ts';
import { NO_IMPORTS, type Imports } from './sheets/evaluate.ts';
import { tablesOf } from './sheets/tables.ts';
import { docx, pptx, readDocx, readPptx, readXlsx, xlsx, zip } from './office-files.ts';
import { pdf, readPdf } from './pdf.ts';
import {
  html,
  lines,
  markdown,
  readHtml,
  readRtf,
  readScript,
  readSeparated,
  rtf,
  separated,
  tableHtml,
} from './text-files.ts';
import { type SlideDeck, slideDeck, slidesOf } from './slide-deck.ts';
import {
  emptyTextDocument,
  paragraphsOf,
  textDocument,
  type TextDocument,
  withoutSuggestions,
} from './text-document.ts';
import { escapeXml } from './xml.ts';

/** The contents of a Google document. */
export type DocumentModel =
  | TextDocument
  | Spreadsheet
  | SlideDeck
  | FormModel
  | { kind: 'drawing'; text: string }
  | { kind: 'script'; source: string };

/** A form without its questions. */
export interface FormModel {
  kind: 'form';
  /** The spreadsheet that collects the responses. */
  linkedSheetId?: string;
}

export const GOOGLE_DOCUMENT = 'application/vnd.google-apps.document';
export const GOOGLE_SPREADSHEET = 'application/vnd.google-apps.spreadsheet';
export const GOOGLE_PRESENTATION = 'application/vnd.google-apps.presentation';
export const GOOGLE_DRAWING = 'application/vnd.google-apps.drawing';
export const GOOGLE_FORM = 'application/vnd.google-apps.form';
export const GOOGLE_SCRIPT = 'application/vnd.google-apps.script';
const SCRIPT_JSON = 'application/vnd.google-apps.script+json';
const ODT = 'application/vnd.oasis.opendocument.text';
const ODS = 'application/vnd.oasis.opendocument.spreadsheet';
const OLD_ODS = 'application/x-vnd.oasis.opendocument.spreadsheet';
const ODP = 'application/vnd.oasis.opendocument.presentation';

export const DOCX = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
export const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
export const PPTX = 'application/vnd.openxmlformats-officedocument.presentationml.presentation';

type Builder<M> = (model: M, title: string) => Buffer;
type ModelOf<K extends DocumentModel['kind']> = Extract<DocumentModel, { kind: K }>;

const DOCUMENT_EXPORTS: Record<string, Builder<ModelOf<'document'>>> = {
  [DOCX]: (model) => docx(paragraphsOf(model)),
  'application/pdf': (model, title) => pdf(title, paragraphsOf(model)),
  'text/plain': (model) => utf8(`\uFEFF${plainText(model)}\r\n`),
  'text/html': (model, title) => utf8(html(title, paragraphsOf(model))),
  'text/markdown': (model) => utf8(markdown(paragraphsOf(model))),
  'application/rtf': (model) => utf8(rtf(paragraphsOf(model))),
  [ODT]: (model) => odt(paragraphsOf(model)),
  'application/epub+zip': (model, title) => epub(title, html(title, paragraphsOf(model))),
  'application/zip': (model, title) => zip({ [`${safeName(title)}.html`]: html(title, paragraphsOf(model)) }),
};

const SPREADSHEET_EXPORTS: Record<string, Builder<Sheet[]>> = {
  [XLSX]: (sheets) => xlsx(sheets),
  // Comma- and tab-separated exports hold the first sheet only ("Export MIME types").
  'text/csv': (sheets) => utf8(separated(sheets[0], ',')),
  'text/tab-separated-values': (sheets) => utf8(separated(sheets[0], '\t')),
  [ODS]: (sheets) => ods(sheets),
  [OLD_ODS]: (sheets) => ods(sheets),
  // A page for each sheet.
  'application/zip': (sheets) =>
    zip(Object.fromEntries(sheets.map((sheet) => [`${safeName(sheet.name)}.html`, tableHtml(sheet)]))),
  'application/pdf': (sheets, title) =>
    pdf(
      title,
      sheets.flatMap((sheet) => [
        { text: sheet.name, heading: true },
        ...sheet.rows.map((row) => ({ text: row.join('   ') })),
      ]),
    ),
};

const PRESENTATION_EXPORTS: Record<string, Builder<ModelOf<'presentation'>>> = {
  [PPTX]: (model) => pptx(slidesOf(model)),
  [ODP]: (model) => odp(slidesOf(model)),
  'application/pdf': (model, title) =>
    pdf(
      title,
      slidesOf(model).flatMap((slide) => [
        { text: slide.title, heading: true },
        ...slide.lines.map((text) => ({ text })),
      ]),
    ),
  'text/plain': (model) => utf8(`\uFEFF${plainText(model)}\r\n`),
};

const DRAWING_EXPORTS: Record<string, Builder<ModelOf<'drawing'>>> = {
  'image/svg+xml': (model) =>
    utf8(
      `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="360"><rect width="640" height="360" fill="#fff"/>` +
        `<text x="24" y="48" font-family="sans-serif" font-size="24">${escapeXml(model.text)}</text></svg>\n`,
    ),
  'application/pdf': (model, title) => pdf(title, [{ text: model.text }]),
  // Pictures of the page without its text, because nothing here renders text.
  'image/png': () => blankPng(640, 360),
  'image/jpeg': () => blankJpeg(640, 360),
};

const SCRIPT_EXPORTS: Record<string, Builder<ModelOf<'script'>>> = {
  [SCRIPT_JSON]: (model) =>
    utf8(JSON.stringify({ files: [{ id: 'code', name: 'Code', type: 'server_js', source: model.source }] })),
};

/** Export targets by Google type, as `about.exportFormats` lists them. */
export const EXPORT_FORMATS: Readonly<Record<string, readonly string[]>> = {
  [GOOGLE_DOCUMENT]: Object.keys(DOCUMENT_EXPORTS),
  [GOOGLE_SPREADSHEET]: Object.keys(SPREADSHEET_EXPORTS),
  [GOOGLE_PRESENTATION]: Object.keys(PRESENTATION_EXPORTS),
  [GOOGLE_DRAWING]: Object.keys(DRAWING_EXPORTS),
  [GOOGLE_SCRIPT]: Object.keys(SCRIPT_EXPORTS),
};

/** Maximum bytes that can be converted into each type ("Export MIME types", importing). */
export const MAX_IMPORT_SIZES: Readonly<Record<string, number>> = {
  [GOOGLE_DOCUMENT]: 10 * 1024 * 1024,
  [GOOGLE_SPREADSHEET]: 100 * 1024 * 1024,
  [GOOGLE_PRESENTATION]: 100 * 1024 * 1024,
  [GOOGLE_DRAWING]: 2 * 1024 * 1024,
};

/** Google types by the type of an upload, as `about.importFormats` lists them. */
export const IMPORT_FORMATS: Readonly<Record<string, readonly string[]>> = {
  [DOCX]: [GOOGLE_DOCUMENT],
  'text/plain': [GOOGLE_DOCUMENT],
  'text/html': [GOOGLE_DOCUMENT],
  'text/markdown': [GOOGLE_DOCUMENT],
  [XLSX]: [GOOGLE_SPREADSHEET],
  'text/csv': [GOOGLE_SPREADSHEET],
  'text/tab-separated-values': [GOOGLE_SPREADSHEET],
  [PPTX]: [GOOGLE_PRESENTATION],
  [ODT]: [GOOGLE_DOCUMENT],
  'application/rtf': [GOOGLE_DOCUMENT],
  'application/pdf': [GOOGLE_DOCUMENT],
  'image/png': [GOOGLE_DOCUMENT],
  'image/jpeg': [GOOGLE_DOCUMENT],
  'image/gif': [GOOGLE_DOCUMENT],
  [ODS]: [GOOGLE_SPREADSHEET],
  [OLD_ODS]: [GOOGLE_SPREADSHEET],
  [ODP]: [GOOGLE_PRESENTATION],
  [SCRIPT_JSON]: [GOOGLE_SCRIPT],
};

/** A new document, as `files.create` without content creates it; `undefined` for types without a modelled content. */
export function emptyDocument(mimeType: string): DocumentModel | undefined {
  switch (mimeType) {
    case GOOGLE_DOCUMENT:
      return emptyTextDocument();
    case GOOGLE_SPREADSHEET:
      return spreadsheetOf([{ name: 'Sheet1', rows: [] }]);
    case GOOGLE_PRESENTATION:
      return slideDeck([]);
    case GOOGLE_DRAWING:
      return { kind: 'drawing', text: '' };
    case GOOGLE_SCRIPT:
      return { kind: 'script', source: 'function myFunction() {\n}\n' };
    default:
      return undefined;
  }
}

/**
 * Exports a document to another format.
 * @param imports resolves IMPORTRANGE
 * @throws GoogleError 400 `badRequest`, location `convertTo`, for a format the type cannot be exported to.
 */
export function exportDocument(
  model: DocumentModel,
  title: string,
  mimeType: string,
  imports: Imports = NO_IMPORTS,
): Buffer {
  const wrongTarget = (): GoogleError => googleError('conversionNotSupported');
  const pick = <M>(builders: Record<string, Builder<M>>): Builder<M> => {
    const builder = Object.hasOwn(builders, mimeType) ? builders[mimeType] : undefined;
    if (!builder) throw wrongTarget();
    return builder;
  };
  switch (model.kind) {
    case 'document':
      return pick(DOCUMENT_EXPORTS)(model, title);
    case 'spreadsheet':
      return pick(SPREADSHEET_EXPORTS)(tablesOf(model, imports), title);
    case 'presentation':
      return pick(PRESENTATION_EXPORTS)(model, title);
    case 'drawing':
      return pick(DRAWING_EXPORTS)(model, title);
    case 'script':
      return pick(SCRIPT_EXPORTS)(model, title);
    case 'form':
      throw wrongTarget();
  }
}

/**
 * Converts uploaded bytes into a Google document.
 * @throws GoogleError 400 `badRequest` for a conversion that Drive does not support, `invalid` for bytes that do not
 * match their type.
 */
export function importDocument(bytes: Buffer, from: string, to: string): DocumentModel {
  const type = from.split(';')[0]?.trim().toLowerCase() ?? '';
  if (!Object.hasOwn(IMPORT_FORMATS, type) || !IMPORT_FORMATS[type]?.includes(to))
    throw googleError('importNotSupported', { from: type || 'this content', to });
  switch (type) {
    case DOCX:
      return textDocument(readDocx(bytes));
    case 'text/html':
      return textDocument(readHtml(bytes.toString('utf8')));
    case 'text/plain':
      return textDocument(lines(bytes).map((text) => ({ text })));
    case 'text/markdown':
      return textDocument(
        lines(bytes)
          .filter(Boolean)
          .map((text) => (/^#+ /.test(text) ? { text: text.replace(/^#+ /, ''), heading: true } : { text })),
      );
    case XLSX:
      return importedSpreadsheet(readXlsx(bytes));
    case PPTX:
      return slideDeck(readPptx(bytes));
    case ODT:
      return textDocument(readOdt(bytes));
    case ODS:
    case OLD_ODS:
      return importedSpreadsheet(readOds(bytes));
    case ODP:
      return slideDeck(readOdp(bytes));
    case 'application/rtf':
      return textDocument(readRtf(bytes.toString('latin1')));
    case 'application/pdf':
      return textDocument(readPdf(bytes.toString('latin1')));
    // Google recognises text in pictures; the sandbox does not.
    case 'image/png':
    case 'image/jpeg':
    case 'image/gif':
      return textDocument([]);
    case SCRIPT_JSON:
      return { kind: 'script', source: readScript(bytes.toString('utf8')) };
    default:
      return importedSpreadsheet([
        { name: 'Sheet1', rows: readSeparated(bytes.toString('utf8'), type === 'text/csv' ? ',' : '\t') },
      ]);
  }
}

/** @throws GoogleError 400 for more cells or columns than a spreadsheet can have */
function importedSpreadsheet(tables: readonly Sheet[]): Spreadsheet {
  const limit = new CellLimit();
  for (const { rows } of tables) {
    limit.checkColumns(longest(rows));
    limit.add(rows.length * longest(rows));
  }
  return spreadsheetOf(tables);
}

/** A separate document with the same contents, as `files.copy` creates it, and what else the copy takes along. */
export function copyOfDocument(
  document: DocumentModel,
  { keepsImports, keepsSuggestions }: { keepsImports: boolean; keepsSuggestions: boolean },
): DocumentModel {
  // An edit creates a new document, so the two can share their contents.
  if (document.kind === 'document') return keepsSuggestions ? document : withoutSuggestions(document);
  if (document.kind !== 'spreadsheet') return document;
  const { imports, ...copy } = document;
  return { ...copy, ...(keepsImports && imports && { imports }) };
}

/** A document as versions before the editors' APIs stored it. */
type OlderModel =
  | { kind: 'document'; paragraphs: Paragraph[] }
  | { kind: 'spreadsheet'; sheets: Sheet[] }
  | { kind: 'presentation'; slides: Slide[] };

/** A stored document in the present model. */
export function presentModel(kept: DocumentModel | OlderModel): DocumentModel {
  switch (kept.kind) {
    case 'document':
      return 'paragraphs' in kept ? textDocument(kept.paragraphs) : kept;
    case 'spreadsheet':
      return isOlder(kept) ? spreadsheetOf(kept.sheets) : kept;
    case 'presentation':
      return 'revision' in kept ? kept : slideDeck(kept.slides);
    default:
      return kept;
  }
}

/** Whether a spreadsheet consists of plain tables. */
function isOlder(kept: { sheets: Spreadsheet['sheets'] | Sheet[] }): kept is { kind: 'spreadsheet'; sheets: Sheet[] } {
  return kept.sheets.some((sheet) => !('sheetId' in sheet));
}

/** All text of a document, with a line for each paragraph, row or bullet. */
export function plainText(model: DocumentModel): string {
  switch (model.kind) {
    case 'document':
      return paragraphsOf(model)
        .map(({ text }) => text.replace(/\n/g, '\r\n'))
        .join('\r\n');
    case 'spreadsheet':
      return tablesOf(model)
        .flatMap((sheet) => sheet.rows.map((row) => row.join('\t')))
        .join('\r\n');
    case 'presentation':
      return slidesOf(model)
        .flatMap((slide) => [slide.title, ...slide.lines])
        .join('\r\n');
    case 'drawing':
      return model.text;
    case 'script':
      return model.source;
    case 'form':
      return '';
  }
}

function utf8(text: string): Buffer {
  return Buffer.from(text, 'utf8');
}

function safeName(title: string): string {
  return title.replace(/[^\p{L}\p{N} _-]/gu, '').trim() || 'document';
}
