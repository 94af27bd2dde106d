import { randomBytes } from 'node:crypto';
import { UnsubscribeTokens } from './unsubscribe-tokens.js';

const aKey = (id: string) => ({ id, key: randomBytes(32) });
const SUBSCRIPTION = { transferId: 'q5Zt0c9hT2uKjH1xV3mW8w', side: 'destination' } as const;

it('opens what it created, also after the first key of the ring changed', () => {
  const [old, current] = [aKey('a'), aKey('b')];
  const token = new UnsubscribeTokens({ credentialsKeys: [old] }).create(SUBSCRIPTION);
  expect(new UnsubscribeTokens({ credentialsKeys: [current, old] }).open(token)).toEqual(SUBSCRIPTION);
  expect(new UnsubscribeTokens({ credentialsKeys: [current] }).open(token)).toBeUndefined();
});

it('reveals neither transfer nor side, and differs from mail to mail', () => {
  const tokens = new UnsubscribeTokens({ credentialsKeys: [aKey('a')] });
  const [one, two] = [tokens.create(SUBSCRIPTION), tokens.create(SUBSCRIPTION)];
  expect(one).not.toBe(two);
  expect(one).toMatch(/^[\w-]+$/);
  const bytes = Buffer.from(one, 'base64url').toString('latin1');
  expect(bytes).not.toContain(SUBSCRIPTION.transferId);
  expect(bytes).not.toContain(SUBSCRIPTION.side);
});

it('refuses what was changed, and what is no token', () => {
  const tokens = new UnsubscribeTokens({ credentialsKeys: [aKey('a')] });
  const token = tokens.create(SUBSCRIPTION);
  const changed = `${token.slice(0, 20)}${token[20] === 'A' ? 'B' : 'A'}${token.slice(21)}`;
  for (const bad of [changed, token.slice(1), '', 'x', '../..', SUBSCRIPTION.transferId, 'é'.repeat(100)])
    expect(tokens.open(bad)).toBeUndefined();
});
