import { GOOGLE_DOCUMENT, GOOGLE_PRESENTATION, GOOGLE_SPREADSHEET } from '../../documents/documents.ts';
import type { Plant } from '../plant.ts';

const COURSES = ['Analysis', 'Linear algebra', 'Databases', 'Compilers', 'Statistics', 'History of science'];

/** A graduate who leaves university: years of courses, a thesis in many versions, photographs. */
export function graduate(plant: Plant): void {
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
  // The same name many times, as people save versions.
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
