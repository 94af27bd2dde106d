// `npm run chaos`: lets happen to transfers what happens to processes, networks and disks, and looks whether everything
// arrived once. Prints a line for each run, with the seed that repeats it.
//   node backend/chaos/main.ts [--seed N] [--runs N] [--only PART-OF-A-NAME] [--list]
import { parseArgs } from 'node:util';
import { SCENARIOS, type Scenario } from './scenarios.ts';
import { World } from './world.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    runs: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    list: { type: 'boolean', default: false },
  },
});
const firstSeed = wholeNumber('--seed', values.seed);
const runs = wholeNumber('--runs', values.runs);
const exact = SCENARIOS.filter(({ name }) => name === values.only);
const chosen = exact.length > 0 ? exact : SCENARIOS.filter(({ name }) => name.includes(values.only));
if (chosen.length === 0) fail(`No scenario is called "${values.only}". There are:\n${namesOf(SCENARIOS)}`);
if (values.list) {
  console.log(namesOf(chosen));
  process.exit(0);
}

let world: World | undefined;
let kind = '';
let [passed, failed] = [0, 0];
const close = async () => {
  await world?.close();
  world = undefined;
};
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => void close().finally(() => process.exit(130)));
process.on('disconnect', () => void close().finally(() => process.exit(130)));

for (const scenario of chosen) {
  for (let run = 0; run < runs; run++) await tryOnce(scenario, firstSeed + run);
}
await close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

/** A world is used again as long as nothing went wrong in it. */
async function tryOnce(scenario: Scenario, seed: number): Promise<void> {
  const wanted = JSON.stringify([scenario.workers, scenario.fsync, scenario.env]);
  if (kind !== wanted) await close();
  kind = wanted;
  const began = Date.now();
  const words = (outcome: string, more: string) =>
    `${outcome}  ${scenario.name}  seed=${seed}  ${((Date.now() - began) / 1000).toFixed(1)} s  ${more}`;
  try {
    world ??= await World.start(scenario);
    console.log(words('ok  ', await scenario.run(world, seed)));
    passed++;
    await world.calmDown();
  } catch (error) {
    failed++;
    console.log(words('FAIL', error instanceof Error ? error.message : String(error)));
    console.log(`      again: npm run chaos -- --only "${scenario.name}" --seed ${seed}`);
    await close();
  }
}

function namesOf(scenarios: readonly Scenario[]): string {
  return scenarios.map(({ name }) => `  ${name}`).join('\n');
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) fail(`${name} is a whole number, not "${text}".`);
  return Number(text);
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}
