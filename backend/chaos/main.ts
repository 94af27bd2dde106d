// `npm run chaos`: simulates failures of processes, networks and disks during transfers, and checks that each file
// arrived once. Prints a line for each run with the seed that repeats it.
import { readArguments, UsageProblem, wholeNumber } from '../../tools/arguments.ts';
import { buildStale } from '../../tools/build.ts';
import { onStop } from '../../tools/processes.ts';
import { redisServer } from '../../tools/redis.ts';
import { messageOf, ROOT, say } from '../../tools/workspace.ts';
import type { Scenario } from './scenario.ts';
import { SCENARIOS } from './scenarios.ts';
import { ChaosEnvironment } from './environment.ts';

const namesOf = (scenarios: readonly Scenario[]) => scenarios.map(({ name }) => `  ${name}`).join('\n');

/** Scenarios with exactly this name or, if there is none, whose name contains it. */
function scenariosNamed(wanted: string): readonly Scenario[] {
  const exact = SCENARIOS.filter(({ name }) => name === wanted);
  const found = exact.length > 0 ? exact : SCENARIOS.filter(({ name }) => name.includes(wanted));
  if (found.length > 0) return found;
  throw new UsageProblem('chaos', `No scenario is called "${wanted}". There are:\n${namesOf(SCENARIOS)}`);
}

/** @returns 1 if a scenario failed */
export default async function chaos(args: string[]): Promise<number> {
  const { values } = readArguments('chaos', args, {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    runs: { type: 'string', default: '1' },
    only: { type: 'string', multiple: true, default: [''] },
    list: { type: 'boolean', default: false },
  });
  const firstSeed = wholeNumber('chaos', 'seed', values.seed);
  const runs = wholeNumber('chaos', 'runs', values.runs);
  const chosen = [...new Set(values.only.flatMap(scenariosNamed))];
  if (values.list) {
    say(namesOf(chosen));
    return 0;
  }
  await buildStale(ROOT, ['backend']);
  await redisServer();

  // Successive scenarios that need the same environment share it, until one fails.
  let environment: ChaosEnvironment | undefined;
  let kind = '';
  let passed = 0;
  const failed: string[] = [];
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
      failed.push(`${scenario.name} (seed ${seed})`);
      report('FAIL', messageOf(error));
      say(`      repeat: npm run chaos -- --only "${scenario.name}" --seed ${seed}`);
      await close();
    }
  };
  for (const scenario of chosen) for (let run = 0; run < runs; run++) await tryOnce(scenario, firstSeed + run);
  await close();
  const seeds = runs > 1 ? `seeds ${firstSeed} to ${firstSeed + runs - 1}` : `seed ${firstSeed}`;
  const failures = failed.length > 0 ? `: ${failed.join('; ')}` : '';
  say(`${chosen.length} scenarios, ${seeds}: ${passed} passed, ${failed.length} failed${failures}`);
  return failed.length === 0 ? 0 : 1;
}
