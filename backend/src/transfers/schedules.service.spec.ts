import { callersOf, plannedFiles } from '../../test/support/builders.js';
import type { InMemoryLedger } from '../../test/support/in-memory-ledger.js';
import { aFile, aStartedTransfer } from '../../test/support/started-transfer.js';
import type { CredentialKeeper } from '../session/credentials.port.js';
import type { ScheduleChangeDto } from './schedule.dto.js';
import { SchedulesService } from './schedules.service.js';
import { TransferClaims } from './transfer-claims.js';
import { TransferCommands } from './transfer-commands.js';

const DAILY = { every: 'P1D', timezone: 'UTC' };
const both = callersOf('ana', 'ben');
/** For dependencies that these tests do not use. */
const nobody = undefined as never;

/** The service for one transfer that is completed, and the credentials that are claimed. */
async function aService() {
  const ledger = await aStartedTransfer(plannedFiles(1));
  await ledger.settle(aFile(0), 'verified', { destinationId: 'copy', way: 'server_copy' });
  await ledger.advance(['running'], 'completed');
  const held = new Set<string>();
  const claims = new TransferClaims({ claim: async (id: string) => void held.add(id) } as unknown as CredentialKeeper);
  const queue = { schedule: async () => undefined, unschedule: async () => undefined } as never;
  const commands = new TransferCommands(nobody, queue, nobody, claims);
  const service = new SchedulesService({ find: async () => ledger } as never, commands, claims, queue);
  const set = (changes: ScheduleChangeDto = DAILY, now = Date.now()) =>
    service.set(ledger.order.id, both, changes, now);
  return { ledger, held, set };
}

describe('setting a schedule', () => {
  it('is refused while an undo runs or waits', async () => {
    const { ledger, set } = await aService();
    await ledger.advance(['completed'], 'undoing');
    await expect(set()).rejects.toMatchObject({ code: 'transfer_state' });
    await ledger.park('waiting_quota', { resumeAt: Date.now() + 60_000 });
    await expect(set()).rejects.toMatchObject({ code: 'transfer_state' });
  });

  it('claims the credentials again if the maintenance job released them before it was stored', async () => {
    const { ledger, held, set } = await aService();
    const setSchedule = ledger.setSchedule.bind(ledger);
    ledger.setSchedule = (...change: Parameters<InMemoryLedger['setSchedule']>) => {
      held.clear();
      return setSchedule(...change);
    };
    expect(await set()).toMatchObject({ state: 'active' });
    expect(held).toEqual(new Set([ledger.order.source.credentialId, ledger.order.destination.credentialId]));
  });

  it('keeps the next run where only the hours or the end change, and moves it with the times of the runs', async () => {
    const { set } = await aService();
    const today = Date.now();
    const atHour = (hour: number) => today + hour * 3_600_000;
    const timeAt = (hour: number) => new Date(atHour(hour)).toISOString();
    const nextRunAfter = async (changes: object, hour: number) =>
      (await set({ ...DAILY, ...changes }, atHour(hour))).nextRunAt;
    const first = timeAt(24);
    expect(await nextRunAfter({}, 0)).toBe(first);
    expect(await nextRunAfter({ hours: { from: '20:00', to: '06:00' } }, 5)).toBe(first);
    expect(await nextRunAfter({ until: timeAt(100) }, 6)).toBe(first);
    // Within an interval from now, but after the run that it keeps.
    expect(await nextRunAfter({ until: timeAt(25) }, 6)).toBe(first);
    await expect(nextRunAfter({ until: timeAt(23) }, 6)).rejects.toMatchObject({ code: 'invalid_request' });
    // Due, and waiting for a free place.
    expect(await nextRunAfter({}, 30)).toBe(first);
    expect(await nextRunAfter({ every: 'PT12H' }, 7)).toBe(timeAt(7 + 12));
    expect(await nextRunAfter({ every: 'PT12H', timezone: 'Europe/Berlin' }, 8)).toBe(timeAt(8 + 12));
  });
});
