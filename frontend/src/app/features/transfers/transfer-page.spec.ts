import {
  HttpErrorResponse,
  HttpInterceptorFn,
  HttpResponse,
  provideHttpClient,
  withInterceptors,
} from '@angular/common/http';
import { provideHttpClientTesting } from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';
import { Title } from '@angular/platform-browser';
import { provideRouter } from '@angular/router';
import { render, screen, waitFor, within } from '@testing-library/angular';
import userEvent from '@testing-library/user-event';
import { Observable, Subject } from 'rxjs';
import { aTransfer } from '../../../testing/builders';
import { Item } from '../../api/models/item';
import { ReasonCode } from '../../api/models/reason-code';
import { confirmSession, network, refuse, rest, storeTokens } from '../../../testing/portal-http';
import { Commands } from '../../core/commands';
import { EVENT_STREAM, StreamMessage } from '../../core/event-stream';
import { sessionEndedInterceptor, sessionTokenInterceptor } from '../../core/session-interceptors';
import { SessionStore } from '../../core/sessions';
import { LEAVE } from '../../core/sign-in';
import { Transfer } from '../../core/transfer-updates';
import { speak } from '../../texts/catalogue';
import { Texts } from '../../texts/texts';
import TransferPage from './transfer-page';

let events: Subject<HttpResponse<StreamMessage>>;
const streams: HttpInterceptorFn = (request, next) =>
  request.context.get(EVENT_STREAM) ? new Observable((out) => events.subscribe(out)) : next(request);
const leave = jest.fn();

async function show(transfer?: Transfer, query: Partial<Record<'tab' | 'reason' | 'q' | 'item', string>> = {}) {
  events = new Subject();
  storeTokens('destination');
  const { fixture } = await render(TransferPage, {
    inputs: { id: 'tr1', ...query },
    providers: [
      provideHttpClient(withInterceptors([sessionTokenInterceptor, sessionEndedInterceptor, streams])),
      provideHttpClientTesting(),
      provideRouter([]),
      { provide: LEAVE, useValue: leave },
    ],
  });
  void TestBed.inject(SessionStore).check();
  await confirmSession('destination');
  if (transfer) await picture(transfer);
  return fixture;
}

async function picture(transfer: Transfer) {
  const data = JSON.stringify(transfer);
  events.next(new HttpResponse({ body: { kind: 'event', type: 'transfer', data, id: String(transfer.revision) } }));
  await rest();
}

/** One that ended with failures. */
const ENDED = {
  state: 'completed_with_failures',
  finishedAt: '2026-11-24T11:09:00.000Z',
  activeSeconds: 115 * 60,
  counts: { found: 103, verified: 74, failed: 26, unverified: 3 },
  grants: { open: 0, withdrawn: 5 },
  slowDowns: 1,
  verification: { closingCheck: true, checksum: 70, presence: 4 },
  failureGroups: [
    {
      code: 'rate_limited',
      state: 'failed',
      title: 'Asked to slow down',
      advice: 'Usually works later.',
      count: 20,
      retryable: true,
    },
    {
      code: 'source_flagged',
      state: 'failed',
      title: 'Flagged',
      advice: 'Only its owner may.',
      count: 6,
      retryable: false,
    },
    {
      code: 'no_checksum',
      state: 'unverified',
      title: 'Google states no checksum',
      advice: 'Open the copy to check it.',
      count: 3,
      retryable: false,
    },
  ],
  allowedActions: ['report'],
} satisfies Parameters<typeof aTransfer>[0];
const THE_END: Partial<Transfer> = {
  arrived: { items: 77, bytes: 4096, byKind: [{ kind: 'pdf', items: 77, bytes: 4096 }], byFolder: [] },
  timeline: [
    { step: 'count', from: '2026-11-24T09:14:00.000Z', to: '2026-11-24T09:20:00.000Z' },
    { step: 'copy', from: '2026-11-24T09:20:00.000Z', to: '2026-11-24T11:09:00.000Z' },
  ],
  slowdowns: ['2026-11-24T10:00:00.000Z'],
  reportSha256: '7c1e40b29f6d11a8c3350f7e2b94d6018a7cce1155f093ab620d4471e83b9f42',
};

const dialogClosed = () => waitFor(() => expect(screen.queryByRole('alertdialog')).not.toBeInTheDocument());

const FAILED: Item = {
  ordinal: 3,
  path: 'Finance/March.pdf',
  name: 'March.pdf',
  kind: 'file',
  mimeType: 'application/pdf',
  size: 2048,
  sourceId: 'x',
  state: 'failed',
  code: 'rate_limited',
  reason: 'Asked to slow down',
  attempts: 8,
};

/** The commands that the palette offers on this page. */
const offered = () =>
  TestBed.inject(Commands)
    .all()
    .map(({ label }) => label);
const ask = (label: string) =>
  TestBed.inject(Commands)
    .all()
    .find((each) => each.label === label)
    ?.run();

const heading = () => screen.getByRole('heading', { level: 1 }).textContent;

