import { changeOf, fieldsOf, scheduleOf } from './schedule-fields';

const state = 'active' as const;

it.each([
  ['day', { cron: '0 2 * * *' }],
  ['weekday', { cron: '30 18 * * 1-5' }],
  ['week', { cron: '5 0 * * 0' }],
  ['six_hours', { every: 'PT6H' }],
  ['hour', { every: 'PT1H' }],
  ['custom', { cron: '15 1 10,20 * *' }],
  ['custom', { every: 'PT90M' }],
  ['none', {}],
])('reads and writes a schedule of the kind %s', (often, timing) => {
  const schedule = { ...timing, timezone: 'Asia/Tokyo', hours: { from: '20:00', to: '06:00' }, state };
  const fields = fieldsOf(schedule);
  expect(fields.often).toBe(often);
  expect(scheduleOf(fields, schedule)).toEqual({ ...timing, timezone: 'Asia/Tokyo', hours: schedule.hours });
});

it('proposes a run every night in the time zone of the browser', () => {
  expect(scheduleOf(fieldsOf())).toEqual({
    cron: '0 2 * * *',
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  });
});

it('ends with a whole day', () => {
  const { until } = scheduleOf({ ...fieldsOf(), until: '2027-03-01' });
  expect(new Date(until!).getDate()).toBe(1);
  expect(fieldsOf({ timezone: 'UTC', state, until: until! }).until).toBe('2027-03-01');
});

it('keeps the exact end of a schedule while its date is not changed', () => {
  const schedule = {
    cron: '0 2 * * *',
    timezone: 'UTC',
    state,
    until: new Date(2027, 2, 1, 9, 30, 15, 250).toISOString(),
  };
  const fields = fieldsOf(schedule);
  expect(scheduleOf({ ...fields, often: 'hour' }, schedule)).toMatchObject({ every: 'PT1H', until: schedule.until });
  const later = new Date(scheduleOf({ ...fields, until: '2027-03-02' }, schedule).until!);
  expect([later.getDate(), later.getHours(), later.getSeconds()]).toEqual([2, 23, 59]);
});

it('sends no end for a schedule without runs', () => {
  expect(scheduleOf({ ...fieldsOf(), often: 'none', until: '2027-03-01' })).not.toHaveProperty('until');
});

it('sends a schedule again without what came of it', () => {
  const change = { cron: '0 2 * * *', timezone: 'UTC' };
  expect(changeOf({ ...change, state: 'paused', lastRun: { at: 'x', changed: 1, state: 'completed' } })).toEqual(
    change,
  );
});
