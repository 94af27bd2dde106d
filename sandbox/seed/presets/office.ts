import { GOOGLE_DOCUMENT, GOOGLE_PRESENTATION, GOOGLE_SPREADSHEET } from '../../documents/documents.ts';
import type { Account, Item } from '../../drive/drive-store.ts';
import { GOOGLE_TYPES, type Grantee, type PresetBuilder } from '../preset-builder.ts';

/** Departments with their people, the head first. */
const DEPARTMENTS: Record<string, { name: string; people: string[] }> = {
  sales: { name: 'Sales', people: ['lena.hoffmann', 'tom.baker', 'sofia.rossi'] },
  'sales.north': { name: 'Sales North', people: ['jonas.weber', 'amira.haddad'] },
  design: { name: 'Design', people: ['nora.lind', 'felix.klein', 'mei.tanaka'] },
  finance: { name: 'Finance', people: ['paul.schmidt', 'ines.moreau'] },
  hr: { name: 'People', people: ['greta.olsen', 'samuel.okoye'] },
  it: { name: 'IT', people: ['viktor.novak', 'chloe.martin'] },
};
/** One item in so many has permissions of its own. */
const SHARED_EACH = 50;

/**
 * A company of about twenty people: clients, invoices, Google documents of each kind, and the permissions that
 * accumulate over years.
 */
