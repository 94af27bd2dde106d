import { strToU8, zipSync, type Zippable } from 'fflate';
import type { Paragraph, Sheet, Slide } from './document-parts.ts';
import { googleError } from '../http/errors.ts';
import { CellLimit, ImportLimit, unpacked } from './import-limits.ts';
import { markup, type Token } from './markup.ts';
import { escapeXml } from './xml.ts';

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
  const expected = `an OpenDocument ${kind}`;
  const text = unpacked(bytes, (name) => name === 'content.xml', expected).get('content.xml');
  if (!text?.includes(`<office:${kind}`)) throw googleError('wrongContent', { expected });
  return text;
}

/** Collects the paragraphs and headings in the parts of a file, including empty ones. */
class Blocks {
  private found: Paragraph[] = [];
  private texts: string[] | undefined;
  private readonly limit = new ImportLimit(MAX_SPACES, `${MAX_SPACES} spaces`);

  add(token: Token): void {
    if ('text' in token) {
      this.texts?.push(token.text);
      return;
    }
    const { name, closes, selfCloses } = token;
    if (name === 'text:p' || name === 'text:h') {
      this.end(name);
      if (!closes) this.texts = [];
      if (selfCloses) this.end(name);
    } else if (closes) return;
    else if (name === 'text:tab') this.texts?.push('\t');
    else if (name === 'text:line-break') this.texts?.push('\n');
    else if (name === 'text:s') {
      const count = Number(token.attribute('text:c') ?? 1);
      this.limit.add(count);
      this.texts?.push(' '.repeat(count));
    }
  }

  private end(name: string): void {
    const text = this.texts?.join('');
    if (text !== undefined) this.found.push(name === 'text:h' ? { text, heading: true } : { text });
    this.texts = undefined;
  }

  /** The paragraphs since the last call. */
  take(): Paragraph[] {
    const { found } = this;
    this.found = [];
    return found;
  }
}

/** Spaces of `text:s` in a file. */
const MAX_SPACES = 10_000_000;

export function readOdt(bytes: Buffer): Paragraph[] {
  const blocks = new Blocks();
  for (const token of markup(contentOf(bytes, 'text'))) blocks.add(token);
  return blocks.take();
}

export function readOds(bytes: Buffer): Sheet[] {
  const sheets: Sheet[] = [];
  const blocks = new Blocks();
  const limit = new CellLimit();
  let row: string[] = [];
  let repeated = 1;
  const endCell = (): void => {
    const text = blocks
      .take()
      .map((block) => block.text)
      .join('\n');
    // Programs repeat empty cells up to the edge of the sheet; the maximum is the width of a row.
    const count = text === '' ? Math.min(repeated, 256) : repeated;
    limit.checkColumns(text === '' ? 0 : row.length + count);
    limit.add(count);
    for (let i = 0; i < count; i++) row.push(text);
  };
  for (const token of markup(contentOf(bytes, 'spreadsheet'))) {
    blocks.add(token);
    if ('text' in token) continue;
    const { name, closes, selfCloses } = token;
    if (name === 'table:table' && !closes) sheets.push({ name: token.attribute('table:name') ?? '', rows: [] });
    else if (name === 'table:table-row') {
      if (!closes) row = [];
      if (!closes && !selfCloses) continue;
      while (row.at(-1) === '') row.pop();
      sheets.at(-1)?.rows.push(row);
    } else if (name === 'table:table-cell') {
      if (!closes) {
        repeated = Number(token.attribute('table:number-columns-repeated') ?? 1);
        blocks.take();
      }
      if (closes || selfCloses) endCell();
    }
  }
  for (const { rows } of sheets) while (rows.at(-1)?.length === 0) rows.pop();
  return sheets;
}

export function readOdp(bytes: Buffer): Slide[] {
  const slides: Slide[] = [];
  const blocks = new Blocks();
  for (const token of markup(contentOf(bytes, 'presentation'))) {
    blocks.add(token);
    if ('text' in token || token.name !== 'draw:page') continue;
    const [title = '', ...lines] = blocks.take().map(({ text }) => text);
    if (token.closes) slides.push({ title, lines });
  }
  return slides;
}
