import { describedPresentation } from '../../documents/describe-slides.ts';
import {
  GOOGLE_DOCUMENT,
  GOOGLE_DRAWING,
  GOOGLE_FORM,
  GOOGLE_PRESENTATION,
  GOOGLE_SPREADSHEET,
  type DocumentModel,
} from '../../documents/documents.ts';
import { newSheet, putCell, type Cell, type GridSheet, type Spreadsheet } from '../../documents/sheets/model.ts';
import { FOLDER, type Item } from '../../drive/drive-store.ts';
import type { PresetBuilder } from '../preset-builder.ts';
import { addressesOf, ELSEWHERE, nearMisses, type Kind } from './addresses.ts';

/** Number of minutes of meetings, which link to other documents. */
const MINUTES = 60;
/** Links in one document: more than most programs change in one request. */
const MANY = 5_000;

/** The chart of the budget that the plan and the pitch show. */
const CHART = {
  chartId: 1,
  spec: { title: 'Costs', basicChart: { chartType: 'COLUMN', legendPosition: 'BOTTOM_LEGEND' } },
  position: { overlayPosition: { anchorCell: { sheetId: 0, rowIndex: 0, columnIndex: 6 } } },
};

interface Target {
  kind: Kind;
  id: string;
  mimeType: string;
}

/** A linked word in the description of a document. */
interface Linked {
  text: string;
  url: string;
}

/**
 * Documents, spreadsheets, presentations and a form that link to each other in every form and place: text, chips, formulas,
 * headers, notes, footnotes, tables, tabs, charts and the responses of the form, with near misses and links to other sites.
 */
export function linked(builder: PresetBuilder): void {
  const friend = builder.friend;
  const top = builder.folder(builder.top, 'Linked');
  const id = {
    plan: builder.reserve(),
    budget: builder.reserve(),
    pitch: builder.reserve(),
    index: builder.reserve(),
  };
  const files = builder.folder(top, 'Files');
  const contract = builder.file(files, 'Contract.pdf', 210_000);
  const film = builder.file(files, 'Film.mp4', 2_600_000);
  const scan = builder.file(files, 'Old scan.pdf', 1_400_000);
  scan.resourceKey = '0-AbCdEfGhIjKlMnOpQrStUv';
  const form = builder.google(files, 'Survey', GOOGLE_FORM, [], {
    document: { kind: 'form', linkedSheetId: id.budget },
  });
  const drawing = builder.google(files, 'Floor plan', GOOGLE_DRAWING);
  const targets: Target[] = [
    { kind: 'document', id: id.plan, mimeType: GOOGLE_DOCUMENT },
    { kind: 'spreadsheets', id: id.budget, mimeType: GOOGLE_SPREADSHEET },
    { kind: 'presentation', id: id.pitch, mimeType: GOOGLE_PRESENTATION },
    { kind: 'forms', id: form.id, mimeType: form.mimeType },
    { kind: 'drawings', id: drawing.id, mimeType: drawing.mimeType },
    { kind: 'file', id: contract.id, mimeType: contract.mimeType },
    { kind: 'file', id: scan.id, mimeType: scan.mimeType },
    { kind: 'folder', id: files.id, mimeType: FOLDER },
  ];
  const all = targets.flatMap(({ kind, id: to }) => addressesOf(kind, to));

  // A cycle: each of the three links to the next.
  builder.google(top, 'Plan', GOOGLE_DOCUMENT, [], { id: id.plan, document: theDocument(builder, targets) });
  builder.google(top, 'Budget', GOOGLE_SPREADSHEET, [], {
    id: id.budget,
    document: theSpreadsheet(builder, targets, all),
  });
  builder.google(top, 'Pitch', GOOGLE_PRESENTATION, [], {
    id: id.pitch,
    document: theDeck(all, { spreadsheetId: id.budget, videoId: film.id }),
  });

  const lines = all.map((url, i): unknown => [`${i + 1}. `, word('here', url), `, that is ${url} in plain text.`]);
  builder.google(top, 'Index of everything', GOOGLE_DOCUMENT, [], {
    id: id.index,
    document: builder.written({ content: ['All addresses, each as a link and as text.', ...lines] }),
  });
  builder.google(top, 'Near misses', GOOGLE_DOCUMENT, [], {
    document: builder.written({
      content: [...nearMisses(id.plan), ...nearMisses(contract.id)].map((url) => [word('not this', url), ` ${url}`]),
    }),
  });

  const abroad = builder.google(friend.root, 'Somebody else’s', GOOGLE_DOCUMENT, ['Not copied'], { owner: friend });
  builder.share(abroad, 'reader', builder.account);
  const outside = [
    ...addressesOf('document', abroad.id).slice(0, 4),
    ...addressesOf('document', builder.reserve()).slice(0, 4),
    ...ELSEWHERE,
  ];
  builder.google(top, 'Links to outside', GOOGLE_DOCUMENT, [], {
    document: builder.written({ content: outside.map((url) => [word('elsewhere', url), '.']) }),
  });

  builder.shortcut(top, 'Plan (shortcut)', { id: id.plan, mimeType: GOOGLE_DOCUMENT });
  fillMinutes(builder, top, targets);
  builder.google(top, 'Many links', GOOGLE_DOCUMENT, [], {
    document: builder.written({
      content: Array.from({ length: MANY }, (_, i) => [`${i + 1} `, word('see', all[i % all.length] ?? '')]),
    }),
  });
}

