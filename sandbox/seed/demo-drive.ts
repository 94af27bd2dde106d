import { slideDeck } from '../documents/slide-deck.ts';
import { Content } from '../drive/content.ts';
import {
  DOCX,
  exportDocument,
  GOOGLE_DOCUMENT,
  GOOGLE_DRAWING,
  GOOGLE_PRESENTATION,
  GOOGLE_SPREADSHEET,
  XLSX,
  type DocumentModel,
} from '../documents/documents.ts';
import { spreadsheetOf } from '../documents/sheets/model.ts';
import { FOLDER, SHORTCUT, type Account, type DriveStore, type Item } from '../drive/drive-store.ts';
import { typeOfName } from '../drive/media-types.ts';
import { textDocument } from '../documents/text-document.ts';
import { pdf } from '../documents/pdf.ts';
import { paint, tone, type Landscape } from '../documents/pictures.ts';

interface Extras {
  description?: string;
  starred?: boolean;
  created?: string;
  properties?: Record<string, string>;
}

/**
 * Fills an account with the Drive of a fictional person, always the same: nested folders, documents, pictures, Google
 * documents, two files with the same name, a shortcut, an empty folder, and names that careless programs mishandle.
 */
export function seedDemoDrive(store: DriveStore, account: Account): void {
  const times = new Map<Item, number>();

  const put = (
    parent: Item,
    name: string,
    modified: string,
    what: { mimeType: string; content?: Content; document?: DocumentModel },
    extras: Extras = {},
  ): Item => {
    const time = Date.parse(modified);
    const item = store.create({
      name,
      owner: account,
      parent,
      modified: time,
      created: extras.created === undefined ? time : Date.parse(extras.created),
      ...what,
    });
    if (extras.description !== undefined) item.description = extras.description;
    if (extras.starred) item.starredBy = new Set([account.email]);
    if (extras.properties) item.properties = extras.properties;
    times.set(item, time);
    return item;
  };
  const folder = (parent: Item, name: string, modified: string, extras?: Extras): Item =>
    put(parent, name, modified, { mimeType: FOLDER }, extras);
  const file = (parent: Item, name: string, modified: string, bytes: Buffer | string, extras?: Extras): Item =>
    put(
      parent,
      name,
      modified,
      { mimeType: typeOfName(name), content: Content.ofBytes(Buffer.from(bytes as string)) },
      extras,
    );
  const doc = (parent: Item, name: string, modified: string, text: string[], extras?: Extras): Item =>
    put(parent, name, modified, { mimeType: GOOGLE_DOCUMENT, document: prose(name, text) }, extras);
  const sheet = (parent: Item, name: string, modified: string, rows: string[][], extras?: Extras): Item =>
    put(
      parent,
      name,
      modified,
      { mimeType: GOOGLE_SPREADSHEET, document: spreadsheetOf([{ name: 'Sheet1', rows }]) },
      extras,
    );

  const root = account.root;

  const work = folder(root, 'Work', '2024-05-14T09:12:03.120Z');
  const clients = folder(work, 'Clients', '2024-04-02T15:40:00.000Z');
  for (const [i, client] of ['Bakery Lindqvist', 'Harbour & Sons', 'Óbidos Books'].entries()) {
    const at = folder(clients, client, `2024-0${i + 1}-11T10:00:00.000Z`);
    file(at, 'Offer.pdf', `2023-1${i}-05T08:30:00.500Z`, pdf(`Offer for ${client}`, paragraphs(OFFER(client))));
    file(at, 'Offer.docx', `2023-1${i}-04T17:21:09.041Z`, office(prose(`Offer for ${client}`, OFFER(client)), DOCX));
    doc(at, 'Meeting notes', `2024-0${i + 1}-11T10:00:00.000Z`, [
      `Met ${client} about the new web shop.`,
      'They want photographs of every product, and prices in two currencies.',
      `Next meeting: the ${12 + i}th, at their place.`,
    ]);
  }
  sheet(
    work,
    'Invoices 2024',
    '2024-05-14T09:12:03.120Z',
    [
      ['Number', 'Client', 'Issued', 'Amount', 'Paid'],
      ['2024-01', 'Bakery Lindqvist', '2024-01-31', '1250.00', 'yes'],
      ['2024-02', 'Harbour & Sons', '2024-02-15', '3400.50', 'yes'],
      ['2024-03', 'Óbidos Books', '2024-03-28', '780.00', 'no'],
    ],
    { starred: true, description: 'Send reminders on the first of each month.' },
  );
  put(work, 'Portfolio', '2024-03-19T11:45:27.000Z', {
    mimeType: GOOGLE_PRESENTATION,
    document: slideDeck([
      { title: 'Portfolio', lines: ['Web shops and the photographs in them'] },
      { title: 'Bakery Lindqvist', lines: ['Orders doubled in three months', 'Built in six weeks'] },
      { title: 'What comes next', lines: ['Óbidos Books, in autumn'] },
    ]),
  });
  put(work, 'Sketch of the shop', '2023-09-30T19:03:44.250Z', {
    mimeType: GOOGLE_DRAWING,
    document: { kind: 'drawing', text: 'Shop → basket → payment' },
  });
  file(work, 'Terms and conditions.txt', '2021-02-11T07:00:00.000Z', `${TERMS.join('\r\n\r\n')}\r\n`);
  // Drive allows two files with the same name in a folder.
  file(work, 'Logo.png', '2022-06-01T12:00:00.000Z', paint(scene(3), 160, 160));
  file(work, 'Logo.png', '2022-06-08T16:20:00.000Z', paint(scene(4), 160, 160));
  const hours = [['Date', 'Client', 'Hours'], ...Array.from({ length: 60 }, (_, i) => hoursRow(i))];
  file(work, 'Hours 2023.csv', '2023-12-31T23:59:59.999Z', `${hours.map((row) => row.join(',')).join('\r\n')}\r\n`);
  file(
    work,
    'Budget.xlsx',
    '2024-02-02T14:14:14.140Z',
    office(
      spreadsheetOf([
        {
          name: '2024',
          rows: [
            ['Rent', '850'],
            ['Software', '129.9'],
            ['Travel', '410'],
          ],
        },
        {
          name: '2023',
          rows: [
            ['Rent', '820'],
            ['Software', '99'],
            ['Travel', '655'],
          ],
        },
      ]),
      XLSX,
    ),
  );

  const photos = folder(root, 'Photos', '2023-08-20T21:00:00.000Z');
  const lisbon = folder(photos, '2023 Lisbon', '2023-06-18T20:11:00.000Z', { starred: true });
  for (let i = 0; i < 14; i++)
    file(
      lisbon,
      `IMG_${4211 + i}.png`,
      new Date(Date.UTC(2023, 5, 12 + Math.floor(i / 3), 9 + i, 7 * i, 13 + i, i * 37)).toISOString(),
      paint(scene(10 + i), 480, 320),
      i === 5 ? { description: 'The tram that nearly left without us', starred: true } : {},
    );
  const grandma = folder(photos, 'Grandma’s 80th 🎂', '2022-11-05T18:30:00.000Z');
  for (const [i, name] of ['Cake.png', 'Everyone.png', 'Garden at dusk.png', 'Speech.png'].entries())
    file(grandma, name, `2022-11-05T1${4 + i}:0${i}:00.000Z`, paint(scene(40 + i), 400, 300));
  file(grandma, 'Song.wav', '2022-11-05T18:22:10.000Z', tone(440, 2));
  const scans = folder(photos, 'Scans', '2019-01-20T10:00:00.000Z');
  for (let i = 1; i <= 8; i++)
    file(
      scans,
      `scan ${String(i).padStart(2, '0')}.png`,
      `2019-01-${10 + i}T09:15:00.000Z`,
      paint(scene(60 + i), 320, 240),
      { created: '2019-02-01T08:00:00.000Z', properties: { box: i < 5 ? 'blue' : 'red' } },
    );

  const taxes = folder(root, 'Taxes', '2024-04-15T16:45:00.000Z');
  for (const year of [2019, 2020, 2021, 2022, 2023]) {
    const at = folder(taxes, String(year), `${year + 1}-04-15T16:45:00.000Z`);
    file(
      at,
      `Tax return ${year}.pdf`,
      `${year + 1}-04-15T16:45:00.000Z`,
      pdf(
        `Tax return ${year}`,
        paragraphs([`Income of ${year}: ${31_000 + (year - 2019) * 1450}`, 'Signed and sent.']),
      ),
    );
    file(
      at,
      'Receipts.csv',
      `${year + 1}-03-02T12:00:00.000Z`,
      `Date,What,Amount\r\n${year}-02-03,Train,58.00\r\n${year}-07-19,"Desk, second hand",120.00\r\n`,
    );
  }
  file(taxes, 'Q1/Q2 summary.txt', '2020-07-01T06:00:00.000Z', 'First half: on time. Second half: to be seen.\n');

  const recipes = folder(root, 'Recipes', '2024-01-07T17:00:00.000Z');
  for (const [name, text] of RECIPES) doc(recipes, name, '2023-12-24T13:30:00.000Z', text);
  file(recipes, 'Grandma’s bread.md', '2018-03-03T03:03:03.003Z', '# Bread\n\n500 g flour, 10 g salt, water, time.\n');
  file(recipes, 'naïve crème brûlée.txt', '2017-05-05T05:05:05.005Z', 'Cream, yolks, sugar. Fire.\n');
  file(recipes, '寿司 (sushi).txt', '2020-10-10T10:10:10.010Z', 'Rice, vinegar, the freshest fish. 醤油.\n');
  file(recipes, '.shopping list', '2024-01-07T17:00:00.000Z', 'flour\nbutter\nlemons\n');

  const band = folder(root, 'Band 🎸', '2021-09-09T20:00:00.000Z');
  for (const [i, title] of ['First try', 'Second try', 'The one'].entries())
    file(band, `${title}.wav`, `2021-09-0${i + 7}T20:30:00.000Z`, tone(220 * (i + 1), 2));
  file(
    band,
    `${'A song with a very long name, '.repeat(7).slice(0, 196)}.txt`,
    '2021-09-09T20:00:00.000Z',
    'La la la\n',
  );

  folder(root, 'Empty for now', '2024-02-29T12:00:00.000Z');
  const old = folder(root, 'Old computer', '2013-08-01T00:00:00.000Z', { description: 'Copied before it died' });
  const deep = ['Documents', 'University', 'Third year', 'Thesis', 'Drafts'].reduce(
    (above, name) => folder(above, name, '2012-06-30T22:15:00.000Z'),
    old,
  );
  for (let i = 1; i <= 4; i++)
    file(
      deep,
      `thesis draft ${i}.txt`,
      `2012-0${i + 2}-14T23:50:00.000Z`,
      `Draft ${i}.\n${TERMS.join('\n')}\n`.repeat(i * 9),
    );
  file(deep, 'empty file', '2012-06-30T22:15:00.000Z', '');
  file(old, 'backup.bin', '2013-08-01T00:00:00.000Z', '');
  // Six megabytes: too large for an upload in one request.
  put(old, 'holiday video.mp4', '2013-07-31T18:00:00.000Z', {
    mimeType: 'video/mp4',
    content: Content.made('holiday video', 6_291_456 + 777),
  });

  const plan = doc(root, 'Plan for the year', '2024-01-01T11:11:11.110Z', [
    'Move everything to the new account.',
    'Fewer meetings. More bread.',
  ]);
  doc(root, 'Letter to the landlord', '2022-09-01T08:00:00.000Z', [
    'Dear Mr Alves,',
    'the tap in the kitchen drips again.',
  ]);
  file(root, 'Passport.pdf', '2020-03-05T10:20:30.400Z', pdf('Passport', paragraphs(['A copy, for emergencies.'])), {
    starred: true,
  });
  const link = put(root, 'Plan for the year (shortcut)', '2024-01-02T08:00:00.000Z', { mimeType: SHORTCUT });
  link.shortcutTarget = { id: plan.id, mimeType: plan.mimeType };
  const folderLink = put(work, 'Lisbon pictures', '2023-07-01T08:00:00.000Z', { mimeType: SHORTCUT });
  folderLink.shortcutTarget = { id: lisbon.id, mimeType: lisbon.mimeType };
}