afterEach(async () => {
  await speak('en');
  leave.mockClear();
  localStorage.clear();
});

it('shows a running transfer: items, accounts, progress, rate', async () => {
  await show(aTransfer({ counts: { found: 100, verified: 61 } }));
  expect(heading()).toBe('Board decks and Brand');
  expect(screen.getByText('Running')).toBeVisible();
  expect(screen.getByText('61%')).toBeVisible();
  expect(screen.getByText('My Drive / From Ana')).toBeVisible();
  expect(screen.getByText('1 KB of 4 KB verified at the destination')).toBeVisible();
  expect(screen.getByText('1.9 items/s')).toBeVisible();
  expect(screen.getByText('2 KB/s')).toBeVisible();
  expect(TestBed.inject(Title).getTitle()).toBe('Running 61% · Board decks and Brand · CloudMover');
});

it('shows the rate that Google accepts and the length of slow-downs, once known', async () => {
  const pace = { from: '2026-11-24T10:00:00.000Z', everySeconds: 15, items: [30, 30, 15, 30] };
  const usage = { requests: 9, units: 1_712_000, forecast: 1_912_400, byClass: [], bytesIn: 0, bytesOut: 0 };
  await show(aTransfer({ pace, usage }));
  expect(screen.getByText('Google units').nextElementSibling).toHaveTextContent(
    /^1\.7 million ?of about 1\.9 million$/,
  );
  expect(screen.queryByText(/Google accepts [\d.]+ now/)).toBeNull();
  expect(screen.getByRole('img', { name: /2 at most\.$/ })).toBeVisible();
  const at = new Date(Date.now() - 50_000).toISOString();
  await picture(
    aTransfer({ revision: 2, pace, slowDowns: 4, pacing: { accepted: 2.25, slowed: { at, seconds: 40 } } }),
  );
  expect(screen.getByText('Slowed by Google').nextElementSibling).toHaveTextContent(/^4 times ?last .*, for 40 s$/);
  expect(screen.queryByText('Google units')).toBeNull();
  expect(screen.getByText('Google accepts 2.3 now')).toBeInTheDocument();
  expect(screen.getByRole('img', { name: /2 at most\. Google accepts 2\.3 per second now\.$/ })).toBeVisible();
  // Far above all values, its line would flatten the curve, so only its label is shown.
  await picture(aTransfer({ revision: 3, pace, pacing: { accepted: 80 } }));
  expect(screen.queryByText(/Google accepts [\d.]+ now/)).toBeNull();
  expect(screen.getByRole('img', { name: /Google accepts 80 per second now\.$/ })).toBeVisible();
});

it('turns into the report when the transfer ends', async () => {
  await show(aTransfer({ counts: { found: 100, verified: 61 } }));
  await picture(aTransfer({ ...ENDED, revision: 2 }));
  expect(heading()).toBe('Finished: 74 items arrived and were verified, 3 could not be verified, 26 failed');
  const why = within(screen.getByRole('table', { name: 'Failures by reason' }));
  expect(why.getByRole('row', { name: /20 Asked to slow down Usually works later. rate_limited/ })).toBeVisible();
  // Items that arrived are listed separately: they are not retried, and the link leads to these items only.
  const arrived = within(why.getByRole('row', { name: /3 .* A retry does not change them. no_checksum/ }));
  expect(arrived.queryByRole('button')).toBeNull();
  expect(arrived.getByRole('link')).toHaveAttribute('href', expect.stringContaining('state=unverified'));
  expect(screen.getAllByText('5 of 5 removed')).toHaveLength(2);
  expect(screen.getByText('untouched (copy)')).toBeVisible();
  expect(screen.getByText('1 h 55 min')).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Cancel' })).toBeNull();
  expect(screen.getByText('Counting what arrived')).toBeInTheDocument();
  await picture(aTransfer({ ...ENDED, revision: 3, ...THE_END }));
  expect(screen.getByRole('table', { name: 'What arrived, by kind' })).toBeVisible();
  expect(
    screen.getByRole('img', { name: 'Count 6 min, Copy and verify 1 h 49 min. Google asked to slow down once.' }),
  ).toBeVisible();
  expect(screen.getByText('7c1e 40b2 9f6d … e83b 9f42')).toBeVisible();
});

it('offers the result, or first the retry that helps', async () => {
  const target = { folderId: 'root', resultFolderId: 'result' };
  await show(aTransfer({ ...ENDED, target, allowedActions: ['retry', 'rerun', 'undo', 'report'] }));
  const open = () => screen.getByRole('link', { name: 'Open in Drive (opens in a new tab)' });
  expect(open()).toHaveAttribute(
    'href',
    'https://drive.google.com/drive/folders/result?authuser=archive%40example.com',
  );
  const isFirst = (element: HTMLElement) => element.classList.contains('mat-mdc-unelevated-button');
  expect(isFirst(screen.getByRole('button', { name: 'Retry 20 items' }))).toBe(true);
  expect(isFirst(open())).toBe(false);
  await picture(
    aTransfer({
      revision: 3,
      target,
      state: 'completed',
      finishedAt: ENDED.finishedAt,
      counts: { found: 3, verified: 3 },
    }),
  );
  expect(isFirst(open())).toBe(true);
  await picture(
    aTransfer({
      revision: 4,
      target,
      state: 'undone',
      finishedAt: ENDED.finishedAt,
      counts: { found: 3, verified: 3 },
    }),
  );
  expect(screen.queryByRole('link', { name: /Open in Drive/ })).toBeNull();
});

