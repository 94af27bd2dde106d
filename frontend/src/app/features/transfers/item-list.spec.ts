import { provideHttpClient } from '@angular/common/http';
import { provideHttpClientTesting } from '@angular/common/http/testing';
import { render, screen, waitFor, within } from '@testing-library/angular';
import userEvent from '@testing-library/user-event';
import { provideRouter } from '@angular/router';
import { Item } from '../../api/models/item';
import { network, rest } from '../../../testing/portal-http';
import { ItemList, ListFilter } from './item-list';

/** Types without a turn of the timers between the keys, in which a slow process would begin the search. */
const AT_ONCE = { delay: null };

const anItem = (parts: Partial<Item>): Item => ({
  ordinal: 1,
  path: 'Finance/March.pdf',
  name: 'March.pdf',
  kind: 'file',
  mimeType: 'application/pdf',
  size: 2048,
  sourceId: 'x',
  state: 'verified',
  attempts: 1,
  ...parts,
});

/** @param navigates what happens to another filter; by default, it is in the address at once */
async function show(
  inputs: Partial<{ kind: 'all' | 'failed'; total: number }> = {},
  navigates?: (filter: ListFilter) => void,
) {
  const { fixture } = await render(ItemList, {
    inputs: {
      transferId: 'tr1',
      kind: 'all' as const,
      total: 2,
      reasons: [
        { code: 'rate_limited', title: 'Asked to slow down' },
        { code: 'source_flagged', title: 'Flagged' },
      ],
      ...inputs,
    },
    on: { filtered: navigates ?? ((filter) => fixture.componentRef.setInput('filter', filter)) },
    providers: [provideHttpClient(), provideHttpClientTesting(), provideRouter([])],
  });
  return fixture;
}

async function answer(items: Item[], nextCursor?: string) {
  const request = await waitFor(() => network().expectOne((each) => each.url === '/api/transfers/tr1/items'));
  request.flush({ items, nextCursor });
  await rest();
  // The virtual list measures its size in the next frame.
  await new Promise((resolve) => requestAnimationFrame(resolve));
  await rest();
  return request.request.params;
}

const rows = () => within(screen.getByRole('table')).getAllByRole('row').slice(1);

it('shows the outcome of each item and its proof', async () => {
  await show();
  const checksum = { kind: 'md5' as const, source: 'a', destination: 'a' };
  await answer([
    anItem({ ordinal: 1, checksum, original: 'trashed' }),
    anItem({ ordinal: 2, path: 'Finance', kind: 'folder', size: null }),
    anItem({ ordinal: 3, state: 'failed', reason: 'Flagged as harmful', code: 'source_flagged' }),
    anItem({ ordinal: 4, state: 'waiting' }),
    anItem({ ordinal: 5, way: 'relay', fallback: 'sharing_refused', fallbackReason: 'It may not be shared.' }),
    // From a later API, with a code that has no text here.
    anItem({ ordinal: 6, way: 'export', fallback: 'new' as 'sharing_refused', fallbackReason: 'Something new.' }),
  ]);
  expect(rows().map((row) => row.textContent?.replace(/\s+/g, ' ').trim())).toEqual([
    'Finance/March.pdfVerified, MD5 matches, original in the trash2 KB',
    'FinanceVerified, read back—',
    'Finance/March.pdfFlagged as harmful2 KB',
    'Finance/March.pdfWaiting2 KB',
    'Finance/March.pdfVerified, read back. Streamed through CloudMover, because the source may not share it with the destination2 KB',
    'Finance/March.pdfVerified, read back. Converted (some content lost). Something new.2 KB',
  ]);
});

it('shows when an item was last tried', async () => {
  await show();
  const triedAt = new Date(Date.now() - 400 * 86_400_000).toISOString();
  await answer([anItem({ ordinal: 1, triedAt }), anItem({ ordinal: 2, attempts: 0 })]);
  const [tried, never] = rows().map((row) => within(row).getAllByRole('cell')[3]!.textContent?.trim());
  expect(tried).toContain(triedAt.slice(0, 4)); // an earlier year
  expect(never).toBe('');
});

it('offers as filters only states that an item can have', async () => {
  await show();
  await answer([anItem({})]);
  const options = within(screen.getByRole('combobox', { name: 'State' })).getAllByRole('option');
  expect(options.map(({ textContent }) => textContent)).toEqual([
    'All states',
    'Waiting',
    'Copying',
    'Verified',
    'Could not be verified',
    'Skipped',
    'Failed',
  ]);
});

