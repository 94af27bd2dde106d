/** Kinds of link targets, by the word in Google's addresses. */
export type Kind = 'document' | 'spreadsheets' | 'presentation' | 'forms' | 'drawings' | 'file' | 'folder';

const EDITORS = ['document', 'spreadsheets', 'presentation', 'forms', 'drawings'] as const;
const KEY = '0-AbCdEfGhIjKlMnOpQrStUv';

/** Fragments that link to a place in an item, by kind. */
const PLACES: Partial<Record<Kind, readonly string[]>> = {
  document: ['?tab=t.0', '#heading=h.plan', '?tab=t.0#heading=h.plan', '#bookmark=id.kix.bookmark'],
  spreadsheets: ['#gid=0', '?gid=0#gid=0', '#gid=0&range=A1:B2', '?usp=sharing#gid=0'],
  presentation: ['#slide=id.p', '?slide=id.p#slide=id.p'],
};

/** Every form of an item's address that people have in their documents. */
export function addressesOf(kind: Kind, id: string): string[] {
  const drive = [
    `https://drive.google.com/open?id=${id}`,
    `https://drive.google.com/open?id=${id}&usp=drive_fs`,
    `https://drive.google.com/open?usp=drive_fs&id=${id}&resourcekey=${KEY}`,
  ];
  if (kind === 'folder')
    return [
      `https://drive.google.com/drive/folders/${id}`,
      `https://drive.google.com/drive/folders/${id}?usp=sharing`,
      `https://drive.google.com/drive/folders/${id}?resourcekey=${KEY}&usp=drive_link`,
      `https://drive.google.com/drive/u/0/folders/${id}`,
      `https://drive.google.com/drive/u/12/folders/${id}?usp=drive_link`,
      ...drive,
    ];
  const file = [
    `https://drive.google.com/file/d/${id}`,
    `https://drive.google.com/file/d/${id}/view`,
    `https://drive.google.com/file/d/${id}/view?usp=sharing`,
    `https://drive.google.com/file/d/${id}/preview`,
    `https://drive.google.com/file/d/${id}/view?usp=drive_link&resourcekey=${KEY}`,
    ...drive,
  ];
  if (kind === 'file')
    return [
      ...file,
      `https://drive.google.com/uc?id=${id}`,
      `https://drive.google.com/uc?export=download&id=${id}`,
      `https://drive.google.com/uc?export=view&id=${id}&resourcekey=${KEY}`,
    ];
  const at = `https://docs.google.com/${kind}`;
  return [
    `${at}/d/${id}`,
    `${at}/d/${id}/`,
    `${at}/d/${id}/edit`,
    `${at}/d/${id}/edit?usp=sharing`,
    `${at}/d/${id}/edit?usp=drive_link&ouid=101234567890123456789&rtpof=true&sd=true`,
    `${at}/d/${id}/edit?resourcekey=${KEY}`,
    `${at}/d/${id}/edit?usp=sharing&resourcekey=${KEY}`,
    `${at}/d/${id}/view`,
    `${at}/d/${id}/preview`,
    `${at}/d/${id}/copy`,
    `${at}/u/0/d/${id}/edit`,
    `${at}/u/3/d/${id}/edit?usp=drive_web`,
    `http://docs.google.com/${kind}/d/${id}/edit`,
    `HTTPS://DOCS.GOOGLE.COM/${kind}/d/${id}/edit`,
    ...(PLACES[kind] ?? []).map((place) => `${at}/d/${id}/edit${place}`),
    ...(PLACES[kind] ?? []).slice(0, 1).map((place) => `${at}/u/1/d/${id}/edit${place}`),
    ...drive,
    `https://drive.google.com/file/d/${id}/view`,
  ];
}

/** Texts that look like an address of the item but are not; a program must not change them. */
export function nearMisses(id: string): string[] {
  return [
    ...EDITORS.map((kind) => `https://docs.google.com.example/${kind}/d/${id}/edit`),
    `https://docs.google.example/document/d/${id}/edit`,
    `https://notdocs.google.com/document/d/${id}/edit`,
    `https://example.com/document/d/${id}/edit`,
    `https://example.com/?next=https://docs.google.com/document/d/${id}/edit`,
    `https://docs.google.com@example.com/document/d/${id}/edit`,
    `https://drive.google.com.example/file/d/${id}/view`,
    `https://drive.google.example/open?id=${id}`,
    `ftp://docs.google.com/document/d/${id}/edit`,
    `https://docs.google.com/document/d/${id.slice(0, -1)}/edit`,
    `https://docs.google.com/document/d/${id}x/edit`,
    'https://docs.google.com/document/d//edit',
    'https://docs.google.com/document/u/0/',
    'https://docs.google.com/document/create',
    'https://docs.google.com/forms/d/e/1FAIpQLSdAbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfGhIjK/viewform',
    'https://drive.google.com/drive/my-drive',
    'https://drive.google.com/drive/u/0/shared-with-me',
    `https://drive.google.com/drive/search?q=${id}`,
    `https://drive.google.com/file/${id}/view`,
    `https://drive.google.com/open?ID=${id}`,
    `https://drive.google.com/uc?export=download&file=${id}`,
    `https://sites.google.com/d/${id}/edit`,
    `mailto:${id}@example.com`,
    id,
  ];
}

/** Addresses of other sites. */
export const ELSEWHERE = [
  'https://example.com/',
  'https://en.wikipedia.org/wiki/Hyperlink#History',
  'mailto:ana@example.com',
  'https://www.google.com/search?q=docs.google.com',
];
