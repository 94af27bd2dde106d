import { render, screen } from '@testing-library/angular';
import { Line, LineChart } from './line-chart';

const HOURS = Array.from({ length: 24 }, (_, hour) => ({ label: `${hour}:00`, value: hour }));

async function show(line: Line) {
  await render(LineChart, { inputs: { line, sentence: 'A sentence.' } });
  const chart = screen.getByRole('img', { name: 'A sentence.' });
  return (part: string) => [...chart.querySelectorAll(part)].map((each) => each.textContent.trim());
}

it('labels both axes with round values and even times', async () => {
  const texts = await show({ points: HOURS });
  expect(texts('.value')).toEqual(['0', '10', '20', '30']);
  expect(texts('.times span')).toEqual(['0:00', '5:00', '10:00', '15:00', '20:00']);
});

it('labels the end instead of a time that would overlap it', async () => {
  const texts = await show({ points: HOURS.slice(0, 22), end: 'now' });
  expect(texts('.times span')).toEqual(['0:00', '5:00', '10:00', '15:00', 'now']);
});

it.each([
  ['draws a limit within reach of the line', 60, ['the limit'], '60'],
  ['leaves out a limit that would press the line flat', 200, [], '30'],
])('%s', async (_, value, limits, top) => {
  const texts = await show({ points: HOURS, limit: { value, label: 'the limit' } });
  expect(texts('.limit')).toEqual(limits);
  expect(texts('.value').at(-1)).toBe(top);
});

it('omits the label of a mark if it would overlap the previous one', async () => {
  const marks = [0, 1, 12].map((index) => ({ index, label: `${index}:00 Google slowed down 3 accounts` }));
  const texts = await show({ points: HOURS, marks });
  expect(texts('.mark')).toEqual(['0:00 Google slowed down 3 accounts', '', '12:00 Google slowed down 3 accounts']);
});
