import { HttpErrorResponse } from '@angular/common/http';
import { TestBed } from '@angular/core/testing';
import { screen } from '@testing-library/angular';
import { network, portalHttp, refuse, rest } from '../../testing/portal-http';
import { operationsGetAbout } from '../api/functions';
import { ApiClient } from './api-client';
import { Connection } from './connection';
import { Toasts } from './toasts';

const refusal = (code: string, status: number) =>
  new HttpErrorResponse({ status, error: { code, title: code, status, type: `/problems/${code}` } });

const fail = async (error: HttpErrorResponse, says: RegExp) => {
  TestBed.inject(Toasts).failed(error);
  await screen.findByText(says);
};

afterEach(() => {
  jest.restoreAllMocks();
  dispatchEvent(new Event('online'));
});

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

it('dismisses it with the next answer if no stream is open, but not before it can be read', async () => {
  const now = Date.now();
  const time = jest.spyOn(Date, 'now').mockReturnValue(now);
  TestBed.configureTestingModule({ providers: portalHttp() });
  const call = () => TestBed.inject(ApiClient).call(operationsGetAbout, {});
  const succeed = async () => {
    const done = call();
    network().expectOne('/api/about').flush({});
    await done;
    await rest();
  };
  const failed = call();
  refuse('/api/about', 'service_unavailable', 503);
  await failed.catch((error: unknown) => TestBed.inject(Toasts).failed(error));
  await screen.findByText(/cannot reach its database/);
  await succeed();
  expect(screen.getByText(/cannot reach its database/)).toBeVisible();
  time.mockReturnValue(now + 6000);
  TestBed.inject(Connection).report({ state: 'idle' });
  await rest();
  expect(screen.getByText(/cannot reach its database/)).toBeVisible();
  await succeed();
  expect(screen.queryByText(/cannot reach its database/)).toBeNull();
});

it('does not dismiss it when a stream opens, but with a later message, once it can be read', async () => {
  const now = Date.now();
  const time = jest.spyOn(Date, 'now').mockReturnValue(now);
  const connection = TestBed.inject(Connection);
  connection.noteAnswer(true);
  await fail(refusal('service_unavailable', 503), /cannot reach its database/);
  connection.report({ state: 'live' });
  await rest();
  expect(screen.getByText(/cannot reach its database/)).toBeVisible();
  time.mockReturnValue(now + 6000);
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
