import { TestBed } from '@angular/core/testing';
import { provideRouter, Router } from '@angular/router';
import { render, screen, within } from '@testing-library/angular';
import userEvent from '@testing-library/user-event';
import { confirmSession, network, portalHttp, refuse, rest, storeTokens } from '../../../testing/portal-http';
import { Landing, LANDING } from '../../core/landing';
import { LEAVE } from '../../core/sign-in';
import LandingPage from './landing-page';

const leave = jest.fn();

async function arrive(landing: Landing | undefined, { begun = true } = {}) {
  if (begun && landing?.type !== 'general')
    sessionStorage.setItem('cloudmover.signIn', JSON.stringify({ side: landing?.type, at: Date.now() }));
  await render(LandingPage, {
    providers: [
      ...portalHttp(),
      provideRouter([
        { path: 'connect', children: [] },
        { path: 'move', children: [] },
        { path: 'transfers/:id', children: [] },
      ]),
      { provide: LANDING, useValue: landing },
      { provide: LEAVE, useValue: leave },
    ],
  });
  return { url: () => TestBed.inject(Router).url };
}

const answerWhose = async (email = 'mallory@example.com') => {
  network()
    .expectOne((request) => request.url === '/session/validate' && request.headers.has('Authorization'))
    .flush({ account: { email } });
  await rest();
};
const rotate = () => network().expectOne('/session/rotate');

afterEach(() => {
  localStorage.clear();
  sessionStorage.clear();
  leave.mockClear();
});

it('exchanges the token before anything else and goes to the accounts', async () => {
  const { url } = await arrive({ kind: 'token', type: 'source', token: 'from-the-address' });
  const request = rotate();
  expect(request.request.headers.get('Authorization')).toBe('Bearer from-the-address');
  network().expectNone('/session/validate');
  request.flush({ token: 'fresh', type: 'source', expiresAt: '' });
  await rest();
  expect(localStorage.getItem('cloudmover.token.source')).toBe('fresh');
  await confirmSession('source');
  expect(url()).toBe('/connect');
});

describe('a sign-in started from a waiting transfer', () => {
  const begin = (account: string) =>
    sessionStorage.setItem(
      'cloudmover.signIn',
      JSON.stringify({ side: 'source', at: Date.now(), resumes: { id: 'tr1', account } }),
    );
  const come = async () => {
    await arrive({ kind: 'token', type: 'source', token: 'from-the-address' }, { begun: false });
    rotate().flush({ token: 'fresh', type: 'source', expiresAt: '' });
    await rest();
    await confirmSession('source');
  };

  it('resumes it with the new token', async () => {
    begin('ana@example.com');
    await come();
    const request = network().expectOne('/api/transfers/tr1/resume');
    expect(request.request.headers.get('X-Source-Token')).toBe('fresh');
    request.flush({});
    await rest();
  });

  it('resumes nothing for another account, or after any other sign-in', async () => {
    begin('bob@example.com');
    await come();
    network().expectNone('/api/transfers/tr1/resume');
  });
});

describe('a token without a sign-in that was started in this tab', () => {
  it('is never accepted silently: the page shows its account, and the person may decline', async () => {
    const { url } = await arrive({ kind: 'token', type: 'destination', token: 'x' }, { begun: false });
    network().expectNone('/session/rotate');
    await answerWhose();
    expect(screen.getByRole('alert')).toHaveTextContent('connect mallory@example.com as your destination');
    await userEvent.click(screen.getByRole('button', { name: 'Do not connect' }));
    await rest();
    expect(url()).toBe('/connect');
    network().expectNone('/session/rotate');
    expect(localStorage.getItem('cloudmover.token.destination')).toBeNull();
  });

  it('is accepted when the person agrees', async () => {
    await arrive({ kind: 'token', type: 'destination', token: 'x' }, { begun: false });
    await answerWhose();
    await userEvent.click(screen.getByRole('button', { name: 'Connect mallory@example.com' }));
    rotate().flush({ token: 'fresh', type: 'destination', expiresAt: '' });
    await rest();
    expect(localStorage.getItem('cloudmover.token.destination')).toBe('fresh');
  });

  it.each([
    ['of the other side', JSON.stringify({ side: 'source', at: Date.now() })],
    ['long ago', JSON.stringify({ side: 'destination', at: Date.now() - 11 * 60_000 })],
    ['unreadable', '{'],
  ])('is checked when the sign-in was %s', async (_, mark) => {
    sessionStorage.setItem('cloudmover.signIn', mark);
    await arrive({ kind: 'token', type: 'destination', token: 'x' }, { begun: false });
    await answerWhose();
    network().expectNone('/session/rotate');
  });

  it('is checked again after the network failed', async () => {
    await arrive({ kind: 'token', type: 'destination', token: 'x' }, { begun: false });
    network().expectOne('/session/validate').error(new ProgressEvent('error'));
    await rest();
    await userEvent.click(await screen.findByRole('button', { name: 'Try again' }));
    await answerWhose();
    network().expectNone('/session/rotate');
  });
});

