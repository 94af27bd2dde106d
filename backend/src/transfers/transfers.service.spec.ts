import type { CommandedBy } from '../engine/ports/ledger/log.js';
import { aParty, aPlan, callersOf } from '../../test/support/builders.js';
import { aKeeper } from '../../test/support/credential-keeper.js';
import { InMemoryLedger } from '../../test/support/in-memory-ledger.js';
import { anOrder } from '../../test/support/run-transfer.js';
import { sharingOptions } from '../../test/support/sharing.js';
import { aFile } from '../../test/support/started-transfer.js';
import { TransferClaims } from './transfer-claims.js';
import { TransferCommands } from './transfer-commands.js';
import { TransferLookup } from './transfer-lookup.js';
import { TransfersService } from './transfers.service.js';

/** For dependencies that these tests do not use. */
const nobody = undefined as never;
/** Always has a free place. */
const limits = { inPlace: (_order: unknown, open: () => Promise<void>) => open() } as never;
const both = callersOf('ana', 'ben');

it('does not carry sharing over where shortcuts are followed into folders that others can open', async () => {
  const [ana, ben] = both.sessions;
  const request = {
    items: ['a'],
    target: { folderId: 'root' },
    mode: 'copy',
    conflict: 'keepBoth',
    shortcuts: 'follow',
    allowConversion: false,
    sharing: { options: sharingOptions(), people: [] },
  } as const;

  const service = new TransfersService(nobody, nobody, nobody, nobody, nobody, nobody, nobody, nobody);
  await expect(service.create({ ...request, items: ['a'] }, ana!, ben!)).rejects.toMatchObject({
    code: 'invalid_request',
    errors: [{ parameter: 'shortcuts' }],
  });
});

describe('start', () => {
  it('of a preflight executes the command once, and returns even if the transfer ends at once', async () => {
    const ledger = new InMemoryLedger({ ...anOrder(aParty('ana'), aParty('ben'), ['a']), held: true });
    const plan = (await ledger.restartPlan())!;
    await ledger.append([aFile(0)], plan);
    await ledger.storeFacts({ plan: aPlan() });
    await ledger.completePlan(plan);
    const steps: string[] = [];
    const queue = {
      next: async (_order: unknown, state: string) => {
        steps.push(state);
        await ledger.advance(['running'], 'completed');
      },
    };
    const store = {
      find: async () => ledger,
      start: async (_id: string, by: CommandedBy) => ledger.advance(['ready'], 'running', { by }),
    };
    const lookup = new TransferLookup(store as never, nobody);
    const commands = new TransferCommands(store as never, queue as never, limits, new TransferClaims(aKeeper()));
    const starting = new TransfersService(store as never, lookup, nobody, limits, commands, nobody, nobody, nobody);
    expect(await starting.start(ledger.order.id, both, true)).toMatchObject({ id: ledger.order.id });
    expect(steps).toEqual(['running']);
    // A client that lost the response repeats the command: it gets the transfer, or the command comes too late.
    expect(await starting.start(ledger.order.id, both)).toMatchObject({ id: ledger.order.id });
    await expect(starting.start(ledger.order.id, both, true)).rejects.toMatchObject({ code: 'transfer_state' });
    expect(steps).toEqual(['running']);
  });
});
