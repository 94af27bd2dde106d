import { HttpErrorResponse } from '@angular/common/http';
import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { Observable, Subject } from 'rxjs';
import { Page, pagedResource } from './paged-resource';

interface Call {
  readonly query: string;
  readonly cursor?: string;
  readonly answer: Subject<Page<number>>;
  canceled: boolean;
}

let calls: Call[];
const last = () => calls.at(-1) as Call;

function list(more: { all?: boolean; version?: () => string; news?: () => string } = {}) {
  const query = signal<{ q: string } | undefined>({ q: 'a' });
  const load = ({ q }: { q: string }, cursor?: string) =>
    new Observable<Page<number>>((out) => {
      const call: Call = { query: q, cursor, answer: new Subject(), canceled: false };
      calls.push(call);
      const subscription = call.answer.subscribe(out);
      return () => {
        call.canceled = true;
        subscription.unsubscribe();
      };
    });
  const resource = TestBed.runInInjectionContext(() => pagedResource({ query, load, ...more }));
  TestBed.tick();
  return { query, resource };
}

function answer(items: number[], next?: string) {
  const { answer } = last();
  answer.next({ items, next });
  answer.complete();
}
const refuse = () => last().answer.error(new HttpErrorResponse({ status: 503, error: '{"code":"unavailable"}' }));

beforeEach(() => (calls = []));

it('loads the first page automatically, and the next one on request', () => {
  const { resource } = list();
  expect(resource.state()).toEqual({ state: 'loading' });
  resource.more(); // the first page is already requested
  answer([1, 2], '2');
  expect(resource.state()).toEqual({ state: 'ready', items: [1, 2], more: 'available' });
  resource.more();
  resource.more();
  expect(resource.state()).toMatchObject({ more: 'loading', items: [1, 2] });
  expect(calls.map(({ cursor }) => cursor)).toEqual([undefined, '2']);
  answer([3]);
  expect(resource.state()).toEqual({ state: 'ready', items: [1, 2, 3], more: 'none' });
  resource.more();
  expect(calls).toHaveLength(2);
});

it('starts over with another query, cancels the previous request, and ignores an equal query', () => {
  const { query, resource } = list();
  query.set({ q: 'b' });
  TestBed.tick();
  expect(calls.map((each) => [each.query, each.canceled])).toEqual([
    ['a', true],
    ['b', false],
  ]);
  answer([7]);
  query.set({ q: 'b' });
  TestBed.tick();
  expect(calls).toHaveLength(2);
  query.set({ q: 'c' });
  TestBed.tick();
  expect(resource.state()).toEqual({ state: 'loading' });
  query.set(undefined);
  TestBed.tick();
  expect(last().canceled).toBe(true);
  expect(resource.state()).toEqual({ state: 'idle' });
});

it('reports why the first page failed, and requests it again', () => {
  const { resource } = list();
  refuse();
  expect(resource.state()).toMatchObject({ state: 'error', problem: { status: 503 } });
  resource.retry();
  expect(resource.state()).toEqual({ state: 'loading' });
  answer([1]);
  expect(resource.problem()).toBeUndefined();
  expect(resource.items()).toEqual([1]);
});

it('keeps what is loaded when a later page fails, and requests just that one again', () => {
  const { resource } = list();
  answer([1], '1');
  resource.more();
  refuse();
  expect(resource.state()).toMatchObject({ state: 'ready', items: [1], more: { problem: { status: 503 } } });
  resource.more(); // only retry() repeats a failed request
  expect(calls).toHaveLength(2);
  resource.retry();
  expect(last().cursor).toBe('1');
  answer([2]);
  expect(resource.items()).toEqual([1, 2]);
});

it('keeps the items while it reloads, even if that fails at first', () => {
  const { resource } = list();
  answer([1], '1');
  resource.more();
  answer([2]);
  resource.prepend(0);
  expect(resource.items()).toEqual([0, 1, 2]);
  resource.reload();
  expect(resource.items()).toEqual([0, 1, 2]);
  refuse();
  resource.retry();
  expect(last().cursor).toBeUndefined();
  answer([5], '5');
  expect(resource.state()).toEqual({ state: 'ready', items: [5], more: 'available' });
});

it('reloads when its version changes', () => {
  const version = signal('1');
  const { resource } = list({ version });
  answer([1]);
  TestBed.tick();
  expect(calls).toHaveLength(1);
  version.set('2');
  TestBed.tick();
  expect(resource.items()).toEqual([1]);
  answer([2]);
  expect(resource.items()).toEqual([2]);
});

it('keeps all loaded pages when there is newer data, until the reader loads it', () => {
  const news = signal('1');
  const { resource } = list({ news });
  news.set('2');
  expect(resource.outdated()).toBe(false); // nothing is shown yet
  answer([1], '1');
  expect(resource.outdated()).toBe(true);
  resource.reload();
  expect(resource.outdated()).toBe(false);
  answer([2], '2');
  resource.more();
  news.set('3');
  TestBed.tick();
  expect(last()).toMatchObject({ cursor: '2', canceled: false });
  answer([3]);
  expect([resource.items(), resource.outdated()]).toEqual([[2, 3], true]);
});

it('skips empty pages to the next one with items', () => {
  const { resource } = list();
  answer([], '100');
  expect(resource.loading()).toBe(true);
  answer([], '200');
  answer([9], '300');
  expect(calls.map(({ cursor }) => cursor)).toEqual([undefined, '100', '200']);
  expect(resource.state()).toEqual({ state: 'ready', items: [9], more: 'available' });
});

it('loads every page if all are requested, and continues after a failure where it stopped', () => {
  const { resource } = list({ all: true });
  answer([1], '1');
  expect(resource.items()).toEqual([1]);
  refuse();
  resource.retry();
  expect(last().cursor).toBe('1');
  answer([2], '2');
  answer([3]);
  expect(resource.state()).toEqual({ state: 'ready', items: [1, 2, 3], more: 'none' });
});

it('cancels its request when its owner is destroyed', () => {
  list();
  TestBed.resetTestingModule();
  expect(last().canceled).toBe(true);
});
