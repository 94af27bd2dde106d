import { HttpResponse } from '@angular/common/http';
import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { provideRouter, Router, withComponentInputBinding } from '@angular/router';
import { RouterTestingHarness } from '@angular/router/testing';
import { screen, waitFor, within } from '@testing-library/angular';
import userEvent from '@testing-library/user-event';
import { aPreflight, aTransfer } from '../../../testing/builders';
import { ACCOUNTS, confirmSession, network, portalHttp, refuse, rest, storeTokens } from '../../../testing/portal-http';
import { Commands } from '../../core/commands';
import { Selection } from '../../core/selection';
import { SessionStore } from '../../core/sessions';
import { LEAVE } from '../../core/sign-in';
import { Viewport } from '../../core/viewport';
import { speak } from '../../texts/catalogue';
import { Texts } from '../../texts/texts';
import { Preflight } from '../../api/models/preflight';
import ReviewPage from './review-page';

const leave = jest.fn();

async function open(preflight?: Preflight, url = '/move/review/pre1?dst=arc', { phone = false } = {}) {
  storeTokens('source', 'destination');
  TestBed.configureTestingModule({
    providers: [
      ...portalHttp(),
      provideRouter(
        [
          { path: 'move/review/:preflightId', component: ReviewPage },
          { path: 'move', children: [] },
          { path: 'transfers/:id', children: [] },
        ],
        withComponentInputBinding(),
      ),
      { provide: LEAVE, useValue: leave },
      { provide: Viewport, useValue: { phone: signal(phone) } },
    ],
  });
  void TestBed.inject(SessionStore).check();
  await RouterTestingHarness.create(url);
  await confirmSession('source');
  await confirmSession('destination');
  if (preflight) await answer(preflight);
}

/** Answers the request for a preflight. */
async function answer(preflight: Preflight) {
  network().expectOne(`/api/preflights/${preflight.id}`).flush(preflight);
  await rest();
}

/** The request for the event stream of a preflight. */
const stream = (id = 'pre1') => network().expectOne(`/api/preflights/${id}/events`);
const event = (preflight: Preflight) =>
  new HttpResponse({ body: { kind: 'event', type: 'preflight', data: JSON.stringify(preflight) } });

const heading = () => screen.getByRole('heading', { level: 1 });
const button = (name: string | RegExp) => screen.getByRole('button', { name });
const url = () => TestBed.inject(Router).url;

afterEach(async () => {
  localStorage.clear();
  sessionStorage.clear();
  leave.mockClear();
  await speak('en');
});

const MIXED = aPreflight({
  counts: {
    found: 12_517,
    bytes: 197_800_000_000,
    folders: 536,
    foreign: 1204,
    movable: 11_276,
    convertible: { items: 4, bytes: 11_000_000 },
    ways: {
      serverCopy: { items: 11_835, bytes: 192e9 },
      relay: { items: 109, bytes: 5e9 },
      none: { items: 37, bytes: 0 },
      created: { items: 536, bytes: 0 },
    },
  },
  problems: [
    { code: 'source_permission_denied', count: 33, title: 'Forbidden', advice: 'Ask', lossy: false },
    { code: 'conversion_needed', count: 4, title: 'Only by conversion', advice: 'Allow it', lossy: false },
  ],
});

it('states how many items can be copied, by which method, and what waits for a decision', async () => {
  await open({ ...MIXED, countedAt: new Date().toISOString() });
  expect(heading()).toHaveTextContent('12,480 of 12,517 items can be copied');
  expect(
    screen.getByText(
      /Counted just now, 184 GB in 536 folders. 33 items cannot be copied and 4 wait for your decision./,
    ),
  ).toBeVisible();
  const row = (name: RegExp) => screen.getByRole('row', { name });
  expect(row(/Copied inside Google/)).toHaveTextContent('11,835');
  expect(row(/Through CloudMover/)).toHaveTextContent('109');
  expect(row(/Re-created/)).toHaveTextContent('536');
  expect(row(/Converted/)).toHaveTextContent('4');
  expect(row(/Cannot be copied/)).toHaveTextContent('33');
  expect(row(/Cannot be copied/)).toHaveTextContent('33 that can’t be downloaded.');
  expect(
    screen.getByText('11,276 items would go to Ana Ruiz’s trash, each after its copy is verified.', {
      exact: false,
    }),
  ).toBeVisible();
  expect(screen.getByText('Takes at least')).toBeVisible();
});

