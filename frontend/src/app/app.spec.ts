import { Component, input, signal } from '@angular/core';
import { DeferBlockBehavior, TestBed } from '@angular/core/testing';
import { provideRouter, Router, withComponentInputBinding } from '@angular/router';
import { render, screen, waitFor, within } from '@testing-library/angular';
import userEvent from '@testing-library/user-event';
import { aTransfer } from '../testing/builders';
import { confirmSession, network, portalHttp, refuse, rest, storeTokens } from '../testing/portal-http';
import { App } from './app';
import { Command, Commands } from './core/commands';
import { Connection } from './core/connection';
import { LANDING } from './core/landing';
import { OperatorKey } from './core/operator-key';
import { LEAVE } from './core/sign-in';
import { TransferUpdates } from './core/transfer-updates';
import { Viewport } from './core/viewport';
import { Texts } from './texts/texts';

@Component({ template: '<h1 tabindex="-1">Somewhere</h1>' })
class Somewhere {}

@Component({
  template: `
    <h1 tabindex="-1">The list</h1>
    @if (id()) {
      <h2 tabindex="-1" data-takes-focus>{{ id() }}</h2>
    }
  `,
})
class ListWithOne {
  readonly id = input<string>();
}

const leave = jest.fn();

/** Renders the whole shell, which takes several tasks. */
const begin = (landing?: object, phone = false) =>
  render(App, {
    deferBlockBehavior: DeferBlockBehavior.Playthrough,
    providers: [
      ...portalHttp(),
      provideRouter(
        [
          { path: 'list', component: ListWithOne },
          { path: 'list/:id', component: ListWithOne },
          { path: '**', component: Somewhere },
        ],
        withComponentInputBinding(),
      ),
      { provide: LANDING, useValue: landing },
      { provide: LEAVE, useValue: leave },
      { provide: Viewport, useValue: { phone: signal(phone) } },
    ],
  });
async function show(landing?: object, phone?: boolean) {
  await begin(landing, phone);
  await rest();
}

