import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { MatDialog } from '@angular/material/dialog';
import { provideRouter } from '@angular/router';
import { of } from 'rxjs';
import { aTransfer } from '../../../testing/builders';
import { confirmSession, network, portalHttp, rest, storeTokens } from '../../../testing/portal-http';
import { SessionStore } from '../../core/sessions';
import { LEAVE } from '../../core/sign-in';
import { Transfer, TransferUpdates } from '../../core/transfer-updates';
import { ReportDownload } from './report-download';
import { TransferStore } from './transfer-store';

/** The person's answer in every dialog. */
let agrees: boolean;
const asked: string[] = [];
const leave = jest.fn();
const dialog = {
  openDialogs: [],
  open: (_: unknown, { data }: { data: { title: string } }) => {
    asked.push(data.title);
    return { afterClosed: () => of(agrees) };
  },
};

async function open(transfer: Transfer) {
  storeTokens('destination');
  TestBed.configureTestingModule({
    providers: [
      ...portalHttp(),
      provideRouter([]),
      { provide: MatDialog, useValue: dialog },
      { provide: LEAVE, useValue: leave },
      TransferStore,
    ],
  });
  void TestBed.inject(SessionStore).check();
  await confirmSession('destination');
  const store = TestBed.inject(TransferStore);
  store.show(signal(transfer.id));
  TestBed.inject(TransferUpdates).take(transfer);
  return store;
}

const answer = async (command: string, transfer: Transfer) => {
  network().expectOne(`/api/transfers/tr1/${command}`).flush(transfer);
  await rest();
};

beforeEach(() => {
  agrees = true;
  asked.length = 0;
});
afterEach(() => {
  localStorage.clear();
  leave.mockClear();
});

it('offers what the transfer allows, the main one last once it has ended', async () => {
  const store = await open(aTransfer({ allowedActions: ['pause', 'cancel', 'report'] }));
  expect(store.buttons().map(({ command }) => command)).toEqual(['pause']);
  const allowedActions: Transfer['allowedActions'] = ['retry', 'rerun', 'undo', 'report'];
  TestBed.inject(TransferUpdates).take(aTransfer({ state: 'canceled', revision: 2, allowedActions }));
  expect(store.buttons().map(({ command }) => command)).toEqual(['undo', 'rerun', 'retry']);
  expect(store.retryHelps()).toBe(true);
});

it('sends one command at a time, and marks it as pending', async () => {
  const store = await open(aTransfer({ allowedActions: ['pause', 'cancel'] }));
  void store.press(store.buttons()[0]!);
  expect([store.pendingCommand(), store.canCommand(), store.commandsSent()]).toEqual(['pause', false, 1]);
  await answer('pause', aTransfer({ state: 'paused', revision: 2, allowedActions: ['resume'] }));
  expect([store.pendingCommand(), store.canCommand()]).toEqual([undefined, true]);
});

it('asks before it cancels or undoes, and does neither when the person declines', async () => {
  agrees = false;
  const store = await open(aTransfer({ state: 'completed', allowedActions: ['undo', 'cancel'] }));
  await store.cancel();
  await store.press(store.buttons()[0]!);
  expect(asked).toHaveLength(2);
  agrees = true;
  void store.cancel();
  await rest();
  await answer('cancel', aTransfer({ state: 'canceling', revision: 2 }));
});

it('downloads one report at a time', async () => {
  const store = await open(aTransfer({ allowedActions: ['report'] }));
  const download = jest.spyOn(TestBed.inject(ReportDownload), 'save').mockResolvedValue();
  void store.save('links');
  void store.save('map');
  await rest();
  expect(download.mock.calls).toEqual([['tr1', 'links']]);
  void store.save('map');
  expect(download).toHaveBeenLastCalledWith('tr1', 'map');
});

it('names the account that a command needs and that is not signed in here', async () => {
  const store = await open(
    aTransfer({ state: 'canceled', allowedActions: ['retry'], consents: { retry: ['source', 'destination'] } }),
  );
  expect(store.missingAccount()?.account).toEqual({ side: 'source', email: aTransfer().source.email });
  expect(store.canRequest('retry')).toBe(false);
  store.connectMissing();
  expect(leave).toHaveBeenCalledWith(expect.stringContaining('/auth/source'));
});

it('remembers that it showed the transfer running, even after it has ended', async () => {
  const store = await open(aTransfer());
  expect(store.wasRunning()).toBe(true);
  TestBed.inject(TransferUpdates).take(aTransfer({ state: 'completed', revision: 2 }));
  expect([store.wasRunning(), store.finished()]).toEqual([true, true]);
});
