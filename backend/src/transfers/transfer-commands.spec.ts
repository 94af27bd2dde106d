import type { ItemCode } from '../engine/errors.js';
import type { ItemState } from '../engine/model/items.js';
import { aParty, callersOf, plannedFiles } from '../../test/support/builders.js';
import { aKeeper } from '../../test/support/credential-keeper.js';
import { InMemoryLedger } from '../../test/support/in-memory-ledger.js';
import { anOrder } from '../../test/support/run-transfer.js';
import { aFile, aStartedTransfer } from '../../test/support/started-transfer.js';
import type { Callers } from '../session/caller.service.js';
import type { CredentialKeeper } from '../session/credentials.port.js';
import { actionsOf, RERUN_DAYS, UNDO_DAYS } from './transfer-actions.js';
import { TransferClaims } from './transfer-claims.js';
import { type CommandOptions, TransferCommands } from './transfer-commands.js';

/** For dependencies that these tests do not use. */
const nobody = undefined as never;
const claims = new TransferClaims(aKeeper());
/** Always has a free place. */
const limits = { inPlace: (_order: unknown, open: () => Promise<void>) => open() } as never;
const both = callersOf('ana', 'ben');

describe('undo', () => {
  it('is refused when the transfer ended too long ago', async () => {
    const ledger = await aStartedTransfer(plannedFiles(1));
    await ledger.settle(aFile(0), 'verified', { destinationId: 'copy', way: 'server_copy' });
    await ledger.advance(['running'], 'completed');
    const snapshot = await ledger.snapshot();
    const old = Object.assign(Object.create(ledger) as InMemoryLedger, {
      snapshot: async () => ({ ...snapshot, finishedAt: Date.now() - (UNDO_DAYS + 1) * 24 * 3600 * 1_000 }),
    });
    const steps: string[] = [];
    const queue = { next: async (_id: string, state: string) => void steps.push(state) };
    const commands = new TransferCommands(nobody, queue as never, limits, claims);
    await expect(commands.execute('undo', old, both)).rejects.toMatchObject({ code: 'undo_expired' });
    expect(await ledger.state()).toBe('completed');
    await commands.execute('undo', ledger, callersOf('ben'));
    expect(await ledger.state()).toBe('undoing');
    expect(steps).toEqual(['undoing']);
  });
});

describe('links', () => {
  it('need the destination alone, and keep its credential alone', async () => {
    const ledger = await aStartedTransfer(plannedFiles(1));
    await ledger.settle(aFile(0), 'verified', { destinationId: 'copy', way: 'server_copy' });
    await ledger.advance(['running'], 'completed');
    const held: string[] = [];
    const keeper = { claim: async (id: string) => void held.push(id) } as unknown as CredentialKeeper;
    const queue = { next: async () => undefined };
    const commands = new TransferCommands(nobody, queue as never, limits, new TransferClaims(keeper));
    await commands.execute('links', ledger, callersOf('ben'), { links: 'rewrite' });
    expect(await ledger.state()).toBe('linking');
    expect(ledger.order.links).toBe('rewrite');
    expect(new Set(held)).toEqual(new Set([ledger.order.destination.credentialId]));
  });

  it('has no effect if repeated, and is refused with another mode until it ends', async () => {
    const ledger = await aStartedTransfer(plannedFiles(1));
    await ledger.settle(aFile(0), 'verified', { destinationId: 'copy', way: 'server_copy' });
    await ledger.advance(['running'], 'completed');
    const queue = { next: async () => undefined };
    const commands = new TransferCommands(nobody, queue as never, limits, claims);
    const command = (links: 'report' | 'rewrite') => commands.execute('links', ledger, callersOf('ben'), { links });
    await command('rewrite');
    await command('rewrite');
    expect(await ledger.state()).toBe('linking');
    await expect(command('report')).rejects.toMatchObject({ code: 'transfer_state' });
    expect(ledger.order.links).toBe('rewrite');
  });
});

