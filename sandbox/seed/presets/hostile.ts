import { GOOGLE_DOCUMENT } from '../../documents/documents.ts';
import { GOOGLE_TYPES, type Plant } from '../plant.ts';

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

/** Items of every kind that careless programs mishandle. */
export function hostile(plant: Plant): void {
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
  // Larger than 32 bits can count.
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
