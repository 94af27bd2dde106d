import { GOOGLE_DOCUMENT, GOOGLE_PRESENTATION, GOOGLE_SPREADSHEET } from '../../documents/documents.ts';
import type { Account, Item } from '../../drive/drive-store.ts';
import { GOOGLE_TYPES, type Grantee, type Plant } from '../plant.ts';

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
export function office(plant: Plant): void {
  const friend = plant.friend;
  const staff = Object.fromEntries(
    Object.entries(DEPARTMENTS).map(([id, { people }]) => [id, people.map((each) => plant.person(each))]),
  );
  const headOf = (department: string): Account => staff[department]?.[0] ?? plant.account;
  const northern = plant.group('sales.north', 'Sales North', staff['sales.north'] ?? []);
  const groups: Record<string, string> = {
    sales: plant.group('sales', 'Sales', [...(staff['sales'] ?? []), northern]),
  };
  for (const id of ['design', 'finance', 'hr', 'it'])
    groups[id] = plant.group(id, DEPARTMENTS[id]?.name ?? id, staff[id] ?? []);
  const leads = plant.group('leads', 'Heads of departments', Object.keys(groups).map(headOf));
  const board = plant.group('board', 'Board', [plant.account, headOf('finance')]);
  // Nested groups, and a former colleague without an account.
  const everyone = plant.group('everyone', 'Everyone', [plant.account, ...Object.values(groups), leads, 'karl.former']);

  const agency = plant.person('olga.petrova@agency.example');
  const freelancer = plant.person('kim.freelance@gmail.com');
  const advisor = plant.person('ruth.adler@tax-advisors.example');
  const agencyTeam = plant.group('team@agency.example', 'Agency: our team', [agency, 'max.gruber@agency.example']);
  const formerColleague: Grantee = { user: plant.address('karl.former') };
  const guest: Grantee = { user: 'desk@newspaper.example' };

  const clients = plant.folder(plant.top, 'Clients');
  const files = fillClients(plant, clients, friend);
  plant.grant(clients, 'writer', { group: groups['sales'] ?? everyone });
  plant.grant(clients, 'reader', { group: groups['finance'] ?? everyone });
  plant.grant(clients, 'writer', formerColleague);

  const departments = plant.folder(plant.top, 'Departments');
  for (const [id, group] of Object.entries(groups)) {
    const name = DEPARTMENTS[id]?.name ?? id;
    const head = headOf(id);
    const at = plant.folder(departments, name, { writersCanShare: id !== 'hr' });
    plant.grant(at, 'writer', { group });
    plant.grant(at, 'reader', { group: leads });
    plant.google(at, `${name}: who does what`, GOOGLE_DOCUMENT, ['In turns']);
    plant.google(at, `${name}: budget`, GOOGLE_SPREADSHEET, ['Income', 'Costs']);
    // A colleague owns the items that they add to another person's folder.
    for (let i = 1; i <= 3; i++) plant.file(at, `${name} notes ${i}.docx`, 21_000 + i * 37, { owner: head });
  }

  const [people = departments] = childrenNamed(departments, 'People');
  const [finance = departments] = childrenNamed(departments, 'Finance');
  const personnel = plant.limitedFolder(people, 'Personnel files', [['writer', { group: groups['hr'] ?? everyone }]]);
  for (const person of Object.values(staff).flat()) plant.file(personnel, `${person.name}.pdf`, 90_000);
  const reviews = plant.limitedFolder(personnel, 'Reviews', [['reader', { user: headOf('hr') }]]);
  plant.google(reviews, 'Reviews', GOOGLE_SPREADSHEET, ['Confidential']);
  const salaries = plant.limitedFolder(finance, 'Salaries', [
    ['writer', { user: headOf('finance') }],
    ['reader', { group: board }],
  ]);
  plant.google(salaries, 'Salaries', GOOGLE_SPREADSHEET, ['Confidential']);
  const audit = plant.folder(finance, 'Audit');
  plant.grant(audit, 'commenter', { user: advisor });
  plant.grant(audit, 'reader', { user: 'audit@tax-advisors.example', days: 90 });
  for (let year = 2019; year <= 2024; year++) plant.file(audit, `Accounts ${year}.xlsx`, 140_000 + year);

  const open = plant.folder(plant.top, 'Open to others');
  plant.grant(plant.folder(open, 'Press kit'), 'reader', { anyone: true });
  plant.grant(plant.google(open, 'Feedback', GOOGLE_DOCUMENT), 'commenter', { anyone: true });
  plant.grant(plant.google(open, 'Summer party: who brings what', GOOGLE_SPREADSHEET), 'writer', { anyone: true });
  plant.grant(plant.file(open, 'Price list.pdf', 81_000), 'reader', { anyone: true, discoverable: true });
  plant.grant(plant.google(open, 'Handbook', GOOGLE_DOCUMENT, ['Be kind.']), 'reader', {
    domain: plant.domain,
    discoverable: true,
  });
  plant.grant(plant.google(open, 'Phone list', GOOGLE_SPREADSHEET), 'commenter', { domain: plant.domain });
  plant.grant(plant.google(open, 'Joint offer', GOOGLE_PRESENTATION), 'writer', { domain: 'agency.example' });

  const campaign = plant.folder(plant.top, 'Campaign', { description: 'With the agency.' });
  plant.grant(campaign, 'writer', { group: agencyTeam });
  plant.grant(campaign, 'reader', { group: everyone });
  const drafts = plant.folder(campaign, 'Drafts');
  plant.grant(drafts, 'reader', { user: freelancer, days: 30 });
  plant.grant(drafts, 'commenter', { ...guest, days: 1 });
  for (let i = 1; i <= 12; i++) plant.file(drafts, `Draft ${i}.png`, 900_000 + i * 1_009);
  plant.grant(plant.file(campaign, 'Interview.docx', 33_000), 'commenter', guest);

  fillTemplates(plant);
  fillPolicies(plant, friend);
  shareSome(plant, files, [
    ['reader', { user: headOf('design') }],
    ['commenter', { user: advisor }],
    ['writer', { user: freelancer, days: 180 }],
    ['reader', { group: groups['it'] ?? everyone }],
    ['reader', { anyone: true }],
    ['writer', formerColleague],
    ['commenter', { user: agency }],
  ]);
  fillDrives(plant, { headOf, everyone, agency, groups });
}

