import { Content } from '../drive/content.ts';
import {
  emptyDocument,
  GOOGLE_DOCUMENT,
  GOOGLE_DRAWING,
  GOOGLE_PRESENTATION,
  GOOGLE_SPREADSHEET,
  type DocumentModel,
} from '../documents/documents.ts';
import { spreadsheetOf } from '../documents/sheets/model.ts';
import { FOLDER, SHORTCUT, type Account, type DriveStore, type Item, type Permission } from '../drive/drive-store.ts';
import { SandboxUsageError } from '../http/errors.ts';
import { typeOfName } from '../drive/media-types.ts';
import { makeTree } from './seeding.ts';

/** What a preset brought into the account, its shared items excepted. */
export interface PresetResult {
  preset: Preset;
  items: number;
  bytes: number;
}

const PRESETS = {
  /** Somebody who leaves university: years of courses, a thesis in many versions, photographs. */
  graduate,
  /** A small company: clients, invoices, Google documents of each kind, much of it shared. */
  office,
  /** A million files in ten thousand folders, as plain as they can be. */
  million: async (plant: Plant) => {
    const plan = { folders: 10_000, files: 1_000_000, bytes: 1e12, seed: 1, name: 'A million files' };
    await makeTree(plant.store, plant.account, plan, plant.top);
  },
  /** Little of everything that trips careless programs. */
  hostile,
} as const satisfies Record<string, (plant: Plant) => void | Promise<void>>;

export type Preset = keyof typeof PRESETS;
export const PRESET_NAMES = Object.keys(PRESETS) as Preset[];

/**
 * Fills an account with a realistic tree whose content costs no disk; the same preset always makes the same one.
 * @throws SandboxUsageError for a preset that there is not.
 */
export async function fillFromPreset(
  store: DriveStore,
  account: Account,
  name: string,
  top: Item = account.root,
): Promise<PresetResult> {
  const preset = PRESET_NAMES.find((each) => each === name);
  if (!preset) throw new SandboxUsageError(`There is no preset "${name}"; there are ${PRESET_NAMES.join(', ')}.`);
  const before = { items: account.own.size, bytes: account.usage };
  await PRESETS[preset](new Plant(store, account, top));
  return { preset, items: account.own.size - before.items, bytes: account.usage - before.bytes };
}

interface Extras {
  description?: string;
  starred?: boolean;
  copyRequiresWriterPermission?: boolean;
  properties?: Record<string, string>;
  owner?: Account;
}

/** Puts items into one account. Times go from old to new in steps, so that no two files need share one. */
class Plant {
  readonly store: DriveStore;
  readonly account: Account;
  readonly top: Item;
  private time = Date.UTC(2019, 8, 2, 8);
  private made = 0;

  constructor(store: DriveStore, account: Account, top: Item) {
    this.store = store;
    this.account = account;
    this.top = top;
  }

  /** Somebody whose things are shared with the account. */
  get friend(): Account {
    for (const account of this.store.accounts.values()) if (account !== this.account) return account;
    return this.store.addAccount('somebody.else@example.com');
  }

  folder(parent: Item, name: string, extras?: Extras): Item {
    return this.put(parent, name, { mimeType: FOLDER }, extras);
  }

  file(parent: Item, name: string, bytes: number, extras?: Extras): Item {
    const content = Content.made(`preset ${++this.made} ${name}`, bytes);
    return this.put(parent, name, { mimeType: typeOfName(name), content }, extras);
  }

  /** A document of Google's; types that hold no text have none. */
  google(parent: Item, name: string, mimeType: string, words: readonly string[] = [name], extras?: Extras): Item {
    const document = documentOf(mimeType, name, words);
    return this.put(parent, name, { mimeType, ...(document ? { document } : {}) }, extras);
  }

  shortcut(parent: Item, name: string, target: { id: string; mimeType: string }): Item {
    const item = this.put(parent, name, { mimeType: SHORTCUT });
    item.shortcutTarget = { id: target.id, mimeType: target.mimeType };
    return item;
  }

