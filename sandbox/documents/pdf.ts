import { googleError } from '../http/errors.ts';
import type { Paragraph } from './document-parts.ts';

/** The text of uncompressed PDF pages: the operands of `Tj`. */
export function readPdf(text: string): Paragraph[] {
  if (!text.startsWith('%PDF-')) throw googleError('wrongContent', { expected: 'a PDF' });
  const found: string[] = [];
  let start = -1;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '\\' && start >= 0) at++;
    else if (char === '(') start = at + 1;
    else if (char === ')') {
      if (start >= 0 && text.startsWith(' Tj', at + 1)) found.push(text.slice(start, at));
      start = -1;
    }
  }
  return found.map((each) => ({
    text: each
      .replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(parseInt(code, 8)))
      .replace(/\\(.)/g, '$1'),
  }));
}

/** A plain PDF 1.4: A4 pages of wrapped lines in Helvetica. Characters outside Windows-1252 become question marks. */
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
