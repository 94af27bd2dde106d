import { ComponentFixture, TestBed } from '@angular/core/testing';
import { provideRouter } from '@angular/router';
import { render, screen, within } from '@testing-library/angular';
import userEvent from '@testing-library/user-event';
import { Analytics } from '../../api/models/analytics';
import { AnyCode } from '../../api/models/any-code';
import { network, portalHttp, refuse, rest } from '../../../testing/portal-http';
import { OperatorKey } from '../../core/operator-key';
import AnalyticsPage from './analytics-page';

const NOW = Date.parse('2026-11-24T10:22:00.000Z');
const STEP = { unverified: 0, skipped: 0, bytes: 0, slowDowns: 0, slowedAccounts: 0, failed: 0 };
const NOTHING = {
  connections: 0,
  connectionsRefused: 0,
  validations: 0,
  validationsRefused: 0,
  requests: 0,
  problems: 0,
};

/** A day of two steps of ten minutes, one of them two minutes old. */
const someFigures = (parts: Partial<Analytics> = {}): Analytics => ({
  range: '24h',
  from: new Date(NOW - 720_000).toISOString(),
  to: new Date(NOW).toISOString(),
  stepSeconds: 600,
  figures: {
    itemsVerified: { value: 900, before: 600 },
    bytesMoved: { value: 1000, before: 0 },
    bytesInsideGoogle: 960,
    itemsFailed: { value: 21, before: 0 },
    itemsAttempted: 1000,
    checksumMismatches: { value: 0, before: 0 },
    liveSessions: { source: 2, destination: 1, general: 1 },
  },
  steps: [
    { ...STEP, ...NOTHING, at: new Date(NOW - 720_000).toISOString(), verified: 1000, slowedAccounts: 3, slowDowns: 9 },
    { ...STEP, ...NOTHING, at: new Date(NOW - 120_000).toISOString(), verified: 40 },
  ],
  slowDowns: [],
  failureReasons: [
    { code: 'rate_limited', count: 20 },
    { code: 'brand_new' as AnyCode, count: 1 },
  ],
  errorCodes: [],
  sharing: {
    granted: { value: 0, before: 0 },
    refused: { value: 0, before: 0 },
    reverted: { value: 0, before: 0 },
    reasons: [],
  },
  links: {
    rewritten: { value: 0, before: 0 },
    outside: { value: 0, before: 0 },
    unsupported: { value: 0, before: 0 },
    failed: { value: 0, before: 0 },
    reasons: [],
  },
  sessions: {
    connections: { source: 1, destination: 1, general: 0 },
    connectionsRefused: [],
    validations: 3,
    validationsRefused: [],
    distinctAccounts: 2,
  },
  pace: { accounts: 0, busiest: [] },
  usage: {
    requests: 12,
    units: 1_250_000,
    unitsBefore: 800,
    byClass: [{ class: 'edit', requests: 25_000, units: 1_250_000 }],
    bytesIn: 2048,
    bytesOut: 0,
  },
  openTransfers: { total: 0, byState: [] },
  machinery: {
    workers: { answering: 1, silent: 0 },
    apis: { answering: 1, silent: 0 },
    queue: { waiting: 0, active: 0, retried: 0, oldestSeconds: 0 },
    redisBytes: 1024,
    redisMaxBytes: null,
    sharesToSweep: 0,
  },
  ...parts,
});

let fixture: ComponentFixture<AnalyticsPage>;

async function show(range?: string) {
  const view = await render(AnalyticsPage, {
    inputs: { range },
    providers: [...portalHttp(), provideRouter([])],
  });
  fixture = view.fixture;
}

const asked = () => network().expectOne(({ url }) => url === '/session/analytics');

async function answer(figures: Analytics = someFigures()) {
  const request = asked();
  request.flush(figures);
  await rest();
  return request.request;
}

async function unlock(key = 'a-key') {
  await userEvent.type(screen.getByLabelText('Operator key'), key);
  await userEvent.click(screen.getByRole('button', { name: 'Unlock' }));
}

/** Accepts the key. */
async function accept() {
  network().expectOne('/api/keys').flush({ keys: [] });
  await rest();
}

