import { FairShare } from './fair-share.js';

/** How many steps of an account begin, of many that want to. */
const beginning = (share: FairShare, account: string, wanted = 100) =>
  Array.from({ length: wanted }, () => share.begin(account)).filter(Boolean).length;

it('leaves room for one more account than there are', () => {
  const share = new FairShare(64);
  expect(beginning(share, 'ana')).toBe(32);
  expect(beginning(share, 'ben')).toBe(21);
  expect(beginning(share, 'carol')).toBe(16);
  expect(share.begin('ana')).toBe(false);
});

it('gives an account more once others have ended, and at least one place', () => {
  const share = new FairShare(4);
  for (const account of ['a', 'b', 'c', 'd', 'e']) expect(beginning(share, account)).toBeGreaterThanOrEqual(1);
  for (const account of ['b', 'c', 'd', 'e']) share.end(account);
  share.end('a');
  expect(beginning(share, 'f')).toBeGreaterThanOrEqual(1);
});

it('resumes returned jobs one after the other', () => {
  const share = new FairShare(4);
  expect([share.pause(1_000), share.pause(1_000), share.pause(1_000)]).toEqual([500, 550, 600]);
  expect(share.pause(9_000)).toBe(500);
});
