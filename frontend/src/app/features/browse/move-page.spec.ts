import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { provideRouter, Router, withComponentInputBinding } from '@angular/router';
import { RouterTestingHarness } from '@angular/router/testing';
import { configure, createEvent, fireEvent, screen, waitFor, within } from '@testing-library/angular';
import event, { PointerEventsCheckLevel } from '@testing-library/user-event';
import { anItem, aPreflight } from '../../../testing/builders';
import { confirmSession, network, portalHttp, refuse, rest, storeTokens } from '../../../testing/portal-http';
import { Selection } from '../../core/selection';
import { Commands } from '../../core/commands';
import { SessionStore } from '../../core/sessions';
import { LEAVE } from '../../core/sign-in';
import { Viewport } from '../../core/viewport';
import { DriveItem } from './drive-item';
import MovePage from './move-page';

const FINANCE = anItem({ id: 'fin', name: 'Finance', kind: 'folder' });
const BUDGET = anItem({ id: 'bud', name: 'Budget.pdf', size: 2048 });
const leave = jest.fn();

// Checking whether each element is hidden would take most of the time of these tests in jsdom.
configure({ dom: { defaultHidden: true } });
const userEvent = event.setup({ pointerEventsCheck: PointerEventsCheckLevel.Never });
/** Types without a turn of the timers between the keys, in which a slow process would begin the search. */
const typing = event.setup({ pointerEventsCheck: PointerEventsCheckLevel.Never, delay: null });

async function open(url = '/move', { phone = false, copyOnly = false } = {}) {
  storeTokens('source', 'destination');
  TestBed.configureTestingModule({
    providers: [
      ...portalHttp(),
      provideRouter(
        [
          { path: 'move', component: MovePage },
          { path: 'move/review/:id', children: [] },
        ],
        withComponentInputBinding(),
      ),
      { provide: LEAVE, useValue: leave },
      { provide: Viewport, useValue: { phone: signal(phone) } },
    ],
  });
  void TestBed.inject(SessionStore).check();
  await RouterTestingHarness.create(url);
  await confirmSession('source', undefined, copyOnly);
  await confirmSession('destination');
  network()
    .match('/drive-info')
    .forEach((request) =>
      request.flush({
        email: '',
        name: '',
        storage: { used: 0, limit: null, usedInDrive: 0, usedInTrash: 0 },
        readOnly: false,
      }),
    );
}

/** Answers the request for a side's list. */
async function list(side: 'source' | 'destination', files: DriveItem[], nextPageToken?: string) {
  const header = side === 'source' ? 'X-Source-Token' : 'X-Destination-Token';
  const request = network().expectOne((each) => each.url === '/list-files' && each.headers.has(header));
  request.flush({ files, incompleteSearch: false, ...(nextPageToken && { nextPageToken }) });
  await rest();
  await new Promise((resolve) => requestAnimationFrame(resolve));
  await rest();
  return request.request;
}

const pane = (side: 'Source' | 'Destination') => within(screen.getByLabelText(new RegExp(`^${side}: `)));
const tray = () => within(screen.getByLabelText('Selection'));
const review = () => tray().getByRole('button', { name: /^Review/ });
const url = () => TestBed.inject(Router).url;

afterEach(() => {
  localStorage.clear();
  sessionStorage.clear();
  leave.mockClear();
});

it('renders the destination on a phone when it is opened, and then keeps it', async () => {
  await open('/move', { phone: true });
  await list('source', [FINANCE, BUDGET]);
  await list('destination', []);
  const way = 'Folder in the destination';
  expect(screen.queryByLabelText(way)).toBeNull();
  expect(screen.getByRole('radio', { name: /^To/ })).not.toBeChecked();
  await userEvent.click(screen.getByRole('radio', { name: /^To/ }));
  await rest();
  expect(screen.getByLabelText(way)).toBeInTheDocument();
  await userEvent.click(screen.getByRole('radio', { name: /^From/ }));
  await rest();
  expect(screen.getByLabelText(way)).toBeInTheDocument();
});

