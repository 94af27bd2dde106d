import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { GoogleError, googleError } from '../http/errors.ts';
import type { Paragraph, Sheet, Slide } from './document-parts.ts';
import { epub, odp, ods, odt, readOdp, readOds, readOdt } from './open-documents.ts';
import { blankJpeg, blankPng } from './pictures.ts';
import { escapeXml, unescapeXml } from './xml.ts';

/** What a native Google document holds, reduced to what its exports show. */
export type DocumentModel =
  | { kind: 'document'; paragraphs: Paragraph[] }
  | { kind: 'spreadsheet'; sheets: Sheet[] }
  | { kind: 'presentation'; slides: Slide[] }
  | { kind: 'drawing'; text: string }
  | { kind: 'script'; source: string };

export const GOOGLE_DOCUMENT = 'application/vnd.google-apps.document';
export const GOOGLE_SPREADSHEET = 'application/vnd.google-apps.spreadsheet';
export const GOOGLE_PRESENTATION = 'application/vnd.google-apps.presentation';
export const GOOGLE_DRAWING = 'application/vnd.google-apps.drawing';
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
  [DOCX]: (model) => docx(model.paragraphs),
  'application/pdf': (model, title) => pdf(title, model.paragraphs),
  'text/plain': (model) => utf8(`\uFEFF${plainText(model)}\r\n`),
  'text/html': (model, title) => utf8(html(title, model.paragraphs)),
  'text/markdown': (model) =>
    utf8(model.paragraphs.map((p) => (p.heading ? `# ${p.text}` : p.text)).join('\n\n') + '\n'),
  'application/rtf': (model) => utf8(rtf(model.paragraphs)),
  [ODT]: (model) => odt(model.paragraphs),
  'application/epub+zip': (model, title) => epub(title, html(title, model.paragraphs)),
  'application/zip': (model, title) => zip({ [`${safeName(title)}.html`]: html(title, model.paragraphs) }),
};

const SPREADSHEET_EXPORTS: Record<string, Builder<ModelOf<'spreadsheet'>>> = {
  [XLSX]: (model) => xlsx(model.sheets),
  // Comma- and tab-separated exports hold the first sheet only ("Export MIME types").
  'text/csv': (model) => utf8(separated(model.sheets[0], ',')),
  'text/tab-separated-values': (model) => utf8(separated(model.sheets[0], '\t')),
  [ODS]: (model) => ods(model.sheets),
  [OLD_ODS]: (model) => ods(model.sheets),
  // A page for each sheet.
  'application/zip': (model) =>
    zip(Object.fromEntries(model.sheets.map((sheet) => [`${safeName(sheet.name)}.html`, tableHtml(sheet)]))),
  'application/pdf': (model, title) =>
    pdf(
      title,
      model.sheets.flatMap((sheet) => [
        { text: sheet.name, heading: true },
        ...sheet.rows.map((row) => ({ text: row.join('   ') })),
      ]),
    ),
};

