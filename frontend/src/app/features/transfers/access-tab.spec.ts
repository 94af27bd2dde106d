import { signal } from '@angular/core';
import { fireEvent, render, screen, waitFor, within } from '@testing-library/angular';
import userEvent from '@testing-library/user-event';
import { aTransfer } from '../../../testing/builders';
import { network, portalHttp, rest } from '../../../testing/portal-http';
import { AccessRow } from '../../api/models/access-row';
import { Transfer } from '../../core/transfer-updates';
import { AccessTab } from './access-tab';
import { Action } from './transfer-buttons';
import { TransferStore } from './transfer-store';

const missing = signal<{ email: string }[]>([]);
const allowed = signal<Transfer['allowedActions']>([]);
const store = {
  canSave: signal(true),
  canCommand: signal(true),
  saving: signal(false),
  offline: signal(false),
  save: jest.fn(),
  commandsSent: signal(0),
  allows: (action: Action) => allowed().includes(action),
  missingFor: () => missing(),
};

// jsdom does not scroll.
Element.prototype.scrollTo = jest.fn();

beforeEach(() => {
  missing.set([]);
  allowed.set([]);
  store.canSave.set(true);
  store.saving.set(false);
});

async function open(sharing: Partial<Transfer['sharing']>, items: AccessRow[] = []) {
  const transfer = aTransfer({ state: 'completed' });
  const { rerender } = await render(AccessTab, {
    inputs: { transfer: { ...transfer, sharing: { ...transfer.sharing, ...sharing } } },
    providers: [...portalHttp(), { provide: TransferStore, useValue: store }],
  });
  if (sharing.mode === 'carry') await answer(items);
  return (changed: Partial<Transfer['sharing']>) =>
    rerender({ inputs: { transfer: { ...transfer, sharing: { ...transfer.sharing, ...sharing, ...changed } } } });
}

const isList = ({ url }: { url: string }) => url === '/api/transfers/tr1/access';

async function answer(items: AccessRow[]) {
  network()
    .expectOne(isList)
    .flush({ items, counts: { gains: 0, loses: 0, less: 0, keeps: 0 } });
  await rest();
}

it('says who can open the copies where access was not carried over', async () => {
  await open({});
  expect(screen.getByText(/^Sharing was not carried over: only the destination account/)).toBeVisible();
  expect(screen.queryByRole('button')).not.toBeInTheDocument();
});