it('keeps the parts that are computed at the end when a command’s response lacks them, until it runs again', async () => {
  await show(aTransfer({ ...ENDED, ...THE_END }));
  await picture(aTransfer({ ...ENDED, revision: 3, name: 'Named elsewhere' }));
  expect(screen.getByRole('table', { name: 'What arrived, by kind' })).toBeVisible();
  await picture(aTransfer({ ...ENDED, revision: 4, finishedAt: '2026-11-25T11:09:00.000Z' }));
  expect(screen.getByText('Counting what arrived')).toBeInTheDocument();
});

it('asks before it cancels, and shows the result', async () => {
  await show(aTransfer());
  await userEvent.click(screen.getByRole('button', { name: 'Cancel' }));
  const question = within(await screen.findByRole('alertdialog'));
  await userEvent.click(question.getByRole('button', { name: 'Keep running' }));
  await dialogClosed();
  network().expectNone('/api/transfers/tr1/cancel');
  await userEvent.click(screen.getByRole('button', { name: 'Cancel' }));
  await userEvent.click(await screen.findByRole('button', { name: 'Cancel transfer' }));
  await dialogClosed();
  network()
    .expectOne('/api/transfers/tr1/cancel')
    .flush(aTransfer({ state: 'canceling', revision: 2, allowedActions: ['report'] }));
  await rest();
  expect(screen.getByText('Canceling', { selector: '.chip' })).toBeVisible();
});

it('pauses and resumes at once, without a dialog', async () => {
  await show(aTransfer({ allowedActions: ['pause', 'cancel', 'report'] }));
  await userEvent.click(screen.getByRole('button', { name: 'Pause' }));
  expect(screen.getByRole('button', { name: 'Pausing' })).toBeDisabled();
  network()
    .expectOne('/api/transfers/tr1/pause')
    .flush(aTransfer({ state: 'paused', revision: 2, allowedActions: ['resume', 'cancel', 'report'] }));
  await rest();
  expect(screen.getByText('Paused', { selector: '.chip' })).toBeVisible();
  expect(screen.queryByText('You can close this browser')).not.toBeInTheDocument();
  await userEvent.click(screen.getByRole('button', { name: 'Resume' }));
  network()
    .expectOne('/api/transfers/tr1/resume')
    .flush(aTransfer({ revision: 3 }));
});

it('offers to retry now when waiting for Google', async () => {
  await show(aTransfer({ state: 'waiting_quota', allowedActions: ['resume', 'cancel', 'report'] }));
  expect(screen.getByRole('button', { name: 'Try now' })).toBeVisible();
});

it('retries what failed, and follows the transfer again', async () => {
  const finishedAt = '2026-11-24T11:09:00.000Z';
  const counts = { found: 100, verified: 82, failed: 18 };
  await show(
    aTransfer({
      state: 'completed_with_failures',
      finishedAt,
      counts,
      failureGroups: [
        { code: 'rate_limited', state: 'failed', title: 'Slow down', advice: 'Later.', count: 18, retryable: true },
      ],
      allowedActions: ['retry', 'rerun', 'undo', 'report'],
    }),
  );
  await userEvent.click(screen.getByRole('button', { name: 'Retry 18 items' }));
  const retry = network().expectOne('/api/transfers/tr1/retry');
  expect(retry.request.body).toEqual({ codes: ['rate_limited'] });
  retry.flush(aTransfer({ revision: 2, counts: { found: 100, verified: 82 } }));
  await rest();
  expect(screen.getByText('Running', { selector: '.chip' })).toBeVisible();
  await picture(aTransfer({ revision: 3, counts: { found: 100, verified: 91 } }));
  expect(screen.getByText('91%')).toBeVisible();
});

/** Failed items with one reason. */
const group = (code: ReasonCode, count: number, retryable: boolean) => ({
  code,
  state: 'failed' as const,
  title: code,
  advice: '',
  count,
  retryable,
});

