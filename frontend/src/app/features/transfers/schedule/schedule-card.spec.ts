import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';
import { provideRouter } from '@angular/router';
import { fireEvent, render, screen } from '@testing-library/angular';
import userEvent from '@testing-library/user-event';
import { Schedule } from '../../../api/models/schedule';
import { aTransfer } from '../../../../testing/builders';
import { rest } from '../../../../testing/portal-http';
import { Consents, MissingAccount } from '../../../core/consents';
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

const done = (parts: Partial<Transfer>): Transfer => ({
  ...aTransfer({ state: 'completed', allowedActions: ['rerun', 'undo'] }),
  ...parts,
});

function show(parts: Partial<Transfer>) {
  return render(ScheduleCard, {
    inputs: { transfer: done(parts) },
    providers: [
      ...[provideHttpClient(), provideHttpClientTesting(), provideRouter([])],
      { provide: Consents, useValue: { missing: () => missing } },
    ],
  });
}
let missing: MissingAccount[] = [];
const http = () => TestBed.inject(HttpTestingController);

it('shows when it runs, the next run and what the last one found', async () => {
  const lastRun = { at: '2026-11-24T01:00:00.000Z', changed: 14, state: 'completed' as const };
  await show({ schedule: nightly({ lastRun }) });
  expect(screen.getByText('Every day, 02:00')).toBeVisible();
  expect(screen.getByText(/^Next: tomorrow, 0?2:00.* Last: 14 changed, nothing failed\.$/)).toBeVisible();
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

it('is neither set nor removed while offline', async () => {
  await show({ schedule: nightly() });
  await userEvent.click(screen.getByRole('button', { name: 'Change' }));
  await screen.findByRole('dialog');
  const buttons = () => ['Save', 'Remove'].map((name) => screen.getByRole('button', { name }));
  for (const button of buttons()) expect(button).toBeEnabled();
  dispatchEvent(new Event('offline'));
  await rest();
  for (const button of buttons()) {
    expect(button).toHaveAttribute('aria-disabled', 'true');
    expect(button).toHaveAccessibleDescription('You are offline.');
    await userEvent.click(button);
  }
  http().expectNone(({ url }) => url.endsWith('/schedule'));
  dispatchEvent(new Event('online'));
});

describe('a schedule that has only hours', () => {
  const schedule: Schedule = { timezone: localZone(), hours: { from: '20:00', to: '06:00' }, state: 'active' };
  const choices = () => screen.getAllByRole('option').map(({ textContent }) => textContent);
  const change = async () => {
    await userEvent.click(screen.getByRole('button', { name: 'Change' }));
    await screen.findByRole('dialog');
  };
  const save = () => userEvent.click(screen.getByRole('button', { name: 'Save' }));
  const sent = () => http().expectOne({ method: 'PUT' }).request.body as object;

  it('gets no runs when it is saved', async () => {
    await show({ schedule });
    await change();
    expect(screen.getByRole('combobox', { name: 'How often' })).toHaveDisplayValue('No runs');
    expect(screen.queryByLabelText('At')).toBeNull();
    expect(screen.queryByLabelText('Until (optional)')).toBeNull();
    await save();
    expect(sent()).toEqual({ timezone: localZone(), hours: { from: '20:00', to: '06:00' } });
  });

  it('can get runs, but not those of a move', async () => {
    await show({ schedule });
    await change();
    expect(choices()).toEqual(expect.arrayContaining(['Every day', 'Every hour', 'No runs']));
    await userEvent.selectOptions(screen.getByRole('combobox', { name: 'How often' }), 'Every hour');
    await save();
    expect(sent()).toMatchObject({ every: 'PT1H' });
  });

  it('of a move can be changed, and gets no runs', async () => {
    await show({ mode: 'move', schedule });
    await change();
    expect(choices()).toEqual(['No runs']);
    fireEvent.input(screen.getByLabelText('To'), { target: { value: '05:00' } });
    await save();
    expect(sent()).toEqual({ timezone: localZone(), hours: { from: '20:00', to: '05:00' } });
  });

  it('is not saved without hours', async () => {
    await show({ schedule });
    await change();
    await userEvent.click(screen.getByRole('checkbox', { name: 'Run only within certain hours' }));
    expect(screen.getByRole('alert')).toHaveTextContent('Set hours, or choose Remove.');
    expect(screen.getByRole('button', { name: 'Save' })).toBeDisabled();
  });
});

it('proposes runs where there is no schedule yet', async () => {
  await show({});
  await userEvent.click(screen.getByRole('button', { name: 'Set up' }));
  expect(await screen.findByRole('combobox', { name: 'How often' })).toHaveDisplayValue('Every day');
  expect(screen.queryByRole('option', { name: 'No runs' })).toBeNull();
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

it('is paused by a button that keeps the focus, and then resumes it', async () => {
  const { rerender } = await show({ schedule: nightly() });
  const pause = screen.getByRole('button', { name: 'Pause' });
  await userEvent.click(pause);
  expect(pause).toBeEnabled();
  expect(pause).toHaveAttribute('aria-disabled', 'true');
  await userEvent.click(pause);
  const schedule = nightly({ state: 'paused' });
  http()
    .expectOne(({ method, url }) => method === 'POST' && url.endsWith('/schedule/pause'))
    .flush(schedule);
  await rest();
  http().expectOne({ method: 'GET' }).flush(done({ schedule }));
  await rest();
  await rerender({ inputs: { transfer: done({ schedule }) } });
  expect(screen.getByRole('button', { name: 'Resume' })).toBe(pause);
  expect(pause).toHaveFocus();
  expect(pause).not.toHaveAttribute('aria-disabled');
});

it('is resumed with the same times', async () => {
  await show({ schedule: { cron: '0 2 * * *', timezone: 'UTC', state: 'paused' } });
  await userEvent.click(screen.getByRole('button', { name: 'Resume' }));
  expect(http().expectOne({ method: 'PUT' }).request.body).toEqual({ cron: '0 2 * * *', timezone: 'UTC' });
});

it('asks for another end where that of a paused schedule has passed', async () => {
  const until = '2026-01-01T23:59:59.000Z';
  await show({ schedule: { cron: '0 2 * * *', timezone: 'UTC', state: 'paused', until } });
  await userEvent.click(screen.getByRole('button', { name: 'Resume' }));
  expect(await screen.findByRole('dialog')).toBeVisible();
  http().expectNone({ method: 'PUT' });
});

it('names the account that a schedule needs and that is not signed in here; pausing needs none', async () => {
  missing = [{ side: 'source', email: 'ana@example.com' }];
  const { rerender } = await show({ schedule: nightly() });
  expect(screen.getByText('Also needs a sign-in of ana@example.com: Change.')).toBeVisible();
  expect(screen.getByRole('button', { name: 'Change' })).toBeDisabled();
  expect(screen.getByRole('button', { name: 'Pause' })).toBeEnabled();
  await rerender({ inputs: { transfer: done({ schedule: nightly({ state: 'paused' }) }) } });
  expect(screen.getByRole('button', { name: 'Resume' })).toBeDisabled();
  missing = [];
});
