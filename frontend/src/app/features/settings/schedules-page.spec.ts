import { TestBed } from '@angular/core/testing';
import { provideRouter } from '@angular/router';
import { RouterTestingHarness } from '@angular/router/testing';
import { screen } from '@testing-library/angular';
import userEvent from '@testing-library/user-event';
import { ScheduledTransfer } from '../../api/models/scheduled-transfer';
import { network, portalHttp, refuse, rest } from '../../../testing/portal-http';
import { routes } from '../../app.routes';
import { OperatorKey } from '../../core/operator-key';
import { localZone } from '../../core/schedule-labels';

const aSchedule = (id: string, schedule: Partial<ScheduledTransfer['schedule']> = {}): ScheduledTransfer => ({
  ...{ id, createdAt: '2026-11-24T10:22:00.000Z', state: 'completed' },
  source: { email: `${id}@example.com`, name: id },
  destination: { email: 'archive@example.com', name: 'Archive' },
  schedule: { cron: '0 2 * * *', timezone: localZone(), state: 'active', ...schedule },
});

async function show() {
  TestBed.configureTestingModule({ providers: [...portalHttp(), provideRouter(routes)] });
  TestBed.inject(OperatorKey).accept('a-key');
  await RouterTestingHarness.create('/settings/schedules');
  await rest();
}
async function answer(schedules: ScheduledTransfer[], nextCursor?: string) {
  const sent = network().expectOne(({ url }) => url === '/api/schedules');
  expect(sent.request.headers.get('X-Operator-Key')).toBe('a-key');
  sent.flush({ schedules, ...(nextCursor && { nextCursor }) });
  await rest();
  return sent.request;
}
afterEach(() => jest.useRealTimers());
const rows = () => screen.getAllByRole('row').slice(1);

it('lists each schedule with its accounts, the next run and the result of the last one, page by page', async () => {
  await show();
  const lastRun = { at: '2026-11-24T01:00:00.000Z', changed: 14, state: 'completed' } as const;
  await answer(
    [
      aSchedule('ana', { nextRunAt: new Date(new Date().setHours(26, 0, 0, 0)).toISOString(), lastRun }),
      aSchedule('bob', { nextRunAt: '2026-01-01T00:00:00.000Z', lastRun: { ...lastRun, state: 'failed' } }),
      aSchedule('eva', { state: 'paused' }),
      aSchedule('kim', { state: 'ended' }),
      aSchedule('lee', { cron: undefined, hours: { from: '20:00', to: '06:00' } }),
    ],
    '1.a',
  );
  expect(screen.getByRole('link', { name: 'ana@example.com to archive@example.com' })).toHaveAttribute(
    'href',
    '/transfers/ana',
  );
  const [ana, bob, eva, kim, lee] = rows();
  expect(ana).toHaveTextContent(/Every day, 02:00.*tomorrow, 0?2:00.*: 14 changed, nothing failed$/);
  expect(bob).toHaveTextContent(/as soon as it can start.*14 changed, stopped by a problem/);
  expect(eva).toHaveTextContent(/Paused.*none yet/);
  expect(kim).toHaveTextContent(/Ended/);
  expect(lee).toHaveTextContent(/only from 20:00 to 06:00.*hours only/);
  await userEvent.click(screen.getByRole('button', { name: 'Show more' }));
  expect((await answer([aSchedule('max')])).params.get('cursor')).toBe('1.a');
  expect(rows()).toHaveLength(6);
  expect(screen.queryByRole('button', { name: 'Show more' })).toBeNull();
});

it('shows what a transfer waits for, and every minute what has changed', async () => {
  jest.useFakeTimers({ doNotFake: ['setTimeout', 'queueMicrotask', 'requestAnimationFrame', 'performance'] });
  await show();
  const ana = aSchedule('ana', { nextRunAt: new Date(Date.now() + 86_400_000).toISOString() });
  const bob = aSchedule('bob');
  await answer([
    { ...ana, state: 'needs_reconnect' },
    { ...bob, state: 'waiting_quota', limitReached: 'hours' },
  ]);
  expect(rows()[0]).toHaveTextContent('Reconnect needed');
  expect(rows()[1]).toHaveTextContent('Waiting for its hours');
  jest.advanceTimersByTime(60_000);
  await answer([{ ...ana, state: 'failed' }]);
  expect(rows()).toHaveLength(1);
  expect(rows()[0]).toHaveTextContent('Failed');
});

it('says that there are none, and where to set one', async () => {
  await show();
  await answer([]);
  expect(screen.getByRole('heading', { name: 'No schedules yet' })).toBeVisible();
  expect(screen.queryByRole('table')).toBeNull();
});

it('loads them again after a failure', async () => {
  await show();
  refuse('/api/schedules', 'service_unavailable', 503);
  await rest();
  expect(screen.getByText('The schedules could not be loaded')).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  await answer([aSchedule('ana')]);
  expect(rows()).toHaveLength(1);
});

it('says that further schedules could not be loaded, and tries again', async () => {
  await show();
  await answer([aSchedule('ana')], '1.a');
  await userEvent.click(screen.getByRole('button', { name: 'Show more' }));
  refuse('/api/schedules', 'service_unavailable', 503);
  await rest();
  expect(screen.getByRole('alert')).toHaveTextContent('The schedules could not be loaded');
  expect(rows()).toHaveLength(1);
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect((await answer([aSchedule('bob')])).params.get('cursor')).toBe('1.a');
  expect(rows()).toHaveLength(2);
  expect(screen.queryByRole('alert')).toBeNull();
});