it('retries only what a retry can help, or one reason', async () => {
  await show(
    aTransfer({
      state: 'completed_with_failures',
      counts: { found: 100, verified: 74, failed: 26 },
      failureGroups: [
        group('rate_limited', 14, true),
        group('source_not_found', 8, false),
        group('source_changed', 4, true),
      ],
      allowedActions: ['retry', 'report'],
    }),
  );
  expect(screen.getByText('18 can be retried')).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Retry 4: source_changed' }));
  const one = network().expectOne('/api/transfers/tr1/retry');
  expect(one.request.body).toEqual({ codes: ['source_changed'] });
  expect(screen.getByRole('button', { name: 'Retrying' })).toBeDisabled();
  one.flush({ code: 'transfer_state', title: '' }, { status: 409, statusText: 'Conflict' });
  await rest();
  expect(screen.queryByRole('button', { name: /source_not_found/ })).toBeNull();
  await userEvent.click(screen.getByRole('button', { name: 'Retry 18 items' }));
  const some = network().expectOne('/api/transfers/tr1/retry');
  expect(some.request.body).toEqual({ codes: ['rate_limited', 'source_changed'] });
});

it('retries all reasons together where folders failed, because a folder’s retry includes its contents', async () => {
  await show(
    aTransfer({
      state: 'completed_with_failures',
      counts: { found: 100, verified: 74, failed: 26 },
      failureGroups: [
        group('folder_missing', 20, true),
        group('rate_limited', 4, true),
        group('source_not_found', 2, false),
      ],
      allowedActions: ['retry', 'report'],
    }),
  );
  const [button, ...more] = screen.getAllByRole('button', { name: /^Retry/ });
  expect(more).toEqual([]);
  expect(button).toHaveTextContent('Retry 24 items');
  await userEvent.click(button!);
  const retry = network().expectOne('/api/transfers/tr1/retry');
  expect(retry.request.body).toEqual({ codes: ['folder_missing', 'rate_limited'] });
});

describe('items that only conversion can help', () => {
  const convertible = {
    code: 'conversion_needed' as const,
    state: 'skipped' as const,
    title: 'Only by conversion',
    advice: 'Allow it.',
    count: 12,
    retryable: false,
    retryWith: 'allowConversion' as const,
  };
  const other = { ...convertible, code: 'not_copyable' as const, title: 'No way', count: 5, retryWith: undefined };
  const ended = (parts: Parameters<typeof aTransfer>[0] = {}) =>
    aTransfer({
      state: 'completed',
      counts: { found: 100, verified: 83, skipped: 17 },
      skipGroups: [convertible, other],
      allowedActions: ['retry', 'rerun', 'undo', 'report'],
      ...parts,
    });

  it('can be converted from the header and beside their reason, with their number, after a dialog about losses', async () => {
    await show(ended(), { tab: 'skipped' });
    network().match((request) => request.url.endsWith('/items'));
    expect(screen.queryByRole('button', { name: /No way/ })).toBeNull();
    expect(screen.queryByRole('button', { name: /Retry/ })).toBeNull();
    for (const name of ['Convert 12 items', 'Convert 12: Only by conversion']) {
      await userEvent.click(screen.getByRole('button', { name }));
      const question = within(await screen.findByRole('alertdialog', { name: 'Allow conversion for these 12 items?' }));
      expect(question.getByText(/Some content is lost/)).toBeVisible();
      await userEvent.click(question.getByRole('button', { name: 'Convert 12' }));
      const retry = await waitFor(() => network().expectOne('/api/transfers/tr1/retry'));
      expect(retry.request.body).toEqual({ codes: ['conversion_needed'], allowConversion: true });
      retry.flush({ code: 'transfer_state', title: '' }, { status: 409, statusText: 'Conflict' });
      await rest();
    }
  });

  it('are excluded from the retry of failed items', async () => {
    const failed = { ...other, code: 'rate_limited' as const, state: 'failed' as const, count: 3, retryable: true };
    await show(
      ended({
        state: 'completed_with_failures',
        counts: { found: 100, verified: 80, skipped: 17, failed: 3 },
        failureGroups: [failed],
      }),
    );
    await userEvent.click(screen.getByRole('button', { name: 'Retry 3 items' }));
    expect(network().expectOne('/api/transfers/tr1/retry').request.body).toEqual({ codes: ['rate_limited'] });
    expect(screen.queryByRole('button', { name: /Convert/ })).toBeNull();
  });
});

it('opens the tab, the filter and the item in the address', async () => {
  const query = { tab: 'failed', reason: 'rate_limited', q: 'march', item: '3' };
  await show(
    aTransfer({
      counts: { found: 100, verified: 61, failed: 5 },
      failureGroups: [
        { code: 'rate_limited', state: 'failed', title: 'Slow down', advice: 'Later.', count: 5, retryable: true },
      ],
    }),
    query,
  );
  const list = network().expectOne((request) => request.url === '/api/transfers/tr1/items');
  expect(
    Object.fromEntries(list.request.params.keys().map((key) => [key, list.request.params.get(key)])),
  ).toMatchObject({
    reason: 'rate_limited',
    q: 'march',
  });
  network().expectOne('/api/transfers/tr1/items/3').flush(FAILED);
  await rest();
  const drawer = within(await screen.findByRole('dialog', { name: 'March.pdf' }));
  expect(drawer.getByText('Asked to slow down')).toBeInTheDocument();
  expect(drawer.getByText('8')).toBeInTheDocument();
  expect(screen.getByRole('link', { name: /^Failed/, hidden: true })).toHaveAttribute('aria-current', 'page');
});

