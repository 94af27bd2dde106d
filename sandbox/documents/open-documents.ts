import { strFromU8, strToU8, unzipSync, zipSync, type Zippable } from 'fflate';
import type { Paragraph, Sheet, Slide } from './document-parts.ts';
import { googleError } from '../http/errors.ts';
import { escapeXml, unescapeXml } from './xml.ts';

/** OpenDocument (OASIS, ISO/IEC 26300) and EPUB files with the minimal parts that programs can open. */

const XML = '<?xml version="1.0" encoding="UTF-8"?>\n';
const OASIS = 'urn:oasis:names:tc:opendocument:xmlns:';
// A fixed date for zip entries, so that a document always gives the same bytes.
const ZIP_DATE = new Date(2020, 0, 1);

/** Both formats begin with an uncompressed entry that names them. */
function packed(mimeType: string, parts: Record<string, string>): Buffer {
  const entries: Zippable = { mimetype: [strToU8(mimeType), { level: 0, mtime: ZIP_DATE }] };
  for (const [name, text] of Object.entries(parts)) entries[name] = [strToU8(text), { mtime: ZIP_DATE }];
  return Buffer.from(zipSync(entries));
}

function openDocument(kind: 'text' | 'spreadsheet' | 'presentation', body: string): Buffer {
  const mimeType = `application/vnd.oasis.opendocument.${kind}`;
  const spaces = ['office', 'text', 'table', 'presentation'].map((name) => `xmlns:${name}="${OASIS}${name}:1.0"`);
  return packed(mimeType, {
    'content.xml':
      `${XML}<office:document-content ${spaces.join(' ')} xmlns:draw="${OASIS}drawing:1.0" ` +
      `xmlns:svg="${OASIS}svg-compatible:1.0" office:version="1.2"><office:body><office:${kind}>${body}` +
      `</office:${kind}></office:body></office:document-content>`,
    'META-INF/manifest.xml':
      `${XML}<manifest:manifest xmlns:manifest="${OASIS}manifest:1.0" manifest:version="1.2">` +
      `<manifest:file-entry manifest:full-path="/" manifest:media-type="${mimeType}"/>` +
      '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>',
  });
}

export function odt(paragraphs: readonly Paragraph[]): Buffer {
  const body = paragraphs.map(({ text, heading }) =>
    heading ? `<text:h text:outline-level="1">${escapeXml(text)}</text:h>` : `<text:p>${escapeXml(text)}</text:p>`,
  );
  return openDocument('text', body.join(''));
}

export function ods(sheets: readonly Sheet[]): Buffer {
  const cell = (text: string): string =>
    `<table:table-cell office:value-type="string"><text:p>${escapeXml(text)}</text:p></table:table-cell>`;
  const tables = sheets.map(({ name, rows }) => {
    const lines = rows.map((row) => `<table:table-row>${row.map(cell).join('')}</table:table-row>`);
    // A table must have a row.
    const body = lines.length > 0 ? lines.join('') : '<table:table-row><table:table-cell/></table:table-row>';
    return `<table:table table:name="${escapeXml(name)}">${body}</table:table>`;
  });
  return openDocument('spreadsheet', tables.join(''));
}

export function odp(slides: readonly Slide[]): Buffer {
  const box = (y: number, lines: readonly string[]): string =>
    `<draw:frame svg:x="2cm" svg:y="${y}cm" svg:width="24cm" svg:height="3cm"><draw:text-box>` +
    `${lines.map((text) => `<text:p>${escapeXml(text)}</text:p>`).join('')}</draw:text-box></draw:frame>`;
  const pages = slides.map(
    ({ title, lines }, i) => `<draw:page draw:name="page${i + 1}">${box(1, [title])}${box(5, lines)}</draw:page>`,
  );
  return openDocument('presentation', pages.join(''));
}