it('returns to the remembered address', async () => {
  sessionStorage.setItem('cloudmover.returnTo', '/move?src=abc');
  storeTokens('destination');
  const { url } = await arrive({ kind: 'token', type: 'source', token: 'x' });
  rotate().flush({ token: 'fresh', type: 'source', expiresAt: '' });
  await rest();
  await confirmSession('source');
  expect(url()).toBe('/move?src=abc');
  await confirmSession('destination');
});

it('ends the side’s previous session at the server, and no other', async () => {
  storeTokens('source', 'destination');
  await arrive({ kind: 'token', type: 'source', token: 'x' });
  const request = rotate();
  expect(request.request.body).toEqual({ replaces: 'source-token' });
  request.flush({ token: 'fresh', type: 'source', expiresAt: '' });
  await rest();
  expect(localStorage.getItem('cloudmover.token.source')).toBe('fresh');
});

it('keeps a session that the other side uses too', async () => {
  for (const side of ['source', 'destination']) localStorage.setItem(`cloudmover.token.${side}`, 'of-both');
  await arrive({ kind: 'token', type: 'source', token: 'x' });
  expect(rotate().request.body).toBeNull();
});

describe('a sign-in that an action requires', () => {
  const ANA = 'ana@example.com';

  async function comeBack(action: object, side: 'source' | 'destination' = 'source') {
    storeTokens('source', 'destination');
    sessionStorage.setItem('cloudmover.signIn', JSON.stringify({ side, at: Date.now(), action }));
    sessionStorage.setItem('cloudmover.returnTo', '/transfers/tr1');
    const { url } = await arrive({ kind: 'token', type: side, token: 'x' }, { begun: false });
    rotate().flush({ token: 'fresh', type: side, expiresAt: '' });
    await rest();
    await confirmSession(side);
    await confirmSession(side === 'source' ? 'destination' : 'source');
    return { url };
  }

  it.each(['retry', 'rerun', 'undo'])(
    'sends the %s again with both tokens, and goes back to the transfer',
    async (command) => {
      const { url } = await comeBack({ command, id: 'tr1', account: ANA });
      const { request } = network().expectOne(`/api/transfers/tr1/${command}`);
      expect(request.headers.get('X-Source-Token')).toBe('fresh');
      expect(request.headers.get('X-Destination-Token')).toBe('destination-token');
      network().expectNone('/session/validate');
      expect(url()).toBe('/');
    },
  );

  it('returns to the page afterwards', async () => {
    const { url } = await comeBack({ command: 'undo', id: 'tr1', account: ANA });
    network().expectOne('/api/transfers/tr1/undo').flush({ id: 'tr1' }, { status: 202, statusText: 'Accepted' });
    await rest();
    expect(url()).toBe('/transfers/tr1');
  });

  it('starts the reviewed move, with the key of the review', async () => {
    const { url } = await comeBack({ command: 'start', id: 'pre1', account: ANA });
    const { request } = network().expectOne('/api/transfers');
    expect(request.headers.get('Idempotency-Key')).toBe('start-pre1');
    expect(request.body).toEqual({ preflightId: 'pre1' });
    network().expectNone('/api/transfers/tr1');
    expect(url()).toBe('/');
  });

  it('does nothing if another account signed in', async () => {
    const { url } = await comeBack({ command: 'undo', id: 'tr1', account: 'somebody@example.com' });
    await rest();
    network().expectNone('/api/transfers/tr1/undo');
    expect(await screen.findByText(/Another account signed in. Nothing was changed/)).toBeInTheDocument();
    expect(url()).toBe('/transfers/tr1');
  });

  it('says that it could not be checked which account signed in', async () => {
    storeTokens('destination');
    const action = { command: 'undo', id: 'tr1', account: ANA };
    sessionStorage.setItem('cloudmover.signIn', JSON.stringify({ side: 'source', at: Date.now(), action }));
    sessionStorage.setItem('cloudmover.returnTo', '/transfers/tr1');
    const { url } = await arrive({ kind: 'token', type: 'source', token: 'x' }, { begun: false });
    rotate().flush({ token: 'fresh', type: 'source', expiresAt: '' });
    await rest();
    /** The check after the exchange, and the one before the action. */
    const lose = async () => {
      network()
        .expectOne(({ url, headers }) => url === '/session/validate' && headers.has('X-Source-Token'))
        .error(new ProgressEvent('error'));
      await rest();
    };
    await lose();
    await confirmSession('destination');
    await lose();
    expect(await screen.findByText(/could not be checked which account signed in. Nothing was changed/)).toBeVisible();
    expect(screen.queryByText(/Another account/)).toBeNull();
    network().expectNone('/api/transfers/tr1/undo');
    expect(url()).toBe('/transfers/tr1');
  });

  it('offers the sign-in of the transfer’s other account if the sides are swapped here', async () => {
    const accounts = { source: 'archive@example.com', destination: ANA };
    await comeBack({ command: 'undo', id: 'tr1', account: 'archive@example.com', accounts }, 'destination');
    refuse('/api/transfers/tr1/undo', 'reauthentication_required', 403, { side: 'destination' });
    const dialog = within(await screen.findByRole('alertdialog', { name: 'Sign in again to continue' }));
    expect(dialog.getByText(/ana@example.com signed in more than an hour ago/)).toBeInTheDocument();
    await userEvent.click(dialog.getByRole('button', { name: 'Continue with Google' }));
    await rest();
    expect(leave).toHaveBeenCalledWith('/auth/source?login_hint=ana%40example.com&max_age=3600');
    expect(JSON.parse(sessionStorage.getItem('cloudmover.signIn')!)).toMatchObject({
      action: { command: 'undo', id: 'tr1', account: ANA, accounts },
    });
  });

  it('offers the other account’s sign-in if that is too old as well', async () => {
    await comeBack({ command: 'undo', id: 'tr1', account: ANA });
    refuse('/api/transfers/tr1/undo', 'reauthentication_required', 403, { side: 'destination' });
    const dialog = within(await screen.findByRole('alertdialog', { name: 'Sign in again to continue' }));
    expect(dialog.getByText(/archive@example.com signed in more than an hour ago/)).toBeInTheDocument();
    await userEvent.click(dialog.getByRole('button', { name: 'Continue with Google' }));
    await rest();
    expect(leave).toHaveBeenCalledWith('/auth/destination?login_hint=archive%40example.com&max_age=3600');
    expect(sessionStorage.getItem('cloudmover.returnTo')).toBe('/transfers/tr1');
  });
});