it('keeps its data after the sign-ins have ended, and explains what to do', async () => {
  await show(aTransfer({ counts: { found: 100, verified: 61 } }));
  TestBed.inject(SessionStore).markEnded('destination', 'session_expired');
  await rest();
  expect(screen.getByText('61%')).toBeVisible();
  expect(screen.getByRole('alert')).toHaveTextContent('Transfers kept running.');
  expect(screen.getByRole('link', { name: 'Connect an account' })).toHaveAttribute('href', '/connect');
});

it('asks for a new sign-in of the named account where an undo needs a recent one', async () => {
  const finishedAt = new Date().toISOString();
  await show(aTransfer({ state: 'completed', mode: 'move', finishedAt, allowedActions: ['rerun', 'undo', 'report'] }));
  await userEvent.click(screen.getByRole('button', { name: 'Undo' }));
  await userEvent.click(await screen.findByRole('button', { name: 'Undo transfer' }));
  await dialogClosed();
  refuse('/api/transfers/tr1/undo', 'reauthentication_required', 403, { side: 'destination' });
  await rest();
  const dialog = within(await screen.findByRole('alertdialog', { name: 'Sign in again to continue' }));
  await userEvent.click(dialog.getByRole('button', { name: 'Continue with Google' }));
  await rest();
  expect(leave).toHaveBeenLastCalledWith('/auth/destination?login_hint=archive%40example.com&max_age=3600');
  expect(JSON.parse(sessionStorage.getItem('cloudmover.signIn')!)).toMatchObject({
    action: { command: 'undo', id: 'tr1', account: 'archive@example.com' },
  });
});

it('asks before it undoes', async () => {
  const finishedAt = '2026-11-24T11:09:00.000Z';
  await show(aTransfer({ state: 'completed', mode: 'move', finishedAt, allowedActions: ['rerun', 'undo', 'report'] }));
  await userEvent.click(screen.getByRole('button', { name: 'Undo' }));
  const question = within(await screen.findByRole('alertdialog'));
  expect(question.getByText(/originals are restored from/)).toBeInTheDocument();
  expect(screen.getByText('Size')).toBeInTheDocument();
  await userEvent.click(question.getByRole('button', { name: 'Keep the copies' }));
  await dialogClosed();
  network().expectNone('/api/transfers/tr1/undo');
  await userEvent.click(screen.getByRole('button', { name: 'Undo' }));
  await userEvent.click(await screen.findByRole('button', { name: 'Undo transfer' }));
  await dialogClosed();
  const undo = { trashed: 3, left: 0, restored: 3 };
  network()
    .expectOne('/api/transfers/tr1/undo')
    .flush(aTransfer({ state: 'undone', revision: 2, finishedAt, undo, allowedActions: ['report'] }));
  await rest();
  expect(heading()).toBe('Undone: 3 copies in the trash');
  expect(screen.queryByText('Size')).toBeNull();
});

it('explains what to do when a problem paused a transfer', async () => {
  const problem = {
    code: 'destination_storage_full',
    title: 'The destination is full',
    detail: 'Free some space.',
  } as const;
  const counts = { found: 100, verified: 60, failed: 1 };
  await show(aTransfer({ state: 'paused', problem, counts, allowedActions: ['resume', 'cancel', 'report'] }));
  expect(
    screen.getByText(/no room for the rest\. 60 items have arrived, 39 are waiting\. Free up space/),
  ).toHaveTextContent(/^The destination is full ?archive@example\.com has no room.*then select Resume\.$/);
  // The reason appears once, and the button that the text names exists.
  expect(screen.getAllByText(/destination is full/)).toHaveLength(1);
  expect(screen.getByText('39 wait until you resume')).toBeVisible();
  expect(screen.getByRole('button', { name: 'Resume' })).toBeVisible();
  expect(screen.queryByRole('button', { name: /Retry/ })).toBeNull();
});

it('asks for the same account when one must be connected again', async () => {
  const parked = { side: 'source' as const, account: 'ana@example.com', since: '2026-11-24T08:02:00.000Z' };
  await show(aTransfer({ state: 'needs_reconnect', parked, counts: { found: 1240, verified: 902 } }));
  const alert = screen.getByRole('alert');
  expect(alert).toHaveTextContent('902 items copied, 338 waiting.');
  await userEvent.click(within(alert).getByRole('button', { name: 'Reconnect source' }));
  expect(leave).toHaveBeenCalledWith('/auth/source?login_hint=ana%40example.com');
});

it('keeps one heading from the start, so that the focus stays on it', async () => {
  await show();
  const first = screen.getByRole('heading', { level: 1 });
  first.focus();
  await picture(aTransfer({ counts: { found: 100, verified: 61 } }));
  expect(first).toHaveFocus();
  expect(first).toHaveTextContent('Board decks and Brand');
});