it('names the selected items and the full path of the target, in the check too', async () => {
  await open(aPreflight({ selection: { count: 3, names: ['Board decks', 'Brand', 'Notes'] } }));
  const valueOf = (term: string) => screen.getByText(term).nextElementSibling;
  expect(valueOf('From ana@example.com')).toHaveTextContent(/^Board decks, Brand,? and Notes$/);
  // Until its path is loaded: the folder's name.
  expect(valueOf('To archive@example.com')).toHaveTextContent(/^Archive \/ From Ana$/);
  network()
    .expectOne((request) => request.url === '/api/folders/arc/path' && request.headers.has('X-Destination-Token'))
    .flush({
      top: 'my_drive',
      canAddChildren: true,
      path: [
        { id: 'r', name: 'My Drive' },
        { id: 'work', name: 'Work' },
        { id: 'arc', name: 'Archive' },
      ],
    });
  await rest();
  expect(valueOf('To archive@example.com')).toHaveTextContent(/^My Drive \/ Work \/ Archive \/ From Ana$/);
  await userEvent.click(button('Checks'));
  expect(screen.getByText('Copies go to My Drive / Work / Archive / From Ana.')).toBeVisible();
});

it('shows a count as it grows, announces its end, and can be stopped', async () => {
  await open(aPreflight({ state: 'counting', counts: { found: 12, bytes: 100 }, checks: [], estimate: null }));
  expect(heading()).toHaveTextContent('Counting what will be copied');
  expect(screen.getByRole('progressbar')).not.toHaveAttribute('aria-valuenow');
  const events = stream();
  events.event(
    event(aPreflight({ state: 'counting', counts: { found: 8214, bytes: 65_498_251_264 }, checks: [], revision: 2 })),
  );
  await rest();
  expect(screen.getByRole('progressbar')).toHaveAccessibleName('8,214 items so far, 61 GB');
  await userEvent.click(button('Stop counting'));
  const stop = network().expectOne({ method: 'DELETE', url: '/api/preflights/pre1' });
  stop.flush(null, { status: 204, statusText: '' });
  await rest();
  expect(url()).toBe('/move?dst=arc');
});

it('becomes the review when the stream reports that everything is counted', async () => {
  await open(aPreflight({ state: 'counting', counts: { found: 12 }, checks: [] }));
  stream().event(event(aPreflight({ revision: 3 })));
  await rest();
  expect(heading()).toHaveTextContent('All 100 items can be copied');
  await waitFor(() => expect(document.body).toHaveTextContent('Counted. All 100 items can be copied'));
});

it('reloads when the stream breaks, and keeps the figures until then', async () => {
  await open(aPreflight({ state: 'counting', counts: { found: 12 }, checks: [] }));
  stream().error(new ProgressEvent('error'));
  await rest();
  expect(screen.getByText(/Connection lost/)).toBeVisible();
  expect(screen.getByText('12')).toBeVisible();
  const request = await waitFor(() => network().expectOne('/api/preflights/pre1'));
  request.flush(aPreflight());
  await rest();
  expect(heading()).toHaveTextContent('All 100 items can be copied');
});

