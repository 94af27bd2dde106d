import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { aCredential, aSession } from '../../test/support/builders.js';
import { InMemoryAuditLog } from '../../test/support/in-memory-audit.js';
import { InMemoryCredentialStore, InMemorySessionStore, type TestClock } from '../../test/support/in-memory-stores.js';
import { RecordedAccountWork } from '../../test/support/account-work.js';
import { aKeeper } from '../../test/support/credential-keeper.js';
import type { Config } from '../config/config.js';
import { StoreUnavailableError } from '../http/errors.js';
import { SessionExpiredError, SessionNotFoundError } from './errors.js';
import type { Session } from './session.port.js';
import { MAX_SESSIONS, SessionService } from './session.service.js';
import { digest } from './token.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const IDLE_MS = 1_800_000;

describe('SessionService', () => {
  // Tests that reuse a token write an expected line to the log.
  beforeAll(() => {
    Logger.overrideLogger(false);
  });

  let clock: TestClock;
  let sessions: InMemorySessionStore;
  let credentials: InMemoryCredentialStore;
  let audit: InMemoryAuditLog;
  let service: SessionService;
  let revoked: string[];
  let work: RecordedAccountWork;

  beforeEach(() => {
    clock = { now: Date.now() };
    sessions = new InMemorySessionStore(clock);
    credentials = new InMemoryCredentialStore(clock);
    audit = new InMemoryAuditLog();
    revoked = [];
    const keeper = aKeeper(credentials, (token) => Promise.resolve(revoked.push(token) > 0));
    const seconds = { ttlSeconds: DAY_MS / 1000, urlTokenTtlSeconds: HOUR_MS / 1000, idleSeconds: IDLE_MS / 1000 };
    const session = { ...seconds, queryTokens: true };
    work = new RecordedAccountWork();
    const general = { allowedAccounts: [] as readonly string[] } as Config['general'];
    service = new SessionService(sessions, keeper, audit, general, session, work);
    jest.spyOn(Date, 'now').mockImplementation(() => clock.now);
  });
  afterEach(() => jest.restoreAllMocks());

  const pass = (ms: number) => {
    clock.now += ms;
  };

  const open = (returnedIn: 'address' | 'answer' = 'address') => {
    const { type, account, credentialId, scopes, device } = aSession();
    return service.open({ type, account, credentialId, scopes, device }, returnedIn);
  };

  it('opens a session under the digest of its token, for as long as a token from an address may live', async () => {
    const { token, session } = await open();
    expect(session.id).toBe(digest(token));
    expect(session.expiresAt - session.createdAt).toBe(HOUR_MS);
    expect(JSON.stringify(await sessions.list(session.credentialId))).not.toContain(token);
  });

  it('gives a token from an address ten minutes, and a used one the idle limit', async () => {
    const { token, session } = await open();
    const other = await open();
    expect(await service.ofToken(token)).toMatchObject({ handle: session.handle });
    clock.now += 601_000;
    expect(await sessions.find(other.session.id)).toBeUndefined();
    expect(await sessions.find(session.id)).toMatchObject({ lastUsedAt: session.createdAt });
    clock.now += IDLE_MS;
    expect(await sessions.find(session.id)).toBeUndefined();
  });

  it('returns when each token really ends: unused, used, idle, replaced and late in its life', async () => {
    const { token, session } = await open();
    const endOf = async (which: string) => (await service.ofToken(which))!.endsAt - clock.now;
    expect(session.endsAt - clock.now).toBe(600_000);
    expect((await service.active(session))[0]!.endsAt - clock.now).toBe(600_000);
    pass(60_000);
    // The first use counts at once, the next ones at most once a minute, and the response promises no more than is
    // stored.
    expect(await endOf(token)).toBe(IDLE_MS);
    pass(30_000);
    expect(await endOf(token)).toBe(IDLE_MS - 30_000);

    const rotated = await service.rotate(session);
    expect(rotated.session.endsAt - clock.now).toBe(IDLE_MS);
    pass(4_000);
    expect(await endOf(token)).toBe(6_000);
    const lastMinutes = session.createdAt + DAY_MS - 300_000;
    while (clock.now < lastMinutes) {
      pass(Math.min(IDLE_MS / 2, lastMinutes - clock.now));
      await service.ofToken(rotated.token);
    }
    expect(await endOf(rotated.token)).toBe(300_000);
    pass(300_000);
    expect(await service.ofToken(rotated.token)).toBeUndefined();
  });

  it('promises no more than ten minutes while the first use cannot be stored', async () => {
    const { token, session } = await open();
    jest.spyOn(sessions, 'touch').mockRejectedValue(new Error('Redis is away.'));
    expect((await service.ofToken(token))!.endsAt).toBe(session.endsAt);
  });

  it('gives a token from a response its whole lifetime at once', async () => {
    const { session } = await open('answer');
    expect(session.expiresAt - session.createdAt).toBe(DAY_MS);
    pass(IDLE_MS - 1_000);
    expect(await sessions.find(session.id)).toBeDefined();
    pass(1_000);
    expect(await sessions.find(session.id)).toBeUndefined();
  });

  describe('a claim on the credential after the session has ended', () => {
    /** Runs something before the next claim. */
    function beforeTheClaim(work: () => Promise<unknown>) {
      const claim = credentials.claim.bind(credentials);
      const spy = jest.spyOn(credentials, 'claim').mockImplementationOnce(async (...args) => {
        await work();
        return claim(...args);
      });
      return async () => {
        await spy.mock.results[0]!.value;
        for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      };
    }

    it.each(['its use', 'its rotation'])(
      'by %s does not count: the credential goes with the last session',
      async (by) => {
        await credentials.save(aCredential());
        const { token, session } = await open('answer');
        const other = await open('answer');
        const claimed = beforeTheClaim(() => service.end(session));
        await (by === 'its use' ? service.ofToken(token) : service.rotate(session));
        await claimed();
        expect(await credentials.claimants(session.credentialId)).toEqual([`session:${other.session.handle}`]);
        await service.end(other.session);
        expect(revoked).toEqual(['refresh-1']);
      },
    );

    it('stays where only its token was replaced meanwhile', async () => {
      await credentials.save(aCredential());
      const { token, session } = await open('answer');
      const claimed = beforeTheClaim(() => service.rotate(session));
      await service.ofToken(token);
      await claimed();
      expect(await credentials.claimants(session.credentialId)).toEqual([`session:${session.handle}`]);
    });
  });

  it('releases the credential when it has been idle for too long, and not before', async () => {
    await credentials.save(aCredential());
    const { token } = await open('answer');
    for (let used = 0; used < 3; used++) {
      await service.ofToken(token);
      pass(IDLE_MS - 60_000);
      expect(await credentials.due()).toEqual([]);
    }
    expect(await service.ofToken(token)).toBeDefined();
    pass(IDLE_MS + 3 * 60_000);
    expect(await service.ofToken(token)).toBeUndefined();
    expect(await credentials.due()).toEqual(['credential-of-ana']);
  });

  it('stores the use of a session at most once a minute, also for event streams', async () => {
    const { token, session } = await open();
    for (let i = 0; i < 3; i++) await service.ofToken(token);
    expect(sessions.touches).toBe(1);
    pass(61_000);
    expect(await service.areLive([session])).toBe(true);
    await service.ofToken(token);
    expect(sessions.touches).toBe(2);
  });

  it('looks up nothing for a malformed token', async () => {
    await service.ofToken('short');
    expect(sessions.reads).toBe(0);
  });

  describe('rotation', () => {
    it('returns a token for the remaining lifetime since the sign-in, with the same handle', async () => {
      await credentials.save(aCredential());
      const { token, session } = await open();
      const rotated = await service.rotate(session);
      expect(rotated.token).not.toBe(token);
      expect(rotated.session).toMatchObject({ handle: session.handle, expiresAt: session.createdAt + DAY_MS });
      await service.ofToken(rotated.token);
      expect(audit.events).toEqual([
        {
          actor: { sub: '1001' },
          action: 'session.rotated',
          object: `session:${session.handle}`,
          outcome: 'done',
        },
      ]);
    });

    it('accepts the old token for ten seconds, except for another rotation', async () => {
      const { token, session } = await open();
      const rotated = await service.rotate(session);
      pass(9_000);
      const old = (await service.ofToken(token))!;
      expect(old).toMatchObject({ handle: session.handle });
      await expect(service.rotate(old)).rejects.toBeInstanceOf(SessionExpiredError);
      expect(await service.active(session)).toEqual([rotated.session]);
    });

    it('ends the session when the old token is used later, and records it in the audit log', async () => {
      await credentials.save(aCredential());
      const first = await open();
      const second = await service.rotate(first.session);
      const third = await service.rotate(second.session);
      pass(11_000);
      expect(await service.ofToken(third.token)).toBeDefined();
      expect(await service.ofToken(first.token)).toBeUndefined();
      for (const { token } of [first, second, third]) expect(await service.ofToken(token)).toBeUndefined();
      expect(revoked).toEqual(['refresh-1']);
      const reused = audit.events.filter(({ action }) => action === 'session.token_reused');
      expect(reused).toEqual([
        {
          actor: 'unknown',
          action: 'session.token_reused',
          object: `session:${first.session.handle}`,
          outcome: 'session_expired',
        },
      ]);
    });

    it('ends an event stream with the session that opened it, even if another session is live', async () => {
      const [first, second] = [await open(), await open()];
      expect(await service.areLive([first.session, second.session])).toBe(true);
      await service.end(second.session);
      expect(await service.areLive([first.session, second.session])).toBe(false);
      expect(await service.areLive([first.session])).toBe(true);
    });

    it('does not treat an event stream opened with the old token as reuse', async () => {
      const { session } = await open();
      const { token } = await service.rotate(session);
      pass(11_000);
      expect(await service.areLive([session])).toBe(false);
      expect(await service.ofToken(token)).toBeDefined();
    });

    it('ends the client’s previous session, and keeps the credential that both use', async () => {
      await credentials.save(aCredential());
      const old = await service.rotate((await open()).session);
      const other = await open();
      const { session } = await open();
      const fresh = await service.rotate(session, old.token);
      expect(await service.ofToken(old.token)).toBeUndefined();
      for (const { token } of [other, fresh]) expect(await service.ofToken(token)).toBeDefined();
      expect(revoked).toEqual([]);
      await service.end(other.session);
      await service.end(fresh.session);
      expect(revoked).toEqual(['refresh-1']);
    });

    it('ignores `replaces` if it is the same token, unknown or malformed', async () => {
      for (const earlier of [undefined, 'x'.repeat(43), 'none']) {
        const { token, session } = await open();
        const fresh = await service.rotate(session, earlier ?? token);
        expect(await service.ofToken(fresh.token)).toBeDefined();
      }
    });

    it('ends nothing if it fails', async () => {
      const [old, { session }] = [await open(), await open()];
      await service.rotate(session);
      await expect(service.rotate(session, old.token)).rejects.toBeInstanceOf(SessionExpiredError);
      expect(await service.ofToken(old.token)).toBeDefined();
    });

    it('lets one of several simultaneous rotations win, so that a stolen token makes no second session', async () => {
      const { session } = await open();
      const outcomes = await Promise.allSettled([1, 2, 3].map(() => service.rotate(session)));
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(SessionExpiredError);
      }
      expect(await sessions.list(session.credentialId)).toHaveLength(1);
    });
  });

  it('ends a session once, with every token it had', async () => {
    const { token, session } = await open();
    const rotated = await service.rotate(session);
    await service.end(rotated.session);
    for (const each of [token, rotated.token]) expect(await service.ofToken(each)).toBeUndefined();
    await expect(service.end(rotated.session)).rejects.toBeInstanceOf(SessionExpiredError);
  });

  it('can repeat the last sign-out when the store fails midway', async () => {
    await credentials.save(aCredential());
    const { session } = await open();
    const account = { sub: '1001', credentialId: 'credential-of-ana' };
    const failures = [
      jest.spyOn(work, 'leave').mockRejectedValueOnce(new StoreUnavailableError()),
      jest.spyOn(sessions, 'end').mockRejectedValueOnce(new StoreUnavailableError()),
    ];
    for (const _ of failures) {
      await expect(service.end(session)).rejects.toBeInstanceOf(StoreUnavailableError);
      expect(await service.active(session)).toHaveLength(1);
    }
    await service.end(session);
    expect(work.left).toContainEqual(account);
  });

  describe('of which no replica confirms the end', () => {
    let session: Session;
    let token: string;

    beforeEach(async () => {
      await credentials.save(aCredential());
      ({ session, token } = await open());
      const end = sessions.end.bind(sessions);
      jest.spyOn(sessions, 'end').mockImplementationOnce(async (ended) => {
        await end(ended);
        throw new StoreUnavailableError();
      });
    });

    it('revokes the credential, and it is recorded', async () => {
      await expect(service.end(session)).rejects.toBeInstanceOf(StoreUnavailableError);
      expect(revoked).toEqual(['refresh-1']);
      expect(audit.events.map(({ action }) => action)).toEqual(['session.ended']);
    });

    it('revokes the credential also if a replaced token ended it', async () => {
      await service.rotate(session);
      await expect(service.end(session)).rejects.toBeInstanceOf(StoreUnavailableError);
      expect(revoked).toEqual(['refresh-1']);
    });

    it('revokes the credential also if a replaced token was used again', async () => {
      await service.rotate(session);
      clock.now += 11_000;
      await expect(service.ofToken(token)).rejects.toBeInstanceOf(StoreUnavailableError);
      expect(revoked).toEqual(['refresh-1']);
      expect(audit.events.map(({ action }) => action)).toEqual(['session.rotated', 'session.token_reused']);
    });
  });

  it('records that the account left when its last two sessions end at the same time', async () => {
    await credentials.save(aCredential());
    const [one, other] = [await open(), await open()];
    await Promise.all([service.end(one.session), service.end(other.session)]);
    expect(work.left.length).toBeGreaterThan(0);
  });

  it('revokes the credential with the last session of the account, unless it should stay', async () => {
    await credentials.save(aCredential());
    const [one, other] = [await open(), await open()];
    const rotated = await service.rotate(one.session);
    await service.end(other.session);
    expect(revoked).toEqual([]);
    expect(work.left).toEqual([]);
    await service.end(rotated.session);
    expect(revoked).toEqual(['refresh-1']);
    expect(work.left).toEqual([{ sub: '1001', credentialId: 'credential-of-ana' }]);
    await credentials.save(aCredential());
    const { session } = await open();
    await service.end(session, true);
    expect(await credentials.find('credential-of-ana')).toBeUndefined();
    expect(revoked).toHaveLength(1);
  });

  describe('of one account', () => {
    async function three(): Promise<[Session, Session, Session]> {
      await credentials.save(aCredential());
      const [mine, other, third] = [await open(), await open(), await open()];
      return [mine.session, other.session, third.session];
    }

    it('are the only ones listed', async () => {
      const mine = await three();
      const stranger = aSession({ credentialId: 'credential-of-bob' });
      await sessions.save(stranger);
      expect(new Set((await service.active(mine[0])).map(({ handle }) => handle))).toEqual(
        new Set(mine.map(({ handle }) => handle)),
      );
      expect((await service.listed(undefined, undefined, 10)).sessions).toHaveLength(4);
    });

    it('can be ended one by one, but not those of others', async () => {
      const [mine, other] = await three();
      const stranger = aSession({ credentialId: 'credential-of-bob' });
      await sessions.save(stranger);
      await service.endOne(mine, other.handle);
      expect(await sessions.find(other.id)).toBeUndefined();
      for (const handle of [other.handle, stranger.handle, other.id, '']) {
        await expect(service.endOne(mine, handle)).rejects.toBeInstanceOf(SessionNotFoundError);
      }
      expect(await sessions.find(stranger.id)).toBeDefined();
      await service.endOne(mine, mine.handle);
      expect(await sessions.find(mine.id)).toBeUndefined();
      expect(audit.events.map(({ action }) => action)).toEqual(['session.ended', 'session.ended']);
    });

    it('can all be ended except the caller’s', async () => {
      const [mine] = await three();
      const { session } = await service.rotate(mine);
      expect(await service.endOthers(session)).toBe(2);
      expect(await service.active(session)).toEqual([session]);
      expect(await service.endOthers(session)).toBe(0);
      expect(work.left).toEqual([]);
      expect(revoked).toEqual([]);
    });

    it('are read as often to end many others as to end one', async () => {
      const [mine] = await three();
      const read = jest.spyOn(sessions, 'list');
      await service.endOthers(mine);
      const few = read.mock.calls.length;
      for (let more = 0; more < 20; more++) await open();
      read.mockClear();
      expect(await service.endOthers(mine)).toBe(20);
      expect(read).toHaveBeenCalledTimes(few);
    });

    it('make the account leave if the caller’s ends at the same time as the others', async () => {
      const [mine] = await three();
      await Promise.all([service.endOthers(mine), service.end(mine)]);
      expect(work.left).toContainEqual({ sub: '1001', credentialId: mine.credentialId });
      expect(revoked).toEqual(['refresh-1']);
    });

    it('are limited: another one ends the one that was used least recently', async () => {
      await credentials.save(aCredential());
      const [used, unused] = [await open('answer'), await open('answer')];
      pass(1_000);
      for (let number = 2; number < MAX_SESSIONS; number++) await open('answer');
      pass(60_000);
      await service.ofToken(used.token);
      const { session } = await open();
      expect(await service.active(session)).toHaveLength(MAX_SESSIONS);
      expect(await service.ofToken(unused.token)).toBeUndefined();
      expect(await service.ofToken(used.token)).toBeDefined();
      const object = `session:${unused.session.handle}`;
      expect(audit.events).toMatchObject([{ action: 'session.ended', object, detail: { surplus: true } }]);
      expect(revoked).toEqual([]);
    });

    it('all end when access is withdrawn, which returns the transfers that stop', async () => {
      const [mine, other] = await three();
      await credentials.claim(mine.credentialId, 'transfer:of-ana', clock.now + HOUR_MS);
      expect(await service.revoke(mine)).toEqual({ sessionsEnded: 3, stopped: ['transfer:of-ana'], isConfirmed: true });
      expect(revoked).toEqual(['refresh-1']);
      expect(work).toMatchObject({ parked: [{ sub: '1001', credentialId: mine.credentialId }], left: [] });
      for (const { id } of [mine, other]) expect(await sessions.find(id)).toBeUndefined();
      expect(audit.events).toEqual([
        {
          actor: { sub: '1001' },
          action: 'access.revoked',
          object: `session:${mine.handle}`,
          outcome: 'done',
          detail: { sessions: 3, transfers: 1, confirmed: true },
        },
      ]);
    });

    it('stop their transfers when access is withdrawn, and it is recorded, although one cannot be ended', async () => {
      const [mine] = await three();
      await credentials.claim(mine.credentialId, 'transfer:of-ana', clock.now + HOUR_MS);
      jest.spyOn(sessions, 'end').mockRejectedValueOnce(new StoreUnavailableError());
      const stop = jest.spyOn(work, 'parkClaimants');
      await expect(service.revoke(mine)).rejects.toBeInstanceOf(StoreUnavailableError);
      expect(stop).toHaveBeenCalledWith(expect.anything(), expect.arrayContaining(['transfer:of-ana']));
      expect(audit.events).toMatchObject([{ action: 'access.revoked', detail: { sessions: 2, transfers: 1 } }]);
    });

    it('have their withdrawal recorded although their transfers cannot be stopped', async () => {
      const [mine] = await three();
      jest.spyOn(work, 'parkClaimants').mockRejectedValueOnce(new StoreUnavailableError());
      await expect(service.revoke(mine)).rejects.toBeInstanceOf(StoreUnavailableError);
      expect(audit.events).toMatchObject([{ action: 'access.revoked', detail: { sessions: 3, transfers: 0 } }]);
    });
  });
});
