import { literal } from './google-file.js';
import { searchTerm } from './google-browser.adapter.js';

describe('literal', () => {
  it.each([
    ['plain', "'plain'"],
    ["Ana's", "'Ana\\'s'"],
    ['a\\b', "'a\\\\b'"],
    ["\\' or trashed = true or name = '", "'\\\\\\' or trashed = true or name = \\''"],
    ['', "''"],
  ])('writes %p as %s', (text, expected) => {
    expect(literal(text)).toBe(expected);
  });
});

describe('searchTerm', () => {
  it.each([
    [{}, 'trashed = false'],
    [{ folderId: 'root' }, "'root' in parents and trashed = false"],
    [{ search: "Ana's" }, "name contains 'Ana\\'s' and trashed = false"],
    [
      { folderId: 'f', search: 'x', foldersOnly: true },
      "'f' in parents and name contains 'x' and mimeType = 'application/vnd.google-apps.folder' and trashed = false",
    ],
    [{ sharedWithMe: true }, 'sharedWithMe = true and trashed = false'],
  ])('%j searches for %s', (query, expected) => {
    expect(searchTerm({ foldersOnly: false, sharedWithMe: false, ...query })).toBe(expected);
  });
});
