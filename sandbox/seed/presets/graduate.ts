import { GOOGLE_DOCUMENT, GOOGLE_PRESENTATION, GOOGLE_SPREADSHEET } from '../../documents/documents.ts';
import type { PresetBuilder } from '../preset-builder.ts';

const COURSES = ['Analysis', 'Linear algebra', 'Databases', 'Compilers', 'Statistics', 'History of science'];

/** A graduate who leaves university: years of courses, a thesis in many versions, photographs. */
export function graduate(builder: PresetBuilder): void {
  const studies = builder.folder(builder.top, 'Studies');
  for (let term = 1; term <= 8; term++) {
    const at = builder.folder(studies, `Semester ${term}`);
    for (const course of COURSES.slice(term % 3, (term % 3) + 4)) {
      const folder = builder.folder(at, course);
      for (let week = 1; week <= 12; week++)
        builder.file(folder, `Lecture ${String(week).padStart(2, '0')}.pdf`, 400_000 + 37_111 * week * term);
      for (let sheet = 1; sheet <= 6; sheet++) builder.file(folder, `Exercise ${sheet}.docx`, 18_000 + 911 * sheet);
      builder.google(folder, `${course}: notes`, GOOGLE_DOCUMENT, ['Definitions', 'Theorems', 'What will be asked']);
    }
    builder.google(at, 'Timetable', GOOGLE_SPREADSHEET, ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday']);
  }
  const thesis = builder.folder(builder.top, 'Thesis', { starred: true });
  // The same name many times, as people save versions.
  for (let version = 1; version <= 20; version++)
    builder.file(thesis, 'thesis final.docx', 1_900_000 + 40_001 * version);
  builder.file(thesis, 'thesis final FINAL (really).pdf', 6_400_321, { description: 'Handed in.' });
  const data = builder.folder(thesis, 'Measurements');
  for (let run = 1; run <= 150; run++) builder.file(data, `run-${run}.csv`, 2_000 + ((run * 7919) % 90_000));
  builder.file(thesis, 'defence.mp4', 600_000_000);
  builder.google(thesis, 'Defence', GOOGLE_PRESENTATION, ['The question', 'What we measured', 'The answer']);
  const photos = builder.folder(builder.top, 'Photos');
  for (const year of [2019, 2020, 2021, 2022]) {
    const folder = builder.folder(photos, String(year));
    for (let i = 1; i <= 60; i++) builder.file(folder, `IMG_${1000 + i}.jpg`, 2_400_000 + ((i * 104_729) % 2_000_000));
  }
  builder.shortcut(builder.top, 'Thesis (shortcut)', thesis);
  const group = builder.folder(builder.friend.root, 'Group project', { owner: builder.friend });
  builder.file(group, 'report.pdf', 800_000, { owner: builder.friend });
  builder.share(group, 'writer', builder.account);
}
