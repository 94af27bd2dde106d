import { render, screen } from '@testing-library/angular';
import { RateChart } from './rate-chart';

const FROM = '2026-11-24T10:21:30.000Z';
const show = async (...items: number[]) => {
  const { container } = await render(RateChart, { inputs: { history: { from: FROM, everySeconds: 10, items } } });
  const axis = [...container.querySelectorAll('.times span')];
  return { heading: screen.getByRole('heading').textContent?.trim(), labels: axis.map((label) => label.textContent) };
};

it.each([
  [2, 'Rate, last minute items copied per second', 2],
  [6, 'Rate, last minute items copied per second', 3],
  [18, 'Rate, last 3 minutes items copied per second', 3],
])('labels the times of %i spans, without repeating or overlapping', async (spans, heading, labels) => {
  const shown = await show(...Array.from({ length: spans }, () => 5));
  expect(shown.heading).toBe(heading);
  expect(shown.labels).toHaveLength(labels);
  expect(new Set(shown.labels).size).toBe(labels);
  expect(shown.labels.at(-1)).toBe('now');
});