/** Creates the folders of forty clients and returns the files in them. */
function fillClients(plant: Plant, clients: Item, friend: Account): Item[] {
  const files: Item[] = [];
  for (let number = 1; number <= 40; number++) {
    const client = plant.folder(clients, `Client ${String(number).padStart(3, '0')}`);
    if (number % 5 === 0) plant.share(client, 'writer', friend);
    for (const year of [2022, 2023, 2024]) {
      const at = plant.folder(client, String(year));
      for (let month = 1; month <= 12; month++)
        files.push(plant.file(at, `Invoice ${year}-${String(month).padStart(2, '0')}.pdf`, 60_000 + 701 * month));
      files.push(plant.google(at, `Plan ${year}`, GOOGLE_SPREADSHEET, ['Offer', 'Order', 'Delivery', 'Invoice']));
      plant.google(at, 'Minutes', GOOGLE_DOCUMENT, ['Present: all', 'Decided: everything'], {
        ...(number % 8 === 0 ? { copyRequiresWriterPermission: true } : {}),
      });
    }
    plant.file(client, 'Contract.docx', 48_000 + number);
    plant.google(client, 'Presentation', GOOGLE_PRESENTATION, ['Who we are', 'What it costs']);
  }
  return files;
}

function fillTemplates(plant: Plant): void {
  const templates = plant.folder(plant.top, 'Templates', { description: 'Copy these, do not edit them.' });
  for (const mimeType of GOOGLE_TYPES) plant.google(templates, `Template: ${mimeType.split('.').at(-1)}`, mimeType);
  plant.file(templates, 'Letter.docx', 31_337);
  const films = plant.folder(plant.top, 'Films');
  for (let i = 1; i <= 3; i++) plant.file(films, `Trade fair ${i}.mp4`, 400_000_000 * i);
}

function fillPolicies(plant: Plant, friend: Account): void {
  const policies = plant.folder(friend.root, 'Policies', { owner: friend });
  for (let i = 1; i <= 10; i++)
    plant.file(policies, `Policy ${i}.pdf`, 120_000 + i, {
      owner: friend,
      ...(i % 2 === 0 ? { copyRequiresWriterPermission: true } : {}),
    });
  plant.share(policies, 'reader', plant.account);
  plant.shortcut(plant.top, 'Policies', policies);
}

/** Shares random files until one of fifty items of the account has permissions of its own. */
function shareSome(
  plant: Plant,
  files: Item[],
  grants: Parameters<Plant['grant']> extends [Item, ...infer G] ? G[] : never,
): void {
  const own = [...plant.account.own];
  let missing = Math.floor(own.length / SHARED_EACH) - own.filter((item) => item.permissions?.size).length;
  for (let i = 0; missing > 0; i++) {
    const file = plant.pick(files);
    if (file.permissions?.size) continue;
    const [role, grantee] = grants[i % grants.length] ?? ['reader', { anyone: true }];
    plant.grant(file, role, grantee);
    missing--;
  }
}

/** Shared drives: one with members of each role, one without access for outsiders, one of another person. */
function fillDrives(
  plant: Plant,
  who: { headOf: (department: string) => Account; everyone: string; agency: Account; groups: Record<string, string> },
): void {
  const { headOf, everyone, agency, groups } = who;
  const projects = plant.drive('Projects', plant.account);
  plant.grant(projects.root, 'fileOrganizer', { user: headOf('it') });
  plant.grant(projects.root, 'writer', { group: groups['design'] ?? everyone });
  plant.grant(projects.root, 'commenter', { user: headOf('finance') });
  plant.grant(projects.root, 'reader', { group: everyone });
  for (let number = 1; number <= 6; number++) {
    const project = plant.folder(projects.root, `Project ${number}`);
    plant.google(project, 'Plan', GOOGLE_DOCUMENT, ['Goal', 'Steps']);
    for (let i = 1; i <= 8; i++) plant.file(project, `Sketch ${i}.pdf`, 240_000 + i);
    // Shared with more than the members of the drive.
    if (number === 2) plant.grant(project, 'fileOrganizer', { user: headOf('sales') });
    if (number === 3) plant.grant(project, 'writer', { user: agency });
    if (number === 4) plant.grant(plant.file(project, 'Leaflet.pdf', 77_000), 'reader', { anyone: true });
  }
  const secret = plant.limitedFolder(projects.root, 'Tenders', [['writer', { group: groups['finance'] ?? everyone }]]);
  plant.file(secret, 'Bid.pdf', 410_000);

  const archive = plant.drive('Archive', headOf('it'));
  Object.assign(archive.restrictions, { domainUsersOnly: true, driveMembersOnly: true });
  plant.grant(archive.root, 'reader', { user: plant.account });
  for (let year = 2012; year <= 2018; year++) plant.file(archive.root, `Books ${year}.zip`, 30_000_000 + year);
}

function childrenNamed(folder: Item, name: string): Item[] {
  return [...(folder.children ?? [])].filter((item) => item.name === name);
}
