import { aPlannedItem } from '../../test/support/builders.js';
import { barrierOf, forecastOf, MAX_DEPTH, skippedFor, Tally } from './forecast.js';
import type { PlannedItem } from './model/items.js';
import type { TransferOrder } from './model/order.js';

const GB = 1000 ** 3;
const DOC = 'application/vnd.google-apps.document';
const MAP = 'application/vnd.google-apps.map';
const FORM = 'application/vnd.google-apps.form';
const ORDER = { allowConversion: false, shortcuts: 'rebuild' } as const;

const item = (more: Partial<PlannedItem> = {}): PlannedItem => ({ ...aPlannedItem(0), ...more });
const doc = (more: Partial<PlannedItem> = {}): PlannedItem =>
  item({ kind: 'google', mimeType: DOC, size: null, ...more });

describe('a file', () => {
  it.each([
    ['that may be copied is copied inside Google', {}, { way: 'server_copy' }],
    ['of 750 GB is, too', { size: 750 * GB }, { way: 'server_copy' }],
    ['that is larger is relayed', { size: 750 * GB + 1 }, { way: 'relay' }],
    ['that may not be copied is relayed', { canCopy: false }, { way: 'relay' }],
    ['that can’t be shared is relayed', { barrier: 'sharing_refused' }, { way: 'relay' }],
    [
      'that may be neither copied nor downloaded is not copied',
      { canCopy: false, canDownload: false },
      'source_permission_denied',
    ],
    ['that is larger than Drive allows is not copied', { size: 5_000 * GB + 1 }, 'too_large'],
  ] as const)('%s', (_, more, expected) => {
    expect(forecastOf(item(more), ORDER)).toEqual(
      typeof expected === 'string' ? { way: 'none', problem: expected } : expected,
    );
  });
});

describe('a file of Google’s own types', () => {
  it.each([
    ['is copied inside Google', {}, { way: 'server_copy' }],
    ['that may not be copied needs conversion', { canCopy: false }, 'conversion_needed'],
    [
      'that may not be downloaded either is not copied',
      { canCopy: false, canDownload: false },
      'source_permission_denied',
    ],
    ['that can’t be converted, and may not be copied', { mimeType: FORM, canCopy: false }, 'cannot_copy'],
    ['that can’t be converted, and not be shared', { mimeType: FORM, barrier: 'source_read_only' }, 'sharing_refused'],
    ['of a type without any copy', { mimeType: MAP, canCopy: false }, 'not_copyable'],
  ] as const)('%s', (_, more, expected) => {
    expect(forecastOf(doc(more), ORDER)).toEqual(
      typeof expected === 'string' ? { way: 'none', problem: expected } : expected,
    );
  });

  it('is converted if that was allowed, for the transfer or for the item', () => {
    const expected = { way: 'export', problem: 'lossy' };
    expect(forecastOf(doc({ canCopy: false }), { ...ORDER, allowConversion: true })).toEqual(expected);
    expect(forecastOf({ ...doc({ canCopy: false }), mayConvert: true }, ORDER)).toEqual(expected);
  });
});

describe('folders and shortcuts', () => {
  it('are created', () => {
    expect(forecastOf(item({ kind: 'folder' }), ORDER)).toEqual({ way: 'created' });
    expect(forecastOf(item({ kind: 'shortcut', shortcutTargetId: 'x' }), ORDER)).toEqual({ way: 'created' });
  });

  it('are skipped where they cannot be created', () => {
    const problemOf = (
      more: Partial<PlannedItem>,
      order: Pick<TransferOrder, 'allowConversion' | 'shortcuts'> = ORDER,
    ) => forecastOf(item(more), order).problem;
    expect(problemOf({ kind: 'folder', canListChildren: false })).toBe('contents_hidden');
    expect(problemOf({ kind: 'shortcut' })).toBe('shortcut_dangling');
    expect(problemOf({ kind: 'shortcut', shortcutTargetId: 'x' }, { ...ORDER, shortcuts: 'skip' })).toBe(
      'shortcut_skipped',
    );
  });

  it('are not deeper than Drive allows, including the target’s own depth', () => {
    const at = (kind: PlannedItem['kind'], depth: number, targetDepth: number) =>
      forecastOf(item({ kind, depth }), ORDER, targetDepth).problem;
    expect(at('folder', MAX_DEPTH - 11, 10)).toBeUndefined();
    expect(at('folder', MAX_DEPTH - 10, 10)).toBe('folder_limit');
    expect(at('file', MAX_DEPTH - 10, 10)).toBeUndefined();
    expect(at('file', MAX_DEPTH - 9, 10)).toBe('folder_limit');
  });
});

it('names what prevents a copy inside Google, the listed barrier first', () => {
  expect(barrierOf(item())).toBeUndefined();
  expect(barrierOf(item({ canCopy: false, barrier: 'folder_limited' }))).toBe('folder_limited');
  expect(barrierOf(item({ canCopy: false }))).toBe('copying_forbidden');
  expect(barrierOf(doc({ size: 900 * GB }))).toBeUndefined();
});

it('states what prevents the copy of a skipped item, and who may not see a shortcut’s target', () => {
  expect(skippedFor('conversion_needed', doc({ barrier: 'source_read_only' }), 'ben@example.com').reason).toMatch(
    /connected as copy only/,
  );
  expect(skippedFor('shortcut_target_hidden', item({ kind: 'shortcut' }), 'ben@example.com').reason).toMatch(
    /ben@example\.com/,
  );
  const { reason } = skippedFor(
    'sharing_refused',
    doc({ mimeType: FORM, barrier: 'sharing_refused' }),
    'ben@example.com',
  );
  expect(reason.match(/may not share it/g)).toHaveLength(1);
});

describe('the sum of a plan', () => {
  const folder = item({ kind: 'folder', name: 'Work', path: 'Work', size: null });
  const tallyOf = (entries: readonly [PlannedItem, PlannedItem | null][]): Tally => {
    const tally = new Tally(ORDER as TransferOrder, 0);
    for (const [each, parent] of entries) tally.add(each, parent);
    return tally;
  };

  it('counts items and bytes by method, problems by code, and decisions for the user', () => {
    const tally = tallyOf([
      [folder, null],
      [item({ ordinal: 1, parent: 0, depth: 1, size: 7 }), folder],
      [item({ ordinal: 2, parent: 0, depth: 1, size: 5, canCopy: false, ownedByMe: false }), folder],
      [doc({ ordinal: 3, parent: 0, depth: 1, canCopy: false }), folder],
    ]);
    expect(tally.facts()).toMatchObject({
      forecast: {
        created: { items: 1, bytes: 0 },
        server_copy: { items: 1, bytes: 7 },
        relay: { items: 1, bytes: 5 },
        none: { items: 1, bytes: 0 },
      },
      problems: { conversion_needed: 1 },
      tallied: { folders: 1, foreign: 1, movable: 2, convertible: { items: 1, bytes: 0 }, top: 1 },
      deepest: 1,
      largestFolder: { path: 'Work', children: 3 },
    });
  });

  it('removes a shortcut that turns out to be impossible', () => {
    const link = item({ kind: 'shortcut', shortcutTargetId: 'x', size: null });
    const tally = tallyOf([[link, null]]);
    tally.markImpossible(link, 'shortcut_dangling');
    expect(tally.facts()).toMatchObject({
      forecast: { created: { items: 0 }, none: { items: 1 } },
      problems: { shortcut_dangling: 1 },
      tallied: { movable: 0, top: 0 },
    });
  });
});