afterEach(() => {
  localStorage.clear();
  document.documentElement.removeAttribute('data-theme');
  leave.mockClear();
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

it('lists the pages in the bar, on a phone at the bottom with the accounts', async () => {
  await show();
  const pages = () => within(screen.getByRole('navigation')).getAllByRole('link');
  expect(pages().map(({ textContent }) => textContent.trim())).toEqual(['Move files', 'Transfers', 'Sessions']);
  TestBed.resetTestingModule();
  await show(undefined, true);
  expect(pages().map(({ textContent }) => textContent.trim())).toEqual([
    'Move files',
    'Transfers',
    'Sessions',
    'Accounts',
  ]);
});

it('sends no request while a sign-in is returning', async () => {
  storeTokens('source');
  await show({ kind: 'token', type: 'destination', token: 'x' });
  network().expectNone('/session/validate');
});

it('replaces the static outline once a page is rendered', async () => {
  document.body.insertAdjacentHTML('beforeend', '<div id="shell"></div>');
  await begin();
  expect(document.getElementById('shell')).not.toBeNull();
  await TestBed.inject(Router).navigateByUrl('/a');
  await rest();
  expect(document.getElementById('shell')).toBeNull();
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

it('moves the focus to the heading of the one that was selected in a list', async () => {
  await show();
  const router = TestBed.inject(Router);
  for (const [path, heading] of [
    ['/list', 'The list'],
    ['/list/one', 'one'],
    ['/list/two', 'two'],
    ['/list', 'The list'],
  ]) {
    await router.navigateByUrl(path!);
    await new Promise((resolve) => requestAnimationFrame(resolve));
    expect(document.activeElement).toHaveTextContent(heading!);
  }
});

it('shows how current its data is', async () => {
  await show();
  const connection = TestBed.inject(Connection);
  connection.report({ state: 'reconnecting', inSeconds: 4 });
  expect(await screen.findByText('Reconnecting in 4 s')).toBeVisible();
  connection.report({ state: 'polling', at: Date.now() });
  expect(await screen.findByText(/^Updated .*, every 15 s$/)).toBeVisible();
  const why = { code: 'service_unavailable', title: '', status: 503 };
  connection.report({ state: 'reconnecting', inSeconds: 4, why });
  expect(await screen.findByText('CloudMover cannot reach its database. Nothing was changed.')).toBeVisible();
  expect(screen.getByText(/Transfers have paused. They and this page resume on their own/)).toBeVisible();
  connection.report({ state: 'reconnecting', inSeconds: 3, why: { code: 'unreachable', title: '', status: 0 } });
  expect(await screen.findByText(/This page reconnects on its own/)).toBeVisible();
  expect(screen.queryByText(/Transfers have paused/)).toBeNull();
  dispatchEvent(new Event('offline'));
  await rest();
  expect(screen.queryByText(/This page reconnects on its own/)).toBeNull();
  expect(await screen.findByText('You are offline')).toBeVisible();
  dispatchEvent(new Event('online'));
  await rest();
  expect(screen.queryByText('You are offline')).toBeNull();
});

it('remembers the theme and marks the current one', async () => {
  await show();
  await userEvent.click(screen.getByRole('button', { name: 'Theme and language' }));
  expect(await screen.findByRole('menuitemradio', { name: 'System' })).toHaveAttribute('aria-checked', 'true');
  await userEvent.click(screen.getByRole('menuitemradio', { name: 'Dark' }));
  await rest();
  expect(document.documentElement).toHaveAttribute('data-theme', 'dark');
  expect(localStorage.getItem('cloudmover.ui')).toBe('{"theme":"dark"}');
});

it('changes the language at once, without a reload', async () => {
  await show();
  await userEvent.click(screen.getByRole('button', { name: 'Theme and language' }));
  await userEvent.click(await screen.findByRole('menuitemradio', { name: 'Deutsch' }));
  expect(await screen.findByRole('button', { name: 'Farbschema und Sprache' })).toBeVisible();
  await TestBed.inject(Texts).choose('en');
});

it('shows how many transfers need attention, also for screen readers', async () => {
  await show();
  const updates = TestBed.inject(TransferUpdates);
  const parked = aTransfer({ state: 'needs_reconnect' });
  updates.take(parked, { ...parked, id: 'tr2' });
  await rest();
  expect(screen.getAllByRole('link', { name: 'Transfers 2 need attention' })).not.toHaveLength(0);
  updates.take(aTransfer({ revision: 2 }), aTransfer({ id: 'tr2', revision: 2 }));
  await rest();
  expect(screen.getAllByRole('link', { name: 'Transfers' })).not.toHaveLength(0);
});

describe('for the operator', () => {
  const open = async (path: string) => {
    await TestBed.inject(Router).navigateByUrl(path);
    await rest();
  };
  const accept = async () => {
    TestBed.inject(OperatorKey).accept('k');
    await rest();
  };

  it('shows the pages only once the key was accepted, and instead of the accounts a button that forgets it', async () => {
    await show();
    await open('/analytics');
    expect(screen.queryByRole('link', { name: 'Analytics' })).toBeNull();
    await accept();
    expect((await screen.findAllByRole('link', { name: 'Analytics' })).length).toBeGreaterThan(0);
    expect(screen.getAllByRole('link', { name: 'Settings' })).not.toHaveLength(0);
    expect(screen.queryByRole('link', { name: /^Accounts: / })).toBeNull();
    await open('/transfers');
    expect(accounts()).toBeVisible();
    await open('/settings/api');
    await userEvent.click(screen.getByRole('button', { name: 'Lock: forget the operator key' }));
    expect(TestBed.inject(OperatorKey).value()).toBeUndefined();
    await rest();
    expect(screen.queryByRole('link', { name: 'Settings' })).toBeNull();
    expect(accounts()).toBeVisible();
  });

  it('has a menu of the pages on a phone, in place of the accounts', async () => {
    jest.spyOn(console, 'warn').mockImplementation();
    await show(undefined, true);
    await accept();
    await userEvent.click(await screen.findByRole('button', { name: 'More' }));
    expect(screen.getAllByRole('menuitem').map(({ textContent }) => textContent.trim())).toEqual([
      'Analytics',
      'Settings',
    ]);
    expect(screen.queryByRole('link', { name: 'Accounts' })).toBeNull();
  });
});

describe('keys', () => {
  // jsdom has no layout, so nothing is focusable for Material; the browser tests check the initial focus.
  beforeEach(() => {
    jest.spyOn(console, 'warn').mockImplementation();
    Element.prototype.scrollIntoView = jest.fn();
    // However slow this process is, the second key of a pair comes in time.
    jest.spyOn(Event.prototype, 'timeStamp', 'get').mockReturnValue(0);
  });
  afterEach(() => jest.restoreAllMocks());

  const at = () => TestBed.inject(Router).url;
  /** Opens the commands and waits until the dialog has the focus. */
  const openCommands = async () => {
    await userEvent.keyboard('{Control>}k{/Control}');
    await waitFor(() => expect(screen.getByRole('dialog', { name: 'Commands' })).toHaveFocus());
    return screen.getByRole('combobox', { name: 'What do you want to do?' });
  };

  it('open pages in pairs, and do nothing in a field', async () => {
    await show();
    await userEvent.keyboard('gt');
    await rest();
    expect(at()).toBe('/transfers');
    await userEvent.keyboard('g,');
    await rest();
    expect(at()).toBe('/settings');
    await userEvent.keyboard('gs');
    await rest();
    expect(at()).toBe('/sessions');
    // The heading of the new page gets the focus first.
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    const field = document.body.appendChild(document.createElement('input'));
    field.focus();
    await userEvent.keyboard('gm?');
    await rest();
    expect(field).toHaveValue('gm?');
    expect(at()).toBe('/sessions');
    field.remove();
  });

  it('are listed in the help, and can be turned off there; the commands stay', async () => {
    await show();
    await userEvent.keyboard('?');
    const help = await screen.findByRole('dialog', { name: 'Keyboard and help' });
    expect(help).toHaveTextContent('Transfersgt');
    await userEvent.click(screen.getByRole('checkbox', { name: 'Single-key shortcuts' }));
    await userEvent.click(screen.getByRole('button', { name: 'Close' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    await userEvent.keyboard('gt?');
    await rest();
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(at()).toBe('/');
    await openCommands();
    await userEvent.keyboard('{Escape}');
  });

  it('find a command by the first letters of its words and run it', async () => {
    await show();
    const box = await openCommands();
    await userEvent.type(box, 'dest acc');
    const option = screen.getByRole('option', { name: 'Connect a destination account' });
    expect(box).toHaveAttribute('aria-activedescendant', option.id);
    await userEvent.keyboard('{Enter}');
    await waitFor(() => expect(leave).toHaveBeenCalledWith('/auth/destination'));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());

    await userEvent.type(await openCommands(), 'nonsense');
    expect(screen.getByText('No command matches “nonsense”.')).toBeVisible();
    await userEvent.clear(screen.getByRole('combobox'));
    await userEvent.type(screen.getByRole('combobox'), 'go to{ArrowDown}{ArrowDown}{ArrowUp}{Enter}');
    await waitFor(() => expect(at()).toBe('/transfers'));
  });

  it('keep the selected command while a page changes its own, and run no other one if it is gone', async () => {
    await show();
    const ran: string[] = [];
    const command = (id: string): Command => ({ id, label: id, run: () => ran.push(id) });
    const offered = signal([command('Pause'), command('Rename'), command('Cancel')]);
    TestBed.runInInjectionContext(() => TestBed.inject(Commands).offer(offered));
    const offer = async (...ids: string[]) => {
      offered.set(ids.map(command));
      await rest();
    };
    const box = await openCommands();
    await userEvent.type(box, '{ArrowDown}');
    const selected = () => screen.queryByRole('option', { selected: true });
    await offer('Resume', 'Pause', 'Rename');
    expect(selected()).toHaveTextContent('Rename');
    await offer('Resume', 'Pause');
    expect(selected()).toBeNull();
    await userEvent.type(box, '{Enter}');
    expect(screen.getByRole('dialog')).toBeVisible();
    await userEvent.type(box, '{ArrowDown}{ArrowDown}{Enter}');
    await waitFor(() => expect(ran).toEqual(['Pause']));
  });

  it('have no effect on the page below an open dialog', async () => {
    await show();
    await userEvent.keyboard('?');
    await waitFor(() => expect(screen.getByRole('dialog', { name: 'Keyboard and help' })).toHaveFocus());
    await userEvent.keyboard('gt');
    await rest();
    expect(at()).toBe('/');
    await userEvent.keyboard('{Escape}');
  });

  it('never open one dialog over another', async () => {
    await show();
    await openCommands();
    await userEvent.keyboard('{Control>}k{/Control}');
    await rest();
    expect(screen.getAllByRole('dialog')).toHaveLength(1);
    await userEvent.keyboard('{Escape}');
  });
});
