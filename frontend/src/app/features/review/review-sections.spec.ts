import { TestBed } from '@angular/core/testing';
import { provideRouter, withComponentInputBinding } from '@angular/router';
import { RouterTestingHarness } from '@angular/router/testing';
import { HttpResponse } from '@angular/common/http';
import { screen, waitFor, within } from '@testing-library/angular';
import userEvent from '@testing-library/user-event';
import { aPreflight } from '../../../testing/builders';
import { confirmSession, network, portalHttp, rest, storeTokens } from '../../../testing/portal-http';
import { SessionStore } from '../../core/sessions';
import { Preflight } from '../../api/models/preflight';
import ReviewPage from './review-page';

const CARRIED: Partial<Preflight> = {
  sharing: {
    mode: 'carry',
    unmapped: 'keep',
    links: 'keep',
    owner: 'drop',
    outsiders: 'keep',
    notify: false,
    lines: 0,
  },
};
const ACCESS: NonNullable<Preflight['access']> = {
  items: 3,
  permissions: 5,
  keeps: 4,
  less: 0,
  loses: 0,
  gains: 0,
  refused: 0,
  target: 0,
  warnings: [],
  warningCount: 0,
};
const DECISION = aPreflight({
  counts: {
    convertible: { items: 4, bytes: 1 },
    ways: { serverCopy: { items: 86, bytes: 1 }, none: { items: 4, bytes: 0 } },
  },
});

async function open(preflight: Preflight) {
  storeTokens('source', 'destination');
  const routes = [{ path: 'move/review/:preflightId', component: ReviewPage }];
  TestBed.configureTestingModule({ providers: [...portalHttp(), provideRouter(routes, withComponentInputBinding())] });
  void TestBed.inject(SessionStore).check();
  await RouterTestingHarness.create('/move/review/pre1');
  await confirmSession('source');
  await confirmSession('destination');
  network().expectOne('/api/preflights/pre1').flush(preflight);
  await rest();
}

const section = (name: string) => within(screen.getByRole('region', { name }));
const heading = (name: string) => section(name).getByRole('button', { name });
const openSections = () =>
  screen
    .queryAllByRole('button', { expanded: true })
    .filter((button) => button.closest('h2'))
    .map((button) => button.textContent.trim());

afterEach(() => localStorage.clear());

it('closes a section to one line with its result, and opens it by keyboard', async () => {
  await open(aPreflight());
  expect(screen.queryAllByRole('button', { expanded: true })).toEqual([]);
  expect(heading('How items will be copied')).toHaveAccessibleDescription('90 inside Google, 10 re-created');
  expect(heading('What’s included')).toHaveAccessibleDescription('Everything you selected');
  expect(heading('Checks')).toHaveAccessibleDescription('4 passed');
  expect(heading('Who will have access')).toHaveAccessibleDescription(
    /^The copies can be opened by archive@example.com/,
  );
  expect(heading('What isn’t copied')).toHaveAccessibleDescription(/^Sharing settings, version history and/);
  const checks = heading('Checks');
  expect(section('Checks').queryByText('Enough space in the destination')).not.toBeInTheDocument();
  checks.focus();
  await userEvent.keyboard('{Enter}');
  expect(checks).toHaveAttribute('aria-expanded', 'true');
  expect(section('Checks').getByText('Enough space in the destination')).toBeVisible();
  await userEvent.keyboard(' ');
  expect(checks).toHaveAttribute('aria-expanded', 'false');
  expect(checks).toHaveFocus();
});

it.each<[what: string, preflight: Preflight, opened: string[]]>([
  ['a decision about conversion', DECISION, ['How items will be copied']],
  [
    'items that will be replaced',
    aPreflight({ conflicts: { skipped: 0, replaced: 2, merged: 0 } }),
    ['How items will be copied'],
  ],
  [
    'a check that warns',
    aPreflight({ checks: [{ code: 'daily_limit_fits', ok: false, blocking: false, sentence: '' }] }),
    ['Checks'],
  ],
  [
    'a check that states a fact',
    aPreflight({ checks: [{ code: 'owned_by_others', ok: false, blocking: false, sentence: '' }] }),
    [],
  ],
  ['a filter that excludes everything', aPreflight({ counts: { found: 0 }, filteredOut: 9 }), ['What’s included']],
  ['access that everybody keeps', aPreflight({ ...CARRIED, access: ACCESS }), []],
  ['access that somebody loses', aPreflight({ ...CARRIED, access: { ...ACCESS, loses: 1 } }), ['Who will have access']],
  ['access that somebody gains', aPreflight({ ...CARRIED, access: { ...ACCESS, gains: 1 } }), ['Who will have access']],
])('opens by itself what contains %s', async (_, preflight, opened) => {
  await open(preflight);
  expect(openSections()).toEqual(opened);
});

it('says that the filter excludes everything, and opens it, also where all there is are empty folders', async () => {
  const emptied = { code: 'filtered_empty', count: 2, title: '', advice: '' } as never;
  const ways = { serverCopy: { items: 0, bytes: 0 }, none: { items: 2, bytes: 0 } };
  await open(aPreflight({ counts: { found: 2, folders: 2, ways }, problems: [emptied] }));
  expect(screen.getByText(/The filter excludes everything/)).toBeVisible();
  expect(openSections()).toContain('What’s included');
});

it('states in one line what changes for whom', async () => {
  await open(aPreflight({ ...CARRIED, access: { ...ACCESS, less: 2 } }));
  await userEvent.click(heading('Who will have access'));
  expect(heading('Who will have access')).toHaveAccessibleDescription('4 keep it, 2 get less. Nobody gains access.');
});

it('announces after the count which sections to check', async () => {
  await open(aPreflight({ state: 'counting', checks: [] }));
  const data = JSON.stringify({ ...DECISION, revision: 2 });
  network()
    .expectOne('/api/preflights/pre1/events')
    .event(new HttpResponse({ body: { kind: 'event', type: 'preflight', data } }));
  await rest();
  await waitFor(() =>
    expect(document.body).toHaveTextContent(
      'Counted. 96 of 100 items can be copied. Please check: How items will be copied.',
    ),
  );
});

it('opens a section as soon as a change needs a decision, announces it, and leaves closing it to the person', async () => {
  await open(aPreflight());
  const access = () => heading('Who will have access');
  const choose = (name: string) => userEvent.click(section('Who will have access').getByRole('radio', { name }));
  await choose('Carry over');
  expect(access()).toHaveAttribute('aria-expanded', 'true');
  await waitFor(() => expect(document.body).toHaveTextContent('Please check: Who will have access.'));
  await userEvent.click(access());
  expect(access()).toHaveAccessibleDescription('Recount to see who keeps, loses and gains access.');
  await userEvent.click(access());
  await choose('Leave out');
  expect(access()).toHaveAttribute('aria-expanded', 'true');
});
