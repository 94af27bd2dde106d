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

it('sends a schedule again without what came of it', () => {
  const change = { cron: '0 2 * * *', timezone: 'UTC' };
  expect(changeOf({ ...change, state: 'paused', lastRun: { at: 'x', changed: 1, state: 'completed' } })).toEqual(
    change,
  );
});
