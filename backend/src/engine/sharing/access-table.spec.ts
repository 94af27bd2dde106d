import { access, DAY_MS, NOW, permission, sharingRules } from '../../../test/support/sharing.js';
import type { SourceAccess } from '../model/sharing.js';
import { AccessTally, type AccessRow } from './access-table.js';
import { AccessPlan, granteeKey, MAX_EXPIRY_MS } from './wanted-access.js';

type Given = Parameters<typeof sharingRules>[0];

/** The table of chosen files, or of the files of a chosen folder if the first entry is for a folder. */
function tableOf(sources: readonly (SourceAccess | undefined)[], given: Given = {}, inFolder = false) {
  const rules = sharingRules(given);
  const plan = new AccessPlan(rules);
  const tally = new AccessTally(rules);
  sources.forEach((source, ordinal) => {
    const isFolder = inFolder && ordinal === 0;
    const parent = inFolder && !isFolder ? 0 : null;
    tally.add(plan.add({ ordinal, parent, kind: isFolder ? 'folder' : 'file' }, source));
  });
  return tally.table();
}

/** Rows as text: `ana@old.example → ana@new.example: writer 2 → writer 2, keeps`. */
const short = (rows: readonly AccessRow[]) =>
  rows.map(({ grantee, becomes, now, after, change, reasons }) => {
    const counts = (roles: typeof now) =>
      Object.entries(roles)
        .map(([role, items]) => `${role} ${items}`)
        .join(' ') || 'nothing';
    const to = becomes ? granteeKey(becomes) : 'nobody';
    const why = reasons.map(({ code, items }) => ` (${code} ${items})`).join('');
    return `${granteeKey(grantee)} → ${to}: ${counts(now)} → ${counts(after)}, ${change}${why}`;
  });

it('counts items by grantee and role, now and afterwards, warnings first', () => {
  const { rows, counts, items, permissions } = tableOf(
    [
      access({ 'sam@old.example': 'owner', 'ana@old.example': 'writer', 'temp@old.example': 'reader' }),
      access({
        'sam@old.example': 'owner',
        'ana@old.example': 'reader',
        'temp@old.example': 'reader',
        anyone: 'writer',
      }),
      access({ 'sam@old.example': 'owner', anyone: 'reader' }),
    ],
    {
      people: { 'temp@old.example': null, 'sam@old.example': 'dora@new.example', '@old.example': '@new.example' },
      options: { links: 'restrict' },
    },
  );

  expect(short(rows)).toEqual([
    'temp@old.example → nobody: reader 2 → nothing, loses (map_nobody 2)',
    '* → *: writer 1 reader 1 → reader 2, less (link_restricted 1)',
    'sam@old.example → dora@new.example: owner 3 → owner 3, keeps',
    'ana@old.example → ana@new.example: writer 1 reader 1 → writer 1 reader 1, keeps',
  ]);
  expect(rows.map(({ line }) => line)).toEqual([1, undefined, 2, 3]);
  expect(counts).toEqual({ gains: 0, loses: 1, less: 1, keeps: 2 });
  expect({ items, permissions }).toEqual({ items: 3, permissions: 4 });
});

it('counts items that inherit with their folder', () => {
  const { rows } = tableOf(
    [access({ 'ana@old.example': 'writer' }), ...Array.from({ length: 9 }, () => undefined)],
    {},
    true,
  );

  expect(short(rows)).toEqual(['ana@old.example → ana@old.example: writer 10 → writer 10, keeps']);
});

it('counts an expiry that is shortened as less', () => {
  const expiresAt = NOW + MAX_EXPIRY_MS + DAY_MS;
  const { rows } = tableOf([
    access([permission('ana@old.example', 'reader', { expiresAt })]),
    access([permission('ana@old.example', 'reader', { expiresAt: NOW + DAY_MS })]),
  ]);

  expect(short(rows)).toEqual(['ana@old.example → ana@old.example: reader 2 → reader 2, less (expiry_shortened 1)']);
});

it('names several reasons, the most frequent first', () => {
  const { rows } = tableOf([
    access({ 'ana@old.example': 'owner' }),
    access({ 'ana@old.example': 'organizer' }),
    access({ 'ana@old.example': 'organizer', anyone: 'reader' }),
    access({ 'ana@old.example': 'writer' }),
  ]);

  expect(short(rows)[0]).toBe(
    'ana@old.example → ana@old.example: owner 1 organizer 2 writer 1 → writer 3, less (role_not_available 2) (owner_dropped 1)',
  );
});

