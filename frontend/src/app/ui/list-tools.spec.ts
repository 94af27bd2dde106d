import { inputBinding, outputBinding, signal, twoWayBinding } from '@angular/core';
import { render, screen } from '@testing-library/angular';
import userEvent from '@testing-library/user-event';
import { ListFilter, ListTools } from './list-tools';

type Part = 'failed' | undefined;
const FILTERS: ListFilter<Part>[] = [
  { value: undefined, label: 'All', count: '1,912' },
  { value: 'failed', label: 'Failed', count: '6' },
];

async function show() {
  const chosen = signal<Part>(undefined);
  const searched: string[] = [];
  await render(ListTools<Part>, {
    bindings: [
      inputBinding('label', () => 'Links'),
      inputBinding('show', () => 'Show'),
      inputBinding('hint', () => 'Document or address'),
      inputBinding('filters', () => FILTERS),
      twoWayBinding('chosen', chosen),
      outputBinding<string>('search', (text) => searched.push(text)),
    ],
  });
  return { chosen, searched };
}

it('shows which filter is chosen, and chooses another', async () => {
  const { chosen } = await show();
  expect(screen.getByRole('button', { name: 'All 1,912', pressed: true })).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Failed 6', pressed: false }));
  expect(chosen()).toBe('failed');
  expect(screen.getByRole('button', { name: 'Failed 6', pressed: true })).toBeVisible();
});

it('searches after a pause in typing, without spaces, and once for each text', async () => {
  jest.useFakeTimers();
  const user = userEvent.setup({ advanceTimers: (ms) => jest.advanceTimersByTimeAsync(ms) });
  const { searched } = await show();
  const box = screen.getByRole('searchbox', { name: 'Links: Document or address' });
  await user.type(box, ' min');
  await jest.advanceTimersByTimeAsync(299);
  expect(searched).toEqual([]);
  await user.type(box, 'utes ');
  await jest.advanceTimersByTimeAsync(300);
  await user.type(box, ' ');
  await jest.advanceTimersByTimeAsync(300);
  await user.clear(box);
  await jest.advanceTimersByTimeAsync(300);
  expect(searched).toEqual(['minutes', '']);
  jest.useRealTimers();
});
