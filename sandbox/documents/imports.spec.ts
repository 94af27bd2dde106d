import {
  DOCX,
  exportDocument,
  GOOGLE_DOCUMENT,
  GOOGLE_PRESENTATION,
  GOOGLE_SPREADSHEET,
  importDocument,
  plainText,
  PPTX,
  XLSX,
} from './documents.ts';
import { zip } from './office-files.ts';
import { paragraphsOf, type TextDocument } from './text-document.ts';

const ODT = 'application/vnd.oasis.opendocument.text';
const ODS = 'application/vnd.oasis.opendocument.spreadsheet';

const paragraphs = (page: string) =>
  paragraphsOf(importDocument(Buffer.from(page), 'text/html', GOOGLE_DOCUMENT) as TextDocument);

describe('an imported page', () => {
  it('keeps the text of every element, headings and links', () => {
    const page = `<!DOCTYPE html><html><head><title>No</title><style>p { color: red }</style></head><body>
      <h2>Head</h2>
      <div>a <a href="https://example.com/?a=1&amp;b=2">link</a>, <A HREF='mailto:bob@example.com'>Bob</A></div>
      <p>one<br>two   three</p><p></p>
      <ul><li>item<li><p>last</p></ul>
      <table><tr><td>cell</td><td>other</td></tr></table>
      <a href="#here">inside</a> 1 < 2<!-- <p>no</p> -->
      <script>if (a < b) document.write("<p>no</p>")</script>
      </body></html>`;
    expect(paragraphs(page)).toEqual([
      { text: 'Head', heading: true },
      {
        text: 'a link, Bob',
        runs: [
          { text: 'a ' },
          { text: 'link', url: 'https://example.com/?a=1&b=2' },
          { text: ', ' },
          { text: 'Bob', url: 'mailto:bob@example.com' },
        ],
      },
      { text: 'one\ntwo three' },
      { text: '' },
      { text: 'item' },
      { text: 'last' },
      { text: 'cell' },
      { text: 'other' },
      { text: 'inside 1 < 2' },
    ]);
  });

  it('that is an exported document has its paragraphs', () => {
    const page = '<p>a</p><p></p><h1>b</h1><p>c <a href="mailto:bob@example.com">d</a></p>';
    const model = importDocument(Buffer.from(page), 'text/html', GOOGLE_DOCUMENT);
    const back = exportDocument(model, 'Title', 'text/html');
    expect(importDocument(back, 'text/html', GOOGLE_DOCUMENT)).toEqual(model);
  });

  // Each takes a moment in linear time, and hours in quadratic time.
  it.each([
    ['paragraphs', '<p>'.repeat(1_000_000)],
    ['links', '<a>'.repeat(500_000) + '</b>'.repeat(500_000)],
    ['values', '<a x="'.repeat(500_000)],
    ['comments', '<!--'.repeat(500_000)],
    ['scripts', '<script>'.repeat(500_000)],
    ['bodies', '<body '.repeat(500_000)],
  ])('with many %s without an end takes no longer than its length', (_, page) => {
    expect(paragraphs(page)).toEqual([]);
  });
});

describe('an imported file', () => {
  const content = (xml: string) => zip({ 'content.xml': xml });
  const workbook = (rows: string) =>
    zip({ 'xl/workbook.xml': '<sheet name="One"/>', 'xl/worksheets/sheet1.xml': rows });
  const sheet = (cells: string) =>
    content(
      `<office:spreadsheet><table:table table:name="One"><table:table-row>${cells}</table:table-row></table:table>`,
    );

  it.each([
    ['an unknown column', XLSX, workbook('<row><c r="AAAAAAAA1"><v>1</v></c></row>')],
    ['too many cells', XLSX, workbook('<row><c r="ZZZ1"/></row>'.repeat(600))],
    ['too many columns', 'text/csv', Buffer.from(','.repeat(18_278))],
    [
      'too many repeated cells',
      ODS,
      sheet('<table:table-cell table:number-columns-repeated="999999999"><text:p>x</text:p></table:table-cell>'),
    ],
    ['too many bytes', XLSX, zip({ 'xl/workbook.xml': ' '.repeat(101 * 1024 * 1024) })],
  ])('with %s is refused', (_, from, bytes) => {
    expect(() => importDocument(bytes, from, GOOGLE_SPREADSHEET)).toThrow(/is not a document within the limits/);
  });

  it('with too many spaces is refused', () => {
    const bytes = content('<office:text><text:p><text:s text:c="9000000000"/></text:p></office:text>');
    expect(() => importDocument(bytes, ODT, GOOGLE_DOCUMENT)).toThrow(/is not a document within the limits/);
  });

  it.each([
    ['paragraphs', DOCX, GOOGLE_DOCUMENT, zip({ 'word/document.xml': '<w:p><w:t>'.repeat(300_000) })],
    ['paragraphs', ODT, GOOGLE_DOCUMENT, content(`<office:text>${'<text:p>'.repeat(300_000)}`)],
    ['rows', XLSX, GOOGLE_SPREADSHEET, workbook('<row><c>'.repeat(300_000))],
    [
      'paragraphs',
      PPTX,
      GOOGLE_PRESENTATION,
      zip({ 'ppt/presentation.xml': '<x/>', 'ppt/slides/slide1.xml': '<a:p><a:t>'.repeat(300_000) }),
    ],
    [
      'fonts',
      'application/rtf',
      GOOGLE_DOCUMENT,
      Buffer.from(`{\\rtf1${'{\\fonttbl'.repeat(300_000)}}}${'} '.repeat(300_000)}}`),
    ],
    ['strings', 'application/pdf', GOOGLE_DOCUMENT, Buffer.from(`%PDF-${'\\('.repeat(500_000)}`)],
  ])('with many %s without an end takes no longer than its length: %s', (_, from, to, bytes) => {
    expect(plainText(importDocument(bytes, from, to)).trim()).toBe('');
  });

  it.each(['constructor', '__proto__'])('of the type %s is refused', (type) => {
    expect(() => importDocument(Buffer.from(''), type, GOOGLE_DOCUMENT)).toThrow(/is not supported/);
  });

  it('with a character that does not exist has a replacement', () => {
    expect(paragraphs('<p>a&#x110000;&#99999999999;b</p>')).toEqual([{ text: 'a\uFFFD\uFFFDb' }]);
  });
});
