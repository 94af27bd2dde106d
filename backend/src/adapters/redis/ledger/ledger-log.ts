import type { Side } from '../../../engine/errors.js';
import type { TimelineStep } from '../../../engine/model/conclusion.js';
import { itemCodeOf } from '../../../engine/model/reasons.js';
import type { TransferState } from '../../../engine/model/states.js';
import type { LedgerEvent, LedgerLog, UnannouncedState } from '../../../engine/ports/ledger/log.js';
import { oneOf, plain, script } from '../lua.js';
import type { LedgerContext } from './ledger-context.js';
import { problemIn, resumeAtOf } from './ledger-summary.js';
import { CHANGE, IS_GONE, KEEP, NOTE } from './lua-parts.js';

export const LOG_SCRIPTS = {
  noteStep: script('cmNoteStep', {
    keys: ['main', 'log'],
    args: { step: 'text' },
    parts: [KEEP, NOTE],
    reply: oneOf('gone', 'noted'),
    lua: `
if ${IS_GONE} then return gone end
redis.call('HSET', main, 'step', step)
${CHANGE}
note('kind', 'step', 'step', step)
keep(log)
return noted`,
  }),
  /** Returns the entries since the last one that was announced, as XRANGE does. */
  unannounced: script('cmUnannounced', {
    keys: ['main', 'log'],
    reply: plain<[id: string, fields: string[]][]>(),
    lua: `
local last = redis.call('HGET', main, 'announced')
return redis.call('XRANGE', log, last and '(' .. last or '-', '+')`,
  }),
  /** Both parts of an entry's id are numbers. */
  announced: script('cmAnnounced', {
    keys: ['main'],
    args: { id: 'text' },
    reply: oneOf('done'),
    lua: `
local function parts(text)
  local ms, seq = string.match(text, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(seq)
end
if ${IS_GONE} then return done end
local ms, seq = parts(id)
local last_ms, last_seq = parts(redis.call('HGET', main, 'announced') or '0-0')
if ms > last_ms or (ms == last_ms and seq > last_seq) then redis.call('HSET', main, 'announced', id) end
return done`,
  }),
};

export class RedisLedgerLog implements LedgerLog {
  constructor(private readonly ledger: LedgerContext) {}

  async events(): Promise<LedgerEvent[]> {
    const entries = await this.ledger.redis.xrange(this.ledger.keys.log, '-', '+');
    return entries.map(([id, fields]) => eventOf(id, fields));
  }

  async unannounced(): Promise<UnannouncedState[]> {
    const entries = await this.ledger.run(LOG_SCRIPTS.unannounced, {});
    return entries.flatMap(([id, fields]) => {
      const { at, kind, state, changed } = eventOf(id, fields);
      if (kind !== 'state' || !state) return [];
      return [{ id, at, state, held: mapOf(fields).has('held'), ...(changed !== undefined && { changed }) }];
    });
  }

  async announced(id: string): Promise<void> {
    await this.ledger.run(LOG_SCRIPTS.announced, { id });
  }

  async noteStep(step: TimelineStep): Promise<void> {
    await this.ledger.run(LOG_SCRIPTS.noteStep, { step });
  }
}

/**
 * Reads an entry of the log. Its id begins with its time; a `state` entry has the fields that were written with the
 * state.
 */
function eventOf(id: string, fields: readonly string[]): LedgerEvent {
  const entry = mapOf(fields);
  const get = (field: string) => entry.get(field);
  const at = Number(id.split('-', 1)[0]);
  const problem = entry.has('problem') ? problemIn(get('problem')!) : undefined;
  const code = entry.has('code') ? itemCodeOf(get('code')) : problem?.code;
  const side = (get('parkedSide') ?? get('side')) as Side | undefined;
  return {
    at,
    kind: (get('kind') ?? 'state') as LedgerEvent['kind'],
    ...(entry.has('step') && { step: get('step') as TimelineStep }),
    ...(entry.has('state') && { state: get('state') as TransferState }),
    ...(entry.has('command') && {
      by: { command: get('command')!, sides: (get('by') ?? '').split(',') as Side[] },
    }),
    ...(code !== undefined && { code }),
    ...(problem && { detail: problem.detail }),
    ...(side && { side }),
    ...(['sharing', 'units', 'hours'] as const).flatMap((limit) => (entry.has(`${limit}Limit`) ? [{ limit }] : []))[0],
    ...(entry.has('changed') && { changed: Number(get('changed')) }),
    ...(entry.has('resumeAt') && { resumeAt: resumeAtOf(get('resumeAt')!, at) }),
  };
}

function mapOf(fields: readonly string[]): ReadonlyMap<string, string> {
  const entry = new Map<string, string>();
  for (let index = 0; index < fields.length; index += 2) entry.set(fields[index]!, fields[index + 1]!);
  return entry;
}
