import { literal } from './google-file.js';
import type { GoogleDriveApi } from './google-drive-api.js';
import { GoogleBrowserAdapter, searchTerm } from './google-browser.adapter.js';

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

describe('the storage of an account', () => {
  it.each([
    ['5000', 5000],
    ['0', null],
    [undefined, null],
  ])('with a limit of %s is %s', async (limit, expected) => {
    const about = { user: { emailAddress: 'ana@example.com' }, storageQuota: { usage: '7', ...(limit && { limit }) } };
    const api = { call: async (_account: unknown, read: (answer: unknown) => unknown) => read(about) };
    const browser = new GoogleBrowserAdapter(api as unknown as GoogleDriveApi);
    const { storage } = await browser.about({ credentialId: 'c', side: 'source' } as never);
    expect(storage).toMatchObject({ used: 7, limit: expected });
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
