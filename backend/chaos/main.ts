// `npm run chaos`: simulates failures of processes, networks and disks during transfers, and checks that each file
// arrived once. Prints a line for each run with the seed that repeats it.
import { readArguments, UsageProblem, wholeNumber } from '../../tools/arguments.ts';
import { buildStale } from '../../tools/build.ts';
import { onStop } from '../../tools/processes.ts';
import { redisServer } from '../../tools/redis.ts';
import { messageOf, ROOT, say } from '../../tools/workspace.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';
import { ChaosEnvironment } from './environment.ts';

const namesOf = (scenarios: readonly Scenario[]) => scenarios.map(({ name }) => `  ${name}`).join('\n');

/** @returns 1 if a scenario failed */
export default async function chaos(args: string[]): Promise<number> {
  const { values } = readArguments('chaos', args, {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    runs: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    list: { type: 'boolean', default: false },
  });
  const firstSeed = wholeNumber('chaos', 'seed', values.seed);
  const runs = wholeNumber('chaos', 'runs', values.runs);
  const exact = SCENARIOS.filter(({ name }) => name === values.only);
  const chosen = exact.length > 0 ? exact : SCENARIOS.filter(({ name }) => name.includes(values.only));
  if (chosen.length === 0)
    throw new UsageProblem('chaos', `No scenario is called "${values.only}". There are:\n${namesOf(SCENARIOS)}`);
  if (values.list) {
    say(namesOf(chosen));
    return 0;
  }
  await buildStale(ROOT, ['backend']);
  await redisServer();

  // Successive scenarios that need the same environment share it, until one fails.
  let environment: ChaosEnvironment | undefined;
  let kind = '';
  let [passed, failed] = [0, 0];
  const close = async () => {
    await environment?.close();
    environment = undefined;
  };
  onStop(close);
  const tryOnce = async (scenario: Scenario, seed: number) => {
    const wanted = JSON.stringify([scenario.workers, scenario.fsync, scenario.env]);
    if (kind !== wanted) await close();
    kind = wanted;
    const began = Date.now();
    const report = (outcome: string, more: string) =>
      say(`${outcome}  ${scenario.name}  seed=${seed}  ${((Date.now() - began) / 1000).toFixed(1)} s  ${more}`);
    try {
      environment ??= await ChaosEnvironment.start(scenario);
      report('ok  ', await scenario.run(environment, seed));
      passed++;
      await environment.restoreDefaults();
    } catch (error) {
      failed++;
      report('FAIL', messageOf(error));
      say(`      repeat: npm run chaos -- --only "${scenario.name}" --seed ${seed}`);
      await close();
    }
  };
  for (const scenario of chosen) for (let run = 0; run < runs; run++) await tryOnce(scenario, firstSeed + run);
  await close();
  say(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}