it('loads the next page near the end of the list', async () => {
  await show({ kind: 'failed', total: 400 });
  expect((await answer([anItem({})], '200')).get('state')).toBe('failed');
  // One row does not fill the view, so the next page is loaded at once.
  expect((await answer([anItem({ ordinal: 2 })])).get('cursor')).toBe('200');
  expect(rows()).toHaveLength(2);
  expect(screen.getByRole('table')).toHaveAttribute('aria-rowcount', '3');
});

it('shows how many rows are loaded, and does not state a total', async () => {
  await show({ kind: 'failed', total: 100_412 });
  await answer(
    Array.from({ length: 200 }, (_, ordinal) => anItem({ ordinal })),
    '200',
  );
  expect(screen.getByRole('status')).toHaveTextContent('200 of 100,412 loaded');
  expect(screen.getByRole('table')).toHaveAttribute('aria-rowcount', '-1');
  expect(rows().length).toBeLessThan(60);
  network().expectNone((each) => each.url === '/api/transfers/tr1/items');
});

it('continues a search after an empty page with a cursor', async () => {
  await show();
  await answer([anItem({})]);
  await userEvent.type(screen.getByRole('searchbox'), 'mar', AT_ONCE);
  expect((await answer([], '20000')).get('q')).toBe('mar');
  expect((await answer([anItem({})])).get('cursor')).toBe('20000');
  expect(rows()).toHaveLength(1);
});

it('filters by reason and by a part of the path, once typing pauses', async () => {
  await show();
  await answer([anItem({})]);
  await userEvent.selectOptions(screen.getByLabelText('Reason'), 'source_flagged');
  expect((await answer([])).get('reason')).toBe('source_flagged');
  expect(screen.getByText('Nothing matches.')).toBeVisible();
  await userEvent.type(screen.getByLabelText('Items: Path contains'), 'mar', AT_ONCE);
  expect((await answer([])).get('q')).toBe('mar');
});

it('applies the same search again after a link has cleared it', async () => {
  const fixture = await show();
  await answer([anItem({})]);
  await userEvent.type(screen.getByRole('searchbox'), 'mar', AT_ONCE);
  expect((await answer([])).get('q')).toBe('mar');
  fixture.componentRef.setInput('filter', {});
  await rest();
  expect((await answer([anItem({})])).has('q')).toBe(false);
  expect(screen.getByRole('searchbox')).toHaveValue('');
  await userEvent.type(screen.getByRole('searchbox'), 'mar', AT_ONCE);
  expect((await answer([])).get('q')).toBe('mar');
});

it('keeps what is typed while the address gets the words before it', async () => {
  let navigated: (filter: ListFilter) => void;
  const address = new Promise<ListFilter>((resolve) => (navigated = resolve));
  const fixture = await show({}, (filter) => navigated(filter));
  await answer([anItem({})]);
  const box = screen.getByRole('searchbox');
  await userEvent.type(box, 'ab', AT_ONCE);
  const filter = await address;
  await userEvent.type(box, 'c');
  fixture.componentRef.setInput('filter', filter);
  await rest();
  expect(box).toHaveValue('abc');
});

it('does not move when new items arrive, and shows them on request', async () => {
  const fixture = await show({ kind: 'failed', total: 1 });
  await answer([anItem({})]);
  fixture.componentRef.setInput('total', 215);
  await rest();
  network().expectNone((each) => each.url === '/api/transfers/tr1/items');
  await userEvent.click(screen.getByRole('button', { name: 'Show 214 new' }));
  await answer([anItem({}), anItem({ ordinal: 2 })]);
  expect(rows()).toHaveLength(2);
  expect(screen.queryByRole('button', { name: /^Show .* new/ })).toBeNull();
});

it('offers to try again after a failure', async () => {
  await show();
  network()
    .expectOne((each) => each.url === '/api/transfers/tr1/items')
    .error(new ProgressEvent('error'));
  await rest();
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  await answer([anItem({})]);
  expect(rows()).toHaveLength(1);
});

it('loads the items again when the transfer has ended', async () => {
  const fixture = await show();
  await answer([anItem({ state: 'waiting' })]);
  fixture.componentRef.setInput('version', '2026-11-24T10:00:00Z');
  await answer([anItem({ state: 'verified' })]);
  expect(rows()[0]).toHaveTextContent('Verified');
});

it('counts what is new from the list that it loaded last', async () => {
  const fixture = await show({ kind: 'failed', total: 18 });
  await answer([anItem({})]);
  fixture.componentRef.setInput('total', 10);
  fixture.componentRef.setInput('version', 'retried');
  await answer([anItem({})]);
  fixture.componentRef.setInput('total', 13);
  await rest();
  expect(screen.getByRole('button', { name: 'Show 3 new' })).toBeVisible();
});