it('keeps the token in memory when the network fails, and retries on request', async () => {
  await arrive({ kind: 'token', type: 'source', token: 'x' });
  rotate().error(new ProgressEvent('error'));
  await rest();
  expect(localStorage.getItem('cloudmover.token.source')).toBeNull();
  await userEvent.click(await screen.findByRole('button', { name: 'Try again' }));
  expect(rotate().request.headers.get('Authorization')).toBe('Bearer x');
});

it('reports an expired link if the server does not know its token', async () => {
  await arrive({ kind: 'token', type: 'source', token: 'x' });
  refuse('/session/rotate', 'session_expired', 401);
  expect(await screen.findByText('This sign-in link has expired. Nothing was connected.')).toBeVisible();
});

it.each([
  ['access_denied', 'You did not allow access at Google. Nothing was connected.'],
  [
    'scope_missing',
    'This account did not grant the access that this needs. Connect it again without “Copy only”, and keep the Drive box ticked.',
  ],
  ['state_mismatch', 'This sign-in was started in another browser, or too long ago. Nothing was connected.'],
])('explains %s and offers the same side again', async (code, words) => {
  sessionStorage.setItem('cloudmover.returnTo', '/move');
  await arrive({ kind: 'error', type: 'destination', code });
  expect(await screen.findByText(words)).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Connect destination again' }));
  expect(leave).toHaveBeenCalledWith('/auth/destination');
  expect(sessionStorage.getItem('cloudmover.returnTo')).toBe('/move');
});