it('does not say that a transfer runs while it waits for an account', async () => {
  const parked = { side: 'source' as const, account: 'ana@example.com', since: '2026-11-24T10:00:00.000Z' };
  await show(aTransfer({ state: 'needs_reconnect', parked }));
  expect(screen.queryByText('You can close this browser')).not.toBeInTheDocument();
});

it('states when temporary shares expire, if all of them do', async () => {
  await show(aTransfer({ grants: { open: 5, withdrawn: 0, expiresAt: '2031-12-24T10:00:00.000Z' } }));
  expect(screen.getByText('Expire automatically').nextElementSibling).toHaveTextContent(/^.*24.*2031$/);
  await picture(aTransfer({ revision: 2, grants: { open: 6, withdrawn: 0 } }));
  expect(screen.getByText('6 open')).toBeVisible();
  expect(screen.queryByText('Expire automatically')).toBeNull();
});

it('says that links are what waits for Google', async () => {
  const links = { ...aTransfer().links, mode: 'rewrite' } as const;
  await show(
    aTransfer({ state: 'waiting_quota', counts: { verified: 100 }, links, resumeAt: '2026-11-24T14:20:00.000Z' }),
  );
  expect(screen.getByText(/Links in the copies come next\. Resumes automatically: /)).toBeVisible();
});

it('rewrites the links of a transfer that has ended, after a question', async () => {
  await show(aTransfer({ ...ENDED, allowedActions: ['links', 'report'] }), { tab: 'links' });
  await userEvent.click(screen.getByRole('button', { name: 'Rewrite links' }));
  const dialog = within(await screen.findByRole('alertdialog', { name: 'Rewrite the links in the copies?' }));
  await userEvent.click(dialog.getByRole('button', { name: 'Rewrite links' }));
  await dialogClosed();
  const request = network().expectOne('/api/transfers/tr1/links');
  expect(request.request.body).toEqual({ mode: 'rewrite' });
  expect(screen.getByRole('button', { name: 'Rewrite links' })).toBeDisabled();
  request.flush(aTransfer({ ...ENDED, state: 'linking', revision: 2 }), { status: 202, statusText: 'Accepted' });
  await rest();
  // The announcement for screen readers may say so too by now.
  expect(screen.getByText('Working on links', { selector: '.chip' })).toBeVisible();
});

it('reports an API that is turned off, and its address', async () => {
  const consoleUrl = 'https://console.cloud.google.com/apis/library/sheets.googleapis.com';
  const apiOff = [{ kind: 'spreadsheet', documents: 402, consoleUrl }] as const;
  const transfer = aTransfer({ ...ENDED, links: { ...aTransfer().links, mode: 'rewrite', apiOff: [...apiOff] } });
  await show(transfer);
  expect(screen.getByText('The Sheets API is turned off')).toBeVisible();
  expect(screen.getByText(/^402 documents were not read\./)).toBeVisible();
  expect(screen.getByRole('button', { name: 'Copy console address' })).toBeVisible();
});

it('reports a share that could not be removed, and what to do', async () => {
  const finishedAt = '2026-11-24T11:09:00.000Z';
  await show(aTransfer({ state: 'completed', finishedAt, grants: { open: 1, withdrawn: 0 } }));
  expect(screen.getByText('A temporary share is still open')).toBeVisible();
  await picture(aTransfer({ revision: 2, state: 'completed', finishedAt, grants: { open: 0, withdrawn: 1 } }));
  expect(screen.queryByText('A temporary share is still open')).not.toBeInTheDocument();
});

it('states when Google’s limit ends and that no action is needed', async () => {
  const resumeAt = new Date(Date.now() + 60_510_000).toISOString();
  await show(aTransfer({ state: 'waiting_quota', resumeAt, counts: { found: 10, verified: 4 } }));
  expect(screen.getByText(/Next try: .* \(in 16 h 48 min\)/)).toBeVisible();
});

it('states until when it waits for its hours, and offers to run now', async () => {
  const resumeAt = new Date(new Date().setHours(44, 0, 0, 0)).toISOString();
  await show(
    aTransfer({ state: 'waiting_quota', limitReached: 'hours', resumeAt, allowedActions: ['resume', 'cancel'] }),
  );
  expect(screen.getAllByText(/^Waiting until tomorrow, 0?8:00.*, as you chose$/)[0]).toBeVisible();
  expect(screen.getByText('Waiting for its hours')).toBeVisible();
  expect(screen.getByRole('button', { name: 'Run now' })).toBeEnabled();
});

it('states when the units of the next day are available', async () => {
  const tomorrow = new Date(new Date().setHours(33, 0, 0, 0)).toISOString();
  await show(aTransfer({ state: 'waiting_quota', resumeAt: tomorrow, limitReached: 'units' }));
  expect(screen.getByText('The Google units for today are used up')).toBeVisible();
  const note = /All transfers of this server share a daily limit\. Resumes automatically: tomorrow, 0?9:00/;
  expect(screen.getByText(note)).toBeVisible();
  expect(screen.queryByText(/750 GB/)).toBeNull();
});

