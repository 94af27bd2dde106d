import { FairShare } from './fair-share.js';

/** How many of an account's steps may start. */
const beginning = (share: FairShare<string>, account: string, wanted = 100) =>
  Array.from({ length: wanted }, () => share.begin(account)).filter(Boolean).length;

it('leaves room for one more account than there are', () => {
  const share = new FairShare<string>(64);
  expect(beginning(share, 'ana')).toBe(32);
  expect(beginning(share, 'ben')).toBe(21);
  expect(beginning(share, 'carol')).toBe(16);
  expect(share.begin('ana')).toBe(false);
});

it('gives an account more once others have ended, and at least one place', () => {
  const share = new FairShare<string>(4);
  for (const account of ['a', 'b', 'c', 'd', 'e']) expect(beginning(share, account)).toBeGreaterThanOrEqual(1);
  for (const account of ['b', 'c', 'd', 'e']) share.end(account, 0);
  share.end('a', 0);
  expect(beginning(share, 'f')).toBeGreaterThanOrEqual(1);
});

it('resumes returned jobs one after the other', () => {
  const share = new FairShare<string>(4);
  const holdBack = (job: string, now: number) => share.holdBack('ana', job, now);
  expect([holdBack('1', 1_000), holdBack('2', 1_000), holdBack('3', 1_000)]).toEqual([500, 550, 600]);
  expect(holdBack('4', 9_000)).toBe(500);
});

it('resumes a returned job at once when a place of its account becomes free', () => {
  const share = new FairShare<string>(4);
  expect(beginning(share, 'ana')).toBe(2);
  for (const job of ['1', '2', '3']) share.holdBack('ana', job, 1_000);
  share.holdBack('ben', 'another', 1_000);
  expect(share.end('ana', 1_100)).toBe('1');
  expect(share.end('ana', 1_590)).toBe('3'); // the second has returned at its time
  expect(share.end('ana', 1_590)).toBeUndefined();
});
