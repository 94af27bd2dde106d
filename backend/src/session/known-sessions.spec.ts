import { jest } from '@jest/globals';
import { aSession } from '../../test/support/builders.js';
import { BELIEVED_MS, KnownSessions } from './known-sessions.js';

describe('sessions that were just found', () => {
  let now: number;
  let known: KnownSessions;
  beforeEach(() => {
    now = 1_800_000_000_000;
    jest.spyOn(Date, 'now').mockImplementation(() => now);
    known = new KnownSessions();
  });
  afterEach(() => jest.restoreAllMocks());

  it('are believed for less than half a second, however often they are used', () => {
    const session = aSession();
    known.keep(session, known.era);
    for (const _ of [1, 2, 3]) {
      expect(known.of(session.id)).toMatchObject({ handle: session.handle });
      known.noteUse(session.id, now);
      now += BELIEVED_MS / 4;
    }
    now += BELIEVED_MS / 4 - 1;
    expect(known.of(session.id)).toMatchObject({ lastUsedAt: expect.any(Number) as number });
    now += 1;
    expect(known.of(session.id)).toBeUndefined();
    expect(BELIEVED_MS).toBeLessThan(500);
  });

  it('are believed no longer than they live, nor when the clock was set back', () => {
    const short = aSession({ expiresAt: now + 10 });
    const other = aSession();
    for (const each of [short, other]) known.keep(each, known.era);
    now += 10;
    expect(known.of(short.id)).toBeUndefined();
    expect(known.of(other.id)).toBeDefined();
    now -= 60_000;
    expect(known.of(other.id)).toBeUndefined();
  });

  it('are forgotten when one is ended, also those that were being looked up just then', () => {
    const [found, underWay] = [aSession(), aSession()];
    known.keep(found, known.era);
    const { era } = known;
    known.forget();
    known.keep(underWay, era);
    expect([known.of(found.id), known.of(underWay.id)]).toEqual([undefined, undefined]);
  });

  it('take a bounded space', () => {
    const first = aSession();
    known.keep(first, known.era);
    for (let i = 0; i < 1_000; i++) known.keep(aSession(), known.era);
    expect(known.of(first.id)).toBeUndefined();
  });
});