it('states once why the whole transfer failed', async () => {
  const problem = {
    code: 'destination_read_only',
    title: 'The account cannot add items to the folder.',
    detail: 'The account cannot add items to the folder. It is "Archive". Choose another folder.',
  } as const;
  await show(aTransfer({ state: 'failed', problem, finishedAt: '2026-11-24T11:09:00.000Z' }));
  expect(screen.getByText(problem.title)).toBeVisible();
  expect(screen.getByText(/^It is "Archive"\. Choose another folder\./)).toBeVisible();
});

it('shows an unknown transfer as not found, in place', async () => {
  await show();
  events.error(new HttpErrorResponse({ status: 404, error: { code: 'transfer_not_found', title: '' } }));
  await rest();
  expect(heading()).toBe('Not found');
  expect(screen.getByRole('link', { name: 'All transfers' })).toHaveAttribute('href', '/transfers');
});

it('fetches the report with headers and saves it as a file', async () => {
  const saved: { name: string; href: string }[] = [];
  jest.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    saved.push({ name: this.download, href: this.href });
  });
  const createObjectURL = jest.fn(() => 'blob:report');
  URL.createObjectURL = createObjectURL;
  URL.revokeObjectURL = jest.fn();
  await show(
    aTransfer({
      state: 'completed',
      counts: { found: 1, verified: 1 },
      finishedAt: '2026-11-24T11:09:00.000Z',
      allowedActions: ['report'],
    }),
  );
  await userEvent.click(screen.getByRole('button', { name: 'Report' }));
  await userEvent.click(await screen.findByRole('menuitem', { name: /CSV/ }));
  const request = network().expectOne((each) => each.url === '/api/transfers/tr1/report');
  expect(request.request.params.get('format')).toBe('csv');
  const csv = new Blob(['path,state\n'], { type: 'text/csv' });
  request.flush(csv);
  await rest();
  expect(saved).toEqual([{ name: 'cloudmover-tr1.csv', href: 'blob:report' }]);
  expect(createObjectURL).toHaveBeenCalledWith(csv);
  await userEvent.click(screen.getByRole('button', { name: 'Report' }));
  await userEvent.click(await screen.findByRole('menuitem', { name: /Old and new IDs/ }));
  network()
    .expectOne('/api/transfers/tr1/map.csv')
    .flush(new Blob(['old_id,new_id']));
  await rest();
  expect(saved[1]?.name).toBe('cloudmover-tr1-map.csv');
  jest.restoreAllMocks();
});

it('shows what came of the permissions, and saves them as a file', async () => {
  const saved: string[] = [];
  jest.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    saved.push(this.download);
  });
  URL.createObjectURL = () => 'blob:access';
  URL.revokeObjectURL = () => undefined;
  const sharing = {
    ...aTransfer().sharing,
    mode: 'carry' as const,
    wanted: 12,
    equal: 9,
    narrower: 3,
    reasons: [{ code: 'license' as const, title: 'Why', advice: 'What', count: 3, retryable: false }],
  };
  await show(aTransfer({ state: 'completed', allowedActions: ['report'], sharing }), { tab: 'access' });
  expect(screen.getByText('The person’s licence does not allow this role')).toBeVisible();
  expect(screen.getByText('3 permissions')).toBeVisible();
  network()
    .expectOne(({ url }) => url === '/api/transfers/tr1/access')
    .flush({
      items: [
        {
          grantee: { type: 'user', address: 'ana@old.example' },
          now: { writer: 2 },
          after: { writer: 2 },
          change: 'keeps',
          outcome: 'equal',
        },
      ],
      counts: { gains: 0, loses: 0, less: 0, keeps: 1 },
    });
  await rest();
  expect(screen.getByRole('button', { name: 'Keeps 1' })).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Download access.csv' }));
  network()
    .expectOne('/api/transfers/tr1/access.csv')
    .flush(new Blob(['item']));
  await rest();
  expect(saved).toEqual(['cloudmover-tr1-access.csv']);
  jest.restoreAllMocks();
});

it('offers only commands that its state allows', async () => {
  await show(aTransfer({ allowedActions: ['pause', 'cancel', 'report'] }));
  const downloads = ['the report as CSV', 'the report as JSON', 'old and new IDs as CSV'].map((of) => `Download ${of}`);
  const always = [...downloads, 'Rename this transfer'];
  const tabs = ['Show Items', 'Show Failed', 'Show Skipped', 'Show Access', 'Show Links', 'Show Log'];
  expect(offered()).toEqual(['Pause', 'Cancel this transfer', ...always, ...tabs]);
  ask('Pause');
  await rest();
  // One command at a time.
  expect(offered()).toEqual([...always, ...tabs]);
  const paused = aTransfer({ state: 'paused', revision: 2, allowedActions: ['resume', 'cancel', 'report'] });
  network().expectOne('/api/transfers/tr1/pause').flush(paused);
  await rest();
  expect(offered()[0]).toBe('Resume');
  ask('Cancel this transfer');
  await rest();
  expect(await screen.findByRole('alertdialog', { name: 'Cancel this transfer?' })).toBeInTheDocument();
});

