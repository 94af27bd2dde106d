import { GOOGLE_DOCUMENT } from '../../documents/documents.ts';
import { Content } from '../../drive/content.ts';
import { GOOGLE_TYPES, type PresetBuilder } from '../preset-builder.ts';

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

/** Content larger than 32 bits can count. Its checksums are stated, because computing them takes many seconds. */
export const hugeContent = () =>
  Content.made('the huge file', 5_000_000_000, {
    md5: 'd60787b596929a9e0041f552b30364f1',
    sha1: 'a8e4ce15d0a0786a26e0171da58782df803b7fe2',
    sha256: 'd72e564bac9324fcc6fc5a2a2146fe8eacf01dd937a360a1de79d36a8e27874f',
  });

/** Items of every kind that careless programs mishandle. */
export function hostile(builder: PresetBuilder): void {
  const names = builder.folder(builder.top, 'Names');
  for (const name of HOSTILE_NAMES) {
    builder.file(names, name, 100 + name.length);
    builder.file(builder.folder(names, name), name, 10);
  }

  const twins = builder.folder(builder.top, 'Twins');
  for (let i = 0; i < 5; i++) builder.file(twins, 'same name.txt', 1000 + i);
  for (let i = 0; i < 2; i++) builder.file(builder.folder(twins, 'same folder'), 'same name.txt', 2000 + i);

  let deep = builder.folder(builder.top, 'Deep');
  for (let level = 2; level <= 90; level++) deep = builder.folder(deep, `level ${level}`);
  builder.file(deep, 'at the bottom.txt', 12);

  const circles = builder.folder(builder.top, 'Circles');
  const left = builder.folder(circles, 'left');
  const right = builder.folder(circles, 'right');
  builder.shortcut(left, 'to right', right);
  builder.shortcut(right, 'to left', left);
  builder.shortcut(circles, 'to myself', circles);
  builder.shortcut(right, 'to the top', builder.account.root);
  builder.shortcut(circles, 'to nowhere', { id: '1AbsentAbsentAbsentAbsentAbsentAbs', mimeType: 'text/plain' });

  const sizes = builder.folder(builder.top, 'Sizes');
  for (const bytes of [0, 1, 31, 32, 33, 262_143, 262_144, 262_145, 5_242_880, 5_242_881, 8_388_608])
    builder.file(sizes, `${bytes} bytes.bin`, bytes);
  builder.file(sizes, 'huge.bin', hugeContent());
  builder.folder(sizes, 'empty folder');

  const many = builder.folder(builder.top, 'Many');
  for (let i = 1; i <= 1_205; i++) builder.file(many, `${i}.txt`, i % 97);

  const documents = builder.folder(builder.top, 'Documents');
  for (const mimeType of GOOGLE_TYPES) builder.google(documents, `A ${mimeType.split('.').at(-1)}`, mimeType);
  builder.google(documents, 'Too large to export', GOOGLE_DOCUMENT, ['word '.repeat(2_200_000)]);
  builder.file(documents, 'Real.docx', 4_321);
  builder.google(documents, 'Not for readers', GOOGLE_DOCUMENT, ['Readers may not copy this'], {
    copyRequiresWriterPermission: true,
  });

  const odd = builder.folder(builder.top, 'Odd');
  builder.file(odd, 'before computers.txt', 5).modified = Date.UTC(1970, 0, 1);
  builder.file(odd, 'from the future.txt', 5).modified = Date.UTC(2099, 11, 31, 23, 59, 59, 999);
  builder.file(odd, 'much said.txt', 5, { description: 'word '.repeat(5_000), starred: true });
  builder.file(odd, 'properties.txt', 5, { properties: { 'a key': 'a value', ключ: 'значение' } });
  builder.file(odd, 'malware.exe', 666).abusive = true;
  builder.file(odd, 'no such type', 5).mimeType = 'application/x-nobody-knows';
  builder.store.setTrashed(builder.folder(odd, 'in the trash'), true);
  builder.store.setParents(builder.file(odd, 'orphan.txt', 5), []);
  builder.store.setParents(builder.file(odd, 'two parents.txt', 5), [odd, twins]);
  const limited = builder.folder(odd, 'limited access');
  builder.file(limited, 'inside.txt', 5);
  builder.share(odd, 'reader');
  limited.inheritedPermissionsDisabled = true;

  const foreign = builder.folder(builder.friend.root, 'Shared with you', { owner: builder.friend });
  builder.file(foreign, 'copy me.txt', 50, { owner: builder.friend });
  builder.file(foreign, 'only look.txt', 50, { owner: builder.friend, copyRequiresWriterPermission: true });
  builder.share(foreign, 'reader', builder.account);
  const common = builder.folder(builder.top, 'In common');
  builder.share(common, 'writer');
  builder.file(common, 'not yours.txt', 50, { owner: builder.friend });
}
