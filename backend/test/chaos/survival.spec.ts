import { jest } from '@jest/globals';
import type { Scenario } from '../../chaos/scenario.js';
import {
  apiKilled,
  documentsLimit,
  gracefulStop,
  faulty,
  jobTakenTwice,
  killedAt,
  killedBeforeIndexed,
  queueLostBeforeStart,
  POINTS,
  powerLoss,
  sharedFolderTwice,
  presumedDead,
} from '../../chaos/scenarios.js';
import { killedInRun, RUN_POINTS } from '../../chaos/sharing-runs.js';
import { TINY } from '../../chaos/source-data.js';
import { ChaosEnvironment } from '../../chaos/environment.js';

/**
 * A part of `npm run chaos`: real processes, a real Redis, and the sandbox, whose own list of both accounts decides.
 * To repeat a failure, use the scenario's name and the seed in the test's name.
 */

// Eight environments start one after the other, which takes minutes on a busy machine.
jest.setTimeout(900_000);

/** A scenario with the seed that decides where exactly the fault is injected. */
type Run = readonly [scenario: Scenario, seed: number];

const KILLS = [
  'after list',
  'after folder',
  'after permission create',
  'before copy',
  'after copy',
  'after multipart',
  'during upload chunk',
  'after shortcut',
  'after trash',
  'after permission delete',
  'before the ledger stores ids',
  'after the ledger stores shares',
  'after the ledger stores states',
  'after grant',
  'before restrict',
  'after the ledger stores access of copies',
  'after document write',
  'before the ledger stores links of copies',
];

const whileUpdating = RUN_POINTS.find(
  ({ run, what, when }) => run === 'update' && what === 'permission change' && when === 'after',
)!;

/** With even seeds the requests are counted, too. */
const kills = KILLS.map((name, index): Run => {
  const point = POINTS.find((each) => each.name === name);
  if (!point) throw new Error(`There is no point "${name}".`);
  return [killedAt(point), 10 + index];
});

const named = (runs: readonly Run[]) =>
  runs.map(([scenario, seed]) => [`${scenario.name} (seed ${seed})`, scenario, seed] as const);

/** Settles once the environment that was started last has started. */
let started: Promise<unknown> = Promise.resolve();

/**
 * Starts an environment once the others have started: eight at the same time are forty processes that load the product,
 * and on a slow machine the last of them is ready after a minute.
 */
function startInTurn(scenario: Scenario): Promise<ChaosEnvironment> {
  const environment = started.then(() => ChaosEnvironment.start(scenario));
  started = environment.catch(() => undefined);
  return environment;
}

/** Runs a scenario in its own environment. */
async function runAlone([scenario, seed]: Run): Promise<void> {
  const environment = await startInTurn(scenario);
  try {
    await scenario.run(environment, seed);
  } finally {
    await environment.close();
  }
}

/** The error after a power loss if the product does not wait for the disk; empty if none of four runs fails. */
async function errorWithoutWaiting(): Promise<string> {
  const scenario = powerLoss({ CLOUDMOVER_WAITAOF: 'off' });
  for (let seed = 0; seed < 4; seed++) {
    const error = await runAlone([scenario, seed]).then(() => '', String);
    if (error) return error;
  }
  return '';
}

describe('a transfer survives', () => {
  // These mostly wait (for the disk, between retries, for a heartbeat), so they run at the same time, each in its own
  // environment.
  describe('in parallel environments', () => {
    const runs: readonly Run[] = [
      [queueLostBeforeStart, 1],
      [killedBeforeIndexed, 3],
      [faulty(TINY, 'copy'), 2],
      [powerLoss(), 0],
      [powerLoss(), 6],
      [jobTakenTwice, 1],
      [presumedDead, 1],
    ];
    let outcomes: readonly Promise<void>[];
    let unprotected: Promise<string>;
    beforeAll(() => {
      outcomes = runs.map(runAlone);
      for (const outcome of outcomes) outcome.catch(() => undefined); // reported by its own test
      unprotected = errorWithoutWaiting();
    });
    afterAll(() => Promise.allSettled([...outcomes, unprotected]));

    it.each(runs.map(([{ name }, seed], index) => [`${name} (seed ${seed})`, index] as const))(
      '%s',
      async (_name, index) => {
        await outcomes[index];
      },
    );

    it('depends on waiting for the disk: without it, something is duplicated or stays shared', async () => {
      expect(await unprotected).toMatch(/made 2 times|too many of|has other permissions than before/);
    });
  });

  describe('in one environment', () => {
    let environment: ChaosEnvironment;
    beforeAll(async () => {
      environment = await ChaosEnvironment.start();
    });
    afterAll(() => environment?.close());
    afterEach(() => environment.restoreDefaults());

    const runs: readonly Run[] = [
      ...kills,
      [apiKilled, 3],
      [sharedFolderTwice, 1],
      [gracefulStop, 2],
      [documentsLimit, 1],
      [killedInRun(whileUpdating), 1],
    ];
    it.each(named(runs))('%s', (_name, scenario, seed) => scenario.run(environment, seed));
  });
});
