import { provideRouter, withComponentInputBinding } from '@angular/router';
import { RouterTestingHarness } from '@angular/router/testing';
import { TestBed } from '@angular/core/testing';
import { Title } from '@angular/platform-browser';
import { waitFor } from '@testing-library/angular';
import { PROBLEM_CODE } from '../../api/models/problem-code-array';
import { network, portalHttp } from '../../../testing/portal-http';
import { speak } from '../../texts/catalogue';
import { problemPages as de } from '../../texts/de/problem-pages';
import { problemPages as en } from '../../texts/en/problem-pages';
import ProblemPage from './problem-page';

const routes = ['problems', 'problems/:code'].map((path) => ({ path, component: ProblemPage }));

/** The backend is another project; only this table of it is needed. */
const { PROBLEMS } = (await import('../../../../../backend/src/http/problems')) as {
  PROBLEMS: Record<string, { title: string }>;
};

async function open(path: string): Promise<HTMLElement> {
  TestBed.configureTestingModule({
    providers: [...portalHttp(), provideRouter(routes, withComponentInputBinding())],
  });
  const harness = await RouterTestingHarness.create(path);
  await harness.fixture.whenStable();
  return harness.routeNativeElement!;
}

afterEach(() => speak('en'));

it('explains a code and what to do, without a request', async () => {
  const page = await open('/problems/session_expired');
  expect(page.querySelector('h1')).toHaveTextContent('The session has ended');
  expect(page).toHaveTextContent(/What it means.*expired.*What to do.*Connect the account again/);
  expect(TestBed.inject(Title).getTitle()).toBe('The session has ended · CloudMover');
  network().verify();
});

it('is shown in German', async () => {
  const page = await open('/problems/rate_limited');
  await speak('de');
  await waitFor(() => expect(page).toHaveTextContent(/Zu viele Anfragen.*Was zu tun ist/));
});

it.each(['of_a_later_api', 'constructor'])(
  'says of %s that it is not known here, and leads to the list',
  async (code) => {
    const page = await open(`/problems/${code}`);
    expect(page).toHaveTextContent(/not known here/);
    expect(page.querySelector('a')).toHaveAttribute('href', '/problems');
  },
);

it('lists every code', async () => {
  const page = await open('/problems');
  const links = [...page.querySelectorAll('a')].map((link) => link.getAttribute('href'));
  expect(links).toEqual(PROBLEM_CODE.map((code) => `/problems/${code}`));
});

it.each(PROBLEM_CODE)('has the API’s title for %s', (code) => {
  expect(en.codes[code][0]).toBe(PROBLEMS[code]?.title.replace("'", '’'));
});

it.each(PROBLEM_CODE)('has its own text for %s in both languages', (code) => {
  for (const [index, text] of en.codes[code].entries()) {
    expect(text).toMatch(/[A-Za-z)?.]$/);
    expect(de.codes[code][index]).not.toBe(text);
    expect(de.codes[code][index]?.length).toBeGreaterThan(6);
  }
});
