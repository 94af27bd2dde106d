import { GOOGLE_DOCUMENT, GOOGLE_PRESENTATION, GOOGLE_SPREADSHEET } from '../../documents/documents.ts';
import type { Account, Item } from '../../drive/drive-store.ts';
import type { PresetBuilder } from '../preset-builder.ts';

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
export function school(builder: PresetBuilder): void {
  const { store } = builder;
  const friend = builder.friend;
  let numbered = 0;
  const person = (unit: string, suspended = false): Account => {
    const i = numbered++;
    const first = FIRST_NAMES[i % FIRST_NAMES.length] ?? '';
    const account = builder.person(`${first}.${LAST_NAMES[Math.floor(i / FIRST_NAMES.length)] ?? i}`.toLowerCase());
    const known = store.directory.person(account.email);
    if (known)
      store.directory.updatePerson(known, {
        orgUnitPath: unit,
        ...(suspended ? { suspended, suspensionReason: 'ADMIN' } : {}),
      });
    return account;
  };

  const teachers = [
    builder.account,
    ...Array.from({ length: TEACHERS - 1 }, (_, i) =>
      i === TEACHERS - 2 ? person('/Leavers', true) : person('/Teachers'),
    ),
  ];
  const administrator = store.directory.person(builder.account.email);
  if (administrator) store.directory.updatePerson(administrator, { isAdmin: true });
  const leaver = teachers.at(-1);
  const classes = CLASSES.map((name, i): SchoolClass => {
    const pupils = Array.from({ length: PUPILS_PER_CLASS }, () => person(`/Pupils/${name}`));
    const left = i < LEAVERS ? [person('/Leavers', true)] : [];
    return { name, group: builder.group(`class.${name}`, `Class ${name}`, pupils), pupils, left };
  });
  const staff = builder.group(
    'teachers',
    'Teachers',
    teachers.filter((each) => each !== leaver),
  );
  const pupils = builder.group(
    'pupils',
    'All pupils',
    classes.map(({ group }) => group),
  );
  const everyone = builder.group('school', 'The whole school', [staff, pupils]);
  // Parents have accounts elsewhere, or none.
  const parents = builder.group('parents.council', 'Parents’ council', [
    'ana.parent@gmail.com',
    'leo.parent@mail.example',
  ]);

  const common = builder.folder(builder.top, 'For everyone');
  builder.grant(common, 'reader', { group: everyone });
  const timetable = builder.google(common, 'Timetable', GOOGLE_SPREADSHEET, ['Monday', 'Tuesday', 'Wednesday']);
  builder.grant(builder.file(common, 'School rules.pdf', 88_000), 'reader', { anyone: true });
  builder.grant(builder.google(common, 'Trip to the sea', GOOGLE_DOCUMENT), 'commenter', { group: parents });
  builder.grant(builder.google(common, 'Open day', GOOGLE_PRESENTATION), 'reader', { user: friend });

  let lessons = 0;
  for (const schoolClass of classes)
    for (const subject of SUBJECTS) {
      const teacher = teachers[lessons++ % TEACHERS] ?? builder.account;
      fillLesson(builder, { schoolClass, subject, teacher, timetable, deputy: teachers[1] ?? builder.account });
    }
  for (const schoolClass of classes) fillPupils(builder, schoolClass);

  const library = builder.drive('Library', builder.account);
  builder.grant(library.root, 'writer', { group: staff });
  builder.grant(library.root, 'reader', { group: pupils });
  for (let i = 1; i <= 60; i++) builder.file(library.root, `Book ${i}.pdf`, 2_000_000 + i * 7_919);
  const staffRoom = builder.drive('Staff room', teachers[1] ?? builder.account);
  builder.grant(staffRoom.root, 'fileOrganizer', { group: staff });
  if (leaver) builder.grant(staffRoom.root, 'writer', { user: leaver });
  for (let i = 1; i <= 20; i++) builder.google(staffRoom.root, `Minutes ${i}`, GOOGLE_DOCUMENT, ['Present: most']);
}

interface Lesson {
  schoolClass: SchoolClass;
  subject: string;
  teacher: Account;
  timetable: Item;
  deputy: Account;
}

/** The folder of a subject in a class, which its teacher owns. */
function fillLesson(builder: PresetBuilder, { schoolClass, subject, teacher, timetable, deputy }: Lesson): void {
  const { name, group, pupils, left } = schoolClass;
  const owner = teacher;
  const above = teacher === builder.account ? builder.top : teacher.root;
  const folder = builder.folder(above, `${subject} ${name}`, { owner });
  builder.grant(folder, 'writer', { group });
  for (const each of left) builder.grant(folder, 'writer', { user: each });

  const materials = builder.folder(folder, 'Materials', { owner });
  for (let week = 1; week <= 6; week++)
    builder.file(materials, `Week ${week}.pdf`, 150_000 + Math.floor(builder.random() * 900_000), { owner });
  builder.google(materials, `${subject}: reading list`, GOOGLE_DOCUMENT, ['Chapter 1', 'Chapter 2'], { owner });
  builder.shortcut(materials, 'Timetable', timetable, { owner });

  const handIn = builder.folder(folder, 'Hand in', { owner });
  for (const pupil of [...pupils, ...left])
    builder.google(handIn, `${subject} homework, ${pupil.name}`, GOOGLE_DOCUMENT, ['My answer'], { owner: pupil });

  // A pupil's folder inside the teacher's, with files of other pupils.
  const first = builder.pick(pupils);
  const together = builder.folder(folder, 'Group work', { owner: first });
  for (let i = 1; i <= 3; i++) builder.file(together, `Part ${i}.docx`, 24_000 + i, { owner: builder.pick(pupils) });
  builder.file(together, 'Feedback.docx', 15_000, { owner });

  const marks = builder.limitedFolder(folder, 'Marks', [['reader', { user: deputy }]], { owner });
  builder.google(marks, `Marks ${subject} ${name}`, GOOGLE_SPREADSHEET, ['Confidential'], { owner });
}

/** Private files of pupils, and files that they share with a friend. */
function fillPupils(builder: PresetBuilder, { pupils, left }: SchoolClass): void {
  for (const owner of [...pupils, ...left]) {
    const folder = builder.folder(owner.root, 'School', { owner });
    for (let i = 1; i <= 6; i++)
      builder.file(folder, `Photo ${i}.jpg`, 1_200_000 + Math.floor(builder.random() * 2_000_000), { owner });
    const diary = builder.google(folder, 'Notes', GOOGLE_DOCUMENT, ['Ask for the book'], { owner });
    const other = builder.pick(pupils);
    if (other !== owner) builder.grant(diary, 'writer', { user: other });
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
