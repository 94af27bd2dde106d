import { Component } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { provideRouter, Router } from '@angular/router';
import { render, screen } from '@testing-library/angular';
import userEvent from '@testing-library/user-event';
import { confirmSession, network, portalHttp, refuse, rest, storeTokens } from '../testing/portal-http';
import { App } from './app';
import { Connection } from './core/connection';
import { LANDING } from './core/landing';

@Component({ template: '<h1 tabindex="-1">Somewhere</h1>' })
class Somewhere {}

async function show(landing?: object) {
  await render(App, {
    providers: [
      ...portalHttp(),
      provideRouter([{ path: '**', component: Somewhere }]),
      { provide: LANDING, useValue: landing },
    ],
  });
}

afterEach(() => {
  localStorage.clear();
  document.documentElement.removeAttribute('data-theme');
});

const accounts = () => screen.getByRole('link', { name: /^Accounts: / });

it('names both accounts and the state of each, source first', async () => {
  storeTokens('source', 'destination');
  await show();
  await confirmSession('source');
  refuse('/session/validate', 'session_expired', 401);
  await rest();
  expect(accounts()).toHaveAccessibleName(/from.*ana@example\.com.*to.*sign-in ended/);
});

it('asks nothing of the server while a sign-in is just coming back', async () => {
  storeTokens('source');
  await show({ kind: 'token', type: 'destination', token: 'x' });
  network().expectNone('/session/validate');
});

it('moves the focus to the heading when the page changes, not when only its query does', async () => {
  await show();
  const router = TestBed.inject(Router);
  await router.navigateByUrl('/a');
  await router.navigateByUrl('/b');
  await new Promise((resolve) => requestAnimationFrame(resolve));
  expect(screen.getByRole('heading', { level: 1 })).toHaveFocus();
  (document.activeElement as HTMLElement).blur();
  await router.navigateByUrl('/b?src=x');
  await new Promise((resolve) => requestAnimationFrame(resolve));
  expect(screen.getByRole('heading', { level: 1 })).not.toHaveFocus();
});

it('says how fresh what is shown is', async () => {
  await show();
  const connection = TestBed.inject(Connection);
  connection.report({ state: 'reconnecting', inSeconds: 4 });
  expect(await screen.findByText('Reconnecting in 4 s')).toBeVisible();
  connection.report({ state: 'polling', at: Date.now() });
  expect(await screen.findByText(/^Updated .*, every 15 s$/)).toBeVisible();
  dispatchEvent(new Event('offline'));
  expect(await screen.findByText('You are offline')).toBeVisible();
  dispatchEvent(new Event('online'));
  await rest();
  expect(screen.queryByText('You are offline')).toBeNull();
});

it('remembers the theme and marks the one in force', async () => {
  await show();
  await userEvent.click(screen.getByRole('button', { name: 'Theme' }));
  expect(screen.getByRole('menuitemradio', { name: 'As the system' })).toHaveAttribute('aria-checked', 'true');
  await userEvent.click(screen.getByRole('menuitemradio', { name: 'Dark' }));
  await rest();
  expect(document.documentElement).toHaveAttribute('data-theme', 'dark');
  expect(localStorage.getItem('cloudmover.ui')).toBe('{"theme":"dark"}');
});
