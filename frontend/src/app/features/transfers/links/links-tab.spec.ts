import { Clipboard } from '@angular/cdk/clipboard';
import { signal } from '@angular/core';
import { render, screen, within } from '@testing-library/angular';
import userEvent from '@testing-library/user-event';
import { aTransfer } from '../../../../testing/builders';
import { network, portalHttp, rest } from '../../../../testing/portal-http';
import { LinkRow } from '../../../api/models/link-row';
import { Transfer } from '../../../core/transfer-updates';
import { Action } from '../transfer-buttons';
import { TransferStore } from '../transfer-store';
import { LinksTab } from './links-tab';

const missing = signal<{ email: string }[]>([]);
const allowed = signal<Transfer['allowedActions']>(['report']);
const store = {
  saving: signal(false),
  offline: signal(false),
  canCommand: signal(true),
  save: jest.fn(),
  carryLinks: jest.fn(),
  allows: (action: Action) => allowed().includes(action),
  missingFor: () => missing(),
};
const copied: string[] = [];
const NEW = 'https://docs.google.com/spreadsheets/d/copy/edit';
const ROW: LinkRow = {
  ordinal: 3,
  path: 'Board decks/Q3 review',
  documentId: 'copy3',
  webViewLink: 'https://docs.google.com/presentation/d/copy3/edit',
  kind: 'presentation',
  outcome: 'unsupported',
  code: 'linked_chart',
  title: 'API',
  advice: 'API',
  place: { holder: 'chart', part: 'slide', container: '14', label: '' },
  text: 'https://docs.google.com/spreadsheets/d/original/edit',
  newText: NEW,
};

// jsdom does not scroll.
Element.prototype.scrollTo = jest.fn();

beforeEach(() => {
  missing.set([]);
  allowed.set(['report']);
  store.saving.set(false);
  store.offline.set(false);
  copied.splice(0);
  jest.clearAllMocks();
});

const isList = ({ url }: { url: string }) => url === '/api/transfers/tr1/links';
const answer = async (...items: LinkRow[]) => {
  const { request } = ((each) => (each.flush({ items }), each))(network().expectOne(isList));
  await rest();
  return request.params.get('outcome');
};

async function open(links: Partial<Transfer['links']>, state: Transfer['state'] = 'completed') {
  const transfer = aTransfer({ state });
  return render(LinksTab, {
    inputs: { transfer: { ...transfer, links: { ...transfer.links, ...links } } },
    providers: [
      ...portalHttp(),
      { provide: TransferStore, useValue: store },
      { provide: Clipboard, useValue: { copy: (text: string) => (copied.push(text), true) } },
    ],
  });
}

const REWRITTEN: Partial<Transfer['links']> = {
  ...{ mode: 'rewrite', found: 1912, rewritten: 1688, outside: 197, unsupported: 21, failed: 6 },
  documents: { read: 1700, unread: [{ code: 'too_large', title: '', advice: '', count: 2, retryable: false }] },
  reasons: [
    { code: 'linked_chart', title: '', advice: '', count: 21, retryable: false },
    { code: 'edited_since', title: '', advice: '', count: 6, retryable: false },
  ],
};
const buttons = () => screen.queryAllByRole('button').map((button) => button.textContent.trim());

it('offers to list or rewrite links where they were left as they are', async () => {
  allowed.set(['report', 'links']);
  await open({});
  expect(screen.getByText(/^Links in the copies were left as they are/)).toBeVisible();
  expect(buttons()).toEqual(['Rewrite links', 'List links']);
  await userEvent.click(screen.getByRole('button', { name: 'List links' }));
  expect(store.carryLinks).toHaveBeenCalledWith('report');
});

it('names the account that is missing', async () => {
  allowed.set(['links']);
  missing.set([{ email: 'archive@example.com' }]);
  await open({});
  expect(screen.getByText('Also needs a sign-in of archive@example.com: Rewrite links, List links.')).toBeVisible();
  for (const button of screen.getAllByRole('button')) expect(button).toBeDisabled();
});

it('says that links come last, while the transfer runs', async () => {
  await open({ mode: 'rewrite' }, 'running');
  expect(screen.getByText('Links come after the final check')).toBeVisible();
});

