import { HttpResponse } from '@angular/common/http';
import { TestBed } from '@angular/core/testing';
import { provideRouter, withComponentInputBinding } from '@angular/router';
import { RouterTestingHarness } from '@angular/router/testing';
import { screen, within } from '@testing-library/angular';
import userEvent from '@testing-library/user-event';
import { aPreflight } from '../../../testing/builders';
import { confirmSession, network, portalHttp, rest, storeTokens } from '../../../testing/portal-http';
import { SessionStore } from '../../core/sessions';
import { Preflight } from '../../api/models/preflight';
import ReviewPage from './review-page';

const CHOICES = { unmapped: 'keep', links: 'keep', owner: 'drop', outsiders: 'keep', notify: false } as const;
const CARRIED: Partial<Preflight> = {
  sharing: { ...CHOICES, mode: 'carry', lines: 2 },
  access: {
    items: 3,
    permissions: 5,
    keeps: 4,
    less: 1,
    loses: 2,
    gains: 0,
    refused: 0,
    target: 0,
    warnings: [],
    warningCount: 0,
  },
};
const LINES = [
  { line: 1, from: '@old.example', to: '@new.example', people: 171, items: 9204 },
  { line: 2, from: 'temp@old.example', to: null, people: 1, items: 0 },
];

async function open(parts: Partial<Preflight> = {}) {
  storeTokens('source', 'destination');
  TestBed.configureTestingModule({
    providers: [
      ...portalHttp(),
      provideRouter(
        [
          { path: 'move/review/:preflightId', component: ReviewPage },
          { path: 'move', children: [] },
        ],
        withComponentInputBinding(),
      ),
    ],
  });
  void TestBed.inject(SessionStore).check();
  await RouterTestingHarness.create('/move/review/pre1');
  await confirmSession('source');
  await confirmSession('destination');
  network()
    .expectOne('/api/preflights/pre1')
    .flush({ ...aPreflight(), ...parts });
  await rest();
}

async function openCarried(answerPeople = true, access: Partial<Preflight['access']> = {}, items: unknown[] = []) {
  await open({ ...CARRIED, access: { ...CARRIED.access!, ...access } });
  const people = network().expectOne(({ url }) => url === '/api/preflights/pre1/people');
  if (answerPeople) people.flush({ lines: LINES });
  network()
    .expectOne(({ url }) => url === '/api/preflights/pre1/access')
    .flush({ items, counts: { gains: 0, loses: 2, less: 1, keeps: 4 } });
  await rest();
  return people;
}

const card = () => within(screen.getByRole('region', { name: 'Who will have access' }));
const recounted = () =>
  network().expectOne(({ url, method }) => method === 'POST' && url === '/api/preflights/pre1/recount').request
    .body as Record<string, unknown>;

afterEach(() => localStorage.clear());

it('leaves access out by default, and asks for a recount once it is to be carried over', async () => {
  await open();
  expect(card().getByText(/^The copies can be opened by archive@example.com/)).toBeVisible();
  await userEvent.click(card().getByRole('radio', { name: 'Carry over' }));
  expect(card().getByText('Recount to see who keeps, loses and gains access.')).toBeVisible();
  await userEvent.click(card().getByRole('button', { name: 'Add line' }));
  await userEvent.type(card().getByLabelText('From, 1'), 'Ana@Old.example');
  await userEvent.selectOptions(card().getByLabelText('Anyone with the link'), 'Leave out');
  await userEvent.click(card().getByRole('button', { name: 'Recount with these settings' }));
  expect(recounted()['sharing']).toEqual({
    ...CHOICES,
    mode: 'carry',
    links: 'drop',
    people: [{ from: 'ana@old.example', to: null }],
  });
});

it('shows figures that add up, and sends nothing about access while only other options change', async () => {
  await openCarried();
  expect(card().getByText('7', { selector: 'b' })).toBeVisible();
  expect(card().getByText('Nobody gains access')).toBeVisible();
  expect(card().getByText('2 lines; the most specific one applies')).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Change the options' }));
  await userEvent.selectOptions(screen.getByLabelText('Same name exists'), 'Replace it');
  await userEvent.click(screen.getByRole('button', { name: 'Recount with these options' }));
  expect(recounted()).not.toHaveProperty('sharing');
});

it('names who gains access through what the destination contains, and says where that could not be read', async () => {
  const warnings = [{ code: 'target_unreadable' as const }, { code: 'existing_unreadable' as const, items: 2 }];
  const eve = { grantee: { type: 'user', address: 'eve@x.example' }, now: {}, after: { reader: 3 }, change: 'gains' };
  const reason = { code: 'existing_folder', reason: 'Why', folder: 'Work' };
  await openCarried(true, { gains: 1, refused: 1, warnings, warningCount: 2 }, [{ ...eve, ...reason }]);
  expect(card().getByText('1 gains access')).toBeVisible();
  expect(card().getByText(/^The destination account may not see who can open the destination folder\./)).toBeVisible();
  expect(card().getByText(/^The destination account may not see who can open 2 items that/)).toBeVisible();
  expect(card().getByText(/Google will refuse some or all access to 1 person or group;/)).toBeVisible();
});

