import {
  HttpErrorResponse,
  HttpInterceptorFn,
  HttpResponse,
  provideHttpClient,
  withInterceptors,
} from '@angular/common/http';
import { TestBed } from '@angular/core/testing';
import { Observable, Subject } from 'rxjs';
import { EVENT_STREAM, StreamMessage } from '../../core/event-stream';
import { Toasts } from '../../core/toasts';
import { FolderSizes } from './folder-sizes';

const asked: string[] = [];
let line: Subject<HttpResponse<StreamMessage>>;
let stopped = 0;
const streams: HttpInterceptorFn = (request, next) => {
  if (!request.context.get(EVENT_STREAM)) return next(request);
  asked.push(request.url);
  line = new Subject();
  return new Observable((out) => {
    const subscription = line.subscribe(out);
    return () => {
      stopped++;
      subscription.unsubscribe();
    };
  });
};
const emit = (items: number, done = false, isMore = false) =>
  line.next(
    new HttpResponse({
      body: {
        kind: 'event',
        type: 'size',
        data: JSON.stringify({ items, folders: 1, bytes: items * 10, done, isMore }),
      },
    }),
  );
const folder = { id: 'fin', name: 'Finance' };
const failed = jest.fn();

function make(): FolderSizes {
  asked.splice(0);
  stopped = 0;
  failed.mockClear();
  TestBed.configureTestingModule({
    providers: [provideHttpClient(withInterceptors([streams])), { provide: Toasts, useValue: { failed } }],
  });
  return TestBed.runInInjectionContext(() => new FolderSizes(() => 'source'));
}

it('grows while a folder is counted, and is cached', () => {
  const sizes = make();
  expect(sizes.of('fin')).toBeUndefined();
  sizes.toggle(folder);
  expect(asked).toEqual(['/api/folders/fin/size/events']);
  emit(3);
  expect(sizes.of('fin')).toMatchObject({ items: 3, bytes: 30, done: false });
  emit(7, true);
  line.complete();
  sizes.toggle(folder);
  expect(sizes.of('fin')).toMatchObject({ items: 7, done: true });
  expect(asked).toHaveLength(1);
});

it('is canceled by a second click while it runs, and can be restarted', () => {
  const sizes = make();
  sizes.toggle(folder);
  emit(3);
  sizes.toggle(folder);
  expect(sizes.of('fin')).toBeUndefined();
  expect(stopped).toBe(1);
  sizes.toggle(folder);
  expect(asked).toHaveLength(2);
});

it('is empty when the connection fails or ends early', () => {
  const sizes = make();
  sizes.toggle(folder);
  emit(3);
  line.complete();
  expect(sizes.of('fin')).toBeUndefined();
  sizes.toggle(folder);
  line.error(new HttpErrorResponse({ status: 404 }));
  expect(sizes.of('fin')).toBeUndefined();
  expect(failed).toHaveBeenCalledTimes(1);
});