/** A document with links in every place. */
function theDocument(builder: PresetBuilder, targets: Target[]): DocumentModel {
  const [url = ''] = addressesOf('spreadsheets', targets[1]?.id ?? '');
  const one = (i: number): Linked => {
    const { kind, id } = targets[i % targets.length] ?? { kind: 'file', id: '' };
    return word('this', addressesOf(kind, id)[i % 5] ?? '');
  };
  const chips = targets.map(({ kind, id }) => ({ chip: addressesOf(kind, id)[0] ?? '', title: 'A chip' }));
  return builder.written({
    content: [
      { text: ['The plan, see ', one(1)], level: 1, id: 'h.plan' },
      ['First ', one(2), ', then ', one(3), ', and two links ', one(4), one(5), ' without a space.'],
      ['Chips: ', ...chips, { person: builder.account.email }, { date: '2026-01-15T00:00:00Z' }],
      { bullets: targets.map((_, i) => ['Item ', one(i)]) },
      { table: [['Cell ', one(6)].map((part) => [part]), [[one(7)], [chips[0] ?? '']]] },
      ['A note', { footnote: ['In a footnote: ', one(8)] }, ' and an image ', { image: `${url}#image` }],
      ['A chart ', { chart: { spreadsheetId: targets[1]?.id ?? '', chartId: CHART.chartId } }],
      ['In bold ', { ...one(9), bold: true }, ' and in a suggestion ', { ...one(10), suggest: 'insert' }],
      ['To the heading ', { text: 'above', heading: 'h.plan' }, ', which is inside this document.'],
      ['😀 before ', one(11), ': indexes count UTF-16 units.'],
    ],
    header: [['Header: ', one(1)]],
    footer: [['Footer: ', one(2), chips[1] ?? '']],
    tabs: [
      {
        title: 'Second tab',
        content: [['In a tab: ', one(3)], { table: [[[one(4)]]] }],
        header: [['Its own header: ', one(5)]],
        tabs: [{ title: 'A tab in a tab', content: [['Deep: ', one(6)]] }],
      },
    ],
  });
}