  share(item: Item, role: Permission['role'] = 'reader', to: Account = this.friend): void {
    const { permissionId: id, email } = to;
    this.store.share(item, { id, type: 'user', role, email, since: item.created - this.store.permissionLagMs });
  }

  private put(
    parent: Item,
    name: string,
    what: { mimeType: string; content?: Content; document?: DocumentModel },
    extras: Extras = {},
  ): Item {
    this.time += 5_437_111;
    const { owner = this.account } = extras;
    const item = this.store.create({ name, owner, parent, created: this.time, modified: this.time, ...what });
    if (extras.description !== undefined) item.description = extras.description;
    if (extras.starred) item.starredBy = new Set([owner.email]);
    if (extras.copyRequiresWriterPermission) item.copyRequiresWriterPermission = true;
    if (extras.properties) item.properties = extras.properties;
    return item;
  }
}

function documentOf(mimeType: string, title: string, words: readonly string[]): DocumentModel | undefined {
  switch (mimeType) {
    case GOOGLE_DOCUMENT:
      return { kind: 'document', paragraphs: [{ text: title, heading: true }, ...words.map((text) => ({ text }))] };
    case GOOGLE_SPREADSHEET:
      return spreadsheetOf([{ name: 'Sheet1', rows: words.map((text, i) => [String(i + 1), text]) }]);
    case GOOGLE_PRESENTATION:
      return { kind: 'presentation', slides: [{ title, lines: [...words] }] };
    case GOOGLE_DRAWING:
      return { kind: 'drawing', text: words.join(' ') };
    default:
      return emptyDocument(mimeType);
  }
}

const COURSES = ['Analysis', 'Linear algebra', 'Databases', 'Compilers', 'Statistics', 'History of science'];

