import { googleError } from '../http/errors.ts';
import type { Paragraph, Sheet } from './document-parts.ts';
import { markup } from './markup.ts';
import { escapeXml } from './xml.ts';

/** Text formats: HTML, Markdown, RTF, scripts, separated values. */

export function lines(bytes: Buffer): string[] {
  return bytes
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .replace(/\r?\n$/, '')
    .split(/\r?\n/);
}

export function html(title: string, paragraphs: readonly Paragraph[]): string {
  const body = paragraphs.map(({ text, heading, runs }) => {
    const tag = heading ? 'h1' : 'p';
    const inner = (runs ?? [{ text }]).map(({ text: part, url }: { text: string; url?: string }) => {
      const shown = escapeXml(part).replace(/\n/g, '<br>');
      return url === undefined ? shown : `<a href="${escapeXml(exportedLink(url))}">${shown}</a>`;
    });
    return `<${tag}>${inner.join('')}</${tag}>`;
  });
  return `<html><head><meta charset="utf-8"><title>${escapeXml(title)}</title></head><body>${body.join('')}</body></html>`;
}

/** In Google's HTML exports, web links are redirects through google.com; other links are unchanged. */
function exportedLink(url: string): string {
  if (!/^https?:/.test(url)) return url;
  return `https://www.google.com/url?q=${url.replace(/[%&=#+]/g, encodeURIComponent)}&sa=D&source=editors`;
}

/** A document in Markdown, with links. */
export function markdown(paragraphs: readonly Paragraph[]): string {
  const lines = paragraphs.map(({ text, heading, runs }) => {
    const inner = (runs ?? [{ text }]).map(({ text: part, url }: { text: string; url?: string }) =>
      url === undefined ? part : `[${part}](${url})`,
    );
    return (heading ? '# ' : '') + inner.join('');
  });
  return `${lines.join('\n\n')}\n`;
}

/** HTML elements that begin a new paragraph, as browsers show them. */
const BLOCKS = new Set(
  (
    'address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 ' +
    'h4 h5 h6 header hr html li main nav ol p pre section summary table tbody td tfoot th thead tr ul'
  ).split(' '),
);

/** The paragraphs of a page, with the addresses of its links. */
export function readHtml(text: string): Paragraph[] {
  const paragraphs: Paragraph[] = [];
  let runs: { text: string; url?: string }[] = [];
  let heading = false;
  let isPreformatted = false;
  let url: string | undefined;
  /** The number of paragraphs when the open one began, if an element of its own is it. */
  let began: number | undefined;

  const add = (given: string): void => {
    const last = runs.at(-1);
    let shown = isPreformatted ? given : given.replace(/[ \t\r\n\f]+/g, ' ');
    // White space at the beginning of a line is not shown.
    if (!isPreformatted && (last === undefined || /[ \n]$/.test(last.text))) shown = shown.replace(/^ /, '');
    if (shown === '') return;
    runs.push({ text: shown, ...(url === undefined ? {} : { url }) });
  };
  const end = (isElement: boolean): void => {
    // Nor are white space and a line break at the end.
    const last = runs.at(-1);
    if (last && !isPreformatted) last.text = last.text.replace(/[ \n]$/, '');
    if (last?.text === '') runs.pop();
    const isEmpty = runs.length === 0;
    if (!isEmpty || (isElement && began === paragraphs.length))
      paragraphs.push({
        text: runs.map((run) => run.text).join(''),
        ...(heading ? { heading } : {}),
        ...(runs.some((run) => run.url !== undefined) ? { runs } : {}),
      });
    runs = [];
    if (isElement) began = undefined;
  };

  for (const token of markup(text, true)) {
    if ('text' in token) {
      add(token.text);
      continue;
    }
    const { name, closes } = token;
    if (name === 'br' && !closes) runs.push({ text: '\n' });
    if (name === 'a') {
      const href = closes ? undefined : token.attribute('href')?.trim();
      url = href !== undefined && /^(https?|mailto):/i.test(href) ? href : undefined;
    }
    if (!BLOCKS.has(name)) continue;
    const isParagraph = /^(p|li|h[1-6])$/.test(name);
    end(closes && isParagraph);
    if (isParagraph && !closes) began = paragraphs.length;
    if (/^h[1-6]$/.test(name)) heading = !closes;
    if (name === 'pre') isPreformatted = !closes;
  }
  end(false);
  return paragraphs;
}

export function rtf(paragraphs: readonly Paragraph[]): string {
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

/** The text of simple RTF: paragraphs, with bold ones as headings, and characters beyond ASCII as `\\u` and `\\'`. */
export function readRtf(text: string): Paragraph[] {
  const fonts = text.indexOf('{\\fonttbl');
  const start = text.indexOf('}}', fonts);
  const last = text.trimEnd();
  if (!text.startsWith('{\\rtf') || fonts < 0 || start < 0 || !last.endsWith('}'))
    throw googleError('wrongContent', { expected: 'a rich-text document' });
  const body = last.slice(start + 2, -1);
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

export function readScript(text: string): string {
  try {
    const { files } = JSON.parse(text) as { files: { source: unknown }[] };
    return files.map(({ source }) => String(source)).join('\n');
  } catch {
    throw googleError('wrongContent', { expected: 'an Apps Script project' });
  }
}

export function tableHtml({ name, rows, links }: Sheet): string {
  const cells = rows.map((row, r) => {
    const data = row.map((text, c) => {
      const link = links?.get(`${r},${c}`);
      const shown = escapeXml(text);
      return `<td>${link === undefined ? shown : `<a target="_blank" href="${escapeXml(link)}">${shown}</a>`}</td>`;
    });
    return `<tr>${data.join('')}</tr>`;
  });
  return `<html><head><meta charset="utf-8"><title>${escapeXml(name)}</title></head><body><table>${cells.join('')}</table></body></html>`;
}

export function separated(sheet: Sheet | undefined, by: string): string {
  const cell = (text: string): string => {
    if (by === '\t') return text.replace(/[\t\r\n]+/g, ' ');
    return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  };
  return (sheet?.rows ?? []).map((row) => row.map(cell).join(by)).join('\r\n');
}

export function readSeparated(text: string, by: string): string[][] {
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
