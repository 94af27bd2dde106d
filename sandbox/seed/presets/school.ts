import { GOOGLE_DOCUMENT, GOOGLE_PRESENTATION, GOOGLE_SPREADSHEET } from '../../documents/documents.ts';
import type { Account, Item } from '../../drive/drive-store.ts';
import type { Plant } from '../plant.ts';

const TEACHERS = 25;
const CLASSES = [5, 6, 7, 8, 9, 10].flatMap((year) => [`${year}a`, `${year}b`]);
const PUPILS_PER_CLASS = 22;
const SUBJECTS = ['Maths', 'English', 'Science', 'History', 'Geography', 'Art', 'Music', 'Sports'];
/** Pupils who left during the year, in addition to a teacher. */
const LEAVERS = 11;

interface SchoolClass {
  name: string;
  group: string;
  pupils: Account[];
  /** Former pupils, whose accounts are suspended. */
  left: Account[];
}

/**
 * A school of 300 people. Teachers own the folder of each lesson and share it with the group of the class; pupils own
 * the files that they hand in there. The preset's account is one of the teachers, and the administrator.
 */
export function school(plant: Plant): void {
  const { store } = plant;
  const friend = plant.friend;
  let numbered = 0;
  const person = (unit: string, suspended = false): Account => {
    const i = numbered++;
    const first = FIRST_NAMES[i % FIRST_NAMES.length] ?? '';
    const account = plant.person(`${first}.${LAST_NAMES[Math.floor(i / FIRST_NAMES.length)] ?? i}`.toLowerCase());
    const known = store.directory.person(account.email);
    if (known)
      store.directory.updatePerson(known, {
        orgUnitPath: unit,
        ...(suspended ? { suspended, suspensionReason: 'ADMIN' } : {}),
      });
    return account;
  };

  const teachers = [
    plant.account,
    ...Array.from({ length: TEACHERS - 1 }, (_, i) =>
      i === TEACHERS - 2 ? person('/Leavers', true) : person('/Teachers'),
    ),
  ];
  const administrator = store.directory.person(plant.account.email);
  if (administrator) store.directory.updatePerson(administrator, { isAdmin: true });
  const leaver = teachers.at(-1);
  const classes = CLASSES.map((name, i): SchoolClass => {
    const pupils = Array.from({ length: PUPILS_PER_CLASS }, () => person(`/Pupils/${name}`));
    const left = i < LEAVERS ? [person('/Leavers', true)] : [];
    return { name, group: plant.group(`class.${name}`, `Class ${name}`, pupils), pupils, left };
  });
  const staff = plant.group(
    'teachers',
    'Teachers',
    teachers.filter((each) => each !== leaver),
  );
  const pupils = plant.group(
    'pupils',
    'All pupils',
    classes.map(({ group }) => group),
  );
  const everyone = plant.group('school', 'The whole school', [staff, pupils]);
  // Parents have accounts elsewhere, or none.
  const parents = plant.group('parents.council', 'Parents’ council', [
    'ana.parent@gmail.com',
    'leo.parent@mail.example',
  ]);

  const common = plant.folder(plant.top, 'For everyone');
  plant.grant(common, 'reader', { group: everyone });
  const timetable = plant.google(common, 'Timetable', GOOGLE_SPREADSHEET, ['Monday', 'Tuesday', 'Wednesday']);
  plant.grant(plant.file(common, 'School rules.pdf', 88_000), 'reader', { anyone: true });
  plant.grant(plant.google(common, 'Trip to the sea', GOOGLE_DOCUMENT), 'commenter', { group: parents });
  plant.grant(plant.google(common, 'Open day', GOOGLE_PRESENTATION), 'reader', { user: friend });

  let lessons = 0;
  for (const schoolClass of classes)
    for (const subject of SUBJECTS) {
      const teacher = teachers[lessons++ % TEACHERS] ?? plant.account;
      fillLesson(plant, { schoolClass, subject, teacher, timetable, deputy: teachers[1] ?? plant.account });
    }
  for (const schoolClass of classes) fillPupils(plant, schoolClass);

  const library = plant.drive('Library', plant.account);
  plant.grant(library.root, 'writer', { group: staff });
  plant.grant(library.root, 'reader', { group: pupils });
  for (let i = 1; i <= 60; i++) plant.file(library.root, `Book ${i}.pdf`, 2_000_000 + i * 7_919);
  const staffRoom = plant.drive('Staff room', teachers[1] ?? plant.account);
  plant.grant(staffRoom.root, 'fileOrganizer', { group: staff });
  if (leaver) plant.grant(staffRoom.root, 'writer', { user: leaver });
  for (let i = 1; i <= 20; i++) plant.google(staffRoom.root, `Minutes ${i}`, GOOGLE_DOCUMENT, ['Present: most']);
}

