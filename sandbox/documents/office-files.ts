import { strToU8, zipSync } from 'fflate';
import { googleError } from '../http/errors.ts';
import type { Paragraph, Sheet, Slide } from './document-parts.ts';
import { CellLimit, unpacked } from './import-limits.ts';
import { markup, textsIn } from './markup.ts';
import { columnIndex, columnName } from './sheets/a1.ts';
import { escapeXml } from './xml.ts';

/** Word, Excel and PowerPoint files with the minimal parts that programs can open. */

// A fixed date for zip entries, so that a document always gives the same bytes.
const ZIP_DATE = new Date(2020, 0, 1);
const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';

export function zip(parts: Record<string, string>): Buffer {
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
function relationships(...targets: [type: string, target: string, mode?: 'External'][]): string {
  const parts = targets.map(
    ([type, target, mode], i) =>
      `<Relationship Id="rId${i + 1}" Type="${OFFICE}/${type}" Target="${escapeXml(target)}"` +
      `${mode ? ` TargetMode="${mode}"` : ''}/>`,
  );
  return `${XML}<Relationships xmlns="${PACKAGE}/relationships">${parts.join('')}</Relationships>`;
}

export function docx(paragraphs: readonly Paragraph[]): Buffer {
  const links: [type: string, target: string, mode: 'External'][] = [];
  const body = paragraphs.map(({ text, heading, runs }) => {
    const style = heading ? '<w:rPr><w:b/><w:sz w:val="36"/></w:rPr>' : '';
    const inner = (runs ?? [{ text }]).map(({ text: part, url }: { text: string; url?: string }) => {
      const lines = part.split('\n').map((line) => `<w:t xml:space="preserve">${escapeXml(line)}</w:t>`);
      const run = `<w:r>${style}${lines.join('<w:br/>')}</w:r>`;
      if (url === undefined) return run;
      links.push(['hyperlink', url, 'External']);
      return `<w:hyperlink r:id="rId${links.length}">${run}</w:hyperlink>`;
    });
    return `<w:p>${inner.join('')}</w:p>`;
  });
  return zip({
    '[Content_Types].xml': contentTypes({ 'word/document.xml': 'wordprocessingml.document.main' }),
    '_rels/.rels': relationships(['officeDocument', 'word/document.xml']),
    'word/document.xml':
      `${XML}<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="${OFFICE}"><w:body>` +
      `${body.join('')}<w:sectPr><w:pgSz w:w="11906" w:h="16838"/></w:sectPr></w:body></w:document>`,
    ...(links.length > 0 ? { 'word/_rels/document.xml.rels': relationships(...links) } : {}),
  });
}

export function xlsx(sheets: readonly Sheet[]): Buffer {
  const parts: Record<string, string> = {};
  const types: Record<string, string> = { 'xl/workbook.xml': 'spreadsheetml.sheet.main' };
  sheets.forEach((sheet, i) => {
    const rows = sheet.rows.map((row, r) => {
      const cells = row.map((text, c) => {
        const ref = `${columnName(c)}${r + 1}`;
        const formula = sheet.formulas?.get(`${r},${c}`);
        if (formula !== undefined)
          return `<c r="${ref}" t="str"><f>${escapeXml(formula.slice(1))}</f><v>${escapeXml(text)}</v></c>`;
        if (/^-?(0|[1-9]\d{0,14})(\.\d{1,9})?$/.test(text)) return `<c r="${ref}"><v>${text}</v></c>`;
        return `<c r="${ref}" t="inlineStr"><is><t xml:space="preserve">${escapeXml(text)}</t></is></c>`;
      });
      return `<row r="${r + 1}">${cells.join('')}</row>`;
    });
    types[`xl/worksheets/sheet${i + 1}.xml`] = 'spreadsheetml.worksheet';
    parts[`xl/worksheets/sheet${i + 1}.xml`] =
      `${XML}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="${OFFICE}"><sheetData>` +
      `${rows.join('')}</sheetData>${hyperlinks(sheet, i, parts)}</worksheet>`;
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

/** The links of a sheet's cells, whose addresses are in a relationships part of the sheet. */
function hyperlinks({ links }: Sheet, index: number, parts: Record<string, string>): string {
  if (!links?.size) return '';
  const targets = [...links.values()].map(
    (url, i) =>
      `<Relationship Id="rId${i + 1}" Type="${OFFICE}/hyperlink" Target="${escapeXml(url)}" TargetMode="External"/>`,
  );
  parts[`xl/worksheets/_rels/sheet${index + 1}.xml.rels`] =
    `${XML}<Relationships xmlns="${PACKAGE}/relationships">${targets.join('')}</Relationships>`;
  const places = [...links.keys()].map((place, i) => {
    const [row = 0, column = 0] = place.split(',').map(Number);
    return `<hyperlink ref="${columnName(column)}${row + 1}" r:id="rId${i + 1}"/>`;
  });
  return `<hyperlinks>${places.join('')}</hyperlinks>`;
}

const DRAWING_NAMESPACES =
  'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" ' +
  `xmlns:r="${OFFICE}" xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"`;
const EMPTY_TREE =
  '<p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr>' +
  '<p:grpSpPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="0" cy="0"/><a:chOff x="0" y="0"/><a:chExt cx="0" cy="0"/></a:xfrm></p:grpSpPr>';

export function pptx(slides: readonly Slide[]): Buffer {
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

function unzip(bytes: Buffer): Map<string, string> {
  return unpacked(bytes, (name) => name.endsWith('.xml'), 'a valid Office document');
}

export function readDocx(bytes: Buffer): Paragraph[] {
  const xml = unzip(bytes).get('word/document.xml');
  if (xml === undefined) throw googleError('wrongContent', { expected: 'a Word document' });
  const paragraphs: Paragraph[] = [];
  let texts: string[] | undefined;
  let heading = false;
  let isText = false;
  const end = (): void => {
    if (texts) paragraphs.push({ text: texts.join(''), ...(heading ? { heading } : {}) });
    texts = undefined;
    heading = false;
  };
  for (const token of markup(xml)) {
    if ('text' in token) {
      if (isText) texts?.push(token.text);
      continue;
    }
    const { name, closes, selfCloses } = token;
    if (name === 'w:t') isText = !closes && !selfCloses;
    else if (name === 'w:p') {
      end();
      if (!closes) texts = [];
      if (selfCloses) end();
    } else if (name === 'w:pStyle' || name === 'w:sz') {
      const value = token.attribute('w:val') ?? '';
      if (name === 'w:sz' ? value === '36' : value.startsWith('Heading')) heading = true;
    }
  }
  return paragraphs;
}

export function readXlsx(bytes: Buffer): Sheet[] {
  const parts = unzip(bytes);
  const workbook = parts.get('xl/workbook.xml');
  if (workbook === undefined) throw googleError('wrongContent', { expected: 'an Excel workbook' });
  const shared = textsIn(parts.get('xl/sharedStrings.xml') ?? '', 'si', 't');
  const limit = new CellLimit();
  const sheets = [...markup(workbook)].flatMap((token) =>
    'text' in token || token.name !== 'sheet' || token.closes ? [] : [token.attribute('name') ?? ''],
  );
  return sheets.map((name, i) => ({
    name,
    rows: readRows(parts.get(`xl/worksheets/sheet${i + 1}.xml`) ?? '', shared, limit),
  }));
}

function readRows(xml: string, shared: readonly string[], limit: CellLimit): string[][] {
  const rows: string[][] = [];
  let cells: string[] = [];
  let type: string | undefined;
  let texts: string[] = [];
  let isText = false;
  const endCell = (): void => {
    const text = texts.join('');
    cells.push(type === 's' ? (shared[Number(text)] ?? '') : text);
    texts = [];
  };
  for (const token of markup(xml)) {
    if ('text' in token) {
      if (isText) texts.push(token.text);
      continue;
    }
    const { name, closes, selfCloses } = token;
    if (name === 'row') {
      if (!closes) cells = [];
      if (closes || selfCloses) rows.push(cells);
    } else if (name === 'c') {
      if (closes) {
        endCell();
        continue;
      }
      type = token.attribute('t');
      texts = [];
      const letters = /^[A-Z]+/.exec(token.attribute('r') ?? '')?.[0];
      const column = letters === undefined ? cells.length : columnIndex(letters);
      limit.checkColumns(column + 1);
      limit.add(Math.max(0, column - cells.length) + 1);
      while (cells.length < column) cells.push('');
      if (selfCloses) endCell();
    } else if (name === (type === 'inlineStr' ? 't' : 'v')) isText = !closes && !selfCloses;
  }
  return rows;
}

export function readPptx(bytes: Buffer): Slide[] {
  const parts = unzip(bytes);
  if (!parts.has('ppt/presentation.xml')) throw googleError('wrongContent', { expected: 'a PowerPoint file' });
  return [...parts]
    .filter(([name]) => /^ppt\/slides\/slide\d+\.xml$/.test(name))
    .sort(([a], [b]) => Number(/\d+/.exec(a)?.[0]) - Number(/\d+/.exec(b)?.[0]))
    .map(([, xml]) => {
      const [title = '', ...lines] = textsIn(xml, 'a:p', 'a:t');
      return { title, lines };
    });
}
