import { HttpErrorResponse } from '@angular/common/http';
import { TestBed } from '@angular/core/testing';
import { screen } from '@testing-library/angular';
import { rest } from '../../testing/portal-http';
import { Connection } from './connection';
import { Toasts } from './toasts';

const refusal = (code: string, status: number) =>
  new HttpErrorResponse({ status, error: { code, title: code, status, type: `/problems/${code}` } });

const fail = async (error: HttpErrorResponse, says: RegExp) => {
  TestBed.inject(Toasts).failed(error);
  await screen.findByText(says);
};

afterEach(() => dispatchEvent(new Event('online')));

it('dismisses the message of a failed command once the network is back', async () => {
  dispatchEvent(new Event('offline'));
  await fail(new HttpErrorResponse({ status: 0 }), /^CloudMover cannot be reached/);
  TestBed.inject(Connection).report({ state: 'reconnecting', inSeconds: 1 });
  dispatchEvent(new Event('online'));
  await rest();
  expect(screen.getByText(/^CloudMover cannot be reached/)).toBeVisible();
  TestBed.inject(Connection).report({ state: 'live' });
  await rest();
  expect(screen.queryByText(/^CloudMover cannot be reached/)).toBeNull();
});

it('dismisses it when the stream noticed the outage only afterwards', async () => {
  const connection = TestBed.inject(Connection);
  connection.report({ state: 'live' });
  await fail(refusal('service_unavailable', 503), /cannot reach its database/);
  connection.report({ state: 'reconnecting', inSeconds: 1 });
  connection.report({ state: 'live' });
  await rest();
  expect(screen.queryByText(/cannot reach its database/)).toBeNull();
});

it('keeps a message that is unrelated to the outage', async () => {
  const connection = TestBed.inject(Connection);
  connection.report({ state: 'reconnecting', inSeconds: 1 });
  await fail(refusal('too_many_transfers', 429), /too many transfers/);
  connection.report({ state: 'live' });
  await rest();
  expect(screen.getByText(/too many transfers/)).toBeVisible();
});