it('lists both sides, each with its own token only', async () => {
  await open();
  const source = await list('source', [FINANCE, BUDGET]);
  expect(source.headers.has('X-Destination-Token')).toBe(false);
  expect(source.params.get('folder_id')).toBe('root');
  await list('destination', []);
  expect(pane('Source').getByRole('row', { name: /Finance/ })).toBeVisible();
  expect(pane('Source').getByText('2 items, all loaded')).toBeVisible();
  expect(pane('Destination').getByText('This folder is empty')).toBeVisible();
});

it('opens a folder through the address, keeps the selection, and goes back through the path', async () => {
  await open();
  await list('source', [FINANCE, BUDGET]);
  await list('destination', []);
  await userEvent.click(pane('Source').getByText('Budget.pdf'));
  expect(await screen.findByText('1 item selected')).toBeVisible();
  await userEvent.click(pane('Source').getByText('Finance'));
  await rest();
  expect(url()).toBe('/move?src=fin');
  const request = await list('source', [anItem({ name: 'March.pdf' })]);
  expect(request.params.get('folder_id')).toBe('fin');
  // The path is known from navigating there, so it is not fetched.
  network().expectNone('/api/folders/fin/path');
  expect(screen.getByText('1 item selected')).toBeVisible();
  await userEvent.click(pane('Source').getByRole('button', { name: 'My Drive' }));
  await rest();
  expect(url()).toBe('/move');
});

it('requests the path of a folder in the address', async () => {
  await open('/move?src=deep');
  network()
    .expectOne('/api/folders/deep/path')
    .flush({
      top: 'my_drive',
      canAddChildren: true,
      path: [
        { id: 'r', name: 'My Drive' },
        { id: 'deep', name: 'Deep' },
      ],
    });
  await list('source', [BUDGET]);
  expect(pane('Source').getByText('Deep')).toBeVisible();
  expect(pane('Source').getByRole('button', { name: 'My Drive' })).toBeVisible();
});

it('does not state that copies land in My Drive if the folder’s name is unknown', async () => {
  await open('/move?dst=arc');
  expect(screen.getByText('Copies go to this folder')).toBeVisible();
  network().expectOne('/api/folders/arc/path').error(new ProgressEvent('error'));
  await rest();
  expect(screen.getByText('Copies go to this folder')).toBeVisible();
});

it('loads page by page and never states an unknown total', async () => {
  await open();
  await list('source', [BUDGET], 'next');
  expect(pane('Source').getByText('1 item loaded, still more')).toBeVisible();
  const second = await list('source', [anItem({ name: 'Later.pdf' })]);
  expect(second.params.get('page_token')).toBe('next');
  expect(pane('Source').getByText('2 items, all loaded')).toBeVisible();
  expect(pane('Source').getByRole('row', { name: /Later/ })).toBeVisible();
});

it('offers the folder itself when all loaded rows are selected but there are more', async () => {
  await open('/move?src=sc');
  network()
    .expectOne('/api/folders/sc/path')
    .flush({
      top: 'my_drive',
      canAddChildren: true,
      path: [
        { id: 'r', name: 'My Drive' },
        { id: 'sc', name: 'Scans' },
      ],
    });
  const rows = [anItem({ name: 'one.pdf' }), anItem({ name: 'two.pdf' })];
  await list('source', rows, 'next');
  expect(pane('Source').queryByRole('button', { name: /Select all of/ })).toBeNull();
  await userEvent.click(pane('Source').getByRole('checkbox', { name: 'Select all loaded rows' }));
  await userEvent.click(pane('Source').getByRole('button', { name: 'Select all of Scans instead' }));
  expect(screen.getByText('1 item selected')).toBeVisible();
  expect(screen.getByText('1 folder, counted in the next step')).toBeVisible();
  // Its items are included until the folder is deselected.
  const row = () => pane('Source').getByRole('row', { name: /one\.pdf/ });
  expect(row()).toHaveAttribute('aria-selected', 'true');
  expect(pane('Source').getByRole('checkbox', { name: 'Select all loaded rows' })).toBeChecked();
  expect(pane('Source').getByText('Everything in Scans is selected')).toBeVisible();
  await userEvent.click(within(row()).getAllByRole('gridcell')[0]!);
  expect(row()).toHaveAttribute('aria-selected', 'true');
  expect(screen.getByText('1 item selected')).toBeVisible();
  await userEvent.click(pane('Source').getByRole('button', { name: 'Deselect Scans' }));
  expect(row()).toHaveAttribute('aria-selected', 'false');
  expect(screen.getByText('Nothing selected')).toBeVisible();
});

