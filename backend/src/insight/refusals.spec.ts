import { jest } from '@jest/globals';
import { InMemoryAuditLog } from '../../test/support/in-memory-audit.js';
import { Refusals, STORED_A_WINDOW, WINDOW_MS } from './refusals.js';

describe('Refusals', () => {
  let audit: InMemoryAuditLog;
  let refusals: Refusals;
  beforeEach(() => {
    jest.useFakeTimers();
    audit = new InMemoryAuditLog();
    refusals = new Refusals(audit);
  });
  afterEach(() => jest.useRealTimers());

  const refuse = (times: number, sub = '1', outcome = 'transfer_not_found') => {
    for (let i = 0; i < times; i++)
      refusals.record({ actor: { sub }, action: 'access.refused', object: `transfer:${i}`, outcome });
  };

  it('stores the first few as they are, and the rest of ten minutes as one', () => {
    refuse(1_000);
    expect(audit.events).toHaveLength(STORED_A_WINDOW);
    expect(audit.events[0]).toMatchObject({ object: 'transfer:0' });
    jest.advanceTimersByTime(WINDOW_MS);
    expect(audit.events.slice(STORED_A_WINDOW)).toEqual([
      {
        actor: { sub: '1' },
        action: 'access.refused',
        outcome: 'transfer_not_found',
        detail: { count: 1_000 - STORED_A_WINDOW },
      },
    ]);
    refuse(1);
    expect(audit.events.at(-1)).toMatchObject({ object: 'transfer:0' });
  });

  it('counts each account and each reason on its own', () => {
    refuse(STORED_A_WINDOW + 1);
    refuse(1, '2');
    refuse(1, '1', 'wrong_side');
    expect(audit.events).toHaveLength(STORED_A_WINDOW + 2);
  });

  it('adds nothing where all were stored, and loses no count at the end', () => {
    refuse(STORED_A_WINDOW);
    jest.advanceTimersByTime(WINDOW_MS);
    expect(audit.events).toHaveLength(STORED_A_WINDOW);
    refuse(STORED_A_WINDOW + 3);
    refusals.close();
    expect(audit.events.at(-1)).toMatchObject({ detail: { count: 3 } });
  });

  it('keeps no more windows than memory allows, and their counts', () => {
    refuse(STORED_A_WINDOW + 2, 'first');
    for (let i = 0; i < 10_000; i++) refuse(1, `other ${i}`);
    expect(audit.events).toContainEqual(expect.objectContaining({ actor: { sub: 'first' }, detail: { count: 2 } }));
  });
});