interface Lesson {
  schoolClass: SchoolClass;
  subject: string;
  teacher: Account;
  timetable: Item;
  deputy: Account;
}

/** The folder of a subject in a class, which its teacher owns. */
function fillLesson(plant: Plant, { schoolClass, subject, teacher, timetable, deputy }: Lesson): void {
  const { name, group, pupils, left } = schoolClass;
  const owner = teacher;
  const above = teacher === plant.account ? plant.top : teacher.root;
  const folder = plant.folder(above, `${subject} ${name}`, { owner });
  plant.grant(folder, 'writer', { group });
  for (const each of left) plant.grant(folder, 'writer', { user: each });

  const materials = plant.folder(folder, 'Materials', { owner });
  for (let week = 1; week <= 6; week++)
    plant.file(materials, `Week ${week}.pdf`, 150_000 + Math.floor(plant.random() * 900_000), { owner });
  plant.google(materials, `${subject}: reading list`, GOOGLE_DOCUMENT, ['Chapter 1', 'Chapter 2'], { owner });
  plant.shortcut(materials, 'Timetable', timetable, { owner });

  const handIn = plant.folder(folder, 'Hand in', { owner });
  for (const pupil of [...pupils, ...left])
    plant.google(handIn, `${subject} homework, ${pupil.name}`, GOOGLE_DOCUMENT, ['My answer'], { owner: pupil });

  // A pupil's folder inside the teacher's, with files of other pupils.
  const first = plant.pick(pupils);
  const together = plant.folder(folder, 'Group work', { owner: first });
  for (let i = 1; i <= 3; i++) plant.file(together, `Part ${i}.docx`, 24_000 + i, { owner: plant.pick(pupils) });
  plant.file(together, 'Feedback.docx', 15_000, { owner });

  const marks = plant.limitedFolder(folder, 'Marks', [['reader', { user: deputy }]], { owner });
  plant.google(marks, `Marks ${subject} ${name}`, GOOGLE_SPREADSHEET, ['Confidential'], { owner });
}

/** Private files of pupils, and files that they share with a friend. */
function fillPupils(plant: Plant, { pupils, left }: SchoolClass): void {
  for (const owner of [...pupils, ...left]) {
    const folder = plant.folder(owner.root, 'School', { owner });
    for (let i = 1; i <= 6; i++)
      plant.file(folder, `Photo ${i}.jpg`, 1_200_000 + Math.floor(plant.random() * 2_000_000), { owner });
    const diary = plant.google(folder, 'Notes', GOOGLE_DOCUMENT, ['Ask for the book'], { owner });
    const other = plant.pick(pupils);
    if (other !== owner) plant.grant(diary, 'writer', { user: other });
  }
}

const FIRST_NAMES = [
  ...['Ada', 'Ben', 'Cara', 'Dario', 'Elif', 'Finn', 'Greta', 'Hugo', 'Ida', 'Jan', 'Kaya', 'Luca', 'Mila', 'Noah'],
  ...['Olga', 'Pia', 'Quinn', 'Rosa', 'Samir', 'Tess'],
];
const LAST_NAMES = [
  ...['Albers', 'Bauer', 'Costa', 'Demir', 'Ekman', 'Fabre', 'Green', 'Haas', 'Ilic', 'Jensen', 'Kraus', 'Lopez'],
  ...['Meyer', 'Novak', 'Ortega'],
];