it('offers to reconnect the account that it waits for', async () => {
  const parked = { side: 'source', account: 'ana@example.com', since: '2026-11-24T09:30:00.000Z' } as const;
  await show(aTransfer({ state: 'needs_reconnect', parked, allowedActions: ['reconnect', 'cancel', 'report'] }));
  ask('Reconnect source');
  expect(leave).toHaveBeenCalledWith(expect.stringContaining('/auth/source'));
});

it('replaces the API’s English texts with German ones where their code has a translation', async () => {
  const problem = {
    code: 'destination_storage_full',
    title: 'The destination is full.',
    detail: 'Make room in it.',
  } as const;
  await show(
    aTransfer({
      state: 'paused',
      problem,
      target: { folderId: 'root', folderName: 'My Drive', newFolderName: 'Von Ana' },
    }),
  );
  await TestBed.inject(Texts).choose('de');
  await rest();
  expect(screen.getByText('Meine Ablage / Von Ana')).toBeVisible();
  expect(screen.getByText('Das Ziel ist voll')).toBeVisible();
  expect(screen.getByText(/Schaffen Sie Platz und wählen Sie dann „Fortsetzen“\.$/)).toBeVisible();
  expect(document.body).not.toHaveTextContent(/My Drive|The destination is full|Make room/);
});

it('disables every command while offline', async () => {
  const failed = { state: 'failed', title: 'x', advice: 'y', count: 1, code: 'rate_limited', retryable: true } as const;
  await show(
    aTransfer({
      state: 'completed_with_failures',
      counts: { found: 2, verified: 1, failed: 1 },
      failureGroups: [failed],
      allowedActions: ['retry', 'rerun', 'undo', 'report'],
    }),
  );
  const commands = () => screen.getAllByRole('button', { name: /Retry|Sync new changes|Sync new|Undo|Report/ });
  expect(commands().length).toBeGreaterThan(3);
  for (const button of commands()) expect(button).toBeEnabled();
  dispatchEvent(new Event('offline'));
  await rest();
  for (const button of commands()) expect(button).toBeDisabled();
  expect(
    TestBed.inject(Commands)
      .all()
      .map(({ id }) => id),
  ).not.toContainEqual(expect.stringMatching(/^transfer-(retry|undo|report)/));
  dispatchEvent(new Event('online'));
  await rest();
  for (const button of commands()) expect(button).toBeEnabled();
});

describe('the e-mail about the end', () => {
  const mail = (name = 'E-mail to archive@example.com') => screen.getByRole('checkbox', { name });
  const patch = () => network().expectOne({ method: 'PATCH', url: '/api/transfers/tr1' });
  async function running(parts: Partial<Transfer> = {}) {
    const accounts = {
      source: { email: 'ana@example.com', name: 'Ana' },
      destination: { email: 'archive@example.com', name: 'Archive' },
    };
    const transfer = aTransfer({ id: 'tr1', ...accounts, ...parts });
    await show(transfer);
    network().expectOne('/api/about').flush({ mailAvailable: true });
    await rest();
    return transfer;
  }

  it('can be selected while it runs, by the account that is signed in', async () => {
    const transfer = await running();
    expect(screen.queryByRole('checkbox', { name: 'E-mail to ana@example.com' })).toBeNull();
    await userEvent.click(mail());
    const notify = { mail: ['destination' as const], language: 'en' as const };
    const request = patch();
    expect(request.request.body).toEqual({ notify });
    expect(mail()).toBeDisabled();
    request.flush({ ...transfer, notify, revision: transfer.revision + 1 });
    await rest();
    expect(mail()).toBeChecked();
    expect(mail()).toBeEnabled();
  });

  it('stays as it was if that fails', async () => {
    await running({ notify: { mail: ['source'], language: 'en' } });
    await userEvent.click(mail('E-mail to ana@example.com'));
    patch().flush({ code: 'mail_off' }, { status: 409, statusText: 'Conflict' });
    await rest();
    expect(mail('E-mail to ana@example.com')).toBeChecked();
    expect(mail()).not.toBeChecked();
  });

  it('can be selected after the end while a schedule starts further runs, which may need a sign-in', async () => {
    const schedule = { cron: '0 2 * * *', timezone: 'UTC', state: 'active' as const };
    const transfer = await running({ state: 'completed', schedule });
    await userEvent.click(mail());
    const notify = { mail: ['destination' as const], language: 'en' as const };
    const request = patch();
    expect(request.request.body).toEqual({ notify });
    request.flush({ ...transfer, schedule: { ...schedule, state: 'paused' }, revision: transfer.revision + 1 });
    await rest();
    expect(screen.queryByRole('checkbox', { name: /^E-mail to/ })).toBeNull();
  });
});
