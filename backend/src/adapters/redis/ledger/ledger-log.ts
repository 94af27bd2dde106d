import type { Side } from '../../../engine/errors.js';
import type { TimelineStep } from '../../../engine/model/conclusion.js';
import { itemCodeOf } from '../../../engine/model/reasons.js';
import type { TransferState } from '../../../engine/model/states.js';
import type { LedgerEvent, LedgerLog } from '../../../engine/ports/ledger/log.js';
import { oneOf, script } from '../lua.js';
import type { LedgerContext } from './ledger-context.js';
import { problemIn, resumeAtOf } from './ledger-summary.js';
import { KEEP, NOTE } from './lua-parts.js';

export const LOG_SCRIPTS = {
  noteStep: script('cmNoteStep', {
    keys: ['main', 'log'],
    args: { step: 'text' },
    parts: [KEEP, NOTE],
    reply: oneOf('gone', 'noted'),
    lua: `
if redis.call('HEXISTS', main, 'state') == 0 then return gone end
note('kind', 'step', 'step', step)
keep(log)
return noted`,
  }),
};

export class RedisLedgerLog implements LedgerLog {
  constructor(private readonly ledger: LedgerContext) {}

  async events(): Promise<LedgerEvent[]> {
    const entries = await this.ledger.redis.xrange(this.ledger.keys.log, '-', '+');
    return entries.map(([id, fields]) => eventOf(id, fields));
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
  const entry = new Map<string, string>();
  for (let index = 0; index < fields.length; index += 2) entry.set(fields[index]!, fields[index + 1]!);
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
    ...(entry.has('resumeAt') && { resumeAt: resumeAtOf(get('resumeAt')!, at) }),
  };
}