function graduate(plant: Plant): void {
  const studies = plant.folder(plant.top, 'Studies');
  for (let term = 1; term <= 8; term++) {
    const at = plant.folder(studies, `Semester ${term}`);
    for (const course of COURSES.slice(term % 3, (term % 3) + 4)) {
      const folder = plant.folder(at, course);
      for (let week = 1; week <= 12; week++)
        plant.file(folder, `Lecture ${String(week).padStart(2, '0')}.pdf`, 400_000 + 37_111 * week * term);
      for (let sheet = 1; sheet <= 6; sheet++) plant.file(folder, `Exercise ${sheet}.docx`, 18_000 + 911 * sheet);
      plant.google(folder, `${course}: notes`, GOOGLE_DOCUMENT, ['Definitions', 'Theorems', 'What will be asked']);
    }
    plant.google(at, 'Timetable', GOOGLE_SPREADSHEET, ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday']);
  }
  const thesis = plant.folder(plant.top, 'Thesis', { starred: true });
  // One name over and over, as people save what they fear to lose.
  for (let version = 1; version <= 20; version++) plant.file(thesis, 'thesis final.docx', 1_900_000 + 40_001 * version);
  plant.file(thesis, 'thesis final FINAL (really).pdf', 6_400_321, { description: 'Handed in.' });
  const data = plant.folder(thesis, 'Measurements');
  for (let run = 1; run <= 150; run++) plant.file(data, `run-${run}.csv`, 2_000 + ((run * 7919) % 90_000));
  plant.file(thesis, 'defence.mp4', 600_000_000);
  plant.google(thesis, 'Defence', GOOGLE_PRESENTATION, ['The question', 'What we measured', 'The answer']);
  const photos = plant.folder(plant.top, 'Photos');
  for (const year of [2019, 2020, 2021, 2022]) {
    const folder = plant.folder(photos, String(year));
    for (let i = 1; i <= 60; i++) plant.file(folder, `IMG_${1000 + i}.jpg`, 2_400_000 + ((i * 104_729) % 2_000_000));
  }
  plant.shortcut(plant.top, 'Thesis (shortcut)', thesis);
  const group = plant.folder(plant.friend.root, 'Group project', { owner: plant.friend });
  plant.file(group, 'report.pdf', 800_000, { owner: plant.friend });
  plant.share(group, 'writer', plant.account);
}

function office(plant: Plant): void {
  const clients = plant.folder(plant.top, 'Clients');
  for (let number = 1; number <= 40; number++) {
    const client = plant.folder(clients, `Client ${String(number).padStart(3, '0')}`);
    if (number % 5 === 0) plant.share(client, 'writer');
    for (const year of [2022, 2023, 2024]) {
      const at = plant.folder(client, String(year));
      for (let month = 1; month <= 12; month++)
        plant.file(at, `Invoice ${year}-${String(month).padStart(2, '0')}.pdf`, 60_000 + 701 * month);
      plant.google(at, `Plan ${year}`, GOOGLE_SPREADSHEET, ['Offer', 'Order', 'Delivery', 'Invoice']);
      plant.google(at, 'Minutes', GOOGLE_DOCUMENT, ['Present: all', 'Decided: everything'], {
        ...(number % 8 === 0 ? { copyRequiresWriterPermission: true } : {}),
      });
    }
    plant.file(client, 'Contract.docx', 48_000 + number);
    plant.google(client, 'Presentation', GOOGLE_PRESENTATION, ['Who we are', 'What it costs']);
  }
  const templates = plant.folder(plant.top, 'Templates', { description: 'Copy these, do not edit them.' });
  for (const mimeType of GOOGLE_TYPES) plant.google(templates, `Template: ${mimeType.split('.').at(-1)}`, mimeType);
  plant.file(templates, 'Letter.docx', 31_337);
  const films = plant.folder(plant.top, 'Films');
  for (let i = 1; i <= 3; i++) plant.file(films, `Trade fair ${i}.mp4`, 400_000_000 * i);
  const policies = plant.folder(plant.friend.root, 'Policies', { owner: plant.friend });
  for (let i = 1; i <= 10; i++)
    plant.file(policies, `Policy ${i}.pdf`, 120_000 + i, {
      owner: plant.friend,
      ...(i % 2 === 0 ? { copyRequiresWriterPermission: true } : {}),
    });
  plant.share(policies, 'reader', plant.account);
  plant.shortcut(plant.top, 'Policies', policies);
}

/** Each kind of document Google has, those that cannot be copied included. */
const GOOGLE_TYPES = [
  GOOGLE_DOCUMENT,
  GOOGLE_SPREADSHEET,
  GOOGLE_PRESENTATION,
  GOOGLE_DRAWING,
  ...['form', 'script', 'site', 'map', 'jam', 'vid', 'drive-sdk.123456789012'].map(
    (type) => `application/vnd.google-apps.${type}`,
  ),
];

const HOSTILE_NAMES = [
  'a/b',
  '/',
  '.',
  '..',
  '../../etc/passwd',
  '.hidden',
  '-rf',
  'CON',
  'aux.txt',
  'trailing dot.',
  ' spaces around ',
  'tab\there',
  'line\nbreak',
  'nul\u0000byte',
  'back\\slash',
  'quote\'s and "doubles"',
  '<script>alert(1)</script>',
  '=HYPERLINK("http://example.com")',
  '%2e%2e%2f',
  '$(touch x) `touch x`',
  'emoji 👩‍👩‍👧‍👦 🎉',
  'שלום',
  '\u202Etxt.exe',
  'zero\u200Bwidth',
  'caf\u00E9',
  'cafe\u0301',
  'CAF\u00C9',
  '#hash?query&and=more',
  'x'.repeat(255),
  '長'.repeat(300),
];

function hostile(plant: Plant): void {
  const names = plant.folder(plant.top, 'Names');
  for (const name of HOSTILE_NAMES) {
    plant.file(names, name, 100 + name.length);
    plant.file(plant.folder(names, name), name, 10);
  }

  const twins = plant.folder(plant.top, 'Twins');
  for (let i = 0; i < 5; i++) plant.file(twins, 'same name.txt', 1000 + i);
  for (let i = 0; i < 2; i++) plant.file(plant.folder(twins, 'same folder'), 'same name.txt', 2000 + i);

  let deep = plant.folder(plant.top, 'Deep');
  for (let level = 2; level <= 90; level++) deep = plant.folder(deep, `level ${level}`);
  plant.file(deep, 'at the bottom.txt', 12);

  const circles = plant.folder(plant.top, 'Circles');
  const left = plant.folder(circles, 'left');
  const right = plant.folder(circles, 'right');
  plant.shortcut(left, 'to right', right);
  plant.shortcut(right, 'to left', left);
  plant.shortcut(circles, 'to myself', circles);
  plant.shortcut(right, 'to the top', plant.account.root);
  plant.shortcut(circles, 'to nowhere', { id: '1AbsentAbsentAbsentAbsentAbsentAbs', mimeType: 'text/plain' });

  const sizes = plant.folder(plant.top, 'Sizes');
  for (const bytes of [0, 1, 31, 32, 33, 262_143, 262_144, 262_145, 5_242_880, 5_242_881, 8_388_608])
    plant.file(sizes, `${bytes} bytes.bin`, bytes);
  // Beyond what 32 bits count.
  plant.file(sizes, 'huge.bin', 5_000_000_000);
  plant.folder(sizes, 'empty folder');

  const many = plant.folder(plant.top, 'Many');
  for (let i = 1; i <= 1_205; i++) plant.file(many, `${i}.txt`, i % 97);

  const documents = plant.folder(plant.top, 'Documents');
  for (const mimeType of GOOGLE_TYPES) plant.google(documents, `A ${mimeType.split('.').at(-1)}`, mimeType);
  plant.google(documents, 'Too large to export', GOOGLE_DOCUMENT, ['word '.repeat(2_200_000)]);
  plant.file(documents, 'Real.docx', 4_321);
  plant.google(documents, 'Not for readers', GOOGLE_DOCUMENT, ['Readers may not copy this'], {
    copyRequiresWriterPermission: true,
  });

  const odd = plant.folder(plant.top, 'Odd');
  plant.file(odd, 'before computers.txt', 5).modified = Date.UTC(1970, 0, 1);
  plant.file(odd, 'from the future.txt', 5).modified = Date.UTC(2099, 11, 31, 23, 59, 59, 999);
  plant.file(odd, 'much said.txt', 5, { description: 'word '.repeat(5_000), starred: true });
  plant.file(odd, 'properties.txt', 5, { properties: { 'a key': 'a value', ключ: 'значение' } });
  plant.file(odd, 'malware.exe', 666).abusive = true;
  plant.file(odd, 'no such type', 5).mimeType = 'application/x-nobody-knows';
  plant.store.setTrashed(plant.folder(odd, 'in the trash'), true);
  plant.store.setParents(plant.file(odd, 'orphan.txt', 5), []);
  plant.store.setParents(plant.file(odd, 'two parents.txt', 5), [odd, twins]);
  const limited = plant.folder(odd, 'limited access');
  plant.file(limited, 'inside.txt', 5);
  plant.share(odd, 'reader');
  limited.inheritedPermissionsDisabled = true;

  const foreign = plant.folder(plant.friend.root, 'Shared with you', { owner: plant.friend });
  plant.file(foreign, 'copy me.txt', 50, { owner: plant.friend });
  plant.file(foreign, 'only look.txt', 50, { owner: plant.friend, copyRequiresWriterPermission: true });
  plant.share(foreign, 'reader', plant.account);
  const common = plant.folder(plant.top, 'In common');
  plant.share(common, 'writer');
  plant.file(common, 'not yours.txt', 50, { owner: plant.friend });
}