/** A spreadsheet with links in values, formulas, runs, chips and notes, on visible and hidden sheets. */
function theSpreadsheet(builder: PresetBuilder, targets: Target[], all: string[]): Spreadsheet {
  const rows = all.map((url): Cell[] => [
    { value: url },
    { formula: `=HYPERLINK("${url}";"see")` },
    { formula: `=IF(TRUE,HYPERLINK("${url}", "nested"),"")` },
    { value: 'two words', runs: [{ startIndex: 4, format: { link: { uri: url } } }] },
    { value: 'noted', note: `See ${url}.` },
  ]);
  const links = sheetOf(0, 'Links', rows);
  links.charts = [CHART];
  const [plan, budget] = targets;
  const chips = targets.map(({ kind, id, mimeType }): Cell[] => [
    {
      value: '@ and more',
      chips: [
        {
          startIndex: 0,
          chip: { richLinkProperties: { uri: addressesOf(kind, id)[0] ?? '', mimeType } },
          text: 'A chip',
        },
      ],
    },
    {
      value: '@',
      chips: [
        { startIndex: 0, chip: { personProperties: { email: builder.account.email } }, text: builder.account.name },
      ],
    },
  ]);
  const other = builder.google(builder.top, 'Numbers', GOOGLE_SPREADSHEET, ['Rent', 'Travel']);
  const formulas: Cell[][] = [
    [{ formula: `=IMPORTRANGE("https://docs.google.com/spreadsheets/d/${other.id}/edit","Sheet1!A1:B2")` }],
    [{ formula: `=IMPORTRANGE("${other.id}"; "Sheet1!A1")` }],
    [{ formula: `=SUM(IMPORTRANGE("https://docs.google.com/spreadsheets/d/${other.id}", "Sheet1!A1:A2"))` }],
    [{ formula: `=IMAGE("https://drive.google.com/uc?id=${targets[5]?.id ?? ''}")` }],
    // The formula does not contain the whole address, so no program can replace it safely.
    [{ formula: `=HYPERLINK("https://docs.google.com/document/d/"&"${plan?.id ?? ''}","in two parts")` }],
    [{ formula: `=HYPERLINK(A1,"by another cell")` }],
    ...nearMisses(plan?.id ?? '').map((url): Cell[] => [{ formula: `=HYPERLINK("${url}","near miss")` }]),
    [{ formula: `=HYPERLINK("#gid=0","inside")` }],
  ];
  const hidden = sheetOf(7, 'Hidden', [[{ value: addressesOf('document', plan?.id ?? '')[0] ?? '' }]]);
  hidden.hidden = true;
  return {
    kind: 'spreadsheet',
    sheets: [links, sheetOf(1, 'Chips', chips), sheetOf(2, 'Formulas', formulas), hidden],
    imports: budget ? [{ from: other.id, by: builder.account.email }] : [],
  };
}

function sheetOf(sheetId: number, title: string, rows: Cell[][]): GridSheet {
  const sheet = newSheet(sheetId, title);
  rows.forEach((cells, row) => {
    cells.forEach((cell, column) => putCell(sheet, row, column, cell));
  });
  sheet.rowCount = Math.max(sheet.rowCount, rows.length);
  return sheet;
}

/** A presentation with links in text, tables, speaker notes, shapes and images, and with a chart and a video. */
function theDeck(all: string[], { spreadsheetId, videoId }: { spreadsheetId: string; videoId: string }): DocumentModel {
  const slides = [];
  for (let at = 0; at < all.length; at += 12) {
    const urls = all.slice(at, at + 12);
    const url = (i: number): string => urls[i % urls.length] ?? '';
    slides.push({
      title: `Links ${at + 1}`,
      body: urls.map((each, i) => [`${i + 1} `, word('see', each)]),
      notes: [['Say: ', word('this', url(0))]],
      shapes: [{ text: 'Button', url: url(1) }],
      images: [{ source: 'https://example.com/picture.png', url: url(2) }],
      tables: [[['Cell', word('linked', url(3))]]],
      ...(at === 0 ? { charts: [{ spreadsheetId, chartId: CHART.chartId }], videos: [{ id: videoId }] } : {}),
    });
  }
  return describedPresentation({ slides });
}

/** Minutes of meetings, each of which links to some earlier ones and to the plan. */
function fillMinutes(builder: PresetBuilder, top: Item, targets: Target[]): void {
  const folder = builder.folder(top, 'Minutes');
  const known = [...targets];
  for (let number = 1; number <= MINUTES; number++) {
    const urls = Array.from({ length: 20 }, () => {
      const { kind, id } = builder.pick(known);
      return builder.pick(addressesOf(kind, id));
    });
    const { id, mimeType } = builder.google(folder, `Minutes ${number}`, GOOGLE_DOCUMENT, [], {
      document: builder.written({
        content: [
          { text: `Meeting ${number}`, level: 1 },
          ...urls.map((url, i) => [`Point ${i + 1}: `, word('see there', url), '.']),
        ],
      }),
    });
    known.push({ kind: 'document', id, mimeType });
  }
}

function word(text: string, url: string): Linked {
  return { text, url };
}
