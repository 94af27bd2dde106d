import { jest } from '@jest/globals';
import { InMemoryAuditLog } from '../../test/support/in-memory-audit.js';
import { BoundedAuditLog, STORED_A_WINDOW, WINDOW_MS } from './bounded-audit.log.js';
import type { AuditEvent } from './audit.port.js';

describe('BoundedAuditLog', () => {
  let audit: InMemoryAuditLog;
  let log: BoundedAuditLog;
  beforeEach(() => {
    jest.useFakeTimers();
    audit = new InMemoryAuditLog();
    log = new BoundedAuditLog(audit);
  });
  afterEach(() => jest.useRealTimers());

  const refuse = (times: number, sub = '1', outcome = 'transfer_not_found') => {
    for (let i = 0; i < times; i++)
      log.record({ actor: { sub }, action: 'access.refused', object: `transfer:${i}`, outcome });
  };

  it('stores the first few individually, and the rest of ten minutes as one entry', () => {
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

  it('counts each account and each reason separately', () => {
    refuse(STORED_A_WINDOW + 1);
    refuse(1, '2');
    refuse(1, '1', 'wrong_side');
    expect(audit.events).toHaveLength(STORED_A_WINDOW + 2);
  });

  it('adds no summary if all were stored, and loses no count at the end', () => {
    refuse(STORED_A_WINDOW);
    jest.advanceTimersByTime(WINDOW_MS);
    expect(audit.events).toHaveLength(STORED_A_WINDOW);
    refuse(STORED_A_WINDOW + 3);
    void log.close();
    expect(audit.events.at(-1)).toMatchObject({ detail: { count: 3 } });
  });

  it('limits the number of windows in memory, and keeps their counts', () => {
    refuse(STORED_A_WINDOW + 2, 'first');
    for (let i = 0; i < 10_000; i++) refuse(1, `other ${i}`);
    expect(audit.events).toContainEqual(expect.objectContaining({ actor: { sub: 'first' }, detail: { count: 2 } }));
  });

  const does = (action: AuditEvent['action'], more: Partial<AuditEvent> = {}): void =>
    log.record({ actor: { sub: '1' }, action, outcome: 'done', ...more });

  it.each([
    ['renames transfers', 'transfer.commanded', { command: 'rename' }],
    ['replaces its token', 'session.rotated', undefined],
    ['signs in', 'account.connected', { type: 'source' }],
  ] as const)('counts what an account does when it %s again and again', (_case, action, detail) => {
    for (let i = 0; i < 1_000; i++) does(action, { object: `it:${i}`, ...(detail && { detail }) });
    jest.advanceTimersByTime(WINDOW_MS);
    expect(audit.events).toHaveLength(STORED_A_WINDOW + 1);
    const command = detail && 'command' in detail ? { command: detail.command } : {};
    expect(audit.events.at(-1)).toEqual({
      ...{ actor: { sub: '1' }, action, outcome: 'done' },
      detail: { ...command, count: 1_000 - STORED_A_WINDOW },
    });
  });

  it('always stores the end of sessions, withdrawals, and the commands to each transfer', () => {
    const commands = ['start', 'cancel', 'retry', 'rerun', 'undo'].map((command) => ({ command }));
    for (let i = 0; i < 100; i++) {
      does('session.ended', { object: `session:${i}` });
      does('access.revoked', { object: `session:${i}` });
      does('transfer.created', { object: `transfer:${i}` });
      for (const detail of commands) does('transfer.commanded', { object: `transfer:${i}`, detail });
    }
    expect(audit.events).toHaveLength(100 * (3 + commands.length));
    // A command that is in effect already has the outcome `done`.
    for (let i = 0; i < 1_000; i++)
      does('transfer.commanded', { object: 'transfer:1', detail: { command: 'start' }, outcome: 'done' });
    expect(audit.events.length).toBeLessThan(100 * (3 + commands.length) + STORED_A_WINDOW);
  });

  it('counts what a machine key repeats, by endpoint', () => {
    for (const object of ['GET /session/audit', 'GET /session/analytics'])
      for (let i = 0; i < 100; i++) does('key.used', { actor: 'key:1', object });
    jest.advanceTimersByTime(WINDOW_MS);
    expect(audit.events).toHaveLength(2 * (STORED_A_WINDOW + 1));
    expect(audit.events.at(-1)).toEqual({
      ...{ actor: 'key:1', action: 'key.used', object: 'GET /session/analytics', outcome: 'done' },
      detail: { count: 100 - STORED_A_WINDOW },
    });
  });

  it.each([
    ['account.connection_refused', 'refresh_token_rejected'],
    ['account.connected', 'done'],
  ] as const)('counts what a machine key repeats when it opens sessions: %s', (action, outcome) => {
    for (let i = 0; i < 100; i++) does(action, { actor: 'key:1', outcome, detail: { type: 'source' } });
    does(action, { actor: 'key:2', outcome });
    jest.advanceTimersByTime(WINDOW_MS);
    expect(audit.events).toHaveLength(STORED_A_WINDOW + 2);
    expect(audit.events.at(-1)).toEqual({
      ...{ actor: 'key:1', action, outcome },
      detail: { count: 100 - STORED_A_WINDOW },
    });
  });

  it('counts the sessions that another one displaces, which its account can repeat', () => {
    for (let i = 0; i < 100; i++) does('session.ended', { object: `session:${i}`, detail: { surplus: true } });
    does('session.ended', { object: 'session:100' });
    expect(audit.events).toHaveLength(STORED_A_WINDOW + 1);
  });

  it('does not limit the operator and CloudMover', () => {
    for (const actor of ['operator', 'cloudmover'] as const)
      for (let i = 0; i < 10; i++) does('operator.read', { actor });
    expect(audit.events).toHaveLength(20);
  });
});
