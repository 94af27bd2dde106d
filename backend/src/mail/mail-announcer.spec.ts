import { jest } from '@jest/globals';
import { InMemoryLedger } from '../../test/support/in-memory-ledger.js';
import { anOrder } from '../../test/support/run-transfer.js';
import type { TransferState } from '../engine/model/states.js';
import { TransferAnnouncer } from '../transfers/transfer-announcer.js';
import { MailAnnouncer } from './mail-announcer.js';
import type { MailJob } from './mail-outbox.port.js';
import { mailIdOf, MAX_ATTEMPTS, pauseAfter } from './mail.queue.js';

const party = (name: string, email = `${name}@example.com`) => ({ sub: name, email, readOnly: false });
const smtp = { host: 'mail', port: 587 } as never;

function setUp(options: { held?: boolean; destination?: string; off?: boolean } = {}) {
  const { held = false, destination = 'ben@example.com', off = false } = options;
  const order = anOrder(party('ana'), party('ben', destination), ['a'], { held });
  const ledger = new InMemoryLedger(order);
  const queued: MailJob[] = [];
  const queue = { add: async (mails: readonly MailJob[]) => void queued.push(...mails) };
  const announcer = new TransferAnnouncer([new MailAnnouncer(queue, off ? {} : { smtp })]);
  return { ledger, queued, announce: () => announcer.announce(ledger) };
}

async function runsAndCompletes(ledger: InMemoryLedger): Promise<void> {
  await ledger.advance(['planning'], 'running');
  await ledger.park('waiting_quota', { resumeAt: 1 });
  await ledger.resume();
  await ledger.park('needs_reconnect', { side: 'source' });
  await ledger.resume({ confirmed: ['source'] });
  await ledger.advance(['running'], 'finishing');
  await ledger.advance(['finishing'], 'completed');
}
const BOTH = { mail: ['source', 'destination'], language: 'en' } as const;

it('queues a mail for what ends and what waits for a person, to each selected account', async () => {
  const { ledger, queued, announce } = setUp();
  await ledger.setNotify(BOTH);
  await runsAndCompletes(ledger);
  await announce();
  await announce();
  expect(queued.map(({ state, side }) => `${state} ${side}`)).toEqual([
    'needs_reconnect source',
    'needs_reconnect destination',
    'completed source',
    'completed destination',
  ]);
  expect(new Set(queued.map(mailIdOf)).size).toBe(4);
  expect(JSON.stringify(queued)).not.toContain('@');
});

describe('a scheduled run', () => {
  const DAY_MS = 86_400_000;
  const both = { command: 'schedule', sides: ['source', 'destination'] } as const;

  /** Ends runs of a schedule, every quarter of an hour from a morning on. */
  async function runs(ends: readonly (readonly [state: TransferState, changed: number, more?: number])[]) {
    jest.useFakeTimers({ now: Date.parse('2026-12-01T08:00:00Z') });
    const { ledger, queued, announce } = setUp();
    await ledger.setNotify({ mail: ['source'], language: 'en' });
    await ledger.advance(['planning'], 'running');
    await ledger.advance(['running'], 'completed');
    await ledger.setSchedule({ every: 'PT15M', timezone: 'UTC' }, 1, both);
    let due = 1;
    for (const [state, changed, more = 900_000] of ends) {
      jest.setSystemTime(Date.now() + more);
      const run = { due, next: ++due };
      await ledger.advance(['completed', 'completed_with_failures', 'failed'], 'updating', { run });
      await ledger.storeFacts({ delta: { added: changed, changed: 0, renamed: 0, left: 0, unchanged: 9, at: due } });
      await ledger.advance(['updating'], state);
      await announce();
    }
    return queued.slice(1).map((mail) => [mail.state, mail.changed]);
  }
  afterEach(() => jest.useRealTimers());

  it('causes a mail if it changed something, which says what', async () => {
    expect(
      await runs([
        ['completed', 0],
        ['completed', 14],
        ['completed', 0],
      ]),
    ).toEqual([['completed', 14]]);
  });

  it('causes one if it ended otherwise than the run before; a problem that lasts, one a day', async () => {
    const ends = await runs([
      ...([
        ['failed', 0],
        ['failed', 0],
        ['failed', 0, DAY_MS],
        ['failed', 0],
      ] as const),
      ...([
        ['completed', 0],
        ['completed', 0, DAY_MS],
      ] as const),
    ]);
    expect(ends).toEqual([
      ['failed', 0],
      ['failed', 0],
      ['completed', 0],
    ]);
  });
});

it.each([
  ['nobody is selected', {}, undefined],
  ['the server sends none', { off: true }, BOTH],
  ['it is a preflight', { held: true }, BOTH],
])('queues none where %s', async (_what, options, notify) => {
  const { ledger, queued, announce } = setUp(options);
  await ledger.setNotify(notify);
  await ledger.park('needs_reconnect', { side: 'source' });
  await announce();
  expect(queued).toEqual([]);
});

it('queues one where both accounts have the same address', async () => {
  const { ledger, queued, announce } = setUp({ destination: 'ANA@example.com' });
  await ledger.setNotify(BOTH);
  await ledger.park('needs_reconnect', { side: 'source' });
  await announce();
  expect(queued).toHaveLength(1);
});

it('waits longer after each attempt, and gives up after three days', () => {
  const pauses = Array.from({ length: MAX_ATTEMPTS - 1 }, (_, index) => pauseAfter(index + 1, 0.5));
  expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
  const hours = pauses.reduce((sum, pause) => sum + pause, 0) / 3_600_000;
  expect(hours).toBeGreaterThan(70);
  expect(hours).toBeLessThan(74);
  expect([pauseAfter(1, 0), pauseAfter(1, 1)]).toEqual([54_000, 66_000]);
});
