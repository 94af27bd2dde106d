import { provideHttpClient } from '@angular/common/http';
import { provideHttpClientTesting } from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';
import { provideRouter, Router } from '@angular/router';
import { render, screen } from '@testing-library/angular';
import userEvent from '@testing-library/user-event';
import { aTransfer } from '../../../testing/builders';
import { rest } from '../../../testing/portal-http';
import { NotifyChoice } from '../../core/notify-choice';
import { DoneNotices } from './done-notices';
import { PreferenceStore } from '../../core/preferences';
import { Transfer, TransferUpdates } from '../../core/transfer-updates';

class FakeNotification {
  static permission: NotificationPermission = 'default';
  static answer: NotificationPermission = 'granted';
  static asked = 0;
  static shown: FakeNotification[] = [];
  onclick?: () => void;
  constructor(
    readonly title: string,
    readonly options: NotificationOptions,
  ) {
    FakeNotification.shown.push(this);
  }
  static requestPermission(): Promise<NotificationPermission> {
    FakeNotification.asked++;
    FakeNotification.permission = FakeNotification.answer;
    return Promise.resolve(FakeNotification.answer);
  }
  close = jest.fn();
}
const seen = jest.spyOn(document, 'visibilityState', 'get');
const providers = [provideHttpClient(), provideHttpClientTesting(), provideRouter([])];

beforeEach(() => {
  localStorage.clear();
  Object.assign(FakeNotification, { permission: 'default', answer: 'granted', asked: 0, shown: [] });
  Object.assign(globalThis, { Notification: FakeNotification });
  seen.mockReturnValue('hidden');
});
afterAll(() => void Reflect.deleteProperty(globalThis, 'Notification'));

describe('the choice of a notification', () => {
  const box = () => screen.getByRole('checkbox', { name: 'In this browser' });

  it('asks for permission only when selected, and remembers it', async () => {
    await render(NotifyChoice, { providers });
    expect(FakeNotification.asked).toBe(0);
    await userEvent.click(box());
    await rest();
    expect(box()).toBeChecked();
    expect(FakeNotification.asked).toBe(1);
    expect(JSON.parse(localStorage.getItem('cloudmover.ui') ?? '{}')).toEqual({ notifyDone: true });
    await userEvent.click(box());
    expect(box()).not.toBeChecked();
    expect(TestBed.inject(PreferenceStore).notifyDone()).toBe(false);
  });

  it('shows that the browser does not allow it', async () => {
    FakeNotification.answer = 'denied';
    await render(NotifyChoice, { providers });
    await userEvent.click(box());
    await rest();
    expect(box()).not.toBeChecked();
    expect(screen.getByText('Your browser blocks notifications.')).toBeVisible();
    expect(TestBed.inject(PreferenceStore).notifyDone()).toBe(false);
  });
});

describe('the notification of an end', () => {
  const running = aTransfer({ name: 'Board decks' });
  const ended = {
    ...running,
    state: 'completed' as const,
    revision: 2,
    counts: { ...running.counts, waiting: 0, verified: 100 },
  };

  async function watch() {
    TestBed.configureTestingModule({ providers });
    FakeNotification.permission = 'granted';
    const updates = TestBed.inject(TransferUpdates);
    TestBed.inject(DoneNotices);
    const notify = async (transfer: Transfer) => {
      updates.take(transfer);
      TestBed.tick();
      await rest();
    };
    await notify(running);
    return notify;
  }

  it('names the transfer and its outcome, once, and links to it', async () => {
    const notify = await watch();
    expect(FakeNotification.shown).toEqual([]);
    await notify(ended);
    await notify({ ...ended, revision: 3 });
    expect(FakeNotification.shown).toHaveLength(1);
    const [notification] = FakeNotification.shown;
    expect(notification).toMatchObject({
      title: 'Board decks',
      options: { body: 'Finished: all 100 items arrived and were verified', tag: 'cloudmover-tr1' },
    });
    const go = jest.spyOn(TestBed.inject(Router), 'navigate').mockResolvedValue(true);
    jest.spyOn(window, 'focus').mockImplementation();
    notification?.onclick?.();
    expect(go).toHaveBeenCalledWith(['/transfers', 'tr1']);
  });

  it('is not shown in a visible tab, or for a transfer that had ended before', async () => {
    const notify = await watch();
    await notify({ ...ended, id: 'long ago' });
    seen.mockReturnValue('visible');
    await notify(ended);
    expect(FakeNotification.shown).toEqual([]);
  });
});