async function unlocked() {
  await show();
  await unlock();
  await accept();
}

afterEach(() => jest.useRealTimers());

it('asks for the key, sends it as a header and keeps it only in memory', async () => {
  await show();
  await unlock();
  expect(screen.getByRole('button', { name: 'Checking' })).toBeDisabled();
  await accept();
  const request = await answer();
  expect(request.headers.get('X-Operator-Key')).toBe('a-key');
  expect(request.urlWithParams).toBe('/session/analytics?range=24h');
  expect(TestBed.inject(OperatorKey).value()).toBe('a-key');
  expect(JSON.stringify({ ...localStorage, ...sessionStorage })).not.toContain('a-key');
  expect(screen.queryByLabelText('Operator key')).toBeNull();
});

it('reports that a key is not accepted, and asks again', async () => {
  await show();
  await unlock();
  refuse('/api/keys', 'operator_key_refused', 403);
  await rest();
  expect(screen.getByRole('alert')).toHaveTextContent('That key is not valid.');
  expect(screen.getByLabelText('Operator key')).toHaveAccessibleDescription('That key is not valid.');
  expect(TestBed.inject(OperatorKey).value()).toBeUndefined();
});

it('distinguishes an unreachable server from a wrong key', async () => {
  await show();
  await unlock();
  network().expectOne('/api/keys').error(new ProgressEvent('error'));
  await rest();
  expect(screen.getByRole('alert')).toHaveTextContent('CloudMover cannot be reached');
  expect(screen.queryByText('That key is not valid.')).toBeNull();
});

it('shows five figures, each with its meaning', async () => {
  await unlocked();
  await answer();
  const figure = (name: string) => screen.getByText(name).closest('div');
  expect(figure('Items verified')).toHaveTextContent('900 50% more than the day before');
  expect(figure('Data transferred')).toHaveTextContent('1,000 B 96% inside Google');
  expect(figure('Failed items')).toHaveTextContent('21 2.1% of attempts');
  expect(figure('Checksum mismatches')).toHaveTextContent('0 none, as expected');
  expect(figure('Live sessions')).toHaveTextContent('4 2 source, 1 destination, 1 either side');
});

it('warns of a checksum that differed', async () => {
  await unlocked();
  const { figures, ...rest } = someFigures();
  await answer({ ...rest, figures: { ...figures, checksumMismatches: { value: 4, before: 0 } } });
  expect(screen.getByText('should be 0; please investigate')).toHaveClass('warning');
});

it('draws items per minute, scales the current interval by its elapsed time, and marks slow-downs', async () => {
  await unlocked();
  await answer();
  const chart = screen.getByRole('img', { name: /at most 100, at .*; now 20\. .* Google slowed down 3 accounts\.$/ });
  const textsOf = (part: string) => [...chart.querySelectorAll(part)].map((each) => each.textContent.trim());
  expect(textsOf('.column')).toEqual([expect.stringMatching(/: 100$/), 'now: 20']);
  expect(textsOf('.mark')).toEqual([expect.stringMatching(/ Google slowed down 3 accounts$/)]);
});

it('shows each chart as a table too', async () => {
  await unlocked();
  await answer();
  expect(screen.getByRole('img', { name: /most frequent first: rate_limited 20, brand_new 1\.$/ })).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'View as table: Why items failed' }));
  expect(screen.getByRole('row', { name: /^rate_limited Too many requests.* 20$/ })).toBeVisible();
  expect(screen.getByRole('row', { name: 'brand_new 1' })).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'View as table: Items verified per minute' }));
  const rows = within(screen.getAllByRole('table')[0] as HTMLElement).getAllByRole('row');
  expect(rows.map((row) => row.textContent?.trim())).toHaveLength(3);
  await userEvent.click(screen.getByRole('button', { name: 'View as chart: Why items failed' }));
  expect(screen.getByRole('img', { name: /most frequent first/ })).toBeVisible();
});