describe('rerun', () => {
  const queue = { next: async () => undefined };
  const commands = new TransferCommands(nobody, queue as never, limits, claims);
  const anEnded = async () => {
    const ledger = await aStartedTransfer(plannedFiles(1));
    await ledger.settle(aFile(0), 'verified', { destinationId: 'copy', way: 'server_copy' });
    await ledger.advance(['running'], 'completed');
    return ledger;
  };

  it('is refused when the transfer ended too long ago', async () => {
    const ledger = await anEnded();
    const snapshot = await ledger.snapshot();
    const old = Object.assign(Object.create(ledger) as InMemoryLedger, {
      snapshot: async () => ({ ...snapshot, finishedAt: Date.now() - (RERUN_DAYS + 1) * 24 * 3600 * 1_000 }),
    });
    await expect(commands.execute('rerun', old, both)).rejects.toMatchObject({ code: 'rerun_expired' });
    expect(await ledger.state()).toBe('completed');
    await commands.execute('rerun', ledger, both);
    expect(await ledger.state()).toBe('updating');
  });

  it('is refused by the end of the last run, although links were rewritten since', async () => {
    const ledger = await anEnded();
    await ledger.advance(['completed'], 'linking');
    await ledger.advance(['linking'], 'completed');
    const snapshot = await ledger.snapshot();
    const old = Object.assign(Object.create(ledger) as InMemoryLedger, {
      snapshot: async () => ({ ...snapshot, ranUntil: Date.now() - (RERUN_DAYS + 1) * 24 * 3600 * 1_000 }),
    });
    await expect(commands.execute('rerun', old, both)).rejects.toMatchObject({ code: 'rerun_expired' });
  });

  it('claims the credentials again if the maintenance job released them before the command was stored', async () => {
    const ledger = await anEnded();
    const held = new Set<string>();
    const keeper = { claim: async (id: string) => void held.add(id) } as unknown as CredentialKeeper;
    const released = Object.assign(Object.create(ledger) as InMemoryLedger, {
      advance: async (...change: Parameters<InMemoryLedger['advance']>) => {
        held.clear();
        return ledger.advance(...change);
      },
    });
    await new TransferCommands(nobody, queue as never, limits, new TransferClaims(keeper)).execute(
      'rerun',
      released,
      both,
    );
    expect([...held].sort()).toEqual([ledger.order.source.credentialId, ledger.order.destination.credentialId].sort());
  });

  it('that is refused keeps the credentials that a further run, or a leftover share, still needs', async () => {
    const refusing = { inPlace: () => Promise.reject(new Error('There is no free place.')) } as never;
    const released = async (prepare: (ledger: InMemoryLedger) => Promise<unknown>) => {
      const ledger = await anEnded();
      await prepare(ledger);
      const ids: string[] = [];
      const keeper = { claim: async () => undefined, release: async (id: string) => void ids.push(id) };
      const refused = new TransferCommands(nobody, queue as never, refusing, new TransferClaims(keeper as never));
      await expect(refused.execute('undo', ledger, callersOf('ben'))).rejects.toThrow('no free place');
      return ids.length;
    };
    const schedule = { every: 'P1D', timezone: 'UTC' } as const;
    const by = { command: 'schedule', sides: ['source', 'destination'] } as const;
    expect(await released(async () => undefined)).toBe(2);
    expect(await released((ledger) => ledger.setSchedule(schedule, Date.now() + 60_000, by))).toBe(0);
    expect(await released((ledger) => ledger.announceShare('a'))).toBe(0);
  });

  it('is possible again for an account that withdrew, and then resumed this transfer', async () => {
    const ledger = await aStartedTransfer(plannedFiles(1));
    await ledger.withdrawAccess('source');
    await ledger.settle(aFile(0), 'verified', { destinationId: 'copy', way: 'server_copy' });
    await commands.execute('resume', ledger, callersOf('ana'));
    await ledger.advance(['running'], 'completed');
    await commands.execute('rerun', ledger, both);
    expect(await ledger.state()).toBe('updating');
    // After the end nothing can be resumed.
    await ledger.advance(['updating'], 'completed');
    await ledger.withdrawAccess('source', true);
    await expect(commands.execute('rerun', ledger, both)).rejects.toMatchObject({ code: 'access_withdrawn' });
  });

  it('is refused permanently once an account has left, even with tokens of later sign-ins', async () => {
    for (const side of ['source', 'destination'] as const) {
      const ledger = await anEnded();
      await ledger.withdrawAccess(side, true);
      await expect(commands.execute('rerun', ledger, both)).rejects.toMatchObject({ code: 'access_withdrawn', side });
      await ledger.advance(['completed'], 'completed_with_failures', { by: { command: 'retry', sides: [side] } });
      await expect(commands.execute('rerun', ledger, both)).rejects.toMatchObject({ code: 'access_withdrawn', side });
    }
  });
});

