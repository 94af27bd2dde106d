import { TestBed } from '@angular/core/testing';
import { provideRouter } from '@angular/router';
import { RouterTestingHarness } from '@angular/router/testing';
import { screen } from '@testing-library/angular';
import userEvent from '@testing-library/user-event';
import { UsageByDay } from '../../api/models/usage-by-day';
import { network, portalHttp, refuse, rest } from '../../../testing/portal-http';
import { routes } from '../../app.routes';
import { OperatorKey } from '../../core/operator-key';

const NOTHING = { requests: 0, units: 0, byClass: [], bytesIn: 0, bytesOut: 0 };
const DAYS: UsageByDay['days'] = [
  {
    ...{ ...NOTHING, date: '2026-11-24', requests: 1_228, units: 64_100 },
    byClass: [
      { class: 'list', requests: 55, units: 5_500 },
      { class: 'edit', requests: 1_172, units: 58_600 },
      { class: 'free', requests: 1, units: 0 },
    ],
  },
  { ...NOTHING, date: '2026-11-23' },
];

async function show() {
  TestBed.configureTestingModule({ providers: [...portalHttp(), provideRouter(routes)] });
  TestBed.inject(OperatorKey).accept('a-key');
  await RouterTestingHarness.create('/settings/usage');
  await rest();
}
async function answer(usage: Partial<UsageByDay> = {}) {
  network()
    .expectOne('/api/usage')
    .flush({ today: null, waiting: 0, days: DAYS, ...usage });
  await rest();
}

it('shows the units by class and day, in calendar dates of Google', async () => {
  await show();
  await answer();
  expect(screen.getAllByRole('columnheader').map(({ textContent }) => textContent)).toEqual([
    ...['Google’s day', 'Creating and changing', 'Lists', 'Downloads and exports'],
    ...['Reading an item', 'Reserving ids', 'All'],
  ]);
  expect(screen.getByRole('row', { name: /^Today .*58,600 .*5,500 .*64,100$/ })).toBeVisible();
  expect(screen.getByRole('row', { name: /^(23 Nov|Nov 23)/ })).toBeVisible();
});

it('says where a limit is set while there is none', async () => {
  await show();
  await answer();
  expect(screen.getByText('No limit is set')).toBeVisible();
  expect(screen.getByText(/set GOOGLE_UNITS_PER_DAY for the API and the workers/)).toBeVisible();
  expect(screen.queryByText(/units of today are used up/)).toBeNull();
});

it('shows the limit, what is used of it today, when the day ends, and what waits for that', async () => {
  await show();
  const endsAt = new Date(new Date().setHours(26, 0, 0, 0)).toISOString();
  await answer({ today: { limit: 2_000_000, used: 2_000_100, endsAt }, waiting: 2 });
  expect(screen.getByText('2 transfers wait: the units of today are used up')).toBeVisible();
  expect(screen.getByText(/^Resumes automatically: tomorrow, 0?2:00.*\.$/)).toBeVisible();
  const values = screen.getAllByRole('definition').map(({ textContent }) => textContent);
  expect(values.slice(0, 3)).toEqual(['2 million', '2 million (100%)', '0']);
  expect(screen.getByText(/To change the limit, set GOOGLE_UNITS_PER_DAY/)).toBeVisible();
});

it('loads them again after a failure', async () => {
  await show();
  refuse('/api/usage', 'service_unavailable', 503);
  await rest();
  expect(screen.getByText('The units could not be loaded')).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  await answer();
  expect(screen.getByRole('table')).toBeVisible();
});

it('is loaded again every minute', async () => {
  jest.useFakeTimers({ doNotFake: ['setTimeout', 'queueMicrotask', 'requestAnimationFrame', 'performance'] });
  await show();
  await answer();
  jest.advanceTimersByTime(60_000);
  await rest();
  await answer({ waiting: 1 });
  expect(screen.getByText(/^1 transfer waits/)).toBeVisible();
  jest.useRealTimers();
});
