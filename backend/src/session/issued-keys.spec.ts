import { jest } from '@jest/globals';
import { InMemoryAuditLog } from '../../test/support/in-memory-audit.js';
import { InMemoryIdempotencyStore, InMemoryIssuedKeyStore } from '../../test/support/in-memory-stores.js';
import type { Config } from '../config/config.js';
import { Idempotency } from '../http/idempotency.js';
import { IssuedKeys } from './issued-keys.js';

const HOUR_MS = 3600_000;
const DAY_MS = 24 * HOUR_MS;

describe('IssuedKeys', () => {
  let store: InMemoryIssuedKeyStore;
  let audit: InMemoryAuditLog;
  const withOperatorKey = (operatorKey: string) =>
    new IssuedKeys(store, audit, { operatorKey } as Config['general'], new Idempotency(new InMemoryIdempotencyStore()));
  let keys: IssuedKeys;
  beforeEach(() => {
    jest.useFakeTimers({ now: 1_800_000_000_000 });
    store = new InMemoryIssuedKeyStore();
    audit = new InMemoryAuditLog();
    keys = withOperatorKey('o'.repeat(32));
  });
  afterEach(() => jest.useRealTimers());

  const after = (ms: number) => jest.setSystemTime(Date.now() + ms);
  const isValid = async (text: unknown) => (await keys.ofText(text)) !== undefined;

  it('finds a key by its text alone, and stores only a digest', async () => {
    const { text, key } = await keys.createMachineKey({ name: 'Nightly import', scopes: ['audit'], expiresInDays: 90 });
    const { text: token, key: session } = await keys.openSession({ browser: 'Firefox' });
    expect(text).toMatch(new RegExp(`^cmk_${key.id}\\.[\\w-]{43}$`));
    expect(token).toMatch(new RegExp(`^cmo_${session.id}\\.[\\w-]{43}$`));
    expect(await keys.ofText(text)).toMatchObject({ kind: 'machine', id: key.id, scopes: ['audit'] });
    expect(await keys.ofText(token)).toMatchObject({ kind: 'session', id: session.id });
    const [secret] = text.split('.').slice(1);
    expect(JSON.stringify([await store.list('machine'), audit.events])).not.toContain(secret);
    const others = [text.slice(0, -1), `${text}x`, text.replace('cmk_', 'cmo_'), token.replace('cmo_', 'cmk_')];
    for (const other of [
      ...others,
      `${text.slice(0, -1)}${text.endsWith('A') ? 'B' : 'A'}`,
      key.id,
      '',
      undefined,
      [text],
    ])
      expect(await isValid(other)).toBe(false);
  });

  it('ends a session after 8 hours without use, and after 7 days at the latest', async () => {
    const { text: unused } = await keys.openSession({});
    const { text: used } = await keys.openSession({});
    after(8 * HOUR_MS - 1);
    expect(await isValid(used)).toBe(true);
    after(1);
    expect([await isValid(unused), await isValid(used)]).toEqual([false, true]);
    expect(await keys.sessions()).toHaveLength(1);
    for (let hours = 8; hours < 7 * 24 - 7; hours += 7) {
      after(7 * HOUR_MS);
      expect(await isValid(used)).toBe(true);
    }
    after(7 * HOUR_MS);
    expect(await isValid(used)).toBe(false);
  });

  it('ends sessions with the operator key that opened them, but not machine keys', async () => {
    const { text: token } = await keys.openSession({});
    const { text } = await keys.createMachineKey({ name: 'It', scopes: ['audit'], expiresInDays: 1 });
    keys = withOperatorKey('p'.repeat(32));
    expect([await isValid(token), await isValid(text)]).toEqual([false, true]);
  });

  it('ends a machine key at its expiry, used or not, and lists it for another 30 days', async () => {
    const { text, key } = await keys.createMachineKey({ name: 'It', scopes: ['audit'], expiresInDays: 2 });
    after(2 * DAY_MS - 1);
    expect(await isValid(text)).toBe(true);
    after(1);
    expect(await isValid(text)).toBe(false);
    expect(await keys.machineKeys()).toMatchObject([{ id: key.id }]);
    after(30 * DAY_MS);
    expect(await keys.machineKeys()).toEqual([]);
  });

  it('stores a use once a minute', async () => {
    const touched = jest.spyOn(store, 'touch');
    const { text } = await keys.createMachineKey({ name: 'It', scopes: ['audit'], expiresInDays: 1 });
    for (let i = 0; i < 5; i++) await keys.ofText(text);
    expect(touched).toHaveBeenCalledTimes(1);
    const usedAt = Date.now();
    expect(await keys.machineKeys()).toMatchObject([{ lastUsedAt: usedAt }]);
    after(60_001);
    await keys.ofText(text);
    expect(touched).toHaveBeenCalledTimes(2);
  });

  it('limits the number of keys; a further session ends the one that was used least recently', async () => {
    for (let i = 0; i < 100; i++)
      await keys.createMachineKey({ name: `Program ${i}`, scopes: ['audit'], expiresInDays: 1 });
    await expect(keys.createMachineKey({ name: 'Another', scopes: ['audit'], expiresInDays: 1 })).rejects.toMatchObject(
      { code: 'too_many_keys' },
    );
    const first = await keys.openSession({});
    after(1);
    const second = await keys.openSession({});
    after(1);
    for (let i = 2; i < 50; i++) await keys.openSession({});
    after(1);
    await keys.ofText(first.text);
    await keys.openSession({});
    expect([await isValid(first.text), await isValid(second.text)]).toEqual([true, false]);
    expect(await keys.sessions()).toHaveLength(50);
  });

  it('keeps to the number of keys and sessions that are opened at the same time', async () => {
    const created = await Promise.allSettled(
      Array.from({ length: 110 }, () => keys.createMachineKey({ name: 'It', scopes: ['audit'], expiresInDays: 1 })),
    );
    expect(created.filter(({ status }) => status === 'fulfilled')).toHaveLength(100);
    expect(await keys.machineKeys()).toHaveLength(100);
    await Promise.all(Array.from({ length: 60 }, () => keys.openSession({})));
    expect(await keys.sessions()).toHaveLength(50);
    expect(audit.events).toHaveLength(160);
  });

  it('ends a key once', async () => {
    const { text, key } = await keys.createMachineKey({ name: 'It', scopes: ['audit', 'analytics'], expiresInDays: 1 });
    await keys.endMachineKey(key.id);
    expect(await isValid(text)).toBe(false);
    await expect(keys.endMachineKey(key.id)).rejects.toMatchObject({ code: 'key_not_found' });
    expect(audit.events.map(({ action, object }) => `${action} ${object}`)).toEqual([
      `key.created key:${key.id}`,
      `key.ended key:${key.id}`,
    ]);
  });
});