describe('a command', () => {
  const commands = new TransferCommands(nobody, { next: async () => undefined } as never, limits, claims);

  it('names the account whose consent is missing, and what to send', async () => {
    const ledger = await aStartedTransfer(plannedFiles(1));
    await ledger.advance(['running'], 'failed');
    const refusal = (callers: Callers) =>
      commands
        .execute('retry', ledger, callers)
        .catch((error: { code: string; side: string; message: string }) => error);
    expect(await refusal(callersOf('ben'))).toMatchObject({
      code: 'token_missing',
      side: 'source',
      message: expect.stringMatching(/ana@example\.com.*X-Source-Token/) as string,
    });
    expect(await refusal(callersOf('ana'))).toMatchObject({ code: 'token_missing', side: 'destination' });
    const [eve] = callersOf('eve').sessions;
    expect(await refusal({ ...callersOf('ben'), sent: { source: eve! } })).toMatchObject({
      code: 'wrong_account',
      side: 'source',
    });
    const ended = new Error('ended');
    expect(await refusal({ ...callersOf('ben'), refused: { source: ended } })).toBe(ended);
  });

  it.each(['retry', 'rerun'] as const)('cannot be %s once an undo has failed on the way', async (command) => {
    const ledger = await aStartedTransfer(plannedFiles(1));
    await ledger.advance(['running'], 'canceled');
    await ledger.advance(['canceled'], 'undoing');
    await ledger.advance(['undoing'], 'failed');
    await expect(commands.execute(command, ledger, both)).rejects.toMatchObject({ code: 'transfer_state' });
    expect(await ledger.state()).toBe('failed');
  });

  it('does not cancel an undo, which waits until it can go on', async () => {
    const ledger = await aStartedTransfer(plannedFiles(1));
    await ledger.advance(['running'], 'canceled');
    await ledger.advance(['canceled'], 'undoing');
    await expect(commands.execute('cancel', ledger, both)).rejects.toMatchObject({ code: 'transfer_state' });
    for (const wait of ['waiting_quota', 'needs_reconnect'] as const) {
      await ledger.park(wait, { side: 'destination' });
      await expect(commands.execute('cancel', ledger, both)).rejects.toMatchObject({
        code: 'transfer_state',
        message: expect.not.stringContaining('undefined') as string,
      });
      expect(await ledger.snapshot()).toMatchObject({ state: wait, resumeState: 'undoing' });
      await ledger.resume({ confirmed: ['destination'] });
    }
  });

  describe('of a retry', () => {
    /** A delta run that ends with an item open, in a state. */
    const anEndedRun = async (work: 'updating' | 'running', end: 'failed' | 'canceled') => {
      const ledger = await aStartedTransfer(plannedFiles(2));
      await ledger.advance(['running'], 'completed');
      await ledger.advance(['completed'], 'updating');
      if (work === 'running') await ledger.advance(['updating'], 'running');
      await ledger.advance([work], end);
      return ledger;
    };
    it.each(['failed', 'canceled'] as const)(
      'completes the plan of a delta run that %s while it planned',
      async (end) => {
        const ledger = await anEndedRun('updating', end);
        await commands.execute('retry', ledger, both);
        expect(await ledger.state()).toBe('updating');
        expect((await ledger.events()).at(-1)).toMatchObject({ state: 'updating', by: { command: 'retry' } });
        // Repeated, it is in effect.
        await commands.execute('retry', ledger, both);
        expect(await ledger.state()).toBe('updating');
      },
    );

    it('is refused like a rerun if it would look for changes that an account no longer allows', async () => {
      const ledger = await anEndedRun('updating', 'failed');
      await ledger.withdrawAccess('source', true);
      await expect(commands.execute('retry', ledger, both)).rejects.toMatchObject({ code: 'access_withdrawn' });
      expect(await ledger.state()).toBe('failed');
    });

    it.each(['failed', 'canceled'] as const)(
      'copies what is left of a delta run that %s while it copied',
      async (end) => {
        const ledger = await anEndedRun('running', end);
        await commands.execute('retry', ledger, both);
        expect(await ledger.state()).toBe('running');
      },
    );
  });

  it('accepts one session if one account is both sides', async () => {
    const ledger = new InMemoryLedger(anOrder(aParty('ana'), aParty('ana'), ['a']));
    await ledger.advance(['planning'], 'failed');
    await commands.execute('retry', ledger, callersOf('ana'));
    expect(await ledger.state()).toBe('planning');
  });

  it('is logged with the accounts that sent it', async () => {
    const ledger = await aStartedTransfer(plannedFiles(1));
    await commands.execute('pause', ledger, callersOf('ben'));
    await commands.execute('resume', ledger, both);
    expect((await ledger.events()).flatMap(({ by }) => (by ? [by] : []))).toEqual([
      { command: 'create', sides: ['source', 'destination'] },
      { command: 'pause', sides: ['destination'] },
      { command: 'resume', sides: ['source', 'destination'] },
    ]);
  });
});

