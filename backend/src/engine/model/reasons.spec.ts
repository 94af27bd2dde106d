import { PROBLEMS } from '../../http/problems.js';
import { DriveError, ItemError } from '../errors.js';
import { isAccountWide, isHidden, isTransient } from '../failures.js';
import {
  CHANGEABLE_AT_SOURCE,
  explain,
  FALLBACK_REASONS,
  FALLBACKS,
  itemCodeOf,
  LEFT_REASONS,
  REASON_CODES,
  reasonOf,
} from './reasons.js';

describe('a code has one sentence', () => {
  it('and no two codes share one', () => {
    const titles = REASON_CODES.map((code) => reasonOf(code).title);
    expect(new Set(titles).size).toBe(titles.length);
  });

  it.each(REASON_CODES)('%s: also as an error, as an outcome and as a problem of the API', (code) => {
    const { title, advice } = reasonOf(code);
    for (const sentence of [title, advice]) expect(sentence).toMatch(/^[A-Z].*\.$/);
    expect(new ItemError(code).message).toBe(`${title} ${advice}`);
    expect(explain(code, 'Detail.')).toEqual({ code, reason: `${title} Detail. ${advice}` });
    const problem = (PROBLEMS as Partial<Record<string, { title: string }>>)[code];
    if (problem) expect(`${problem.title}.`).toBe(title);
  });

  it('also where it states why another method was used, or an item was kept', () => {
    const others = { ...FALLBACK_REASONS, ...LEFT_REASONS };
    for (const [code, sentence] of Object.entries(others))
      if (itemCodeOf(code) === code) expect([code, sentence]).toEqual([code, reasonOf(itemCodeOf(code)).title]);
    expect(new Set(Object.values(others)).size).toBe(Object.keys(others).length);
  });

  it('without naming a store', () => {
    for (const code of REASON_CODES) expect(explain(code).reason).not.toMatch(/redis/i);
  });
});

describe('the table decides', () => {
  it('which codes concern an account, so that its items wait', () => {
    const wide = REASON_CODES.filter((code) => isAccountWide(new ItemError(code)));
    expect(wide.toSorted()).toEqual(['destination_storage_full', 'quota_exceeded', 'rate_limited']);
  });

  it('which are temporary, and which may mean that the account sees nothing there', () => {
    const those = (matches: (error: DriveError) => boolean) =>
      REASON_CODES.filter((code) => matches(new DriveError(code as DriveError['code']))).toSorted();
    expect(those(isTransient)).toEqual(['ambiguous_write', 'google_unavailable', 'rate_limited']);
    expect(those(isHidden)).toEqual(['google_refused', 'not_found', 'source_permission_denied']);
  });

  it('which lead to another method', () => {
    for (const code of REASON_CODES) expect([...FALLBACKS, undefined]).toContain(reasonOf(code).fallback);
  });

  it('that a plain retry never includes what needs an option or the owner', () => {
    for (const code of REASON_CODES) if (reasonOf(code).retryWith) expect(reasonOf(code).is).not.toContain('retryable');
    expect(CHANGEABLE_AT_SOURCE).toContain('cannot_copy');
    expect(CHANGEABLE_AT_SOURCE).not.toContain('canceled');
  });
});

it.each(['a code of another version', '', undefined, 'constructor', '__proto__'])('reads %s as internal', (code) => {
  expect(itemCodeOf(code)).toBe('internal');
});
