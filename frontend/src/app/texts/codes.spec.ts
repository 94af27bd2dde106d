// Each code of the API that the portal shows has a text in both languages.
import { PROBLEM_CODE } from '../api/models/problem-code-array';
import { REASON_CODE } from '../api/models/reason-code-array';
import { explain } from '../core/problem';
import { describeReason } from '../features/transfers/item-labels';
import { speak } from './catalogue';
import { de } from './de';
import { en } from './en';

/** The backend is another project; only these tables of it are needed. */
const { REASON_CODES, reasonOf, LEFT_REASONS } = (await import('../../../../backend/src/engine/model/reasons')) as {
  REASON_CODES: readonly string[];
  reasonOf: (code: string) => { is: readonly string[] };
  LEFT_REASONS: Record<string, string>;
};

const { ACCESS_REASONS } = (await import('../../../../backend/src/engine/model/access-reasons')) as {
  ACCESS_REASONS: Record<string, { advice: string }>;
};
const { LINK_REASONS } = (await import('../../../../backend/src/engine/model/link-reasons')) as {
  LINK_REASONS: Record<string, { advice: string }>;
};

const FORESEEN_CODES = REASON_CODES.filter((code) => reasonOf(code).is.includes('foreseen'));

/** A sentence of the API, which must not be shown where the portal has a text. */
const API_SENTENCE = 'the sentence of the API';

afterEach(() => speak('en'));

describe.each([
  ['en', en],
  ['de', de],
] as const)('in %s', (language, texts) => {
  beforeEach(() => speak(language));

  it.each(PROBLEM_CODE)('the problem %s has a text', (code) => {
    const { text, known } = explain({ code, title: API_SENTENCE, status: 400 });
    expect(known).toBe(true);
    expect(text.length).toBeGreaterThan(10);
  });

  it.each(Object.keys(LEFT_REASONS))('the reason %s for keeping an item has a text', (code) => {
    expect(Object.keys(texts.transfers.item.left)).toContain(code);
  });

  it.each(FORESEEN_CODES)('the reason %s of a preflight has a text', (code) => {
    expect(Object.keys(texts.review.problems.reasons)).toContain(code);
  });

  it.each(Object.entries(ACCESS_REASONS))(
    'the reason %s for other access has a fix if the API has one',
    (code, reason) => {
      expect(Boolean(texts.access.fixes[code])).toBe(reason.advice !== '');
    },
  );

  it.each(Object.entries(LINK_REASONS))(
    'the reason %s for a link has a title, and a fix if the API has one',
    (code, reason) => {
      expect(texts.links.codes[code]).toBeTruthy();
      expect(Boolean(texts.links.fixes[code])).toBe(reason.advice !== '');
    },
  );

  // The compiler reports a missing one.
  it.each(REASON_CODE)('the reason %s of items has its own text', (code) => {
    const { title, advice } = describeReason({ code, title: '' });
    expect(title.length).toBeGreaterThan(10);
    expect(advice.length).toBeGreaterThan(10);
    if (code !== 'internal') expect(title).not.toBe(texts.transfers.reasons.internal[0]);
  });
});

it('uses the API’s sentences in English, which may quote Google, and its own in German', async () => {
  const reason = { code: 'google_refused', title: 'Google refused. Its reason: teapot.', advice: API_SENTENCE };
  expect(describeReason(reason)).toEqual({ title: reason.title, advice: API_SENTENCE });
  await speak('de');
  expect(describeReason(reason).title).toMatch(/^Google hat diese Elemente aus einem Grund abgelehnt/);
});

it('treats a reason of a later API as unknown', async () => {
  const later = { code: 'of_a_later_api', title: '' };
  expect(describeReason(later).title).toMatch(/^CloudMover had a problem/);
  expect(describeReason({ ...later, code: 'constructor' }).title).toMatch(/^CloudMover had a problem/);
  await speak('de');
  expect(describeReason({ ...later, title: API_SENTENCE }).title).toMatch(/^CloudMover hatte ein Problem/);
});