it('starts the counted transfer, clears the selection and shows the transfer', async () => {
  await open(aPreflight());
  const selection = TestBed.inject(Selection);
  selection.change([{ id: 'a' }], true);
  selection.noteCount('pre1', ['a']);
  await userEvent.click(button('Copy 100 items'));
  const request = network().expectOne('/api/transfers');
  expect(request.request.body).toEqual({ preflightId: 'pre1' });
  expect(request.request.headers.get('Idempotency-Key')).toBe('start-pre1');
  request.flush(aTransfer({ id: 'pre1' }), { status: 202, statusText: 'Accepted' });
  await rest();
  expect(url()).toBe('/transfers/pre1');
  expect(selection.count()).toBe(0);
});

it('starts with the e-mails that were selected, in the language of the page', async () => {
  await open(aPreflight({ source: ACCOUNTS.source, destination: ACCOUNTS.destination }));
  network().expectOne('/api/about').flush({ mailAvailable: true });
  await rest();
  await userEvent.click(screen.getByRole('checkbox', { name: 'E-mail to archive@example.com' }));
  await userEvent.click(button('Copy 100 items'));
  const notify = { mail: ['destination'], language: 'en' };
  const request = network().expectOne('/api/transfers');
  expect(request.request.body).toEqual({ preflightId: 'pre1', notify });
  request.flush(aTransfer({ id: 'pre1' }), { status: 202, statusText: 'Accepted' });
  await rest();
});

it('shows at once that it is starting, keeps the focus, and starts only once', async () => {
  await open(aPreflight());
  await userEvent.click(button('Copy 100 items'));
  network().expectOne('/api/transfers');
  expect(button('Starting')).toHaveAttribute('aria-disabled', 'true');
  expect(button('Starting')).toHaveAttribute('aria-busy', 'true');
  expect(button('Starting')).toHaveFocus();
  await userEvent.click(button('Starting'));
  await userEvent.keyboard('{Enter}');
  network().expectNone('/api/transfers');
});

it('states at the button on a phone what it starts, where the copies go and how long it takes', async () => {
  await open(aPreflight(), undefined, { phone: true });
  await waitFor(() => expect(button('Copy 100 items')).toHaveAccessibleDescription(/^Copy to .+ at least 50 s/));
  await userEvent.click(button('Change the options'));
  await userEvent.click(screen.getByRole('radio', { name: 'Move' }));
  expect(screen.getByText(/^Move to /)).toBeVisible();
});

it('opens the transfer if another tab started it', async () => {
  await open(aPreflight({ state: 'started' }));
  expect(url()).toBe('/transfers/pre1');
});

it('shows the allowed hours, and recounts with others', async () => {
  const schedule = { timezone: 'Asia/Tokyo', hours: { from: '20:00', to: '06:00' }, state: 'active' as const };
  await open(aPreflight({ schedule }));
  expect(screen.getByText('20:00 to 06:00')).toBeVisible();
  await userEvent.click(button('Change the options'));
  const from = screen.getByLabelText('From');
  await userEvent.clear(from);
  await userEvent.type(from, '06:00');
  expect(screen.getByText('Enter two different times for the allowed hours.')).toBeVisible();
  await userEvent.clear(from);
  await userEvent.type(from, '22:00');
  await userEvent.click(button('Recount with these options'));
  const { request } = network().expectOne('/api/preflights/pre1/recount');
  expect(request.body).toMatchObject({ schedule: { timezone: 'Asia/Tokyo', hours: { from: '22:00', to: '06:00' } } });
});

it('asks for consent to conversion, and recounts with it', async () => {
  await open(MIXED);
  await userEvent.click(screen.getByRole('checkbox', { name: 'Allow conversion for these 4' }));
  expect(screen.queryByRole('button', { name: /^Copy 12/ })).toBeNull();
  await userEvent.click(button('Recount with these options'));
  const request = network().expectOne('/api/preflights/pre1/recount');
  expect(request.request.body).toMatchObject({ allowConversion: true, mode: 'copy', conflict: 'keepBoth' });
  request.flush(aPreflight({ id: 'pre2', state: 'counting' }), { status: 202, statusText: 'Accepted' });
  await rest();
  network().expectOne({ method: 'DELETE', url: '/api/preflights/pre1' }).flush(null);
  expect(url()).toBe('/move/review/pre2?dst=arc');
  await answer({ ...MIXED, id: 'pre2', options: { ...MIXED.options, allowConversion: true } });
  expect(screen.getByRole('checkbox', { name: 'Allow conversion for these 4' })).toBeChecked();
});