it('selects everything in My Drive in one step, whatever is loaded, and can undo that', async () => {
  await open('/move');
  await list('source', [anItem({ name: 'one.pdf' }), anItem({ kind: 'folder', name: 'Papers' })], 'p2');
  await userEvent.click(within(pane('Source').getByRole('row', { name: /one\.pdf/ })).getAllByRole('gridcell')[0]!);
  await userEvent.click(tray().getByRole('button', { name: 'Clear' }));
  await userEvent.click(tray().getByRole('button', { name: 'Everything in My Drive' }));
  expect(tray().getByText('Everything in My Drive is selected')).toBeVisible();
  for (const name of [/one\.pdf/, /Papers/])
    expect(pane('Source').getByRole('row', { name })).toHaveAttribute('aria-selected', 'true');
  expect(pane('Source').getByText('Everything in My Drive is selected')).toBeVisible();
  await userEvent.click(tray().getByRole('button', { name: 'Review everything' }));
  const body: unknown = network().expectOne('/api/preflights').request.body;
  expect(body).toMatchObject({ items: ['root'], mode: 'copy' });
  await userEvent.click(pane('Source').getByRole('button', { name: 'Deselect My Drive' }));
  expect(screen.getByText('Nothing selected')).toBeVisible();
});

it('states the limit when more are selected than a transfer accepts, and offers the folder', async () => {
  await open('/move?src=sc');
  network()
    .expectOne('/api/folders/sc/path')
    .flush({
      top: 'my_drive',
      canAddChildren: true,
      path: [
        { id: 'r', name: 'My Drive' },
        { id: 'sc', name: 'Scans' },
      ],
    });
  await list(
    'source',
    Array.from({ length: 1001 }, (_, index) => anItem({ name: `scan ${index}.pdf` })),
  );
  await userEvent.click(pane('Source').getByRole('checkbox', { name: 'Select all loaded rows' }));
  expect(screen.getByText('Nothing selected')).toBeVisible();
  expect(tray().getByRole('status')).toHaveTextContent(
    /A transfer takes at most 1,000 items, and this would be 1,001\. Nothing was added\./,
  );
  await userEvent.click(tray().getByRole('button', { name: 'Select all of Scans instead' }));
  expect(screen.getByText('1 item selected')).toBeVisible();
  expect(tray().queryByText(/at most 1,000/)).toBeNull();
});

it('keeps the loaded rows when a later page fails, and retries that page', async () => {
  await open();
  await list('source', [BUDGET], 'next');
  network()
    .expectOne((each) => each.url === '/list-files' && each.params.get('page_token') === 'next')
    .flush({ code: 'google_unavailable', title: '', status: 502 }, { status: 502, statusText: '' });
  await rest();
  expect(pane('Source').getByText('The next rows could not be loaded.')).toBeVisible();
  expect(pane('Source').getByRole('row', { name: /Budget/ })).toBeVisible();
  await userEvent.click(pane('Source').getByRole('button', { name: 'Try again' }));
  await list('source', []);
  expect(pane('Source').getByText('1 item, all loaded')).toBeVisible();
});

it('shows that a folder is gone in its pane and offers to go up', async () => {
  await open('/move?src=gone');
  network()
    .match('/api/folders/gone/path')
    .forEach((each) => each.flush({ code: 'not_found', title: '', status: 404 }, { status: 404, statusText: '' }));
  network()
    .expectOne((each) => each.url === '/list-files' && each.headers.has('X-Source-Token'))
    .flush({ code: 'not_found', title: '', status: 404 }, { status: 404, statusText: '' });
  await rest();
  expect(pane('Source').getByText('This item is gone or no longer shared.')).toBeVisible();
  await userEvent.click(pane('Source').getByRole('button', { name: 'Go up' }));
  await rest();
  expect(url()).toBe('/move');
});

it('searches the whole drive once typing pauses', async () => {
  await open();
  await list('source', [FINANCE]);
  await typing.type(pane('Source').getByLabelText('Search the source by name'), 'bud');
  await waitFor(() => expect(url()).toBe('/move?q=bud'));
  await rest();
  const request = await list('source', []);
  expect(request.params.get('search')).toBe('bud');
  expect(request.params.has('folder_id')).toBe(false);
  expect(pane('Source').getByText('Nothing named “bud” in My Drive')).toBeVisible();
});