it('carries access over afterwards, with the options of a review', async () => {
  allowed.set(['carry_access']);
  await open({});
  await userEvent.click(screen.getByRole('button', { name: 'Carry over now' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Carry sharing over now' }));
  await userEvent.click(dialog.getByRole('button', { name: 'Add line' }));
  const act = () => dialog.getByRole('button', { name: 'Carry over now' });
  expect(act()).toBeDisabled();
  await userEvent.type(await dialog.findByLabelText('From, 1'), 'ana@old.example');
  expect(act()).toBeEnabled();
  dispatchEvent(new Event('offline'));
  await rest();
  expect(act()).toHaveAttribute('aria-disabled', 'true');
  expect(act()).toHaveAccessibleDescription('You are offline.');
  await userEvent.click(act());
  network().expectNone('/api/transfers/tr1/rerun');
  dispatchEvent(new Event('online'));
  await userEvent.selectOptions(dialog.getByLabelText('Anyone with the link'), 'Leave out');
  await userEvent.click(act());
  const request = () => network().expectOne('/api/transfers/tr1/rerun');
  const first = request();
  expect(first.request.body).toEqual({
    sharing: {
      mode: 'carry',
      unmapped: 'keep',
      links: 'drop',
      owner: 'drop',
      outsiders: 'keep',
      notify: false,
      people: [{ from: 'ana@old.example', to: null }],
    },
  });
  // What was entered is not lost with a failure.
  first.flush({ code: 'too_many_transfers', title: '', status: 429 }, { status: 429, statusText: '' });
  await rest();
  expect(dialog.getByRole('alert')).toHaveTextContent(/too many transfers/);
  await userEvent.click(act());
  request().flush(aTransfer({ state: 'updating', revision: 2 }), { status: 202, statusText: 'Accepted' });
  await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument());
  expect(store.commandsSent()).toBe(1);
});

it('takes an edit of the people map back with Escape, and only then closes the dialog', async () => {
  allowed.set(['carry_access']);
  await open({});
  await userEvent.click(screen.getByRole('button', { name: 'Carry over now' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Carry sharing over now' }));
  await userEvent.click(dialog.getByRole('button', { name: 'Add line' }));
  const field = await dialog.findByLabelText('From, 1');
  await userEvent.type(field, 'ana@old.example');
  // The dialog reads the code, which `userEvent` does not send.
  const escape = () => fireEvent.keyDown(field, { key: 'Escape', keyCode: 27 });
  escape();
  await rest();
  expect(field).toHaveValue('');
  expect(screen.getByRole('dialog')).toBeVisible();
  escape();
  await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument());
});

it('keeps the focus on the download while it runs', async () => {
  allowed.set(['report']);
  await open({ mode: 'carry', wanted: 1, equal: 1 });
  const csv = screen.getByRole('button', { name: 'Download access.csv' });
  await userEvent.click(csv);
  expect(store.save).toHaveBeenCalledWith('access');
  store.saving.set(true);
  store.canSave.set(false);
  await rest();
  expect(csv).toHaveFocus();
  expect(csv).toBeEnabled();
  expect(csv).toHaveAttribute('aria-disabled', 'true');
  store.saving.set(false);
  await rest();
  expect(csv).toBeDisabled();
});

it('names the account that is missing to carry sharing over', async () => {
  allowed.set(['carry_access']);
  missing.set([{ email: 'ana@example.com' }]);
  await open({});
  expect(screen.getByRole('button', { name: 'Carry over now' })).toBeDisabled();
  expect(screen.getByText('Also needs a sign-in of ana@example.com: Carry over now.')).toBeVisible();
});

it('adds up what came of the permissions, and says why some are less than wanted and what helps', async () => {
  const reason = { title: 'API', advice: 'API', retryable: true };
  await open({
    mode: 'carry',
    wanted: 20,
    equal: 8,
    narrower: 12,
    reasons: [
      { ...reason, code: 'license', count: 9 },
      { ...reason, code: 'link_restricted', count: 3 },
    ],
  });
  const figures = within(screen.getByRole('group', { name: 'Permissions of the copies' }));
  expect(figures.getAllByText(/^\d+$/).map((figure) => figure.textContent)).toEqual(['20', '8', '12']);
  const [license, restricted] = screen.getAllByRole('listitem');
  expect(license).toHaveTextContent(
    /licence does not allow this role\s*Ask the person’s administrator for a licence that includes Drive\.\s*9 permissions/,
  );
  expect(restricted).toHaveTextContent(/You chose: reader at most\s*3 permissions/);
});

it('says how many permissions were too many, and how many of them are still there', async () => {
  await open({ mode: 'carry', wanted: 9, equal: 6, wider: 3, left: 2 });
  expect(screen.getByText(/^Access was wider than wanted in 1 case\. It was reverted at once\.$/)).toBeVisible();
  expect(
    screen.getByText(/^2 permissions should be gone: Google refused to remove them, or the original was moved\./),
  ).toBeVisible();
});

it('says of each grantee whether access that is wider than wanted was reverted, and else why it remains', async () => {
  const row = (parts: Partial<AccessRow>): AccessRow => ({
    grantee: { type: 'user', address: 'eve@x.example' },
    ...{ now: {}, after: {}, change: 'keeps', outcome: 'wider', ...parts },
  });
  await open({ mode: 'carry', wanted: 3, narrower: 1, wider: 2, left: 1 }, [
    row({ code: 'reverted' }),
    row({ code: 'refused' }),
    row({ code: 'license', outcome: 'narrower' }),
    row({ code: 'people_map', outcome: 'equal' }),
  ]);
  await new Promise((resolve) => requestAnimationFrame(resolve));
  await rest();
  const [, ...rows] = screen.getAllByRole('row');
  expect(rows.map((each) => within(each).getAllByRole('cell').at(-1)?.textContent)).toEqual([
    'Reverted',
    'Wider than wanted',
    'Less than wanted',
    'As wanted',
  ]);
  expect(rows.map((each) => each.querySelector('.why')?.textContent)).toEqual([
    'More access than wanted was found, and removed at once',
    'Google refused it',
    'The person’s licence does not allow this role',
    undefined,
  ]);
});

it('keeps the list as it is while access is set, and offers to update it', async () => {
  const change = await open({ mode: 'carry', wanted: 9, waiting: 9 });
  await change({ waiting: 4, equal: 5 });
  network().expectNone(isList);
  await userEvent.click(screen.getByRole('button', { name: 'Update the list' }));
  await answer([]);
  expect(screen.getByRole('button', { name: 'Update the list' })).toHaveAttribute('aria-disabled', 'true');
});

it('says how many restrictions of the originals the copies have, and why others were refused', async () => {
  await open({
    mode: 'carry',
    restrictions: {
      ...{ wanted: 9, applied: 6, refused: 3, waiting: 0 },
      reasons: [
        { code: 'merged_folder', title: '', advice: '', count: 2, retryable: true },
        { code: 'refused', title: '', advice: '', count: 1, retryable: true },
      ],
    },
  });
  expect(screen.getByText(/no downloading: 6 of 9 are set on the copies\.$/)).toBeVisible();
  expect(
    screen.getByText(
      /^The folder was there before, so who can open it stays as it is \(2\)\. Google refused it \(1\)\.$/,
    ),
  ).toBeVisible();
});

it('says how many items’ access could not be read', async () => {
  await open({ mode: 'carry', wanted: 1, equal: 1, unreadable: 4 });
  expect(
    screen.getByText(
      'The source account may not see who has access to 4 items. Their sharing was not carried over, and is not part of these figures.',
    ),
  ).toBeVisible();
});