it('adds up what became of the links, says why, and first lists those that a person has to change', async () => {
  await open(REWRITTEN);
  const figures = within(screen.getByRole('group', { name: 'Links in the copies' }));
  const shown = figures.getAllByText(/^[\d,]+$/).map((figure) => figure.textContent);
  expect(shown).toEqual(['1,912', '1,688', '197', '21', '6']);
  expect(screen.getByRole('img')).toHaveAccessibleName(
    '1,688 rewritten, 197 point elsewhere, 21 to change manually, 6 failed',
  );
  expect(screen.getByText(/^1,700 documents were read\.\s+2 documents could not be read\.$/)).toBeVisible();
  const reasons = screen.getAllByRole('listitem').map((each) => each.textContent.replaceAll(/\s+/g, ' '));
  expect(reasons[1]).toMatch(/Somebody edited the copy, so it was left alone.*6 links/);
  expect(reasons[2]).toMatch(/too large to be read.*2 documents/);
  expect(await answer(ROW)).toBe('unsupported');
  const [, row] = screen.getAllByRole('row');
  expect(row).toHaveTextContent(/Board decks\/Q3 review\s*Slide 14, chart\s*Unlink the chart, and insert/);
  expect(
    within(row!).getByRole('link', { name: 'Open Board decks/Q3 review in Drive (opens in a new tab)' }),
  ).toHaveAttribute('href', ROW.webViewLink);
  await userEvent.click(within(row!).getByRole('button', { name: 'Copy the new address' }));
  expect(copied).toEqual([NEW]);
});

it('shows the old and the new address of rewritten links, and which formula needs a permission', async () => {
  await open(REWRITTEN);
  await answer(ROW);
  await userEvent.click(screen.getByRole('button', { name: 'Rewritten 1,688' }));
  const rewritten = { ...ROW, outcome: 'rewritten', code: undefined } as const;
  expect(await answer(rewritten, { ...rewritten, kind: 'spreadsheet', needsConsent: true })).toBe('rewritten');
  const [, first, second] = screen.getAllByRole('row');
  expect(first).toHaveTextContent(`${ROW.text}New: ${NEW}`);
  expect(second).toHaveTextContent(`Open the spreadsheet once and select “Allow access”.New: ${NEW}`);
  expect(within(first!).queryByRole('button')).not.toBeInTheDocument();
});

it('lists documents that could not be read', async () => {
  await open({ mode: 'report', documents: { read: 0, unread: REWRITTEN.documents!.unread } });
  const { place: _, text: __, newText: ___, ...document } = ROW;
  expect(await answer({ ...document, outcome: 'unread', code: 'too_large' })).toBe('unread');
  expect(screen.getAllByRole('row')[1]).toHaveTextContent(/Whole document\s*Change its links in the document/);
});

it('keeps the chosen outcome and its rows when the figures change, until the list is updated', async () => {
  const { rerender } = await open(REWRITTEN);
  await answer(ROW);
  const transfer = aTransfer({ state: 'linking' });
  const links = { ...transfer.links, ...REWRITTEN, unsupported: 0, found: 1891 };
  await rerender({ inputs: { transfer: { ...transfer, links } } });
  network().expectNone(isList);
  await userEvent.click(screen.getByRole('button', { name: 'Update the list' }));
  expect(await answer()).toBe('unsupported');
  expect(screen.getByText('No link has this outcome.')).toBeVisible();
});

it('loads the list again at the end, and keeps the focus in it', async () => {
  const { rerender } = await open(REWRITTEN, 'linking');
  await answer(ROW);
  await new Promise((resolve) => requestAnimationFrame(resolve));
  const copy = () => screen.getByRole('button', { name: 'Copy the new address' });
  copy().focus();
  const transfer = aTransfer({ state: 'completed', finishedAt: '2026-11-24T10:00:00Z' });
  await rerender({ inputs: { transfer: { ...transfer, links: { ...transfer.links, ...REWRITTEN } } } });
  await answer({ ...ROW, path: 'Board decks/Renamed' });
  expect(screen.getByText('Board decks/Renamed')).toBeVisible();
  expect(copy()).toHaveFocus();
});

it('keeps the focus on links.csv while it is downloaded', async () => {
  await open({ mode: 'report', documents: { read: 2, unread: [] } });
  const csv = screen.getByRole('button', { name: 'links.csv' });
  await userEvent.click(csv);
  store.saving.set(true);
  await rest();
  expect(csv).toHaveFocus();
  expect(csv).toBeEnabled();
  expect(csv).toHaveAttribute('aria-disabled', 'true');
  store.saving.set(false);
  store.offline.set(true);
  await rest();
  expect(csv).not.toHaveAttribute('aria-disabled');
  expect(csv).toBeDisabled();
});

it('downloads links.csv and map.csv, and offers to rewrite what was listed', async () => {
  allowed.set(['report', 'links']);
  await open({ mode: 'report', found: 3, waiting: 3, documents: { read: 2, unread: [] } });
  expect(await answer({ ...ROW, outcome: 'waiting' })).toBe('waiting');
  for (const name of ['Rewrite links', 'List again', 'links.csv', 'map.csv, old and new addresses'])
    await userEvent.click(screen.getByRole('button', { name }));
  expect(store.carryLinks.mock.calls).toEqual([['rewrite'], ['report']]);
  expect(store.save.mock.calls).toEqual([['links'], ['map']]);
});
