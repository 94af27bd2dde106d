import { createEvent, fireEvent, render, screen, waitFor, within } from '@testing-library/angular';
import userEvent from '@testing-library/user-event';
import { anItem } from '../../../testing/builders';
import { FolderSize } from '../../api/models/folder-size';
import { DriveItem } from './drive-item';
import { FileGrid } from './file-grid';
import { SelectionChange } from './source-selection';

const FOLDER = anItem({ id: 'f', name: 'Finance', kind: 'folder' });
const DOC = anItem({ id: 'd', name: 'Hiring plan', size: 96 * 1024 });
const FOREIGN = anItem({
  id: 'o',
  name: 'Org chart.png',
  ownedByMe: false,
  owner: { name: 'P', email: 'p@example.com' },
});
const SITE = anItem({ id: 's', name: 'Team site', canCopy: false, canDownload: false });
const ITEMS = [FOLDER, DOC, FOREIGN, SITE];

async function show(
  inputs: Partial<{
    items: DriveItem[];
    selected: Set<string>;
    selectable: boolean;
    readOnly: boolean;
    complete: boolean;
    sizeOf: () => FolderSize;
  }> = {},
) {
  const on = {
    opened: jest.fn<void, [DriveItem]>(),
    selectionChange: jest.fn<void, [SelectionChange]>(),
    sortChange: jest.fn(),
    up: jest.fn(),
    cleared: jest.fn(),
    nearEnd: jest.fn(),
    measured: jest.fn<void, [DriveItem]>(),
    dropped: jest.fn<void, [DriveItem | undefined]>(),
  };
  const { fixture } = await render(FileGrid, {
    inputs: { label: 'Files in My Drive', items: ITEMS, place: 'root', selectable: true, ...inputs },
    on,
  });
  // The head is rendered first, then the rows; the virtual list measures its size in a later frame.
  if ((inputs.items ?? ITEMS).length > 0)
    await waitFor(() => expect(document.querySelector('[data-index]')).toBeInTheDocument());
  await fixture.whenStable();
  return { on, grid: screen.getByRole('grid', { name: 'Files in My Drive' }), fixture };
}

const row = (name: string) => screen.getByRole('row', { name: new RegExp(name) });
const current = (grid: HTMLElement) =>
  document.getElementById(grid.getAttribute('aria-activedescendant') ?? '')?.textContent ?? '';

it('shows each item with owner, date and size, and marks what cannot be moved or copied', async () => {
  const { grid } = await show();
  expect(within(row('Hiring plan')).getByText('96 KB')).toBeVisible();
  expect(within(row('Finance')).getByText('—')).toBeVisible();
  expect(within(row('Org chart')).getByText('Copy only')).toBeVisible();
  expect(within(row('Org chart')).getByText('p@example.com')).toBeVisible();
  expect(within(row('Team site')).getByText('Can’t copy')).toBeVisible();
  expect(row('Team site')).toHaveAttribute('aria-disabled', 'true');
  expect(grid).toHaveAttribute('aria-rowcount', '5');
});

it('counts the size of a folder on request, by its dash or by Alt Enter, without selecting it', async () => {
  const { on, grid } = await show();
  await userEvent.click(within(row('Finance')).getByRole('button', { name: 'Calculate the size of Finance' }));
  grid.focus();
  await userEvent.keyboard('{Alt>}{Enter}{/Alt}');
  expect(on.measured.mock.calls.map(([{ name }]) => name)).toEqual(['Finance', 'Finance']);
  expect(on.opened).not.toHaveBeenCalled();
  expect(on.selectionChange).not.toHaveBeenCalled();
});

it('shows a counted size, and an incomplete one as “more than”', async () => {
  const size = { items: 1204, folders: 3, bytes: 3 * 1024 ** 3, done: true };
  await show({ sizeOf: () => ({ ...size, isMore: false }) });
  expect(within(row('Finance')).getByText('3 GB')).toHaveAttribute('title', '1,204 items, 3,221,225,472 bytes');
  expect(within(row('Finance')).queryByRole('button')).toBeNull();
});

it('does not state the number of rows while some are missing', async () => {
  const { grid, on } = await show({ complete: false });
  expect(grid).toHaveAttribute('aria-rowcount', '-1');
  expect(on.nearEnd).toHaveBeenCalled();
});

it('selects with a click anywhere except on a folder’s name, which opens it', async () => {
  const { on } = await show();
  await userEvent.click(within(row('Hiring plan')).getByText('Hiring plan'));
  expect(on.selectionChange).toHaveBeenLastCalledWith({ items: [DOC], chosen: true });
  await userEvent.click(within(row('Finance')).getByText('Finance'));
  expect(on.opened).toHaveBeenCalledWith(FOLDER);
  await userEvent.click(within(row('Finance')).getAllByRole('gridcell')[0] as HTMLElement);
  expect(on.selectionChange).toHaveBeenLastCalledWith({ items: [FOLDER], chosen: true });
  await userEvent.click(within(row('Team site')).getByText('Team site'));
  expect(on.selectionChange).toHaveBeenCalledTimes(2);
});

