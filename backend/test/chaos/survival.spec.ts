import {
  apiKilled,
  askedToStop,
  faulty,
  handedTwice,
  killedAt,
  orderLost,
  POINTS,
  powerLoss,
  type Scenario,
  sideBySide,
  takenForDead,
} from '../../chaos/scenarios.js';
import { TINY } from '../../chaos/source-data.js';
import { World } from '../../chaos/world.js';

/**
 * The short set of what `npm run chaos` does at length: real processes, a real Redis, and the sandbox, whose own list of
 * what is in both accounts is the judge. A failure is run again by the name and the seed in the test's name.
 */

/** A scenario with the seed that decides where exactly it strikes. */
type Run = readonly [scenario: Scenario, seed: number];

const KILLS = [
  'after list',
  'after folder',
  'after permission create',
  'before copy',
  'after copy',
  'after multipart',
  'amid upload chunk',
  'after shortcut',
  'after trash',
  'after permission delete',
  'before the ledger notes ids',
  'after the ledger notes grants',
  'after the ledger notes states',
  'after grant',
  'before restrict',
  'after the ledger notes access of copies',
];

/** Even seeds count the requests too. */
const kills = KILLS.map((name, index): Run => {
  const point = POINTS.find((each) => each.name === name);
  if (!point) throw new Error(`There is no point "${name}".`);
  return [killedAt(point), 10 + index];
});

const named = (runs: readonly Run[]) =>
  runs.map(([scenario, seed]) => [`${scenario.name} (seed ${seed})`, scenario, seed] as const);

/** Runs a scenario in a world of its own. */
async function runAlone([scenario, seed]: Run): Promise<void> {
  const world = await World.start(scenario);
  try {
    await scenario.run(world, seed);
  } finally {
    await world.close();
  }
}

/** What a loss of power does to a product that does not wait for the disk; nothing, if it does no harm. */
async function harmWithoutTheDisk(): Promise<string> {
  const scenario = powerLoss({ CLOUDMOVER_WAITAOF: 'off' });
  for (let seed = 0; seed < 4; seed++) {
    const harm = await runAlone([scenario, seed]).then(() => '', String);
    if (harm) return harm;
  }
  return '';
}

describe('a transfer survives', () => {
  // These wait more than they work (for the disk, for pauses between tries, for a watch): they run at the same time,
  // each in a world of its own.
  describe('in parallel environments', () => {
    const runs: readonly Run[] = [
      [orderLost, 1],
      [faulty(TINY, 'copy'), 2],
      [powerLoss(), 0],
      [powerLoss(), 6],
      [handedTwice, 1],
      [takenForDead, 1],
    ];
    let outcomes: readonly Promise<void>[];
    let harm: Promise<string>;
    beforeAll(() => {
      outcomes = runs.map(runAlone);
      for (const outcome of outcomes) outcome.catch(() => undefined); // its own test reports it
      harm = harmWithoutTheDisk();
    });
    afterAll(() => Promise.allSettled([...outcomes, harm]), 240_000);

    it.each(runs.map(([{ name }, seed], index) => [`${name} (seed ${seed})`, index] as const))(
      '%s',
      async (_name, index) => {
        await outcomes[index];
      },
      180_000,
    );

    it('depends on waiting for the disk: without it, something is duplicated or stays shared', async () => {
      expect(await harm).toMatch(/made 2 times|too many of|is shared otherwise than before/);
    }, 240_000);
  });

  describe('in one environment', () => {
    let world: World;
    beforeAll(async () => {
      world = await World.start();
    });
    afterAll(() => world?.close(), 30_000);
    afterEach(() => world.calmDown());

    const runs: readonly Run[] = [...kills, [apiKilled, 3], [sideBySide, 1], [askedToStop, 2]];
    it.each(named(runs))('%s', (_name, scenario, seed) => scenario.run(world, seed), 120_000);
  });
});