it('shows the pace of accounts by their ids, and who must wait until when', async () => {
  await unlocked();
  const line = { kind: 'write' as const, slowDowns: 0, lastHour: [1, 2, 3], waitsUntil: null };
  await answer(
    someFigures({
      pace: {
        accounts: 3,
        busiest: [
          { ...line, account: 'acc_8F2Kx0aQmN', now: 1.94, allowed: 2.2 },
          {
            ...line,
            account: 'acc_W3QDx0aQmN',
            now: 0,
            allowed: null,
            slowDowns: 118,
            waitsUntil: '2026-11-25T03:10:00.000Z',
          },
        ],
      },
      openTransfers: {
        total: 3,
        byState: [
          { state: 'running', count: 2 },
          { state: 'paused', count: 1 },
        ],
      },
      machinery: { ...someFigures().machinery, workers: { answering: 0, silent: 1 } },
    }),
  );
  expect(screen.getByText('busiest 2 of 3')).toBeVisible();
  expect(screen.getByRole('row', { name: /^acc_8F2K… write 1\.9\/s 2\.2\/s 0/ })).toBeVisible();
  expect(screen.getByRole('row', { name: /^acc_W3QD… write waiting — 118/ })).toBeVisible();
  expect(screen.getAllByRole('img', { name: 'Requests per five minutes in the last hour: 1, 2, 3' })).toHaveLength(2);
  expect(screen.getByRole('img', { name: 'Open transfers: 2 running, 1 paused or counting.' })).toBeVisible();
  expect(screen.getByText('No worker responding')).toBeVisible();
  expect(screen.getByText('0 responding, 1 not responding')).toBeVisible();
});

it('reloads for another range, and drops a late response for the previous one', async () => {
  await show('1h');
  await unlock();
  await accept();
  const late = asked();
  expect(late.request.urlWithParams).toContain('range=1h');
  late.flush(someFigures({ range: '1h' }));
  await rest();
  fixture.componentRef.setInput('range', '7d');
  await rest();
  const first = asked();
  fixture.componentRef.setInput('range', 'nonsense');
  await rest();
  const second = network().match(({ urlWithParams }) => urlWithParams.endsWith('range=24h'));
  first.flush(someFigures({ range: '7d', failureReasons: [{ code: 'of_the_week' as AnyCode, count: 1 }] }));
  await rest();
  expect(screen.queryByText('of_the_week')).toBeNull();
  second[0]?.flush(someFigures({ failureReasons: [{ code: 'of_the_day' as AnyCode, count: 1 }] }));
  await rest();
  expect(screen.getByText('of_the_day')).toBeVisible();
});

it('compares its figures with the period before theirs while another range loads', async () => {
  await unlocked();
  await answer();
  fixture.componentRef.setInput('range', '30d');
  await rest();
  const bigger = () => screen.getByText(/^50% more than/);
  expect(bigger()).toHaveTextContent('50% more than the day before');
  await answer(someFigures({ range: '30d' }));
  expect(bigger()).toHaveTextContent('50% more than the 30 days before');
});

it('refreshes every 15 s; a failure keeps the figures and shows their time', async () => {
  jest.useFakeTimers({ doNotFake: ['setTimeout', 'queueMicrotask', 'requestAnimationFrame', 'performance'] });
  await show();
  TestBed.inject(OperatorKey).accept('a-key');
  await rest();
  await answer();
  jest.advanceTimersByTime(15_000);
  refuse('/session/analytics', 'service_unavailable', 503);
  await rest();
  expect(screen.getByText('Not updated')).toBeVisible();
  expect(screen.getByText('900')).toBeVisible();
  jest.advanceTimersByTime(15_000);
  await answer();
  expect(screen.queryByText('Not updated')).toBeNull();
  // The key was changed on the server.
  jest.advanceTimersByTime(15_000);
  refuse('/session/analytics', 'operator_key_refused', 403);
  await rest();
  expect(screen.getByText('That key is not valid.')).toBeVisible();
  expect(screen.queryByText('900')).toBeNull();
});

it('drops the figures when the key is forgotten', async () => {
  await unlocked();
  await answer();
  await TestBed.inject(OperatorKey).lock();
  await rest();
  expect(screen.queryByText('900')).toBeNull();
  expect(screen.getByLabelText('Operator key')).toHaveValue('');
});