it('keeps a space at the end of a search, which the next word follows', async () => {
  await open();
  await list('source', [FINANCE]);
  const box = pane('Source').getByLabelText('Search the source by name');
  await typing.type(box, 'annual ');
  await waitFor(() => expect(url()).toBe('/move?q=annual'));
  await rest();
  await typing.type(box, 'report');
  expect(box).toHaveValue('annual report');
  await waitFor(() => expect(url()).toBe('/move?q=annual%20report'));
  await userEvent.type(box, '{Escape}');
  await waitFor(() => expect(box).toHaveValue(''));
});

it('names the folder of each search result, requesting each folder once', async () => {
  await open('/move?q=inv');
  const invoice = (id: string, parentId?: string) => anItem({ id, name: 'Invoice.pdf', ...(parentId && { parentId }) });
  await list('source', [
    invoice('a', 'y21'),
    invoice('b', 'y22'),
    invoice('c', 'y21'),
    invoice('d', 'deep'),
    invoice('e'),
  ]);
  const asked = network().expectOne((each) => each.url === '/api/folders/paths');
  expect(asked.request.params.get('ids')).toBe('y21,y22,deep');
  expect(asked.request.headers.has('X-Source-Token')).toBe(true);
  const folder = (...names: [id: string, name: string][]) => ({
    top: 'my_drive',
    canAddChildren: true,
    path: [{ id: 'r', name: 'My Drive' }, ...names.map(([id, name]) => ({ id, name }))],
  });
  asked.flush({ folders: [folder(['fin', 'Finance'], ['y21', '2021']), folder(['fin', 'Finance'], ['y22', '2022'])] });
  await rest();
  const cells = pane('Source')
    .getAllByRole('row')
    .slice(1)
    .map((row) => within(row).getAllByRole('gridcell')[2]?.textContent?.trim());
  expect(cells).toEqual(['2021', '2022', '2021', 'Shared with me', 'Shared with me']);
  expect(pane('Source').getByRole('columnheader', { name: 'Folder' })).toBeVisible();
  expect(pane('Source').getByTitle('My Drive / Finance / 2022 / Invoice.pdf')).toBeVisible();
  // Items in a selected folder are included.
  TestBed.inject(Selection).change([{ id: 'fin', name: 'Finance', kind: 'folder' }], true);
  await rest();
  expect(
    pane('Source')
      .getAllByRole('row')
      .slice(1)
      .map((row) => row.getAttribute('aria-selected')),
  ).toEqual(['true', 'true', 'true', 'false', 'false']);
});

it('starts a count of the selection into a new folder, and shows it', async () => {
  await open('/move?dst=arc');
  network()
    .expectOne('/api/folders/arc/path')
    .flush({
      top: 'my_drive',
      canAddChildren: true,
      path: [
        { id: 'r', name: 'My Drive' },
        { id: 'arc', name: 'Archive' },
      ],
    });
  await list('source', [FINANCE, BUDGET]);
  await list('destination', []);
  expect(screen.getByText('Copies go to Archive')).toBeVisible();
  expect(review()).toBeDisabled();
  await userEvent.click(pane('Source').getByText('Budget.pdf'));
  const name = screen.getByLabelText('Name of the new folder');
  expect((name as HTMLInputElement).value).toMatch(/^From Ana Ruiz, /);
  await userEvent.clear(name);
  expect(await screen.findByText('Enter a name for the new folder.')).toBeVisible();
  await userEvent.type(name, 'From Ana');
  await userEvent.click(screen.getByRole('radio', { name: 'Move' }));
  await userEvent.click(review());
  const request = network().expectOne('/api/preflights');
  expect(request.request.body).toEqual({
    items: ['bud'],
    target: { folderId: 'arc', newFolderName: 'From Ana' },
    mode: 'move',
  });
  expect(request.request.headers.keys()).toEqual(
    expect.arrayContaining(['Idempotency-Key', 'X-Source-Token', 'X-Destination-Token']),
  );
  request.flush(aPreflight({ id: 'new1' }), { status: 202, statusText: 'Accepted' });
  await rest();
  // The query stays for going back, and the selection stays until a transfer has started.
  expect(url()).toBe('/move/review/new1?dst=arc&mode=move&into=From%20Ana');
  expect(sessionStorage.getItem('cloudmover.selection')).toContain('bud');
});