export function office(builder: PresetBuilder): void {
  const friend = builder.friend;
  const staff = Object.fromEntries(
    Object.entries(DEPARTMENTS).map(([id, { people }]) => [id, people.map((each) => builder.person(each))]),
  );
  const headOf = (department: string): Account => staff[department]?.[0] ?? builder.account;
  const northern = builder.group('sales.north', 'Sales North', staff['sales.north'] ?? []);
  const groups: Record<string, string> = {
    sales: builder.group('sales', 'Sales', [...(staff['sales'] ?? []), northern]),
  };
  for (const id of ['design', 'finance', 'hr', 'it'])
    groups[id] = builder.group(id, DEPARTMENTS[id]?.name ?? id, staff[id] ?? []);
  const leads = builder.group('leads', 'Heads of departments', Object.keys(groups).map(headOf));
  const board = builder.group('board', 'Board', [builder.account, headOf('finance')]);
  // Nested groups, and a former colleague without an account.
  const everyone = builder.group('everyone', 'Everyone', [
    builder.account,
    ...Object.values(groups),
    leads,
    'karl.former',
  ]);

  const agency = builder.person('olga.petrova@agency.example');
  const freelancer = builder.person('kim.freelance@gmail.com');
  const advisor = builder.person('ruth.adler@tax-advisors.example');
  const agencyTeam = builder.group('team@agency.example', 'Agency: our team', [agency, 'max.gruber@agency.example']);
  const formerColleague: Grantee = { user: builder.address('karl.former') };
  const guest: Grantee = { user: 'desk@newspaper.example' };

  const clients = builder.folder(builder.top, 'Clients');
  const files = fillClients(builder, clients, friend);
  builder.grant(clients, 'writer', { group: groups['sales'] ?? everyone });
  builder.grant(clients, 'reader', { group: groups['finance'] ?? everyone });
  builder.grant(clients, 'writer', formerColleague);

  const departments = builder.folder(builder.top, 'Departments');
  for (const [id, group] of Object.entries(groups)) {
    const name = DEPARTMENTS[id]?.name ?? id;
    const head = headOf(id);
    const at = builder.folder(departments, name, { writersCanShare: id !== 'hr' });
    builder.grant(at, 'writer', { group });
    builder.grant(at, 'reader', { group: leads });
    builder.google(at, `${name}: who does what`, GOOGLE_DOCUMENT, ['In turns']);
    builder.google(at, `${name}: budget`, GOOGLE_SPREADSHEET, ['Income', 'Costs']);
    // A colleague owns the items that they add to another person's folder.
    for (let i = 1; i <= 3; i++) builder.file(at, `${name} notes ${i}.docx`, 21_000 + i * 37, { owner: head });
  }

  const [people = departments] = childrenNamed(departments, 'People');
  const [finance = departments] = childrenNamed(departments, 'Finance');
  const personnel = builder.limitedFolder(people, 'Personnel files', [['writer', { group: groups['hr'] ?? everyone }]]);
  for (const person of Object.values(staff).flat()) builder.file(personnel, `${person.name}.pdf`, 90_000);
  const reviews = builder.limitedFolder(personnel, 'Reviews', [['reader', { user: headOf('hr') }]]);
  builder.google(reviews, 'Reviews', GOOGLE_SPREADSHEET, ['Confidential']);
  const salaries = builder.limitedFolder(finance, 'Salaries', [
    ['writer', { user: headOf('finance') }],
    ['reader', { group: board }],
  ]);
  builder.google(salaries, 'Salaries', GOOGLE_SPREADSHEET, ['Confidential']);
  const audit = builder.folder(finance, 'Audit');
  builder.grant(audit, 'commenter', { user: advisor });
  builder.grant(audit, 'reader', { user: 'audit@tax-advisors.example', days: 90 });
  for (let year = 2019; year <= 2024; year++) builder.file(audit, `Accounts ${year}.xlsx`, 140_000 + year);

  const open = builder.folder(builder.top, 'Open to others');
  builder.grant(builder.folder(open, 'Press kit'), 'reader', { anyone: true });
  builder.grant(builder.google(open, 'Feedback', GOOGLE_DOCUMENT), 'commenter', { anyone: true });
  builder.grant(builder.google(open, 'Summer party: who brings what', GOOGLE_SPREADSHEET), 'writer', { anyone: true });
  builder.grant(builder.file(open, 'Price list.pdf', 81_000), 'reader', { anyone: true, discoverable: true });
  builder.grant(builder.google(open, 'Handbook', GOOGLE_DOCUMENT, ['Be kind.']), 'reader', {
    domain: builder.domain,
    discoverable: true,
  });
  builder.grant(builder.google(open, 'Phone list', GOOGLE_SPREADSHEET), 'commenter', { domain: builder.domain });
  builder.grant(builder.google(open, 'Joint offer', GOOGLE_PRESENTATION), 'writer', { domain: 'agency.example' });

  const campaign = builder.folder(builder.top, 'Campaign', { description: 'With the agency.' });
  builder.grant(campaign, 'writer', { group: agencyTeam });
  builder.grant(campaign, 'reader', { group: everyone });
  const drafts = builder.folder(campaign, 'Drafts');
  builder.grant(drafts, 'reader', { user: freelancer, days: 30 });
  builder.grant(drafts, 'commenter', { ...guest, days: 1 });
  for (let i = 1; i <= 12; i++) builder.file(drafts, `Draft ${i}.png`, 900_000 + i * 1_009);
  builder.grant(builder.file(campaign, 'Interview.docx', 33_000), 'commenter', guest);

  fillTemplates(builder);
  fillPolicies(builder, friend);
  shareSome(builder, files, [
    ['reader', { user: headOf('design') }],
    ['commenter', { user: advisor }],
    ['writer', { user: freelancer, days: 180 }],
    ['reader', { group: groups['it'] ?? everyone }],
    ['reader', { anyone: true }],
    ['writer', formerColleague],
    ['commenter', { user: agency }],
  ]);
  fillDrives(builder, { headOf, everyone, agency, groups });
}

/** Creates the folders of forty clients and returns the files in them. */
function fillClients(builder: PresetBuilder, clients: Item, friend: Account): Item[] {
  const files: Item[] = [];
  for (let number = 1; number <= 40; number++) {
    const client = builder.folder(clients, `Client ${String(number).padStart(3, '0')}`);
    if (number % 5 === 0) builder.share(client, 'writer', friend);
    for (const year of [2022, 2023, 2024]) {
      const at = builder.folder(client, String(year));
      for (let month = 1; month <= 12; month++)
        files.push(builder.file(at, `Invoice ${year}-${String(month).padStart(2, '0')}.pdf`, 60_000 + 701 * month));
      files.push(builder.google(at, `Plan ${year}`, GOOGLE_SPREADSHEET, ['Offer', 'Order', 'Delivery', 'Invoice']));
      builder.google(at, 'Minutes', GOOGLE_DOCUMENT, ['Present: all', 'Decided: everything'], {
        ...(number % 8 === 0 ? { copyRequiresWriterPermission: true } : {}),
      });
    }
    builder.file(client, 'Contract.docx', 48_000 + number);
    builder.google(client, 'Presentation', GOOGLE_PRESENTATION, ['Who we are', 'What it costs']);
  }
  return files;
}