it('changes the options for equal names and shortcuts, or discards the changes', async () => {
  await open(aPreflight());
  await userEvent.click(button('Change the options'));
  await userEvent.selectOptions(screen.getByLabelText('Same name exists'), 'Replace if newer');
  await userEvent.selectOptions(screen.getByLabelText('Shortcuts'), 'Leave out');
  expect(button('Recount with these options')).toBeEnabled();
  await userEvent.click(button('Discard changes'));
  expect(button('Copy 100 items')).toBeEnabled();
  await userEvent.click(button('Change the options'));
  await userEvent.selectOptions(screen.getByLabelText('Same name exists'), 'Replace if newer');
  await userEvent.click(button('Recount with these options'));
  expect(network().expectOne('/api/preflights/pre1/recount').request.body).toMatchObject({
    conflict: 'newer',
    shortcuts: 'rebuild',
  });
});

it('lists what cannot be copied one by one, each with its reason, page by page', async () => {
  await open(MIXED);
  await userEvent.click(button('See all 37'));
  const item = {
    ordinal: 1,
    kind: 'file',
    mimeType: 'application/pdf',
    size: 2048,
    sourceId: 's',
    way: 'none',
  } as const;
  const asked = () => network().expectOne((each) => each.url === '/api/preflights/pre1/problems');
  asked().flush({
    problems: [
      {
        ...item,
        path: 'Finance/Secret.pdf',
        name: 'Secret.pdf',
        code: 'source_permission_denied',
        sentence: '',
        advice: '',
      },
    ],
    nextCursor: '1',
  });
  await rest();
  const list = within(screen.getByRole('region', { name: 'Cannot be copied, item by item' }));
  expect(list.getByText('Finance/Secret.pdf')).toBeVisible();
  expect(list.getByText(/The owner does not allow copying or downloading. Ask the owner/)).toBeVisible();
  await userEvent.click(list.getByRole('button', { name: 'Show more' }));
  const second = asked();
  expect(second.request.params.get('cursor')).toBe('1');
  second.flush({
    problems: [{ ...item, ordinal: 9, path: 'B', name: 'B', code: 'new_code', sentence: 'Odd.', advice: 'Ask.' }],
  });
  await rest();
  expect(list.getByText('Finance/Secret.pdf')).toBeVisible();
  expect(list.getByText('Odd. Ask.')).toBeVisible();
  await userEvent.selectOptions(list.getByLabelText('Reason'), '4 only by conversion');
  await rest();
  expect(asked().request.params.get('code')).toBe('conversion_needed');
});

it('disables the start and explains why if a check is blocking', async () => {
  await open(
    aPreflight({
      space: { limit: 10, used: 5, free: 5, needed: 1_048_576, fits: false },
      checks: [{ code: 'space_fits', ok: false, blocking: true, sentence: '' }],
    }),
  );
  expect(button('Copy 100 items')).toBeDisabled();
  expect(screen.getByText('Blocked: Not enough space in the destination')).toBeVisible();
  expect(screen.getByText('Needs up to 1 MB, 5 B free. Free some space, or select less.')).toBeVisible();
});