/** An EPUB 3 file with one chapter; `html` is its page. */
export function epub(title: string, html: string): Buffer {
  const name = escapeXml(title);
  const page = html
    .replace('<html>', '<html xmlns="http://www.w3.org/1999/xhtml">')
    .replace('<meta charset="utf-8">', '<meta charset="utf-8"/>');
  return packed('application/epub+zip', {
    'META-INF/container.xml':
      `${XML}<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>` +
      '<rootfile full-path="content.opf" media-type="application/oebps-package+xml"/></rootfiles></container>',
    'content.opf':
      `${XML}<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">` +
      `<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">${name}</dc:identifier>` +
      `<dc:title>${name}</dc:title><dc:language>en</dc:language>` +
      '<meta property="dcterms:modified">2020-01-01T00:00:00Z</meta></metadata>' +
      '<manifest><item id="page" href="page.xhtml" media-type="application/xhtml+xml"/>' +
      '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/></manifest>' +
      '<spine><itemref idref="page"/></spine></package>',
    'nav.xhtml':
      `${XML}<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><head>` +
      `<title>${name}</title></head><body><nav epub:type="toc"><ol><li><a href="page.xhtml">${name}</a></li></ol>` +
      '</nav></body></html>',
    'page.xhtml': XML + page,
  });
}

/** The content.xml of an OpenDocument file. */
function contentOf(bytes: Buffer, kind: string): string {
  let content: Uint8Array | undefined;
  try {
    content = unzipSync(bytes, { filter: ({ name }) => name === 'content.xml' })['content.xml'];
  } catch {
    // Reported below.
  }
  const text = content && strFromU8(content);
  if (!text?.includes(`<office:${kind}`)) throw googleError('wrongContent', { expected: `an OpenDocument ${kind}` });
  return text;
}

function inner(xml: string): string {
  const spaced = xml
    .replace(/<text:s(?: text:c="(\d+)")?\/>/g, (_, count?: string) => ' '.repeat(Number(count ?? 1)))
    .replace(/<text:tab\/>/g, '\t')
    .replace(/<text:line-break\/>/g, '\n');
  return unescapeXml(spaced.replace(/<[^>]+>/g, ''));
}

/** Paragraphs and headings in a piece of XML, including empty ones. */
function blocks(xml: string): Paragraph[] {
  return [...xml.matchAll(/<text:(p|h)\b[^>]*?(?:\/>|>([^]*?)<\/text:\1>)/g)].map((match) => {
    const text = inner(match[2] ?? '');
    return match[1] === 'h' ? { text, heading: true } : { text };
  });
}

export function readOdt(bytes: Buffer): Paragraph[] {
  return blocks(contentOf(bytes, 'text'));
}

export function readOds(bytes: Buffer): Sheet[] {
  const tables = contentOf(bytes, 'spreadsheet').matchAll(
    /<table:table\b[^>]*?table:name="([^"]*)"[^>]*>([^]*?)<\/table:table>/g,
  );
  return [...tables].map((table) => {
    const rows = [...(table[2] ?? '').matchAll(/<table:table-row\b[^>]*?(?:\/>|>([^]*?)<\/table:table-row>)/g)].map(
      (row) => {
        const cells = (row[1] ?? '').matchAll(/<table:table-cell\b([^>]*?)(?:\/>|>([^]*?)<\/table:table-cell>)/g);
        const texts = [...cells].flatMap((cell) => {
          const text = blocks(cell[2] ?? '')
            .map((block) => block.text)
            .join('\n');
          // Programs repeat empty cells up to the edge of the sheet; the maximum is the width of a row.
          const repeated = Number(/number-columns-repeated="(\d+)"/.exec(cell[1] ?? '')?.[1] ?? 1);
          return Array.from({ length: text === '' ? Math.min(repeated, 256) : repeated }, () => text);
        });
        while (texts.at(-1) === '') texts.pop();
        return texts;
      },
    );
    while (rows.at(-1)?.length === 0) rows.pop();
    return { name: unescapeXml(table[1] ?? ''), rows };
  });
}

export function readOdp(bytes: Buffer): Slide[] {
  const pages = contentOf(bytes, 'presentation').matchAll(/<draw:page\b[^>]*>([^]*?)<\/draw:page>/g);
  return [...pages].map((page) => {
    const [title = '', ...lines] = blocks(page[1] ?? '').map(({ text }) => text);
    return { title, lines };
  });
}
