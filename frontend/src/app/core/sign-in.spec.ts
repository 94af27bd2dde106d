import { TestBed } from '@angular/core/testing';
import { provideRouter } from '@angular/router';
import { portalHttp } from '../../testing/portal-http';
import { LEAVE, SignIn, StepUpAction } from './sign-in';

const leave = jest.fn();
beforeEach(() =>
  TestBed.configureTestingModule({
    providers: [...portalHttp(), provideRouter([]), { provide: LEAVE, useValue: leave }],
  }),
);
afterEach(() => sessionStorage.clear());

it('opens the side’s sign-in and remembers the page to return to, once', () => {
  const signIn = TestBed.inject(SignIn);
  signIn.start('source', { returnTo: '/move?src=abc', account: 'ana+x@example.com' });
  expect(leave).toHaveBeenCalledWith('/auth/source?login_hint=ana%2Bx%40example.com');
  expect(signIn.takeReturnTo()).toBe('/move?src=abc');
  expect(signIn.takeReturnTo()).toBeUndefined();
});

it('requests a recent sign-in, and remembers its purpose once, if it is valid', () => {
  const signIn = TestBed.inject(SignIn);
  const action = {
    command: 'retry',
    id: 'tr1',
    retry: { codes: ['internal'] },
    account: 'ana@example.com',
    accounts: { source: 'ana@example.com' },
  } satisfies StepUpAction;
  signIn.start('destination', { account: 'ana@example.com', action });
  expect(leave).toHaveBeenCalledWith('/auth/destination?login_hint=ana%40example.com&max_age=3600');
  expect(signIn.takeBegun('destination')).toEqual({ action });
  expect(signIn.takeBegun('destination')).toBeUndefined();
  for (const broken of [
    { ...action, command: 'delete' },
    { ...action, id: '../x' },
    { ...action, id: '' },
    { ...action, retry: { codes: 'all' } },
    { ...action, retry: 'all' },
    { ...action, account: 7 },
    { ...action, accounts: { destination: 7 } },
    { ...action, notify: { mail: [], language: 'en' } },
    { ...action, notify: { mail: 'source', language: 'en' } },
    { ...action, notify: null },
  ]) {
    sessionStorage.setItem('cloudmover.signIn', JSON.stringify({ side: 'source', at: Date.now(), action: broken }));
    expect(signIn.takeBegun('source')).toEqual({});
  }
});

it('requests read-only access if chosen, only for a source', () => {
  const signIn = TestBed.inject(SignIn);
  signIn.start('source', { access: 'readonly' });
  expect(leave).toHaveBeenCalledWith('/auth/source?access=readonly');
  signIn.start('destination', { access: 'readonly' });
  expect(leave).toHaveBeenCalledWith('/auth/destination');
});

it.each(['https://evil.example/', '//evil.example/move', '/movement', '/api/transfers'])(
  'never goes back to %s',
  (address) => {
    sessionStorage.setItem('cloudmover.returnTo', address);
    expect(TestBed.inject(SignIn).takeReturnTo()).toBeUndefined();
  },
);

it('remembers the transfer it was started for once, if it is valid', () => {
  const signIn = TestBed.inject(SignIn);
  const resumes = { id: 'tr1', account: 'ana@example.com' };
  signIn.start('source', { resumes });
  expect(signIn.takeBegun('source')).toEqual({ resumes });
  expect(signIn.takeBegun('source')).toBeUndefined();
  signIn.start('source');
  expect(signIn.takeBegun('source')).toEqual({});
  signIn.start('source', { resumes });
  expect(signIn.takeBegun('destination')).toBeUndefined();
  sessionStorage.setItem(
    'cloudmover.signIn',
    JSON.stringify({ side: 'source', at: Date.now(), resumes: { id: '../x', account: 'ana@example.com' } }),
  );
  expect(signIn.takeBegun('source')).toEqual({});
});