it('asks before a move, and moves only once the checkbox is selected', async () => {
  await open(aPreflight({ mode: 'move', counts: { foreign: 3, movable: 97 } }));
  await userEvent.click(button('Move 97 items'));
  const question = within(await screen.findByRole('alertdialog', { name: 'Move 97 originals to Ana Ruiz’s trash?' }));
  // The dialog fades in.
  await waitFor(() => expect(question.getByText(/3 items owned by others are copied and stay/)).toBeVisible());
  const act = question.getByRole('button', { name: 'Move 97 items' });
  expect(act).toBeDisabled();
  await userEvent.click(question.getByRole('checkbox'));
  await userEvent.click(act);
  await waitFor(() => expect(screen.queryByRole('alertdialog')).not.toBeInTheDocument());
  await rest();
  expect(network().expectOne('/api/transfers').request.body).toEqual({ preflightId: 'pre1' });
});

it('asks for a new sign-in where a move needs a recent one, and remembers what to start', async () => {
  await open(aPreflight({ mode: 'move' }));
  await userEvent.click(button('Move 100 items'));
  const question = within(await screen.findByRole('alertdialog'));
  await userEvent.click(question.getByRole('checkbox'));
  await userEvent.click(question.getByRole('button', { name: 'Move 100 items' }));
  await waitFor(() => expect(screen.queryByRole('alertdialog')).not.toBeInTheDocument());
  await rest();
  refuse('/api/transfers', 'reauthentication_required', 403, { side: 'source' });
  await rest();
  const dialog = within(await screen.findByRole('alertdialog', { name: 'Sign in again to continue' }));
  expect(dialog.getByText(/Then the move starts/)).toBeInTheDocument();
  await userEvent.click(dialog.getByRole('button', { name: 'Continue with Google' }));
  await rest();
  expect(leave).toHaveBeenLastCalledWith('/auth/source?login_hint=ana%40example.com&max_age=3600');
  expect(JSON.parse(sessionStorage.getItem('cloudmover.signIn')!)).toMatchObject({
    side: 'source',
    action: { command: 'start', id: 'pre1', account: 'ana@example.com' },
  });
  expect(sessionStorage.getItem('cloudmover.returnTo')).toBe('/move/review/pre1?dst=arc');
});

it('changes the move to a copy on request, and recounts', async () => {
  await open(aPreflight({ mode: 'move' }));
  await userEvent.click(button('Move 100 items'));
  await userEvent.click(await screen.findByRole('button', { name: 'Keep as copy' }));
  await waitFor(() => expect(screen.queryByRole('alertdialog')).not.toBeInTheDocument());
  await rest();
  network().expectNone('/api/transfers');
  expect(network().expectOne('/api/preflights/pre1/recount').request.body).toEqual({ mode: 'copy' });
});

/** Answers the recount that the page has asked for with a new count. */
async function recounted(preflight: Preflight) {
  network()
    .expectOne('/api/preflights/pre1/recount')
    .flush(aPreflight({ id: 'pre2', state: 'counting' }), { status: 202, statusText: 'Accepted' });
  await rest();
  network().expectOne({ method: 'DELETE', url: '/api/preflights/pre1' }).flush(null);
  await answer(preflight);
}

it('repeats a stale count before the start, and starts automatically if nothing changed', async () => {
  const old = aPreflight({ stale: true, countedAt: new Date(Date.now() - 16 * 60_000).toISOString() });
  await open(old);
  expect(screen.getByText(/Counted 16 minutes ago/)).toBeVisible();
  await userEvent.click(button('Copy 100 items'));
  network().expectNone('/api/transfers');
  await recounted(aPreflight({ id: 'pre2' }));
  expect(network().expectOne('/api/transfers').request.body).toEqual({ preflightId: 'pre2' });
});

it('starts a repeated count also if the browser’s clock is ahead', async () => {
  const countedAt = new Date(Date.now() - 20 * 60_000).toISOString();
  await open(aPreflight({ countedAt }));
  await userEvent.click(button('Copy 100 items'));
  await recounted(aPreflight({ id: 'pre2', countedAt }));
  expect(network().expectOne('/api/transfers').request.body).toEqual({ preflightId: 'pre2' });
});