function prose(title: string, text: readonly string[]): DocumentModel {
  return textDocument([{ text: title, heading: true }, ...paragraphs(text)]);
}

function paragraphs(text: readonly string[]): { text: string }[] {
  return text.map((each) => ({ text: each }));
}

function office(model: DocumentModel, mimeType: string): Buffer {
  return exportDocument(model, 'document', mimeType);
}

function hoursRow(i: number): string[] {
  const day = new Date(Date.UTC(2023, 0, 2 + i * 6)).toISOString().slice(0, 10);
  return [day, ['Bakery Lindqvist', 'Harbour & Sons', 'Óbidos Books'][i % 3] ?? '', String(2 + ((i * 7) % 11) / 2)];
}

function scene(seed: number): Landscape {
  const shade = (base: number, step: number): number => (base + seed * step) % 200;
  return {
    skyTop: [shade(40, 23), shade(90, 11), 180 + (seed % 60)],
    skyBottom: [235, shade(160, 7) + 40, shade(120, 13) + 30],
    ground: [shade(60, 17), shade(110, 5), shade(50, 29)],
    sun: [255, 214 - (seed % 50), 120],
    sunAt: [0.2 + ((seed * 13) % 60) / 100, 0.2 + ((seed * 7) % 20) / 100],
    horizon: 0.55 + ((seed * 3) % 20) / 100,
    seed,
  };
}

const OFFER = (client: string): string[] => [
  `Thank you for asking for an offer for the web shop of ${client}.`,
  'We build the shop, photograph up to forty products and train two of your people. Work begins two weeks after you ' +
    'agree and takes six.',
  'Price: 4,800.00, half of it at the beginning. The offer is good for thirty days.',
];

const TERMS = [
  '1. These terms hold for all work, unless both sides have agreed otherwise in writing.',
  '2. Bills are due within thirty days. Later payment costs interest at the rate of the central bank.',
  '3. Photographs stay the property of the photographer; the client may use them without limit of time.',
];

const RECIPES: [string, string[]][] = [
  ['Lemon cake', ['4 eggs, 200 g sugar, 200 g butter, 200 g flour, 2 lemons.', 'Bake for 45 minutes at 170 °C.']],
  [
    'Caldo verde',
    ['Potatoes, onion, garlic, kale, chouriço.', 'Blend the potatoes, then add the kale in thin strips.'],
  ],
  ['Pancakes', ['250 g flour, 500 ml milk, 3 eggs, a pinch of salt.', 'Rest for half an hour. The first one fails.']],
  ['Ana’s chili 🌶️', ['Beans, tomatoes, beef, cumin, patience.', 'Better the day after.']],
];
