import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';
import { provideRouter } from '@angular/router';
import { render, screen } from '@testing-library/angular';
import userEvent from '@testing-library/user-event';
import { Schedule } from '../../../api/models/schedule';
import { aTransfer } from '../../../../testing/builders';
import { localZone } from '../../../core/schedule-labels';
import { Transfer } from '../../../core/transfer-updates';
import { ScheduleCard } from './schedule-card';

const tomorrow = () => new Date(new Date().setHours(26, 0, 0, 0)).toISOString();
const nightly = (parts: Partial<Schedule> = {}): Schedule => ({
  cron: '0 2 * * *',
  timezone: localZone(),
  state: 'active',
  nextRunAt: tomorrow(),
  ...parts,
});

async function show(parts: Partial<Transfer>): Promise<void> {
  await render(ScheduleCard, {
    inputs: { transfer: { ...aTransfer({ state: 'completed', allowedActions: ['rerun', 'undo'] }), ...parts } },
    providers: [provideHttpClient(), provideHttpClientTesting(), provideRouter([])],
  });
}
const http = () => TestBed.inject(HttpTestingController);

it('shows when it runs, the next run and what the last one found', async () => {
  const lastRun = { at: '2026-11-24T01:00:00.000Z', changed: 14, state: 'completed' as const };
  await show({ schedule: nightly({ lastRun }) });
  expect(screen.getByText('Every day, 02:00')).toBeVisible();
  expect(screen.getByText(/^Next: tomorrow, 0?2:00.* Last: 14 changed, all verified\.$/)).toBeVisible();
});

it.each([
  [nightly({ nextRunAt: '2026-01-01T00:00:00.000Z' }), /^Next: as soon as it can start\.$/],
  [{ cron: '0 2 * * *', timezone: localZone(), state: 'paused' } as const, /^Paused\.$/],
  [{ cron: '0 2 * * *', timezone: localZone(), state: 'ended' } as const, /^Ended\.$/],
])('shows why no run is planned: %j', async (schedule, text) => {
  await show({ schedule });
  expect(screen.getByText(text)).toBeVisible();
});

it('is not offered for a move, or where no new changes can be synced', async () => {
  await show({ mode: 'move' });
  expect(screen.queryByText('Keep in sync')).toBeNull();
});

it('sets what is chosen in the dialog', async () => {
  await show({});
  await userEvent.click(screen.getByRole('button', { name: 'Set up' }));
  await userEvent.selectOptions(await screen.findByRole('combobox', { name: 'How often' }), 'Every 6 hours');
  await userEvent.click(screen.getByRole('checkbox', { name: 'Run only within certain hours' }));
  await userEvent.click(screen.getByRole('button', { name: 'Save' }));
  const { request } = http().expectOne({ method: 'PUT' });
  expect(request.url).toMatch(/\/schedule$/);
  expect(request.body).toEqual({ every: 'PT6H', timezone: localZone(), hours: { from: '20:00', to: '06:00' } });
});

it.each([
  ['until', 'The first run would be after the end. Choose a later date.'],
  ['hours.to', 'From and To are the same time. Choose different times.'],
  ['cron', 'CloudMover does not accept this input. Check it and try again.'],
])('explains in the dialog why the server refused %s', async (parameter, sentence) => {
  await show({ schedule: nightly() });
  await userEvent.click(screen.getByRole('button', { name: 'Change' }));
  await userEvent.click(await screen.findByRole('button', { name: 'Save' }));
  const errors = [{ parameter, detail: 'must be later' }];
  http()
    .expectOne({ method: 'PUT' })
    .flush(
      { type: 'about:blank', code: 'invalid_request', status: 400, title: 'No', errors },
      { status: 400, statusText: 'Bad Request' },
    );
  expect(await screen.findByText(sentence)).toBeVisible();
});

it('is paused, and set again', async () => {
  await show({ schedule: nightly() });
  await userEvent.click(screen.getByRole('button', { name: 'Pause' }));
  http().expectOne(({ method, url }) => method === 'POST' && url.endsWith('/schedule/pause'));
});

it('is resumed with the same times', async () => {
  await show({ schedule: { cron: '0 2 * * *', timezone: 'UTC', state: 'paused' } });
  await userEvent.click(screen.getByRole('button', { name: 'Resume' }));
  expect(http().expectOne({ method: 'PUT' }).request.body).toEqual({ cron: '0 2 * * *', timezone: 'UTC' });
});