describe('resume', () => {
  const commands = new TransferCommands(nobody, { next: async () => undefined } as never, nobody, claims);

  it('of a parked transfer requires the parked account', async () => {
    const ledger = await aStartedTransfer(plannedFiles(1));
    await ledger.park('needs_reconnect', { side: 'source' });
    await expect(commands.execute('resume', ledger, callersOf('ben'))).rejects.toMatchObject({
      code: 'token_missing',
      side: 'source',
    });
    expect(await ledger.state()).toBe('needs_reconnect');
    await commands.execute('resume', ledger, callersOf('ana'));
    expect(await ledger.state()).toBe('running');
  });

  it('of a paused transfer accepts either account, until one withdraws its access', async () => {
    const ledger = await aStartedTransfer(plannedFiles(1));
    await ledger.advance(['running'], 'pausing');
    await ledger.advance(['pausing'], 'paused');
    await ledger.withdrawAccess('source');
    expect(await ledger.state()).toBe('paused');
    await expect(commands.execute('resume', ledger, callersOf('ben'))).rejects.toMatchObject({ side: 'source' });
    await commands.execute('resume', ledger, callersOf('ana'));
    expect(await ledger.state()).toBe('running');
  });

  it('waits for each account if both withdrew', async () => {
    const ledger = await aStartedTransfer(plannedFiles(1));
    for (const side of ['source', 'destination'] as const) await ledger.withdrawAccess(side);
    await commands.execute('resume', ledger, callersOf('ana'));
    expect(await ledger.snapshot()).toMatchObject({ state: 'needs_reconnect', parked: { side: 'destination' } });
    await commands.execute('resume', ledger, callersOf('ben'));
    expect(await ledger.state()).toBe('running');
  });
});

describe('retry', () => {
  it('includes failed folders with the items that failed because of them', async () => {
    const ledger = await aStartedTransfer(plannedFiles(3));
    const folder = { ...aFile(0), kind: 'folder' as const };
    await ledger.amend(folder);
    await ledger.settle(folder, 'failed', { code: 'destination_read_only' });
    await ledger.settle(aFile(1), 'failed', { code: 'folder_missing' });
    await ledger.settle(aFile(2), 'failed', { code: 'too_large' });
    await ledger.advance(['running'], 'completed_with_failures');
    const commands = new TransferCommands(nobody, { next: async () => undefined } as never, limits, claims);
    await commands.execute('retry', ledger, both, { codes: ['folder_missing'] });
    expect((await ledger.items(0, 3)).map(({ state }) => state)).toEqual(['waiting', 'waiting', 'failed']);
  });

  it.each<[string, CommandOptions, string[]]>([
    ['what it can fix', {}, ['rate_limited', 'canceled']],
    [
      'what conversion can fix too',
      { allowConversion: true },
      ['rate_limited', 'conversion_needed', 'canceled', 'conversion_needed'],
    ],
    [
      'only what is named',
      { codes: ['conversion_needed'], allowConversion: true },
      ['conversion_needed', 'conversion_needed'],
    ],
    ['what its owner may have changed, if named', { codes: ['cannot_copy'] }, ['cannot_copy']],
    ['nothing that the options excluded', { codes: ['already_there', 'rate_limited'] }, ['rate_limited']],
  ])('retries %s', async (_, retry, expected) => {
    const ends: [ItemState, ItemCode][] = [
      ['failed', 'rate_limited'],
      ['failed', 'too_large'],
      ['failed', 'conversion_needed'],
      ['skipped', 'canceled'],
      ['skipped', 'conversion_needed'],
      ['skipped', 'cannot_copy'],
      ['skipped', 'already_there'],
    ];
    const ledger = await aStartedTransfer(plannedFiles(ends.length));
    for (const [ordinal, [state, code]] of ends.entries()) await ledger.settle(aFile(ordinal), state, { code });
    await ledger.advance(['running'], 'completed_with_failures');
    const offered = actionsOf(ledger.order, await ledger.snapshot());
    expect(offered).toContain('retry');
    const commands = new TransferCommands(nobody, { next: async () => undefined } as never, limits, claims);
    await commands.execute('retry', ledger, both, retry);
    const taken = (await ledger.items(0, 9)).filter(({ state }) => state === 'waiting');
    expect(taken.map(({ ordinal }) => ends[ordinal]![1])).toEqual(expected);
    expect(taken.every(({ mayConvert = false }) => mayConvert === (retry.allowConversion ?? false))).toBe(true);
  });

  it('is neither offered nor accepted if it can help nothing', async () => {
    const ledger = await aStartedTransfer(plannedFiles(2));
    await ledger.settle(aFile(0), 'failed', { code: 'too_large' });
    await ledger.settle(aFile(1), 'skipped', { code: 'cannot_copy' });
    await ledger.advance(['running'], 'completed_with_failures');
    expect(actionsOf(ledger.order, await ledger.snapshot())).not.toContain('retry');
    const commands = new TransferCommands(nobody, { next: async () => undefined } as never, limits, claims);
    await expect(commands.execute('retry', ledger, both)).rejects.toMatchObject({ code: 'nothing_to_retry' });
    expect((await ledger.snapshot()).counts).toMatchObject({ failed: 1, skipped: 1 });
  });
});