function fillTemplates(builder: PresetBuilder): void {
  const templates = builder.folder(builder.top, 'Templates', { description: 'Copy these, do not edit them.' });
  for (const mimeType of GOOGLE_TYPES) builder.google(templates, `Template: ${mimeType.split('.').at(-1)}`, mimeType);
  builder.file(templates, 'Letter.docx', 31_337);
  const films = builder.folder(builder.top, 'Films');
  for (let i = 1; i <= 3; i++) builder.file(films, `Trade fair ${i}.mp4`, 400_000_000 * i);
}

function fillPolicies(builder: PresetBuilder, friend: Account): void {
  const policies = builder.folder(friend.root, 'Policies', { owner: friend });
  for (let i = 1; i <= 10; i++)
    builder.file(policies, `Policy ${i}.pdf`, 120_000 + i, {
      owner: friend,
      ...(i % 2 === 0 ? { copyRequiresWriterPermission: true } : {}),
    });
  builder.share(policies, 'reader', builder.account);
  builder.shortcut(builder.top, 'Policies', policies);
}

/** Shares random files until one of fifty items of the account has permissions of its own. */
function shareSome(
  builder: PresetBuilder,
  files: Item[],
  grants: Parameters<PresetBuilder['grant']> extends [Item, ...infer G] ? G[] : never,
): void {
  const own = [...builder.account.own];
  let missing = Math.floor(own.length / SHARED_EACH) - own.filter((item) => item.permissions?.size).length;
  for (let i = 0; missing > 0; i++) {
    const file = builder.pick(files);
    if (file.permissions?.size) continue;
    const [role, grantee] = grants[i % grants.length] ?? ['reader', { anyone: true }];
    builder.grant(file, role, grantee);
    missing--;
  }
}

/** Shared drives: one with members of each role, one without access for outsiders, one of another person. */
function fillDrives(
  builder: PresetBuilder,
  who: { headOf: (department: string) => Account; everyone: string; agency: Account; groups: Record<string, string> },
): void {
  const { headOf, everyone, agency, groups } = who;
  const projects = builder.drive('Projects', builder.account);
  builder.grant(projects.root, 'fileOrganizer', { user: headOf('it') });
  builder.grant(projects.root, 'writer', { group: groups['design'] ?? everyone });
  builder.grant(projects.root, 'commenter', { user: headOf('finance') });
  builder.grant(projects.root, 'reader', { group: everyone });
  for (let number = 1; number <= 6; number++) {
    const project = builder.folder(projects.root, `Project ${number}`);
    builder.google(project, 'Plan', GOOGLE_DOCUMENT, ['Goal', 'Steps']);
    for (let i = 1; i <= 8; i++) builder.file(project, `Sketch ${i}.pdf`, 240_000 + i);
    // Shared with more than the members of the drive.
    if (number === 2) builder.grant(project, 'fileOrganizer', { user: headOf('sales') });
    if (number === 3) builder.grant(project, 'writer', { user: agency });
    if (number === 4) builder.grant(builder.file(project, 'Leaflet.pdf', 77_000), 'reader', { anyone: true });
  }
  const secret = builder.limitedFolder(projects.root, 'Tenders', [
    ['writer', { group: groups['finance'] ?? everyone }],
  ]);
  builder.file(secret, 'Bid.pdf', 410_000);

  const archive = builder.drive('Archive', headOf('it'));
  Object.assign(archive.restrictions, { domainUsersOnly: true, driveMembersOnly: true });
  builder.grant(archive.root, 'reader', { user: builder.account });
  for (let year = 2012; year <= 2018; year++) builder.file(archive.root, `Books ${year}.zip`, 30_000_000 + year);
}

function childrenNamed(folder: Item, name: string): Item[] {
  return [...(folder.children ?? [])].filter((item) => item.name === name);
}
