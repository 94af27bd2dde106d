import { aTransfer } from '../../../testing/builders';
import { Announcer } from './announcements';

const MINUTE = 60_000;
const at = (verified: number, failed = 0) => aTransfer({ counts: { found: 1000, verified, failed } });

it('announces the start and each quarter once, and nothing in between', () => {
  const announcer = new Announcer();
  const said = [0, 100, 249, 250, 251, 499, 760, 761].map((verified) => announcer.next(at(verified), 0)?.text);
  expect(said).toEqual([
    'Running, 0 percent',
    undefined,
    undefined,
    '25 percent',
    undefined,
    undefined,
    '75 percent',
    undefined,
  ]);
});

it('announces the first failure at once, and more at most every five minutes', () => {
  const announcer = new Announcer();
  announcer.next(at(10), 0);
  expect(announcer.next(at(10, 1), 0)?.text).toBe('1 item failed');
  expect(announcer.next(at(10, 7), MINUTE)).toBeUndefined();
  expect(announcer.next(at(10, 13), 5 * MINUTE)?.text).toBe('12 more failed');
});

it('announces failures after a retry as new ones', () => {
  const announcer = new Announcer();
  announcer.next(at(10, 7), 0);
  const retried = aTransfer({ state: 'updating', counts: { found: 1000, verified: 10, failed: 0 } });
  const failing = (failed: number) => aTransfer({ state: 'updating', counts: { found: 1000, verified: 10, failed } });
  announcer.next(retried, 0);
  expect(announcer.next(failing(2), 0)?.text).toBe('2 items failed');
  expect(announcer.next(failing(1), MINUTE)).toBeUndefined();
  expect(announcer.next(failing(4), 5 * MINUTE)?.text).toBe('3 more failed');
});

it('announces every change of state, urgently if the user must act', () => {
  const announcer = new Announcer();
  announcer.next(at(10), 0);
  expect(announcer.next(aTransfer({ state: 'needs_reconnect' }), 0)).toEqual({
    text: 'Reconnect needed',
    politeness: 'assertive',
  });
  expect(announcer.next(aTransfer({ state: 'completed', counts: { found: 2, verified: 2 } }), 0)).toEqual({
    text: 'Finished: all 2 items arrived and were verified',
    politeness: 'polite',
  });
});

it('announces nothing for a transfer that had ended before', () => {
  expect(new Announcer().next(aTransfer({ state: 'completed' }), 0)).toBeUndefined();
});

it('announces failures that arrive with the end as part of the outcome, and nothing after it', () => {
  const announcer = new Announcer();
  announcer.next(at(0), 0);
  const ended = aTransfer({ state: 'completed_with_failures', counts: { found: 2, verified: 1, failed: 1 } });
  const said = [0, 1000, 10 * MINUTE].map((now) => announcer.next(ended, now)?.text);
  expect(said).toEqual(['Finished: 1 item arrived and was verified, 1 failed', undefined, undefined]);
});