it('reuses the idempotency key after a lost response, and uses another one after a change', async () => {
  await open();
  await list('source', [FINANCE, BUDGET]);
  await userEvent.click(pane('Source').getByText('Budget.pdf'));
  const attempt = async () => {
    await userEvent.click(review());
    const request = network().expectOne('/api/preflights');
    request.error(new ProgressEvent('error'));
    await rest();
    return request.request.headers.get('Idempotency-Key');
  };
  const first = await attempt();
  expect(first).toMatch(/^[0-9a-f]{32}$/);
  expect(await screen.findByText(/CloudMover cannot be reached/)).toBeInTheDocument();
  expect(await attempt()).toBe(first);
  await userEvent.click(screen.getByRole('checkbox', { name: 'in a new folder' }));
  expect(await attempt()).not.toBe(first);
  expect(screen.getByText('1 item selected')).toBeVisible();
});

it('shows at once that the count was requested, and sends only one request', async () => {
  await open();
  await list('source', [BUDGET]);
  await list('destination', []);
  await userEvent.click(pane('Source').getByText('Budget.pdf'));
  await userEvent.click(review());
  network().expectOne('/api/preflights');
  const waiting = tray().getByRole('button', { name: 'One moment' });
  expect(waiting).toHaveAttribute('aria-disabled', 'true');
  expect(waiting).toHaveAttribute('aria-busy', 'true');
  expect(waiting).toHaveFocus();
  await userEvent.click(waiting);
  fireEvent.keyDown(document.body, { key: 'Enter', ctrlKey: true });
  network().expectNone('/api/preflights');
});

it('sorts on a phone by name, date or size from one list, which keeps the focus', async () => {
  await open('/move', { phone: true });
  await list('source', [FINANCE, BUDGET]);
  await list('destination', []);
  const order = () => pane('Source').getByRole('combobox', { name: 'Sort by' });
  expect(order()).toHaveDisplayValue('Name, A–Z');
  await userEvent.selectOptions(order(), 'Newest');
  await rest();
  expect(url()).toBe('/move?sort=-modifiedTime');
  await list('source', [BUDGET, FINANCE]);
  expect(order()).toHaveDisplayValue('Newest');
  await waitFor(() => expect(order()).toHaveFocus());
  await userEvent.selectOptions(order(), 'Smallest');
  await rest();
  expect(url()).toBe('/move?sort=size');
});

it('reports a lost side in its own pane and keeps the rest', async () => {
  await open();
  await list('source', [FINANCE, BUDGET]);
  await list('destination', []);
  await userEvent.click(pane('Source').getByText('Budget.pdf'));
  await userEvent.click(pane('Source').getByText('Finance'));
  await rest();
  refuse('/list-files', 'session_expired', 401);
  await rest();
  expect(pane('Source').getByRole('alert')).toHaveTextContent('Your source sign-in ended');
  expect(pane('Destination').getByText('This folder is empty')).toBeVisible();
  expect(screen.getByText('1 item selected')).toBeVisible();
  expect(screen.getByText('The source is not connected.')).toBeVisible();
  await userEvent.click(pane('Source').getByRole('button', { name: 'Reconnect source' }));
  expect(leave).toHaveBeenCalledWith('/auth/source?login_hint=ana%40example.com');
  expect(sessionStorage.getItem('cloudmover.returnTo')).toBe('/move?src=fin');
});

it('creates a folder in the destination and shows it before Google lists it', async () => {
  await open();
  await list('source', []);
  await list('destination', []);
  await userEvent.click(screen.getByRole('button', { name: 'New folder' }));
  const dialog = within(await screen.findByRole('dialog'));
  fireEvent.input(dialog.getByLabelText('Name'), { target: { value: 'Archive' } });
  dispatchEvent(new Event('offline'));
  await rest();
  const create = dialog.getByRole('button', { name: 'Create' });
  expect(create).toHaveAttribute('aria-disabled', 'true');
  expect(create).toHaveAccessibleDescription('You are offline.');
  fireEvent.submit(dialog.getByLabelText('Name'));
  network().expectNone('/api/folders');
  dispatchEvent(new Event('online'));
  await rest();
  fireEvent.submit(dialog.getByLabelText('Name'));
  refuse('/api/folders', 'destination_read_only', 403);
  await rest();
  expect(await dialog.findByRole('alert')).toHaveTextContent('You cannot add files to My Drive.');
  await userEvent.click(dialog.getByRole('button', { name: 'Create' }));
  const request = network().expectOne('/api/folders');
  expect(request.request.body).toEqual({ name: 'Archive', parentId: 'root' });
  request.flush(anItem({ id: 'arc', name: 'Archive', kind: 'folder' }), { status: 201, statusText: 'Created' });
  await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument());
  await rest();
  expect(await pane('Destination').findByText('Archive')).toBeVisible();
});

