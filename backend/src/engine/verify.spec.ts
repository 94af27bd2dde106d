import { aPlannedItem } from '../../test/support/builders.js';
import type { DriveItem } from './ports/drive.js';
import { isEditedCopy } from './verify.js';

const modifiedTime = '2026-01-01T10:00:00.000Z';
const document = {
  ...aPlannedItem(0, { kind: 'google', mimeType: 'application/vnd.google-apps.spreadsheet', size: 94_758 }),
  ...{ checksums: {}, modifiedTime, outcome: {} },
};
const copyOf = (parts: Partial<DriveItem>) => ({ ...document, ...parts }) as unknown as DriveItem;

describe('whether somebody has edited the copy of a document', () => {
  it('does not follow from its size: Google states another one for a copy, and rewritten links change it', () => {
    for (const size of [94_758, 95_003, null]) expect(isEditedCopy(document, copyOf({ size }))).toBe(false);
  });

  it('follows from its time and its name', () => {
    expect(isEditedCopy(document, copyOf({ modifiedTime: '2026-01-01T10:00:01.000Z' }))).toBe(true);
    expect(isEditedCopy(document, copyOf({ name: 'renamed' }))).toBe(true);
  });

  it('follows from the size of a file without checksums', () => {
    const file = { ...document, kind: 'file' as const };
    expect(isEditedCopy(file, copyOf({ size: 95_003 }))).toBe(true);
    expect(isEditedCopy(file, copyOf({}))).toBe(false);
  });
});