describe('gains', () => {
  it('are listed if the target folder gives people more than they have now', () => {
    const target = { 'ana@new.example': 'writer', '@new.example': 'reader', 'dora@new.example': 'owner' } as const;
    const { rows, counts } = tableOf(
      [
        access({ 'ana@old.example': 'reader', 'eve@third.example': 'reader' }),
        access({ 'eve@third.example': 'reader' }),
      ],
      { target, people: { 'ana@old.example': 'ana@new.example' } },
    );

    expect(short(rows)).toEqual([
      '@new.example → @new.example: nothing → reader 2, gains (target_folder 2)',
      'ana@new.example → ana@new.example: nothing → writer 2, gains (target_folder 2)',
      'eve@third.example → eve@third.example: reader 2 → reader 2, keeps',
      'ana@old.example → ana@new.example: reader 1 → writer 1, keeps',
    ]);
    expect(counts).toEqual({ gains: 2, loses: 0, less: 0, keeps: 2 });
  });

  it('are not listed for a person who replaces another', () => {
    expect(
      tableOf([access({ 'ana@old.example': 'writer', 'ben@old.example': 'reader' })], {
        people: { '@old.example': '@new.example' },
      }).counts,
    ).toEqual({ gains: 0, loses: 0, less: 0, keeps: 2 });
  });

  it('are listed if a line gives more to a person who has own access', () => {
    const { rows } = tableOf(
      [
        access({ 'ana@old.example': 'writer' }),
        access({ 'ana@old.example': 'writer', 'carol@third.example': 'reader' }),
        access({ 'carol@third.example': 'writer' }),
      ],
      { people: { 'ana@old.example': 'carol@third.example' } },
    );

    expect(short(rows)).toEqual([
      'carol@third.example → carol@third.example: reader 1 → writer 2, gains (people_map 2)',
      'ana@old.example → carol@third.example: writer 2 → writer 2, keeps',
      'carol@third.example → carol@third.example: reader 1 writer 1 → writer 2, keeps',
    ]);
    expect(rows[0]!.line).toBe(1);
  });

  it('are listed if the original was moved out of a folder that more people can open', () => {
    const { rows } = tableOf(
      [access({ 'ana@old.example': 'writer' }), access({ 'ben@old.example': 'reader' })],
      {},
      true,
    );

    expect(short(rows)[0]).toBe('ana@old.example → ana@old.example: nothing → writer 1, gains (original_moved 1)');
  });
});

it('counts unreadable items, whose copies inherit from their folder', () => {
  const table = tableOf([access({ 'ana@old.example': 'writer' }), { restrictions: {} }], {}, true);

  expect(table.unreadable).toBe(1);
  expect(short(table.rows)).toEqual(['ana@old.example → ana@old.example: writer 2 → writer 2, keeps']);
});

it('counts deleted accounts in one row', () => {
  const gone = { isDeleted: true, grantee: { type: 'user' } } as const;
  const { rows } = tableOf([access([permission('a', 'reader', gone), permission('b', 'writer', gone)])]);

  expect(short(rows)).toEqual([' → nobody: reader 1 writer 1 → nothing, loses (account_deleted 2)']);
});

it('counts for each line the people that it names, and the items that they can open', () => {
  const { lines } = tableOf(
    [access({ 'ana@old.example': 'writer', 'ben@old.example': 'reader' }), access({ 'ana@old.example': 'reader' })],
    {
      people: { '@old.example': '@new.example', 'gone@old.example': null },
    },
  );

  expect([...lines]).toEqual([
    [1, { people: 2, items: 3 }],
    [2, { people: 0, items: 0 }],
  ]);
});

it('counts correctly beyond the limit of distinct accesses in memory', () => {
  const sources = Array.from({ length: 10_500 }, (_, index) =>
    access({ 'ana@old.example': 'writer', [`p${index}@old.example`]: 'reader' }),
  );
  const { rows, counts, items } = tableOf(sources);

  expect(counts).toEqual({ gains: 0, loses: 0, less: 0, keeps: 10_501 });
  expect(items).toBe(10_500);
  expect(rows[0]).toMatchObject({ now: { writer: 10_500 }, after: { writer: 10_500 } });
});
