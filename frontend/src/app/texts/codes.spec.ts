// Each code by which the API says something that the portal shows has words in both languages.
import { PROBLEM_CODE } from '../api/models/problem-code-array';
import { explain } from '../core/problem';
import { reasonWords } from '../features/transfers/item-words';
import { speak } from './catalogue';
import { de } from './de';
import { en } from './en';

/** The backend is another project, of which only these two tables are wanted. */
const { LEFT_REASONS, REASON_CODES } = jest.requireActual<{
  LEFT_REASONS: Record<string, string>;
  REASON_CODES: readonly string[];
}>('../../../../backend/src/engine/reasons');

/** What the API says itself, in English: must not be seen where there are words. */
const OF_THE_API = 'as the API says it';

afterEach(() => speak('en'));

describe.each([
  ['en', en],
  ['de', de],
] as const)('in %s', (language, texts) => {
  beforeEach(() => speak(language));

  it.each(PROBLEM_CODE)('the problem %s has words', (code) => {
    const { text, known } = explain({ code, title: OF_THE_API, status: 400 });
    expect(known).toBe(true);
    expect(text.length).toBeGreaterThan(10);
  });

  it.each(Object.keys(LEFT_REASONS))('what was left for the reason %s has words', (code) => {
    expect(Object.keys(texts.transfers.item.left)).toContain(code);
  });
});

describe('in German', () => {
  beforeEach(() => speak('de'));

  it.each(REASON_CODES)('the reason %s of items has words of its own', (code) => {
    expect(Object.keys(de.transfers.reasons)).toContain(code);
    const { title, advice } = reasonWords({ code, title: OF_THE_API, advice: OF_THE_API });
    expect([title, advice]).not.toContain(OF_THE_API);
    expect(title && advice).toBeTruthy();
  });

  it('a reason of a later API reads as one that has no name yet', () => {
    expect(reasonWords({ code: 'of_a_later_api', title: OF_THE_API }).title).toMatch(/^CloudMover oder Google/);
  });
});
