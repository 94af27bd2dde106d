import type { Config } from '../../config/config.js';
import { askRedis } from './ask-redis.js';
import { keys } from './keys.js';
import { defineScripts, plain, run, script } from './lua.js';
import { checkRedis, type RedisFinding } from './redis-checks.js';
import { RedisConnections } from './redis-connections.js';

/**
 * The version of the format in which this version of CloudMover stores everything in Redis. It rises only when a
 * version writes what the minor version before cannot read (docs/operations.md, "Upgrades").
 */
export const STORED_FORMAT = 1;

/** Returns the format that is stored, 0 if none is, and records ours if it is newer. Changes nothing else. */
const OPEN_FORMAT = script('cmFormat', {
  keys: ['format'],
  args: { ours: 'number' },
  reply: plain<number>(),
  lua: `
local found = tonumber(redis.call('GET', format) or '0')
if found < ours then redis.call('SET', format, ours) end
return found`,
});

/**
 * Checks Redis before a process opens anything else there: its settings, and that this version can read what is stored.
 * Writes only the version of the format, and nothing if there is a refusal.
 * @returns a line for each problem with its fix, never a secret; `refusals` prevent the start, `remarks` are worth
 *   knowing
 * @throws the error of ioredis if Redis stops responding meanwhile, after half a minute
 */
export async function prepareRedis({
  redis: settings,
  general: { production },
}: Pick<Config, 'redis' | 'general'>): Promise<{ refusals: string[]; remarks: string[] }> {
  const findings = await checkRedis(settings, { ask: askRedis, production });
  const textsOf = (wanted: RedisFinding['level']) =>
    findings.filter(({ level }) => level === wanted).map(({ text }) => text);
  const [refusals, remarks] = [textsOf('bad'), textsOf('note')];
  if (refusals.length > 0) return { refusals, remarks };
  const newer = await newerFormat(settings);
  return { refusals: newer === undefined ? [] : [newer], remarks };
}

/** How long Redis may take until it has returned the version (ms); a machine that starts is busy. */
const PATIENCE_MS = 30_000;

/** Why this version must not use what is stored; undefined if it can. */
async function newerFormat(settings: Config['redis']): Promise<string | undefined> {
  const connections = new RedisConnections(settings);
  // Like a queue's, because the commands of stores fail after a second without a connection.
  const client = connections.forQueues();
  const timer = setTimeout(() => connections.close(), PATIENCE_MS);
  try {
    defineScripts(client, [OPEN_FORMAT]);
    const found = await run(client, OPEN_FORMAT, { format: keys.format() }, { ours: STORED_FORMAT });
    if (found <= STORED_FORMAT) return undefined;
    return (
      `Redis contains data of a newer version of CloudMover (format ${found}; this version reads up to ${STORED_FORMAT}). ` +
      'Nothing was changed. Start the newer version again, or restore a backup from before the update.'
    );
  } finally {
    clearTimeout(timer);
    connections.close();
  }
}
