import { TERMINAL_STATES } from '../../../engine/model/states.js';
import type { Schedule } from '../../../engine/model/schedule.js';
import type { CommandedBy } from '../../../engine/ports/ledger/log.js';
import type { LedgerSchedule } from '../../../engine/ports/ledger/schedule.js';
import { keys } from '../keys.js';
import { oneOf, script } from '../lua.js';
import type { LedgerContext } from './ledger-context.js';
import { EVERY_KEY, KEPT_SECONDS } from './ledger-keys.js';
import { CHANGE, isAmong, KEEP, NOTE } from './lua-parts.js';

/** The commands in the log. */
const COMMANDS = { paused: 'pause_schedule', ended: '', removed: 'remove_schedule' } as const;

export const SCHEDULE_SCRIPTS = {
  /** `content`: the schedule as JSON; `next`: when its first run is due (empty: never); `by`: sides, joined by commas. */
  set: script('cmSetSchedule', {
    keys: EVERY_KEY,
    args: { content: 'text', next: 'text', now: 'text', by: 'text' },
    parts: [KEEP, NOTE],
    reply: oneOf('refused', 'done'),
    lua: `
local state = redis.call('HGET', main, 'state')
if not state then return refused end
for _, side in ipairs({ 'source', 'destination' }) do
  if redis.call('HEXISTS', main, 'withdrawn:' .. side) == 1 then return refused end
end
local ended = ${isAmong('state', TERMINAL_STATES)}
for side in string.gmatch(by, '%a+') do
  if ended then
    redis.call('HDEL', main, 'unconfirmed:' .. side)
    redis.call('HSET', main, 'consented:' .. side, now)
  end
end
redis.call('HDEL', main, 'nextRun', 'schedulePaused')
redis.call('HSET', main, 'schedule', content)
if next ~= '' then redis.call('HSET', main, 'nextRun', next) end
note('kind', 'schedule', 'command', 'schedule', 'by', by)
keep(log)
for _, key in ipairs(KEYS) do
  if redis.call('HEXISTS', main, 'held') == 0 then redis.call('EXPIRE', key, ${KEPT_SECONDS}) end
end
${CHANGE}
return done`,
  }),
  /** `how`: `paused`, `ended` or `removed`; `command`, `by`: for the log (empty: nobody commanded it). */
  stop: script('cmStopSchedule', {
    keys: ['main', 'log'],
    args: { how: 'text', command: 'text', by: 'text' },
    parts: [KEEP, NOTE],
    reply: oneOf('unchanged', 'done'),
    lua: `
if redis.call('HEXISTS', main, 'schedule') == 0 then return unchanged end
local stopped = redis.call('HDEL', main, 'nextRun')
if how == 'removed' then
  redis.call('HDEL', main, 'schedule', 'schedulePaused', 'lastRun', 'run', 'runNow')
elseif stopped == 0 then return unchanged
elseif how == 'paused' then redis.call('HSET', main, 'schedulePaused', 1) end
if by ~= '' then
  note('kind', 'schedule', 'command', command, 'by', by)
  keep(log)
end
${CHANGE}
return done`,
  }),
};

/** The schedule of a transfer: fields of the main hash. A due run is claimed by `advance`, with the state. */
export class RedisLedgerSchedule implements LedgerSchedule {
  constructor(private readonly ledger: LedgerContext) {}

  async setSchedule(schedule: Schedule, nextRunAt: number | undefined, by: CommandedBy): Promise<boolean> {
    // Before and after, as where a transfer reopens: the maintenance job may remove it meanwhile.
    await this.ledger.listAsOpen();
    const { redis, order } = this.ledger;
    await redis.zadd(keys.scheduledTransfers(), order.createdAt, order.id);
    const done = await this.ledger.commit(SCHEDULE_SCRIPTS.set, {
      ...{ content: JSON.stringify(schedule), next: nextRunAt ?? '', now: Date.now(), by: by.sides.join() },
    });
    if (done === 'done') await this.ledger.listAsOpen();
    return done === 'done';
  }

  async stopSchedule(how: 'paused' | 'ended' | 'removed', by?: CommandedBy): Promise<void> {
    await this.ledger.commit(SCHEDULE_SCRIPTS.stop, { how, command: COMMANDS[how], by: by?.sides.join() ?? '' });
  }
}
