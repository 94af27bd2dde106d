import { provideHttpClient } from '@angular/common/http';
import { provideHttpClientTesting } from '@angular/common/http/testing';
import { render, screen, within } from '@testing-library/angular';
import userEvent from '@testing-library/user-event';
import { ItemDto } from '../../api/models/item-dto';
import { network, rest } from '../../../testing/portal-http';
import { ItemList } from './item-list';

const anItem = (parts: Partial<ItemDto>): ItemDto => ({
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

async function show(inputs: Partial<{ state: 'failed'; total: number }> = {}) {
  const { fixture } = await render(ItemList, {
    inputs: {
      transferId: 'tr1',
      heading: 'Items',
      total: 2,
      reasons: [
        { code: 'rate_limited', title: 'Asked to slow down' },
        { code: 'source_flagged', title: 'Flagged' },
      ],
      ...inputs,
    },
    providers: [provideHttpClient(), provideHttpClientTesting()],
  });
  return fixture;
}

async function answer(items: ItemDto[], nextCursor?: string) {
  const request = network().expectOne((each) => each.url === '/api/transfers/tr1/items');
  request.flush({ items, nextCursor });
  await rest();
  return request.request.params;
}

const rows = () => within(screen.getByRole('table')).getAllByRole('row').slice(1);

it('says what became of each item and what that rests on', async () => {
  await show();
  const checksum = { kind: 'md5' as const, source: 'a', destination: 'a' };
  await answer([
    anItem({ ordinal: 1, checksum, original: 'trashed' }),
    anItem({ ordinal: 2, path: 'Finance', kind: 'folder', size: null }),
    anItem({ ordinal: 3, state: 'failed', reason: 'Flagged as harmful', code: 'source_flagged' }),
    anItem({ ordinal: 4, state: 'waiting' }),
  ]);
  expect(rows().map((row) => row.textContent?.replace(/\s+/g, ' ').trim())).toEqual([
    'Finance/March.pdf Verified, MD5 equal, original in the trash 2 KB',
    'Finance Verified, read back —',
    'Finance/March.pdf Flagged as harmful source_flagged2 KB',
    'Finance/March.pdf Waiting 2 KB',
  ]);
});

it('loads page after page', async () => {
  await show({ state: 'failed' });
  expect((await answer([anItem({})], '200')).get('state')).toBe('failed');
  await userEvent.click(screen.getByRole('button', { name: 'Load more' }));
  expect((await answer([anItem({ ordinal: 2 })])).get('cursor')).toBe('200');
  expect(rows()).toHaveLength(2);
});

it('filters by reason and by a part of the path, once the typing rests', async () => {
  await show();
  await answer([anItem({})]);
  await userEvent.selectOptions(screen.getByLabelText('Reason'), 'source_flagged');
  expect((await answer([])).get('reason')).toBe('source_flagged');
  expect(screen.getByText('Nothing matches.')).toBeVisible();
  await userEvent.type(screen.getByLabelText('Items: path contains'), 'mar');
  await new Promise((resolve) => setTimeout(resolve, 350));
  await rest();
  expect((await answer([])).get('q')).toBe('mar');
});

it('keeps still when new items come, and shows them when asked', async () => {
  const fixture = await show({ total: 1 });
  await answer([anItem({})]);
  fixture.componentRef.setInput('total', 215);
  await rest();
  network().expectNone((each) => each.url === '/api/transfers/tr1/items');
  await userEvent.click(screen.getByRole('button', { name: '214 new, show' }));
  await answer([anItem({}), anItem({ ordinal: 2 })]);
  expect(rows()).toHaveLength(2);
  expect(screen.queryByRole('button', { name: /new, show/ })).toBeNull();
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