it('deselects a selected row', async () => {
  const { on } = await show({ selected: new Set(['d']) });
  expect(row('Hiring plan')).toHaveAttribute('aria-selected', 'true');
  await userEvent.click(within(row('Hiring plan')).getByText('Hiring plan'));
  expect(on.selectionChange).toHaveBeenCalledWith({ items: [DOC], chosen: false });
});

it('moves, selects, opens and goes up with the keyboard, as one tab stop', async () => {
  const { on, grid } = await show();
  await userEvent.tab();
  expect(grid).toHaveFocus();
  expect(current(grid)).toContain('Finance');
  await userEvent.keyboard('{ArrowDown}');
  expect(current(grid)).toContain('Hiring plan');
  await userEvent.keyboard(' ');
  expect(on.selectionChange).toHaveBeenLastCalledWith({ items: [DOC], chosen: true });
  await userEvent.keyboard('{Shift>}{ArrowDown}{/Shift}');
  expect(on.selectionChange).toHaveBeenLastCalledWith({ items: [DOC, FOREIGN], chosen: true });
  await userEvent.keyboard('{End}');
  expect(current(grid)).toContain('Team site');
  await userEvent.keyboard('{Home}{Enter}');
  expect(on.opened).toHaveBeenCalledWith(FOLDER);
  await userEvent.keyboard('{Backspace}{Alt>}{ArrowUp}{/Alt}');
  expect(on.up).toHaveBeenCalledTimes(2);
  await userEvent.keyboard('{Control>}a{/Control}');
  expect(on.selectionChange).toHaveBeenLastCalledWith({ items: [FOLDER, DOC, FOREIGN], chosen: true });
});

it('clears the selection with Escape only if there is one', async () => {
  const { on, fixture } = await show();
  await userEvent.tab();
  await userEvent.keyboard('{Escape}');
  expect(on.cleared).not.toHaveBeenCalled();
  fixture.componentRef.setInput('selected', new Set(['d']));
  await userEvent.keyboard('{Escape}');
  expect(on.cleared).toHaveBeenCalledTimes(1);
});

it('selects all loaded rows from its header, and shows whether all or some are selected', async () => {
  const { on, fixture } = await show({ selected: new Set(['d']) });
  const box = screen.getByRole('checkbox', { name: 'Select all loaded rows' });
  expect(box).toHaveAttribute('aria-checked', 'mixed');
  await userEvent.click(box);
  expect(on.selectionChange).toHaveBeenLastCalledWith({ items: [FOLDER, DOC, FOREIGN], chosen: true });
  fixture.componentRef.setInput('selected', new Set(['f', 'd', 'o']));
  await fixture.whenStable();
  expect(box).toHaveAttribute('aria-checked', 'true');
});

it('sorts by a column, newest and largest first, and back', async () => {
  const { on, fixture } = await show();
  expect(screen.getByRole('columnheader', { name: 'Name' })).toHaveAttribute('aria-sort', 'ascending');
  await userEvent.click(screen.getByRole('button', { name: 'Modified' }));
  expect(on.sortChange).toHaveBeenLastCalledWith('-modifiedTime');
  fixture.componentRef.setInput('sort', '-modifiedTime');
  await fixture.whenStable();
  await userEvent.click(screen.getByRole('button', { name: 'Modified' }));
  expect(on.sortChange).toHaveBeenLastCalledWith('modifiedTime');
});

it('only opens folders if nothing can be selected', async () => {
  const { on, grid } = await show({ selectable: false });
  expect(grid).not.toHaveAttribute('aria-multiselectable');
  await userEvent.click(within(row('Hiring plan')).getByText('Hiring plan'));
  await userEvent.click(within(row('Finance')).getByText('Finance'));
  expect(on.opened).toHaveBeenCalledTimes(1);
  expect(on.selectionChange).not.toHaveBeenCalled();
});

it.each([
  ['a folder', 'Finance', true, FOLDER],
  ['a file in a read-only folder', 'Hiring', true, 'refused'],
  ['a file in a folder that allows additions', 'Hiring', false, undefined],
  ['a read-only folder in one that allows additions', 'Locked', false, 'refused'],
])('takes a drop where items can be added: on %s', async (_, name, readOnly, target) => {
  const locked = anItem({ id: 'l', name: 'Locked', kind: 'folder', canAddChildren: false });
  const { on } = await show({ items: [FOLDER, DOC, locked], selectable: false, readOnly });
  const [over, drop] = [createEvent.dragOver(row(name)), createEvent.drop(row(name))];
  for (const event of [over, drop]) {
    Object.defineProperty(event, 'dataTransfer', { value: { types: ['application/x-cloudmover-selection'] } });
    fireEvent(row(name), event);
  }
  expect(over.defaultPrevented).toBe(target !== 'refused');
  expect(on.dropped.mock.calls).toEqual(target === 'refused' ? [] : [[target]]);
});

it('renders only the rows near the view', async () => {
  const many = Array.from({ length: 50_000 }, (_, index) => anItem({ name: `scan ${index}` }));
  const { grid } = await show({ items: many });
  expect(grid).toHaveAttribute('aria-rowcount', '50001');
  expect(within(grid).getAllByRole('row').length).toBeLessThan(200);
});