it('repeats a count that grew old on the open page', async () => {
  await open(aPreflight({ stale: false, countedAt: new Date(Date.now() - 16 * 60_000).toISOString() }));
  await userEvent.click(button('Copy 100 items'));
  network().expectOne('/api/preflights/pre1/recount');
  network().expectNone('/api/transfers');
});

it.each([
  ['what is replaced', { conflicts: { merged: 0, replaced: 2, skipped: 0 } }],
  ['how much there is', { counts: { bytes: 123 } }],
])('does not start if a repeated count says something else about %s', async (_, change) => {
  await open(aPreflight({ stale: true }));
  await userEvent.click(button('Copy 100 items'));
  await recounted(aPreflight({ id: 'pre2', ...change }));
  expect(screen.getByRole('alert')).toHaveTextContent('The result has changed since the last count');
  network().expectNone('/api/transfers');
});

it('shows what changed since a stale count instead of starting', async () => {
  await open(aPreflight({ stale: true }));
  await userEvent.click(button('Copy 100 items'));
  await recounted(aPreflight({ id: 'pre2', counts: { found: 101, ways: { serverCopy: { items: 91, bytes: 1 } } } }));
  expect(screen.getByRole('alert')).toHaveTextContent('The result has changed since the last count');
  network().expectNone('/api/transfers');
});

it('reports that a count no longer exists and links to the selection', async () => {
  await open();
  network()
    .expectOne('/api/preflights/pre1')
    .flush({ code: 'preflight_not_found', title: '', status: 404 }, { status: 404, statusText: '' });
  await rest();
  expect(heading()).toHaveTextContent('This count no longer exists');
  expect(screen.getByRole('link', { name: 'Back to selection' })).toHaveAttribute('href', '/move?dst=arc');
});

it('keeps the figures when a sign-in ends, names the side and links to its account', async () => {
  await open(aPreflight());
  TestBed.inject(SessionStore).markEnded('destination', 'session_expired');
  await rest();
  expect(heading()).toHaveTextContent('All 100 items can be copied');
  expect(button('Copy 100 items')).toBeDisabled();
  expect(screen.getByText('The destination is not connected.')).toBeVisible();
  await userEvent.click(button('Reconnect destination'));
  expect(leave).toHaveBeenCalledWith('/auth/destination?login_hint=archive%40example.com');
  expect(sessionStorage.getItem('cloudmover.returnTo')).toBe('/move/review/pre1?dst=arc');
});

it('explains a refused start and reloads the count', async () => {
  await open(aPreflight());
  await userEvent.click(button('Copy 100 items'));
  network()
    .expectOne('/api/transfers')
    .flush({ code: 'too_many_transfers', title: '', status: 429 }, { status: 429, statusText: '' });
  await rest();
  expect(await screen.findByText(/too many transfers that have not ended/)).toBeInTheDocument();
  await answer(aPreflight());
  expect(button('Copy 100 items')).toBeEnabled();
});

it('is shown in German with German numbers', async () => {
  localStorage.setItem('cloudmover.ui', '{"language":"de"}');
  await open();
  await TestBed.inject(Texts).ready();
  await answer(MIXED);
  expect(heading()).toHaveTextContent('12.480 von 12.517 Elementen können kopiert werden');
  expect(button('12.480 Elemente kopieren')).toBeEnabled();
});

it('offers commands for the count by name', async () => {
  await open(MIXED);
  const offered = () =>
    TestBed.inject(Commands)
      .all()
      .map(({ label }) => label);
  expect(offered()).toEqual([
    'Copy 12,480 items',
    'Change the options',
    'Choose what to include',
    'Count again',
    'See all 37',
    'Change selection',
  ]);
  TestBed.inject(Commands)
    .all()
    .find(({ label }) => label === 'See all 37')
    ?.run();
  await rest();
  expect(screen.getByRole('heading', { name: 'Cannot be copied, item by item' })).toBeInTheDocument();
});

