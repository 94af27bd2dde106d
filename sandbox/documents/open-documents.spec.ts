import { spreadsheetOf } from './sheets/model.ts';
import { unzipSync } from 'fflate';
import {
  EXPORT_FORMATS,
  exportDocument,
  GOOGLE_DOCUMENT,
  GOOGLE_DRAWING,
  GOOGLE_PRESENTATION,
  GOOGLE_SCRIPT,
  GOOGLE_SPREADSHEET,
  IMPORT_FORMATS,
  importDocument,
  plainText,
  type DocumentModel,
} from './documents.ts';
import { slideDeck } from './slide-deck.ts';
import { textDocument } from './text-document.ts';

const TEXT = 'Grüße & <Küsse> 🎂 {"}\\';
const MODELS: Record<string, DocumentModel> = {
  [GOOGLE_DOCUMENT]: textDocument([{ text: 'Title', heading: true }, { text: TEXT }]),
  [GOOGLE_SPREADSHEET]: spreadsheetOf([
    {
      name: 'A & B',
      rows: [
        ['a', TEXT],
        ['', 'c'],
      ],
    },
  ]),
  [GOOGLE_PRESENTATION]: slideDeck([{ title: 'T', lines: ['one', TEXT] }]),
  [GOOGLE_DRAWING]: { kind: 'drawing', text: TEXT },
  [GOOGLE_SCRIPT]: { kind: 'script', source: 'function f() {}' },
};

/** Formats that cannot be imported with their text: pictures, and types that Drive does not convert. */
const ONE_WAY = /pdf|zip|image\//;

describe('exports', () => {
  const rows = Object.entries(EXPORT_FORMATS).flatMap(([type, targets]) =>
    targets.map((target): [string, string] => [type, target]),
  );

  it.each(rows)('of %s as %s have the format of their type, and can be imported again', (type, target) => {
    const model = MODELS[type] as DocumentModel;
    const bytes = exportDocument(model, 'Title', target);
    if (/opendocument|epub/.test(target)) {
      // The first entry is the uncompressed name of the format at byte 38, where tools look for it.
      expect(bytes.subarray(30, 38).toString()).toBe('mimetype');
      expect(bytes.subarray(38, 38 + 20).toString()).toBe(target.replace('/x-', '/').slice(0, 20));
    }
    if (target === 'application/zip') expect(Object.keys(unzipSync(bytes))).toHaveLength(1);
    if (target === 'image/png') expect(bytes.subarray(1, 4).toString()).toBe('PNG');
    if (target === 'image/jpeg')
      expect([bytes.subarray(0, 3).toString('hex'), bytes.subarray(-2).toString('hex')]).toEqual(['ffd8ff', 'ffd9']);
    // Plain text is not accepted as slides.
    if (ONE_WAY.test(target) || (target === 'text/plain' && type === GOOGLE_PRESENTATION)) return;
    expect(IMPORT_FORMATS[target]).toContain(type);
    const back = importDocument(bytes, target, type);
    expect(plainText(back)).toBe(plainText(model));
    if (/opendocument|openxml/.test(target)) expect(back).toEqual(model);
  });

  it('of an EPUB contain a page, a table of contents and a package', () => {
    const bytes = exportDocument(MODELS[GOOGLE_DOCUMENT] as DocumentModel, 'A & B', 'application/epub+zip');
    const parts = unzipSync(bytes);
    expect(Object.keys(parts)).toEqual([
      'mimetype',
      'META-INF/container.xml',
      'content.opf',
      'nav.xhtml',
      'page.xhtml',
    ]);
    expect(Buffer.from(parts['page.xhtml'] ?? []).toString()).toContain('Grüße &amp; &lt;Küsse&gt;');
  });

  it('as PDF can be imported with their text', () => {
    const model: DocumentModel = textDocument([{ text: 'a (b) c' }]);
    const bytes = exportDocument(model, 'Title', 'application/pdf');
    expect(plainText(importDocument(bytes, 'application/pdf', GOOGLE_DOCUMENT))).toContain('a (b) c');
  });

  it.each([
    ['application/vnd.oasis.opendocument.text', GOOGLE_DOCUMENT],
    ['application/vnd.oasis.opendocument.spreadsheet', GOOGLE_SPREADSHEET],
    ['application/rtf', GOOGLE_DOCUMENT],
    ['application/pdf', GOOGLE_DOCUMENT],
    ['application/vnd.google-apps.script+json', GOOGLE_SCRIPT],
  ])('refuse content that is not %s', (from, to) => {
    expect(() => importDocument(Buffer.from('nonsense'), from, to)).toThrow(/is not a/);
  });
});
