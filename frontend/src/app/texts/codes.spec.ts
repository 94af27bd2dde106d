// Each code by which the API says something that the portal shows has words in both languages.
import { PROBLEM_CODE } from '../api/models/problem-code-array';
import { REASON_CODE } from '../api/models/reason-code-array';
import { explain } from '../core/problem';
import { describeReason } from '../features/transfers/item-labels';
import { speak } from './catalogue';
import { de } from './de';
import { en } from './en';

/** The backend is another project, of which only these tables are wanted. */
const { REASON_CODES, reasonOf, LEFT_REASONS } = jest.requireActual<{
  REASON_CODES: readonly string[];
  reasonOf: (code: string) => { is: readonly string[] };
  LEFT_REASONS: Record<string, string>;
}>('../../../../backend/src/engine/model/reasons');

const FORESEEN_CODES = REASON_CODES.filter((code) => reasonOf(code).is.includes('foreseen'));

/** What the API says itself, in English: must not be seen where there are words. */
const OF_THE_API = 'as the API says it';

afterEach(() => speak('en'));

describe.each([
  ['en', en],
  ['de', de],
] as const)('in %s', (language, texts) => {
  beforeEach(() => speak(language));

  it.each(PROBLEM_CODE)('the problem %s has a text', (code) => {
    const { text, known } = explain({ code, title: OF_THE_API, status: 400 });
    expect(known).toBe(true);
    expect(text.length).toBeGreaterThan(10);
  });

  it.each(Object.keys(LEFT_REASONS))('the reason %s for keeping an item has a text', (code) => {
    expect(Object.keys(texts.transfers.item.left)).toContain(code);
  });

  it.each(FORESEEN_CODES)('the reason %s of a preflight has a text', (code) => {
    expect(Object.keys(texts.review.problems.reasons)).toContain(code);
  });

  // That none is missing, the compiler says.
  it.each(REASON_CODE)('the reason %s of items has its own text', (code) => {
    const { title, advice } = describeReason({ code, title: '' });
    expect(title.length).toBeGreaterThan(10);
    expect(advice.length).toBeGreaterThan(10);
    if (code !== 'internal') expect(title).not.toBe(texts.transfers.reasons.internal[0]);
  });
});

it('uses the API’s sentences in English, which may quote Google, and its own in German', async () => {
  const said = { code: 'google_refused', title: 'Google refused. Its reason: teapot.', advice: OF_THE_API };
  expect(describeReason(said)).toEqual({ title: said.title, advice: OF_THE_API });
  await speak('de');
  expect(describeReason(said).title).toMatch(/^Google hat diese Elemente aus einem Grund abgelehnt/);
});

it('treats a reason of a later API as unknown', async () => {
  const later = { code: 'of_a_later_api', title: '' };
  expect(describeReason(later).title).toMatch(/^CloudMover or Google/);
  expect(describeReason({ ...later, code: 'constructor' }).title).toMatch(/^CloudMover or Google/);
  await speak('de');
  expect(describeReason({ ...later, title: OF_THE_API }).title).toMatch(/^CloudMover oder Google/);
});