it('explains in German why a count failed, and what a check found', async () => {
  const problem = { code: 'not_found', title: 'Gone or not shared', detail: 'The source has no item x.' } as const;
  await open(aPreflight({ state: 'failed', problem, checks: [] }));
  await TestBed.inject(Texts).choose('de');
  await rest();
  expect(screen.getByText('Dieses Element gibt es nicht mehr, oder es ist nicht mehr freigegeben.')).toBeVisible();
  expect(document.body).not.toHaveTextContent(/Gone or not shared|has no item/);
});

describe('the filter', () => {
  const card = () => within(screen.getByRole('region', { name: 'What’s included' }));
  const field = (name: string | RegExp, index = 0) => card().getAllByLabelText(name)[index] as HTMLInputElement;
  const type = async (element: HTMLElement, text: string) => {
    await userEvent.clear(element);
    await userEvent.type(element, text);
  };

  it('is shown as labels, and a change needs a recount', async () => {
    await open(aPreflight({ options: { filter: { types: ['image'], minSize: 10 * 1024 ** 2 } }, filteredOut: 4 }));
    expect(card().getByText('Images, 10 MB or more')).toBeVisible();
    await userEvent.click(card().getByRole('button', { name: 'What’s included' }));
    expect(card().getByRole('checkbox', { name: 'Images' })).toBeChecked();
    expect(field('From')).toHaveValue('10');
    await userEvent.click(card().getByRole('checkbox', { name: 'PDF' }));
    await type(field('From'), '2,5');
    await type(field('Up to'), '100');
    await type(field('Name'), '*.p?f');
    await userEvent.type(field('From', 1), '2026-01-31');
    await userEvent.selectOptions(field('Owner'), 'Someone else');
    // Nothing is sent that the API would reject.
    expect(button('Recount with these options')).toBeDisabled();
    expect(screen.getByText('Enter the owner’s e-mail address.')).toBeVisible();
    await userEvent.type(field('Owner’s e-mail address'), 'liam@example.com');
    await userEvent.click(button('Recount with these options'));
    const { request } = network().expectOne('/api/preflights/pre1/recount');
    expect((request.body as { filter: unknown }).filter).toEqual({
      types: ['pdf', 'image'],
      name: '*.p?f',
      minSize: 2.5 * 1024 ** 2,
      maxSize: 100 * 1024 ** 2,
      modifiedAfter: new Date('2026-01-31T00:00:00').toISOString(),
      owner: 'liam@example.com',
    });
  });

  it.each([
    ['ten', '', 'From', 'Enter a size in megabytes, such as 2.5.'],
    ['10', '2', 'Up to', 'The smallest size is larger than the largest, so nothing would be included.'],
  ])('refuses sizes from %p to %p with a message at the field %s', async (from, to, wrong, reason) => {
    await open(aPreflight());
    expect(card().getByText('Everything you selected')).toBeVisible();
    await userEvent.click(card().getByRole('button', { name: 'What’s included' }));
    await type(field('From'), from);
    if (to) await type(field('Up to'), to);
    expect(field(wrong)).toBeInvalid();
    expect(field(wrong)).toHaveAccessibleDescription(reason);
    expect(button('Recount with these options')).toBeDisabled();
    expect(button('Recount with these options')).toHaveAccessibleDescription(reason);
    await userEvent.click(button('Discard changes'));
    expect(button('Copy 100 items')).toBeEnabled();
  });

  it('is sent empty when cleared, because the API would otherwise keep the previous one', async () => {
    await open(aPreflight({ counts: { found: 0 }, options: { filter: { name: '*.xyz' } }, filteredOut: 12 }));
    expect(screen.getByText(/The filter excludes everything/)).toBeVisible();
    await userEvent.click(card().getByRole('button', { name: 'Clear filter' }));
    await userEvent.click(button('Recount with these options'));
    const { request } = network().expectOne('/api/preflights/pre1/recount');
    expect(request.body).toMatchObject({ filter: {}, mode: 'copy' });
  });
});
