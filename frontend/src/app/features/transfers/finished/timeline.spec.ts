import { timelineOf } from './timeline';

const at = (minutes: number): string => new Date(Date.parse('2026-11-24T09:00:00Z') + minutes * 60_000).toISOString();
const span = (step: 'count' | 'copy' | 'check' | 'wait', from: number, to: number) => ({
  step,
  from: at(from),
  to: at(to),
});

it('places each period and slow-down in percent of the whole time, one row per step', () => {
  const timeline = timelineOf(
    [span('count', 0, 10), span('copy', 10, 60), span('wait', 60, 70), span('copy', 70, 100)],
    [at(35)],
  );
  expect(timeline?.rows).toEqual([
    { step: 'count', seconds: 600, bars: [{ left: 0, width: 10 }], marks: [] },
    {
      step: 'copy',
      seconds: 4800,
      bars: [
        { left: 10, width: 50 },
        { left: 70, width: 30 },
      ],
      marks: [35],
    },
    { step: 'wait', seconds: 600, bars: [{ left: 60, width: 10 }], marks: [] },
  ]);
  expect(timeline?.ticks.map(({ at }) => new Date(at).toISOString())).toEqual([at(30), at(60), at(90)]);
});

it('shortens the days between two runs, and then shows no times', () => {
  const days = 10 * 24 * 60;
  const timeline = timelineOf([span('copy', 0, 50), span('check', days, days + 50)], []);
  const [copy, check] = timeline?.rows ?? [];
  expect(copy?.bars[0]?.width).toBeCloseTo(48, 0);
  expect(check?.bars[0]?.left).toBeCloseTo(52, 0);
  expect(timeline?.ticks).toEqual([]);
});

it('matches a slow-down, known to the second, with the period in which it started', () => {
  const timeline = timelineOf(
    [{ step: 'copy', from: '2026-11-24T09:00:00.900Z', to: at(1) }],
    ['2026-11-24T09:00:00Z'],
  );
  expect(timeline?.rows[0]?.marks).toEqual([0]);
});

it.each([[[]], [[span('copy', 5, 5)]]])('is empty without any time: %j', (spans) => {
  expect(timelineOf(spans, [])).toBeUndefined();
});

it('shows every step that the API names', () => {
  const steps = ['count', 'copy', 'finish', 'check', 'links', 'access', 'undo', 'wait'] as const;
  const minute = (n: number) => new Date(n * 60_000).toISOString();
  const spans = steps.map((step, index) => ({ step, from: minute(index), to: minute(index + 1) }));
  expect(
    timelineOf(spans, [])
      ?.rows.map(({ step }) => step)
      .toSorted(),
  ).toEqual([...steps].toSorted());
});