it('suggests a free folder name, and keeps one that the user typed', async () => {
  await open();
  const field = () => screen.getByLabelText<HTMLInputElement>('Name of the new folder');
  const name = field().value;
  await list('source', []);
  await list('destination', [anItem({ id: 'old', name, kind: 'folder' })]);
  expect(field()).toHaveValue(`${name} (2)`);
  await userEvent.clear(field());
  await userEvent.type(field(), 'Mine');
  await userEvent.click(pane('Destination').getByRole('row', { name: new RegExp(`^${name}`) }));
  await list('destination', []);
  expect(field()).toHaveValue('Mine');
});

it('keeps the focus on the sort button while the list is reloaded', async () => {
  await open();
  await list('source', [FINANCE, BUDGET]);
  await list('destination', []);
  await userEvent.click(pane('Source').getByRole('button', { name: 'Size' }));
  await list('source', [FINANCE, BUDGET]);
  expect(pane('Source').getByRole('button', { name: 'Size' })).toHaveFocus();
});

it('chooses a shared drive from the menu, lists it and searches only there', async () => {
  await open();
  await list('source', [FINANCE]);
  await list('destination', []);
  await userEvent.click(pane('Source').getByRole('button', { name: 'Choose another drive' }));
  network()
    .expectOne('/api/drives')
    .flush({ drives: [{ id: '0Legal', name: 'Legal' }] });
  await rest();
  await userEvent.click(await screen.findByRole('menuitemradio', { name: 'Legal' }));
  await rest();
  expect(url()).toBe('/move?srcDrive=0Legal');
  network()
    .expectOne('/api/folders/0Legal/path')
    .flush({ top: 'shared_drive', driveId: '0Legal', canAddChildren: true, path: [{ id: '0Legal', name: 'Legal' }] });
  const request = await list('source', [FINANCE]);
  expect(request.params.get('folder_id')).toBe('0Legal');
  expect(request.params.get('drive_id')).toBe('0Legal');
  expect(pane('Source').getByText('Legal')).toBeVisible();
  await userEvent.type(pane('Source').getByLabelText('Search the source by name'), 'x');
  await waitFor(() => expect(url()).toBe('/move?srcDrive=0Legal&q=x'));
  await rest();
  const search = await list('source', []);
  expect(search.params.get('drive_id')).toBe('0Legal');
  expect(search.params.has('folder_id')).toBe(false);
  expect(pane('Source').getByText('Nothing named “x” in Legal')).toBeVisible();
});

it('lists what others shared, and a folder in it by its path', async () => {
  await open('/move?srcDrive=shared-with-me');
  const request = await list('source', [FINANCE]);
  expect(request.params.get('view')).toBe('shared_with_me');
  expect(request.params.has('folder_id')).toBe(false);
  await userEvent.click(pane('Source').getByText('Finance'));
  await rest();
  expect(url()).toBe('/move?srcDrive=shared-with-me&src=fin');
  const inside = await list('source', [BUDGET]);
  expect(inside.params.get('folder_id')).toBe('fin');
  expect(inside.params.has('view')).toBe(false);
  await userEvent.click(pane('Source').getByRole('button', { name: 'Shared with me' }));
  await rest();
  expect(url()).toBe('/move?srcDrive=shared-with-me');
});