const PRESENTATION_EXPORTS: Record<string, Builder<ModelOf<'presentation'>>> = {
  [PPTX]: (model) => pptx(model.slides),
  [ODP]: (model) => odp(model.slides),
  'application/pdf': (model, title) =>
    pdf(
      title,
      model.slides.flatMap((slide) => [{ text: slide.title, heading: true }, ...slide.lines.map((text) => ({ text }))]),
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
  // Pictures of the page without its text: nothing here draws letters.
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

/** Bytes that may be turned into each type ("Export MIME types", importing). */
export const MAX_IMPORT_SIZES: Readonly<Record<string, number>> = {
  [GOOGLE_DOCUMENT]: 10 * 1024 * 1024,
  [GOOGLE_SPREADSHEET]: 100 * 1024 * 1024,
  [GOOGLE_PRESENTATION]: 100 * 1024 * 1024,
  [GOOGLE_DRAWING]: 2 * 1024 * 1024,
};

/** What can be uploaded as which Google type, as `about.importFormats` lists it. */
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

/** A new document of a type, as `files.create` without content makes it; `undefined` for types that hold no text. */
export function emptyDocument(mimeType: string): DocumentModel | undefined {
  switch (mimeType) {
    case GOOGLE_DOCUMENT:
      return { kind: 'document', paragraphs: [] };
    case GOOGLE_SPREADSHEET:
      return { kind: 'spreadsheet', sheets: [{ name: 'Sheet1', rows: [] }] };
    case GOOGLE_PRESENTATION:
      return { kind: 'presentation', slides: [] };
    case GOOGLE_DRAWING:
      return { kind: 'drawing', text: '' };
    case GOOGLE_SCRIPT:
      return { kind: 'script', source: 'function myFunction() {\n}\n' };
    default:
      return undefined;
  }
}

/**
 * The bytes of a document in another format.
 * @throws GoogleError 400 `badRequest`, location `convertTo`, for a format the type cannot be exported to.
 */
export function exportDocument(model: DocumentModel, title: string, mimeType: string): Buffer {
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
      return pick(SPREADSHEET_EXPORTS)(model, title);
    case 'presentation':
      return pick(PRESENTATION_EXPORTS)(model, title);
    case 'drawing':
      return pick(DRAWING_EXPORTS)(model, title);
    case 'script':
      return pick(SCRIPT_EXPORTS)(model, title);
  }
}

/**
 * Makes a Google document of uploaded bytes.
 * @throws GoogleError 400 `badRequest` for a conversion Drive does not offer, `invalid` for bytes that are not what
 * their type says.
 */
export function importDocument(bytes: Buffer, from: string, to: string): DocumentModel {
  const type = from.split(';')[0]?.trim().toLowerCase() ?? '';
  if (!IMPORT_FORMATS[type]?.includes(to))
    throw googleError('importNotSupported', { from: type || 'this content', to });
  switch (type) {
    case DOCX:
      return { kind: 'document', paragraphs: readDocx(bytes) };
    case 'text/html':
      return { kind: 'document', paragraphs: readHtml(bytes.toString('utf8')) };
    case 'text/plain':
      return { kind: 'document', paragraphs: lines(bytes).map((text) => ({ text })) };
    case 'text/markdown':
      return {
        kind: 'document',
        paragraphs: lines(bytes)
          .filter(Boolean)
          .map((text) => (/^#+ /.test(text) ? { text: text.replace(/^#+ /, ''), heading: true } : { text })),
      };
    case XLSX:
      return { kind: 'spreadsheet', sheets: readXlsx(bytes) };
    case PPTX:
      return { kind: 'presentation', slides: readPptx(bytes) };
    case ODT:
      return { kind: 'document', paragraphs: readOdt(bytes) };
    case ODS:
    case OLD_ODS:
      return { kind: 'spreadsheet', sheets: readOds(bytes) };
    case ODP:
      return { kind: 'presentation', slides: readOdp(bytes) };
    case 'application/rtf':
      return { kind: 'document', paragraphs: readRtf(bytes.toString('latin1')) };
    case 'application/pdf':
      return { kind: 'document', paragraphs: readPdf(bytes.toString('latin1')) };
    // Google looks for letters in a picture; here none are found.
    case 'image/png':
    case 'image/jpeg':
    case 'image/gif':
      return { kind: 'document', paragraphs: [] };
    case SCRIPT_JSON:
      return { kind: 'script', source: readScript(bytes.toString('utf8')) };
    default:
      return {
        kind: 'spreadsheet',
        sheets: [{ name: 'Sheet1', rows: readSeparated(bytes.toString('utf8'), type === 'text/csv' ? ',' : '\t') }],
      };
  }
}

/** All text of a document, a line for each paragraph, row or bullet. */
export function plainText(model: DocumentModel): string {
  switch (model.kind) {
    case 'document':
      return model.paragraphs.map((paragraph) => paragraph.text).join('\r\n');
    case 'spreadsheet':
      return model.sheets.flatMap((sheet) => sheet.rows.map((row) => row.join('\t'))).join('\r\n');
    case 'presentation':
      return model.slides.flatMap((slide) => [slide.title, ...slide.lines]).join('\r\n');
    case 'drawing':
      return model.text;
    case 'script':
      return model.source;
  }
}

function utf8(text: string): Buffer {
  return Buffer.from(text, 'utf8');
}

function safeName(title: string): string {
  return title.replace(/[^\p{L}\p{N} _-]/gu, '').trim() || 'document';
}

function lines(bytes: Buffer): string[] {
  return bytes
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .replace(/\r?\n$/, '')
    .split(/\r?\n/);
}

function html(title: string, paragraphs: readonly Paragraph[]): string {
  const body = paragraphs.map(({ text, heading }) => {
    const tag = heading ? 'h1' : 'p';
    return `<${tag}>${escapeXml(text)}</${tag}>`;
  });
  return `<html><head><meta charset="utf-8"><title>${escapeXml(title)}</title></head><body>${body.join('')}</body></html>`;
}

function readHtml(text: string): Paragraph[] {
  const body = /<body[^>]*>([\s\S]*)<\/body>/i.exec(text)?.[1] ?? text;
  const blocks = [...body.matchAll(/<(h[1-6]|p|li)\b[^>]*>([\s\S]*?)<\/\1>/gi)];
  return blocks.map((block) => {
    const paragraph: Paragraph = { text: unescapeXml((block[2] ?? '').replace(/<[^>]+>/g, '')) };
    if (/^h/i.test(block[1] ?? '')) paragraph.heading = true;
    return paragraph;
  });
}

function rtf(paragraphs: readonly Paragraph[]): string {
  const escaped = (text: string): string =>
    [...text]
      .map((char) => {
        if ('\\{}'.includes(char)) return `\\${char}`;
        if (char.charCodeAt(0) < 128) return char;
        return [...Array(char.length).keys()].map((i) => `\\u${(char.charCodeAt(i) << 16) >> 16}?`).join('');
      })
      .join('');
  const body = paragraphs.map(({ text, heading }) => (heading ? `{\\b ${escaped(text)}}` : escaped(text)) + '\\par');
  return `{\\rtf1\\ansi\\deff0{\\fonttbl{\\f0 Arial;}}\n${body.join('\n')}\n}`;
}

/** The text of simple RTF: paragraphs, bold ones as headings, characters beyond ASCII as `\\u` and `\\'`. */
function readRtf(text: string): Paragraph[] {
  const body = /\{\\fonttbl[^]*?\}\}([^]*)\}\s*$/.exec(text)?.[1];
  if (!text.startsWith('{\\rtf') || body === undefined)
    throw googleError('wrongContent', { expected: 'a rich-text document' });
  return body.split(/\\par\b ?/).flatMap((part) => {
    const plain = part
      .replace(/[\r\n]/g, '')
      .replace(/\\u(-?\d+) ?\??/g, (_, code: string) => String.fromCharCode(Number(code) & 0xffff))
      .replace(/\\'([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(parseInt(code, 16)))
      .replace(/\\[a-z]+-?\d* ?|(?<!\\)[{}]/gi, '')
      .replace(/\\([\\{}])/g, '$1');
    if (plain === '') return [];
    return [/\{\\b /.test(part) ? { text: plain, heading: true } : { text: plain }];
  });
}

/** The text of PDF pages that are not compressed: what `Tj` shows. */
function readPdf(text: string): Paragraph[] {
  if (!text.startsWith('%PDF-')) throw googleError('wrongContent', { expected: 'a PDF' });
  return [...text.matchAll(/\(((?:[^()\\]|\\.)*)\) Tj/g)].map((match) => ({
    text: (match[1] ?? '')
      .replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(parseInt(code, 8)))
      .replace(/\\(.)/g, '$1'),
  }));
}

function readScript(text: string): string {
  try {
    const { files } = JSON.parse(text) as { files: { source: unknown }[] };
    return files.map(({ source }) => String(source)).join('\n');
  } catch {
    throw googleError('wrongContent', { expected: 'an Apps Script project' });
  }
}

function tableHtml({ name, rows }: Sheet): string {
  const cells = rows.map((row) => `<tr>${row.map((cell) => `<td>${escapeXml(cell)}</td>`).join('')}</tr>`);
  return `<html><head><meta charset="utf-8"><title>${escapeXml(name)}</title></head><body><table>${cells.join('')}</table></body></html>`;
}

function separated(sheet: Sheet | undefined, by: string): string {
  const cell = (text: string): string => {
    if (by === '\t') return text.replace(/[\t\r\n]+/g, ' ');
    return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  };
  return (sheet?.rows ?? []).map((row) => row.map(cell).join(by)).join('\r\n');
}

function readSeparated(text: string, by: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  const clean = text.replace(/^\uFEFF/, '');
  for (let at = 0; at < clean.length; at++) {
    const char = clean[at] ?? '';
    if (quoted) {
      if (char !== '"') cell += char;
      else if (clean[at + 1] === '"') cell += clean[++at] ?? '';
      else quoted = false;
    } else if (char === '"' && by === ',' && cell === '') {
      quoted = true;
    } else if (char === by) {
      row.push(cell);
      cell = '';
    } else if (char === '\n') {
      rows.push([...row, cell.replace(/\r$/, '')]);
      row = [];
      cell = '';
    } else {
      cell += char;
    }
  }
  if (cell !== '' || row.length > 0) rows.push([...row, cell]);
  return rows;
}

// The same bytes for the same document, on every machine: zip entries need a date.
const ZIP_DATE = new Date(2020, 0, 1);
const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';

function zip(parts: Record<string, string>): Buffer {
  const entries = Object.entries(parts).map(([name, text]) => [name, strToU8(text)] as const);
  return Buffer.from(zipSync(Object.fromEntries(entries), { mtime: ZIP_DATE }));
}

function contentTypes(overrides: Record<string, string>): string {
  const parts = Object.entries(overrides).map(
    ([name, type]) =>
      `<Override PartName="/${name}" ContentType="application/vnd.openxmlformats-officedocument.${type}+xml"/>`,
  );
  return (
    `${XML}<Types xmlns="${PACKAGE}/content-types">` +
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
    `<Default Extension="xml" ContentType="application/xml"/>${parts.join('')}</Types>`
  );
}

/** A relationships part: targets in order, their ids rId1, rId2, … */
function relationships(...targets: [type: string, target: string][]): string {
  const parts = targets.map(
    ([type, target], i) => `<Relationship Id="rId${i + 1}" Type="${OFFICE}/${type}" Target="${target}"/>`,
  );
  return `${XML}<Relationships xmlns="${PACKAGE}/relationships">${parts.join('')}</Relationships>`;
}

function docx(paragraphs: readonly Paragraph[]): Buffer {
  const body = paragraphs.map(({ text, heading }) => {
    const style = heading ? '<w:rPr><w:b/><w:sz w:val="36"/></w:rPr>' : '';
    return `<w:p><w:r>${style}<w:t xml:space="preserve">${escapeXml(text)}</w:t></w:r></w:p>`;
  });
  return zip({
    '[Content_Types].xml': contentTypes({ 'word/document.xml': 'wordprocessingml.document.main' }),
    '_rels/.rels': relationships(['officeDocument', 'word/document.xml']),
    'word/document.xml':
      `${XML}<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>` +
      `${body.join('')}<w:sectPr><w:pgSz w:w="11906" w:h="16838"/></w:sectPr></w:body></w:document>`,
  });
}

function xlsx(sheets: readonly Sheet[]): Buffer {
  const parts: Record<string, string> = {};
  const types: Record<string, string> = { 'xl/workbook.xml': 'spreadsheetml.sheet.main' };
  sheets.forEach((sheet, i) => {
    const rows = sheet.rows.map((row, r) => {
      const cells = row.map((text, c) => {
        const ref = `${columnName(c)}${r + 1}`;
        if (/^-?(0|[1-9]\d{0,14})(\.\d{1,9})?$/.test(text)) return `<c r="${ref}"><v>${text}</v></c>`;
        return `<c r="${ref}" t="inlineStr"><is><t xml:space="preserve">${escapeXml(text)}</t></is></c>`;
      });
      return `<row r="${r + 1}">${cells.join('')}</row>`;
    });
    types[`xl/worksheets/sheet${i + 1}.xml`] = 'spreadsheetml.worksheet';
    parts[`xl/worksheets/sheet${i + 1}.xml`] =
      `${XML}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>` +
      `${rows.join('')}</sheetData></worksheet>`;
  });
  const list = sheets.map((s, i) => `<sheet name="${escapeXml(s.name)}" sheetId="${i + 1}" r:id="rId${i + 1}"/>`);
  return zip({
    '[Content_Types].xml': contentTypes(types),
    '_rels/.rels': relationships(['officeDocument', 'xl/workbook.xml']),
    'xl/workbook.xml':
      `${XML}<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="${OFFICE}">` +
      `<sheets>${list.join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': relationships(
      ...sheets.map((_, i): [string, string] => ['worksheet', `worksheets/sheet${i + 1}.xml`]),
    ),
    ...parts,
  });
}

function columnName(index: number): string {
  let name = '';
  for (let rest = index + 1; rest > 0; rest = Math.floor((rest - 1) / 26))
    name = String.fromCharCode(65 + ((rest - 1) % 26)) + name;
  return name;
}

const DRAWING_NAMESPACES =
  'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" ' +
  `xmlns:r="${OFFICE}" xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"`;
const EMPTY_TREE =
  '<p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr>' +
  '<p:grpSpPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="0" cy="0"/><a:chOff x="0" y="0"/><a:chExt cx="0" cy="0"/></a:xfrm></p:grpSpPr>';

function pptx(slides: readonly Slide[]): Buffer {
  const parts: Record<string, string> = {};
  const types: Record<string, string> = {
    'ppt/presentation.xml': 'presentationml.presentation.main',
    'ppt/slideMasters/slideMaster1.xml': 'presentationml.slideMaster',
    'ppt/slideLayouts/slideLayout1.xml': 'presentationml.slideLayout',
    'ppt/theme/theme1.xml': 'theme',
  };
  slides.forEach((slide, i) => {
    const box = (id: number, y: number, height: number, texts: readonly string[]): string =>
      `<p:sp><p:nvSpPr><p:cNvPr id="${id}" name="Text ${id}"/><p:cNvSpPr txBox="1"/><p:nvPr/></p:nvSpPr>` +
      `<p:spPr><a:xfrm><a:off x="457200" y="${y}"/><a:ext cx="8229600" cy="${height}"/></a:xfrm>` +
      '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></p:spPr><p:txBody><a:bodyPr/><a:lstStyle/>' +
      texts.map((text) => `<a:p><a:r><a:rPr lang="en"/><a:t>${escapeXml(text)}</a:t></a:r></a:p>`).join('') +
      '</p:txBody></p:sp>';
    const body = slide.lines.length > 0 ? box(3, 1_600_200, 4_525_963, slide.lines) : '';
    types[`ppt/slides/slide${i + 1}.xml`] = 'presentationml.slide';
    parts[`ppt/slides/slide${i + 1}.xml`] =
      `${XML}<p:sld ${DRAWING_NAMESPACES}><p:cSld><p:spTree>${EMPTY_TREE}` +
      `${box(2, 274_638, 1_143_000, [slide.title])}${body}</p:spTree></p:cSld></p:sld>`;
    parts[`ppt/slides/_rels/slide${i + 1}.xml.rels`] = relationships([
      'slideLayout',
      '../slideLayouts/slideLayout1.xml',
    ]);
  });
  const ids = slides.map((_, i) => `<p:sldId id="${256 + i}" r:id="rId${i + 2}"/>`);
  return zip({
    '[Content_Types].xml': contentTypes(types),
    '_rels/.rels': relationships(['officeDocument', 'ppt/presentation.xml']),
    'ppt/presentation.xml':
      `${XML}<p:presentation ${DRAWING_NAMESPACES}><p:sldMasterIdLst><p:sldMasterId id="2147483648" r:id="rId1"/>` +
      `</p:sldMasterIdLst>${ids.length > 0 ? `<p:sldIdLst>${ids.join('')}</p:sldIdLst>` : ''}` +
      '<p:sldSz cx="9144000" cy="6858000"/><p:notesSz cx="6858000" cy="9144000"/></p:presentation>',
    'ppt/_rels/presentation.xml.rels': relationships(
      ['slideMaster', 'slideMasters/slideMaster1.xml'],
      ...slides.map((_, i): [string, string] => ['slide', `slides/slide${i + 1}.xml`]),
    ),
    'ppt/slideMasters/slideMaster1.xml':
      `${XML}<p:sldMaster ${DRAWING_NAMESPACES}><p:cSld><p:spTree>${EMPTY_TREE}</p:spTree></p:cSld>` +
      '<p:clrMap bg1="lt1" tx1="dk1" bg2="lt2" tx2="dk2" accent1="accent1" accent2="accent2" accent3="accent3" ' +
      'accent4="accent4" accent5="accent5" accent6="accent6" hlink="hlink" folHlink="folHlink"/>' +
      '<p:sldLayoutIdLst><p:sldLayoutId id="2147483649" r:id="rId1"/></p:sldLayoutIdLst></p:sldMaster>',
    'ppt/slideMasters/_rels/slideMaster1.xml.rels': relationships(
      ['slideLayout', '../slideLayouts/slideLayout1.xml'],
      ['theme', '../theme/theme1.xml'],
    ),
    'ppt/slideLayouts/slideLayout1.xml':
      `${XML}<p:sldLayout ${DRAWING_NAMESPACES} type="blank"><p:cSld name="Blank"><p:spTree>${EMPTY_TREE}</p:spTree>` +
      '</p:cSld><p:clrMapOvr><a:masterClrMapping/></p:clrMapOvr></p:sldLayout>',
    'ppt/slideLayouts/_rels/slideLayout1.xml.rels': relationships(['slideMaster', '../slideMasters/slideMaster1.xml']),
    'ppt/theme/theme1.xml': theme(),
    ...parts,
  });
}

function theme(): string {
  const colors = {
    dk1: '000000',
    lt1: 'FFFFFF',
    dk2: '44546A',
    lt2: 'E7E6E6',
    accent1: '4472C4',
    accent2: 'ED7D31',
    accent3: 'A5A5A5',
    accent4: 'FFC000',
    accent5: '5B9BD5',
    accent6: '70AD47',
    hlink: '0563C1',
    folHlink: '954F72',
  };
  const scheme = Object.entries(colors).map(([name, rgb]) => `<a:${name}><a:srgbClr val="${rgb}"/></a:${name}>`);
  const font = '<a:latin typeface="Arial"/><a:ea typeface=""/><a:cs typeface=""/>';
  const fill = '<a:solidFill><a:schemeClr val="phClr"/></a:solidFill>';
  const line = `<a:ln w="6350">${fill}</a:ln>`;
  const effect = '<a:effectStyle><a:effectLst/></a:effectStyle>';
  return (
    `${XML}<a:theme xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" name="Plain"><a:themeElements>` +
    `<a:clrScheme name="Plain">${scheme.join('')}</a:clrScheme>` +
    `<a:fontScheme name="Plain"><a:majorFont>${font}</a:majorFont><a:minorFont>${font}</a:minorFont></a:fontScheme>` +
    `<a:fmtScheme name="Plain"><a:fillStyleLst>${fill.repeat(3)}</a:fillStyleLst><a:lnStyleLst>${line.repeat(3)}` +
    `</a:lnStyleLst><a:effectStyleLst>${effect.repeat(3)}</a:effectStyleLst><a:bgFillStyleLst>${fill.repeat(3)}` +
    '</a:bgFillStyleLst></a:fmtScheme></a:themeElements></a:theme>'
  );
}

function unzip(bytes: Buffer): Record<string, string> {
  try {
    const wanted = unzipSync(bytes, { filter: ({ name }) => name.endsWith('.xml') || name.endsWith('.rels') });
    return Object.fromEntries(Object.entries(wanted).map(([name, part]) => [name, strFromU8(part)]));
  } catch {
    throw googleError('wrongContent', { expected: 'a valid Office document' });
  }
}

function readDocx(bytes: Buffer): Paragraph[] {
  const text = unzip(bytes)['word/document.xml'];
  if (text === undefined) throw googleError('wrongContent', { expected: 'a Word document' });
  return [...text.matchAll(/<w:p\b[^>]*?(?:\/>|>([\s\S]*?)<\/w:p>)/g)].map((match) => {
    const inner = match[1] ?? '';
    const paragraph: Paragraph = { text: textOf(inner, 'w:t') };
    if (/<w:sz w:val="36"\/>|<w:pStyle w:val="Heading/.test(inner)) paragraph.heading = true;
    return paragraph;
  });
}

function textOf(xml: string, tag: string): string {
  return [...xml.matchAll(new RegExp(`<${tag}(?: [^>]*)?>([\\s\\S]*?)</${tag}>`, 'g'))]
    .map((match) => unescapeXml(match[1] ?? ''))
    .join('');
}

function readXlsx(bytes: Buffer): Sheet[] {
  const parts = unzip(bytes);
  const workbook = parts['xl/workbook.xml'];
  if (workbook === undefined) throw googleError('wrongContent', { expected: 'an Excel workbook' });
  const shared = [...(parts['xl/sharedStrings.xml'] ?? '').matchAll(/<si>([\s\S]*?)<\/si>/g)].map((match) =>
    textOf(match[1] ?? '', 't'),
  );
  const names = [...workbook.matchAll(/<sheet [^>]*?name="([^"]*)"/g)].map((match) => unescapeXml(match[1] ?? ''));
  return names.map((name, i) => ({ name, rows: readRows(parts[`xl/worksheets/sheet${i + 1}.xml`] ?? '', shared) }));
}

function readRows(xml: string, shared: readonly string[]): string[][] {
  return [...xml.matchAll(/<row\b[^>]*?(?:\/>|>([\s\S]*?)<\/row>)/g)].map((row) => {
    const cells: string[] = [];
    for (const cell of (row[1] ?? '').matchAll(/<c\b([^>]*?)(?:\/>|>([\s\S]*?)<\/c>)/g)) {
      const [, attributes = '', inner = ''] = cell;
      const letters = /r="([A-Z]+)/.exec(attributes)?.[1];
      const column = letters
        ? [...letters].reduce((sum, char) => sum * 26 + char.charCodeAt(0) - 64, 0) - 1
        : cells.length;
      while (cells.length < column) cells.push('');
      const raw = textOf(inner, 'v');
      if (/t="s"/.test(attributes)) cells.push(shared[Number(raw)] ?? '');
      else cells.push(/t="inlineStr"/.test(attributes) ? textOf(inner, 't') : raw);
    }
    return cells;
  });
}

function readPptx(bytes: Buffer): Slide[] {
  const parts = unzip(bytes);
  if (!parts['ppt/presentation.xml']) throw googleError('wrongContent', { expected: 'a PowerPoint file' });
  return Object.keys(parts)
    .filter((name) => /^ppt\/slides\/slide\d+\.xml$/.test(name))
    .sort((a, b) => Number(/\d+/.exec(a)?.[0]) - Number(/\d+/.exec(b)?.[0]))
    .map((name) => {
      const paragraphs = [...(parts[name] ?? '').matchAll(/<a:p>([\s\S]*?)<\/a:p>/g)];
      const [title = '', ...rest] = paragraphs.map((match) => textOf(match[1] ?? '', 'a:t'));
      return { title, lines: rest };
    });
}

/** A plain PDF 1.4: A4 pages of wrapped lines in Helvetica; characters outside Windows-1252 become question marks. */
export function pdf(title: string, paragraphs: readonly Paragraph[]): Buffer {
  const perPage = 46;
  const wrapped = paragraphs.flatMap(({ text, heading }) =>
    wrap(text, heading ? 48 : 88).map((line) => ({ line, heading })),
  );
  const pages: (typeof wrapped)[] = [];
  for (let at = 0; at < Math.max(1, wrapped.length); at += perPage) pages.push(wrapped.slice(at, at + perPage));
  const kids = pages.map((_, i) => `${5 + 2 * i} 0 R`).join(' ');
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${kids}] /Count ${pages.length} >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
    `<< /Title (${pdfText(title)}) >>`,
  ];
  pages.forEach((page, i) => {
    objects.push(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents ${6 + 2 * i} 0 R >>`,
    );
    const drawn = page.map(({ line, heading }) => `/F1 ${heading ? 18 : 11} Tf (${pdfText(line)}) Tj T*`).join('\n');
    const stream = `BT 16 TL 56 786 Td\n${drawn}\nET`;
    objects.push(`<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`);
  });
  let out = '%PDF-1.4\n';
  const offsets = objects.map((object, i) => {
    const offset = out.length;
    out += `${i + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  out +=
    `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}` +
    `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R /Info 4 0 R >>\nstartxref\n${out.length}\n%%EOF\n`;
  return Buffer.from(out, 'latin1');
}

function pdfText(text: string): string {
  return [...text]
    .map((char) => {
      if ('\\()'.includes(char)) return `\\${char}`;
      const code = char.codePointAt(0) ?? 63;
      if (code === 0x2014 || code === 0x2013) return '-';
      return (code >= 32 && code < 127) || (code >= 160 && code < 256) ? char : '?';
    })
    .join('');
}

function wrap(text: string, width: number): string[] {
  const out: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line && line.length + 1 + word.length > width) {
      out.push(line);
      line = word;
    } else {
      line = line ? `${line} ${word}` : word;
    }
  }
  out.push(line);
  return out;
}