it('edits the people map by keyboard, takes an edit back, and restores a removed line', async () => {
  await openCarried();
  const from = (line: number) => card().getByLabelText<HTMLInputElement>(`From, ${line}`);
  await userEvent.clear(from(1));
  await userEvent.type(from(1), 'wrong');
  expect(card().getByText('Enter an e-mail address, or @ and a domain.')).toBeVisible();
  expect(card().getByRole('button', { name: 'Recount with these settings' })).toBeDisabled();
  await userEvent.keyboard('{Escape}');
  expect(from(1)).toHaveValue('@old.example');
  await userEvent.keyboard('{ArrowDown}');
  await rest();
  expect(from(2)).toHaveFocus();
  await userEvent.click(card().getByRole('button', { name: 'Remove line 1' }));
  expect(from(1)).toHaveValue('temp@old.example');
  await userEvent.click(await screen.findByRole('button', { name: 'Undo' }));
  expect(from(1)).toHaveValue('@old.example');
  expect(card().queryByRole('button', { name: 'Recount with these settings' })).not.toBeInTheDocument();
});

it('states what each line is for, from one request after the count', async () => {
  await open({ ...CARRIED, state: 'counting' });
  const people = ({ url }: { url: string }) => url === '/api/preflights/pre1/people';
  network().expectNone(people);
  const update = (parts: Partial<Preflight>) => {
    const data = JSON.stringify({ ...aPreflight(), ...CARRIED, ...parts });
    events.event(new HttpResponse({ body: { kind: 'event', type: 'preflight', data } }));
    return rest();
  };
  const events = network().expectOne('/api/preflights/pre1/events');
  await update({ state: 'counting', revision: 2 });
  network().expectNone(people);
  await update({ revision: 3 });
  network().expectOne(people).flush({ lines: LINES });
  await rest();
  const cells = within(card().getByRole('table', { name: 'People map' }))
    .getAllByRole('row')
    .map((row) =>
      within(row)
        .queryAllByRole('cell')
        .slice(2, 4)
        .map((cell) => cell.textContent),
    );
  expect(cells).toEqual([[], ['171', '9,204'], ['1', '0']]);
});

it('does not replace a people map that could not be loaded', async () => {
  const people = await openCarried(false);
  expect(card().getByText('The people map is loading.')).toBeVisible();
  people.flush({ code: 'service_unavailable' }, { status: 503, statusText: 'Unavailable' });
  await rest();
  expect(card().getByText('The people map could not be loaded')).toBeVisible();
  await userEvent.selectOptions(card().getByLabelText('Anyone with the link'), 'Leave out');
  expect(card().getByRole('button', { name: 'Recount with these settings' })).toBeDisabled();
});

it('imports a file, shows its errors by line, and uses the valid lines', async () => {
  await openCarried();
  await userEvent.click(card().getByRole('button', { name: 'Import CSV' }));
  const dialog = within(await screen.findByRole('dialog'));
  const file = new File(['from;to'], 'people.csv', { type: 'text/csv' });
  const picker = document.querySelector<HTMLInputElement>('mat-dialog-content input[type=file]')!;
  await userEvent.upload(picker, file);
  const request = network().expectOne('/api/people-map');
  // As the file is: the server finds out its encoding.
  expect(request.request.body).toBe(file);
  request.flush({
    read: 2,
    valid: 1,
    errors: [{ line: 3, code: 'bad_from', detail: 'Correct it.' }],
    lines: [{ line: 2, from: 'ana@old.example', to: null }],
  });
  await rest();
  expect(dialog.getByText('2 lines read, 1 with errors')).toBeVisible();
  expect(dialog.getByRole('listitem')).toHaveTextContent('Line 3 Correct it.');
  await userEvent.click(dialog.getByRole('button', { name: 'Use 1 line' }));
  await userEvent.click(await card().findByRole('button', { name: 'Recount with these settings' }));
  expect(recounted()['sharing']).toMatchObject({ people: [{ from: 'ana@old.example', to: null }] });
});

it('cannot be combined with copying what shortcuts point to', async () => {
  await openCarried();
  await userEvent.click(screen.getByRole('button', { name: 'Change the options' }));
  await userEvent.selectOptions(screen.getByLabelText('Shortcuts'), 'Copy their targets');
  expect(screen.getByText(/^Sharing can’t be carried over while the targets of shortcuts are copied/)).toBeVisible();
  expect(screen.getByRole('button', { name: 'Recount with these options' })).toBeDisabled();
});