it('reports that nothing can be added to a folder, disables Review, and offers another', async () => {
  await open('/move?dst=ro');
  network()
    .expectOne('/api/folders/ro/path')
    .flush({
      top: 'shared_with_me',
      canAddChildren: false,
      path: [{ id: 'ro', name: 'Policies' }],
    });
  await list('source', [BUDGET]);
  await list('destination', []);
  await userEvent.click(pane('Source').getByText('Budget.pdf'));
  expect(pane('Destination').getByText('You cannot add files to Policies.')).toBeVisible();
  expect(review()).toBeDisabled();
  await userEvent.click(pane('Destination').getByRole('button', { name: 'Choose another' }));
  await rest();
  expect(url()).toBe('/move?dstDrive=shared-with-me');
});

it('lists the selection of all folders, loads names after a reload, and removes items', async () => {
  sessionStorage.setItem('cloudmover.selection', JSON.stringify({ account: 'fa7d3ab4', ids: ['far', 'gone'] }));
  await open();
  TestBed.inject(Selection).change([{ id: 'far' }, { id: 'gone' }], true);
  await list('source', [BUDGET]);
  await userEvent.click(pane('Source').getByText('Budget.pdf'));
  expect(tray().getByText(/Restored from your last visit/)).toBeVisible();
  await userEvent.click(tray().getByRole('button', { name: 'View list' }));
  network()
    .expectOne('/api/files/far')
    .flush(anItem({ id: 'far', name: 'Far away.txt', parentId: 'y22' }));
  network()
    .expectOne('/api/files/gone')
    .flush({ code: 'not_found', title: '', status: 404 }, { status: 404, statusText: '' });
  await rest();
  const dialog = within(await screen.findByRole('dialog', { name: '3 items selected' }));
  expect(await dialog.findByText('Far away.txt')).toBeInTheDocument();
  const top = { id: 'r', name: 'My Drive' };
  network()
    .expectOne((request) => request.url === '/api/folders/paths' && request.params.get('ids') === 'y22')
    .flush({ folders: [{ top: 'my_drive', canAddChildren: true, path: [top, { id: 'y22', name: '2022' }] }] });
  await rest();
  expect(dialog.getByText('2022')).toBeInTheDocument();
  expect(dialog.getByTitle('My Drive / 2022 / Far away.txt')).toBeInTheDocument();
  expect(dialog.getByText('Gone or no longer shared')).toBeInTheDocument();
  await userEvent.click(dialog.getByRole('button', { name: 'Remove Far away.txt' }));
  expect(await screen.findByRole('dialog', { name: '2 items selected' })).toBeInTheDocument();
});

it('counts the places a selection comes from', async () => {
  await open();
  await list('source', [FINANCE, BUDGET]);
  await userEvent.click(pane('Source').getByText('Budget.pdf'));
  expect(tray().getByText('in 1 place')).toBeVisible();
  await userEvent.click(pane('Source').getByText('Finance'));
  await rest();
  await list('source', [anItem({ name: 'March.pdf' })]);
  await userEvent.click(pane('Source').getByText('March.pdf'));
  expect(tray().getByText('in 2 places')).toBeVisible();
});

it('makes the left pane wider with the arrow keys, and stores the width', async () => {
  await open();
  const bar = screen.getByRole('separator', { name: 'Width of the two panes' });
  expect(bar).toHaveAttribute('aria-valuenow', '61');
  bar.focus();
  await userEvent.keyboard('{ArrowRight}{ArrowRight}{ArrowLeft}');
  expect(bar).toHaveAttribute('aria-valuenow', '63');
  expect(JSON.parse(localStorage.getItem('cloudmover.ui') ?? '{}')).toEqual({ paneShare: 0.63 });
});

it('sets the target folder when items are dropped on a folder of the destination', async () => {
  await open();
  await list('source', [BUDGET]);
  await list('destination', [anItem({ id: 'arc', name: 'Archive', kind: 'folder' })]);
  const carried = {
    types: [] as string[],
    setData: (type: string) => carried.types.push(type),
    setDragImage: jest.fn(),
  };
  const drag = (element: HTMLElement, type: string) => {
    const dragged = createEvent[type as 'drop'](element);
    Object.defineProperty(dragged, 'dataTransfer', { value: carried });
    fireEvent(element, dragged);
    return dragged;
  };
  drag(pane('Source').getByRole('row', { name: /Budget/ }), 'dragStart');
  await rest();
  expect(tray().getByText('1 item selected')).toBeVisible();
  const folder = pane('Destination').getByRole('row', { name: /Archive/ });
  expect(drag(folder, 'dragOver').defaultPrevented).toBe(true);
  drag(folder, 'drop');
  await rest();
  expect(url()).toBe('/move?dst=arc');
  expect(await screen.findByText('1 item will be copied to Archive')).toBeInTheDocument();
  expect(screen.getByText('Copies go to Archive')).toBeVisible();
});