it('offers a note for the administrator if the organisation forbids Drive apps', async () => {
  await arrive({ kind: 'error', type: 'source', code: 'domain_policy' });
  expect(await screen.findByText(/does not allow Drive apps/)).toBeVisible();
  document.execCommand = jest.fn(() => true);
  await userEvent.click(screen.getByRole('button', { name: 'Copy note for the administrator' }));
  expect(await screen.findByText('The note is in the clipboard.')).toBeInTheDocument();
});

it('shows the code of an unknown error', async () => {
  await arrive({ kind: 'error', type: 'source', code: 'brand_new' });
  expect((await screen.findAllByText('brand_new')).length).toBeGreaterThan(0);
});

it('uses a general sign-in for the empty side', async () => {
  storeTokens('source');
  await arrive({ kind: 'token', type: 'general', token: 'x' });
  await answerWhose('ana@example.com');
  await userEvent.click(screen.getByRole('button', { name: 'Connect ana@example.com' }));
  await confirmSession('source');
  await rest();
  rotate().flush({ token: 'fresh', type: 'general', expiresAt: '' });
  await rest();
  expect(localStorage.getItem('cloudmover.token.destination')).toBe('fresh');
});

it('asks which side a sign-in is for if both are connected', async () => {
  storeTokens('source', 'destination');
  await arrive({ kind: 'token', type: 'general', token: 'x' });
  await answerWhose('ana@example.com');
  await userEvent.click(screen.getByRole('button', { name: 'Connect ana@example.com' }));
  await confirmSession('source');
  await confirmSession('destination');
  await userEvent.click(await screen.findByRole('button', { name: 'Use it as destination' }));
  rotate().flush({ token: 'fresh', type: 'general', expiresAt: '' });
  await rest();
  expect(localStorage.getItem('cloudmover.token.destination')).toBe('fresh');
  expect(localStorage.getItem('cloudmover.token.source')).toBe('source-token');
});

it('remembers which side a sign-in is for when the network fails', async () => {
  storeTokens('source', 'destination');
  await arrive({ kind: 'token', type: 'general', token: 'x' });
  await answerWhose('ana@example.com');
  await userEvent.click(screen.getByRole('button', { name: 'Connect ana@example.com' }));
  await confirmSession('source');
  await confirmSession('destination');
  await userEvent.click(await screen.findByRole('button', { name: 'Use it as destination' }));
  rotate().error(new ProgressEvent('error'));
  await rest();
  await userEvent.click(await screen.findByRole('button', { name: 'Try again' }));
  expect(rotate().request.body).toEqual({ replaces: 'destination-token' });
});

it('continues to the files when both stored sign-ins are valid', async () => {
  storeTokens('source', 'destination');
  const { url } = await arrive(undefined);
  await confirmSession('source');
  await confirmSession('destination');
  await rest();
  expect(url()).toBe('/move');
  network().expectNone('/session/rotate');
});

it('goes to the accounts when a stored sign-in has ended', async () => {
  storeTokens('source', 'destination');
  const { url } = await arrive(undefined);
  await confirmSession('source');
  refuse('/session/validate', 'session_expired', 401);
  await rest();
  expect(url()).toBe('/connect');
});
