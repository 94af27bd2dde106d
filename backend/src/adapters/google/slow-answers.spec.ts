import { jest } from '@jest/globals';
import type { Dispatcher } from 'undici';
import { SlowAnswers } from './slow-answers.js';

const TIMEOUT_MS = 60_000;

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** A response in progress, to which the test adds bytes. */
function anAnswer() {
  const controller = {
    paused: false,
    aborted: undefined as Error | undefined,
    abort(error: Error) {
      this.aborted = error;
    },
  };
  let handler!: Dispatcher.DispatchHandler;
  const dispatch: Dispatcher['dispatch'] = (_options, given) => {
    handler = given;
    return true;
  };
  const asController = controller as unknown as Dispatcher.DispatchController;
  new SlowAnswers(TIMEOUT_MS).interceptor(dispatch)({ path: '/', method: 'GET' }, {});
  handler.onResponseStart?.(asController, 200, {});
  return {
    controller,
    receive: (bytes: number) => handler.onResponseData?.(asController, Buffer.alloc(bytes)),
  };
}

it('ends a response that arrives byte by byte, although a byte comes before each time-out', () => {
  const { controller, receive } = anAnswer();
  for (let second = 0; second <= 150 && !controller.aborted; second += 50) {
    receive(1);
    jest.advanceTimersByTime(50_000);
  }
  expect(controller.aborted).toMatchObject({ code: 'ETIMEDOUT' });
});

it('lets a large file that arrives slowly take a day', () => {
  const { controller, receive } = anAnswer();
  for (let minute = 0; minute < 24 * 60; minute++) {
    receive(60 * 600); // 600 bytes a second
    jest.advanceTimersByTime(60_000);
  }
  expect(controller.aborted).toBeUndefined();
});

it('does not count time in which the reader is slow', () => {
  const { controller, receive } = anAnswer();
  controller.paused = true;
  receive(1);
  jest.advanceTimersByTime(24 * 3_600_000);
  controller.paused = false;
  receive(1);
  expect(controller.aborted).toBeUndefined();
  jest.advanceTimersByTime(2 * TIMEOUT_MS);
  receive(1);
  expect(controller.aborted).toBeDefined();
});