it('keeps the focus in a search that was opened while a folder was loading', async () => {
  await open();
  await list('source', [FINANCE]);
  await list('destination', []);
  await userEvent.click(pane('Source').getByText('Finance'));
  await rest();
  await userEvent.keyboard('/');
  await list('source', [BUDGET]);
  expect(pane('Source').getByLabelText('Search the source by name')).toHaveFocus();
});

it('moves the focus to the pane of the last of two quick keys', async () => {
  await open();
  await list('source', [FINANCE]);
  await list('destination', [anItem({ id: 'arc', name: 'Archive', kind: 'folder' })]);
  const press = (key: string) => document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
  press('2');
  press('/');
  await rest();
  expect(pane('Source').getByLabelText('Search the source by name')).toHaveFocus();
  press('Escape');
  press('2');
  expect(pane('Destination').getByRole('grid')).toHaveFocus();
});

it('sets the focus to the first row of an opened folder', async () => {
  await open();
  await list('source', [FINANCE]);
  await list('destination', []);
  await userEvent.click(pane('Source').getByText('Finance'));
  await rest();
  await list('source', [BUDGET]);
  expect(pane('Source').getByRole('grid')).toHaveFocus();
});

it('ignores single keys when they are turned off', async () => {
  localStorage.setItem('cloudmover.ui', '{"shortcutsOff":true}');
  await open();
  await list('source', [BUDGET]);
  await userEvent.keyboard('/');
  expect(pane('Source').getByLabelText('Search the source by name')).not.toHaveFocus();
});

it('offers commands by name: folders to open, and the selection once there is one', async () => {
  await open();
  await list('source', [FINANCE, BUDGET]);
  await list('destination', [anItem({ id: 'arc', name: 'Archive', kind: 'folder' })]);
  const offered = () =>
    TestBed.inject(Commands)
      .all()
      .map(({ label }) => label);
  const ask = (label: string) =>
    TestBed.inject(Commands)
      .all()
      .find((each) => each.label === label)
      ?.run();
  expect(offered()).toEqual([
    'Select everything in My Drive',
    'Search the source',
    'New folder in the destination',
    'From: open Finance',
    'To: open Archive',
  ]);
  await userEvent.click(pane('Source').getByText('Budget.pdf'));
  expect(offered().slice(0, 3)).toEqual(['Review 1 item', 'View the selected items', 'Clear the selection']);
  ask('To: open Archive');
  await rest();
  expect(url()).toBe('/move?dst=arc');
  await list('destination', []);
  ask('Up to My Drive');
  await rest();
  expect(url()).toBe('/move');
});

it('cannot move from a copy-only source, explains why, and offers to allow it', async () => {
  await open('/move', { copyOnly: true });
  await list('source', [FINANCE]);
  await list('destination', []);
  expect(tray().getByRole('radio', { name: /Move/ })).toBeDisabled();
  expect(tray().getByText(/Moving is off: the source is connected as copy only/)).toBeVisible();
  await userEvent.click(tray().getByRole('button', { name: 'Allow moving' }));
  expect(leave).toHaveBeenLastCalledWith('/auth/source?login_hint=ana%40example.com');
});

it('lists the files of another account that another tab has signed in', async () => {
  await open();
  await list('source', [FINANCE, BUDGET]);
  await list('destination', []);
  localStorage.setItem('cloudmover.token.source', 'next-token');
  dispatchEvent(new StorageEvent('storage', { key: 'cloudmover.token.source', newValue: 'next-token' }));
  await rest();
  network()
    .expectOne('/session/validate')
    .flush({ account: { email: 'dora@example.com', name: 'Dora' }, readOnly: false, expiresAt: '2099-01-01' });
  await rest();
  await list('source', [anItem({ id: 'x', name: 'Dora.pdf' })]);
  expect(pane('Source').getByText('Dora.pdf')).toBeVisible();
  expect(pane('Source').queryByText('Budget.pdf')).toBeNull();
});
