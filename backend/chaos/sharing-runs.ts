import { randomFrom, type TreeItem } from '@cloudmover/drive-sandbox';
import { until } from '../../tools/until.ts';
import { accessDifferences, originalsAndCopies } from './access-oracle.ts';
import { NO_LAGS, type ChaosEnvironment, type Pair, sumOf, type Transfer } from './environment.ts';
import type { InterceptedCall, Moment } from './intercepted-call.ts';
import { isLedgerWrite } from './proxy-redis.ts';
import { type Scenario, untilInjected, upTo } from './scenario.ts';
import { Owner, PEOPLE, PEOPLE_MAP, SHARED } from './source-data.ts';

// A transfer merges into a folder that its owner has shared, a later run carries changes of sharing over, and an undo
// takes everything back. A worker is killed in one of the three.

const RUNS = ['merge', 'update', 'undo'] as const;
type Run = (typeof RUNS)[number];

/** A call at which a worker is killed, in one of the runs. */
export interface RunPoint {
  readonly run: Run;
  readonly call: RegExp;
  readonly what: string;
  readonly when: Moment;
  /** The worker is killed at one of the first `among` calls. */
  readonly among: number;
}

const atGoogle = (run: Run, what: string, among: number): RunPoint[] =>
  (['before', 'after'] as const).map((when) => ({ run, what, call: new RegExp(`^google ${what}$`), when, among }));
const atLedger = (run: Run, among: number): RunPoint[] =>
  (['before', 'after'] as const).map((when) => ({
    ...{ run, call: /^redis .*\baccess-records\b/, what: 'the ledger stores access of copies', when, among },
  }));

export const RUN_POINTS: readonly RunPoint[] = [
  ...atGoogle('merge', 'grant', 8),
  ...atGoogle('merge', 'permission change', 1),
  ...atGoogle('update', 'grant', 2),
  ...atGoogle('update', 'permission change', 2),
  ...atGoogle('update', 'permission delete', 1),
  ...atLedger('update', 6),
  ...atGoogle('undo', 'permission change', 1),
  ...atGoogle('undo', 'permission delete', 4),
];

/** People who are not among those with whom sources are shared at random. */
const [WANDA, XENA, YURI, ZOE] = ['wanda@example.com', 'xena@example.com', 'yuri@example.com', 'zoe@example.com'];
/** People to whom the destination's owner gives access: to a folder before the transfer, and to a copy after it. */
const [HANA, IVAN] = ['hana@else.example', 'ivan@else.example'];
/** Has a role on both: the merged folder gets the higher one. */
const [PIA] = PEOPLE;

interface Stage {
  readonly environment: ChaosEnvironment;
  readonly transfer: Transfer;
  readonly source: Owner;
  readonly destination: Owner;
  /** Ids of the originals, by name. */
  readonly originals: ReadonlyMap<string, string>;
  /** Ids of the folder that the copies go into, and of the folder in it that existed before. */
  readonly targetId: string;
  readonly mergedId: string;
}

/** Kills a worker at a point; another one starts. */
export function killedInRun(point: RunPoint): Scenario {
  return {
    name: `kill ${point.when} ${point.what}, ${point.run}`,
    workers: 1,
    async run(environment, seed) {
      const nth = upTo(point.among, randomFrom(seed));
      // With lags, a permission that was created just before the kill is not listed yet, and is created once more.
      await environment.behave(NO_LAGS);
      const pair = await environment.pair(SHARED, seed);
      let stage: Stage | undefined;
      for (const run of RUNS) {
        const killed =
          run === point.run ? environment.killAt(environment.worker, (call) => isAt(point, call), nth) : undefined;
        stage = await begin(run, environment, pair, stage);
        const { transfer } = stage;
        const ended = end(run, environment, transfer);
        if (killed) await untilInjected(environment, transfer, killed, ended);
        await ended;
        const problems = run === 'undo' ? await remains(stage) : await differences(stage, run);
        if (problems.length > 0) throw new Error(`After the ${run}:\n  ${problems.join('\n  ')}`);
      }
      return `at call ${nth}: ${sumOf(await environment.requestsFor(stage!.transfer))} requests`;
    },
  };
}

const isAt = ({ call, when }: RunPoint, passing: InterceptedCall): boolean =>
  passing.when === when &&
  call.test(passing.name) &&
  (!passing.name.startsWith('redis ') || isLedgerWrite(passing.name));

async function begin(run: Run, environment: ChaosEnvironment, pair: Pair, stage: Stage | undefined): Promise<Stage> {
  if (!stage) return merge(environment, pair);
  if (run === 'update') await changeShares(stage);
  await environment.call(pair, 'POST', `/api/transfers/${stage.transfer.id}/${run === 'update' ? 'rerun' : 'undo'}`);
  return stage;
}

/** Starts a transfer into a folder that already has a folder of the same name, which is shared. */
async function merge(environment: ChaosEnvironment, pair: Pair): Promise<Stage> {
  const ownerOf = async (account: string) =>
    new Owner(environment.sandboxUrl, (await environment.sandbox.tokens(account)).access_token);
  const [source, destination] = [await ownerOf(pair.source), await ownerOf(pair.destination)];
  for (const email of [WANDA, XENA, YURI, ZOE, HANA, IVAN])
    await environment.sandbox.addAccount(email).catch(() => undefined);
  const originals = new Map(pair.before.source.map(({ name, id }) => [name, id]));
  await source.share(originals.get('Moved')!, PIA, 'writer');
  await source.share(originals.get('Moved')!, WANDA, 'reader');
  await source.share(originals.get('inner')!, XENA, 'reader');
  await source.share(originals.get('deep.txt')!, YURI, 'writer');

  const folder = `Merged ${pair.destination}`;
  const mimeType = 'application/vnd.google-apps.folder';
  const targetId = await destination.create({ name: folder, mimeType });
  const mergedId = await destination.create({ name: 'Moved', mimeType, parents: [targetId] });
  await destination.share(mergedId, PIA, 'reader');
  await destination.share(mergedId, HANA, 'writer');

  const requestsBefore = await environment.requestsOf(pair);
  const { id } = await environment.call<{ id: string }>(pair, 'POST', '/api/transfers', {
    items: [originals.get('Moved')],
    target: { folderId: targetId },
    conflict: 'skip',
    sharing: {
      ...{ mode: 'carry', owner: 'reader' },
      people: Object.entries(PEOPLE_MAP).map(([from, to]) => ({ from, to })),
    },
  });
  const transfer: Transfer = { id, pair, mode: 'copy', folder, requestsBefore };
  return { environment, transfer, source, destination, originals, targetId, mergedId };
}

/** Adds, changes and removes permissions of originals; the destination's owner adds one to a copy. */
async function changeShares({ environment, transfer, source, destination, originals }: Stage): Promise<void> {
  const tree = await environment.sandbox.tree(transfer.pair.source);
  const permission = (name: string, who: string) =>
    tree.find(({ id }) => id === originals.get(name))!.permissions.find(({ email }) => email === who)!.id;
  const change = (name: string, who: string, to?: string) =>
    source.changeShare(originals.get(name)!, permission(name, who), to);
  await change('Moved', WANDA);
  await change('inner', XENA, 'writer');
  await change('deep.txt', YURI, 'reader');
  await source.share(originals.get('Moved')!, ZOE, 'commenter');
  await source.share(originals.get('twice.txt')!, WANDA, 'reader');
  const items = await environment.items(transfer);
  await destination.share(items.find(({ sourceId }) => sourceId === originals.get('deep.txt'))!.destinationId!, IVAN);
}

async function end(run: Run, environment: ChaosEnvironment, transfer: Transfer): Promise<void> {
  if (run !== 'undo') return void (await environment.settled(transfer));
  await until('the end of the undo', async () => (await environment.view(transfer)).state === 'undone', 180_000);
}

/** Permissions of an item, by address, with their roles. */
const rolesOn = (item: TreeItem | undefined): Map<string, string> =>
  new Map(item?.permissions.map(({ email, domain, type, role }) => [email ?? domain ?? type, role]));

/** Describes who can open the copies differently than intended, and what became of the owner's own permissions. */
async function differences(
  { environment, transfer, targetId, mergedId, originals }: Stage,
  run: Run,
): Promise<string[]> {
  const { pair } = transfer;
  const problems: string[] = [];
  const view = await environment.view(transfer);
  const { wanted = 0, equal = 0 } = view.sharing ?? {};
  if (view.state !== 'completed') problems.push(`it ended as ${view.state}: ${view.problem?.code}`);
  if (wanted === 0 || wanted !== equal) problems.push(`not everything is as wanted: ${JSON.stringify(view.sharing)}`);
  const items = await environment.items(transfer);
  for (const { path, state } of items)
    if (state !== 'verified' && state !== 'unverified') problems.push(`"${path}" is ${state}`);
  const [target] = await environment.sandbox.access(targetId);
  const { wider, narrower } = accessDifferences(
    await originalsAndCopies(environment.sandbox, items),
    target!,
    pair.destination,
    { people: PEOPLE_MAP, owner: 'reader', givenByOwner: new Set([HANA, IVAN]) },
  );
  problems.push(...wider.map((line) => `too much access: ${line}`));
  problems.push(...narrower.map((line) => `too little access: ${line}`));
  const tree = await environment.sandbox.tree(pair.destination);
  const deep = items.find(({ sourceId }) => sourceId === originals.get('deep.txt'))?.destinationId;
  const ivan = rolesOn(tree.find(({ id }) => id === deep)).get(IVAN);
  const hana = rolesOn(tree.find(({ id }) => id === mergedId)).get(HANA);
  if (hana !== 'writer') problems.push(`${HANA}, writer by the destination's owner, has ${hana ?? 'no access'}`);
  if (run === 'update' && ivan !== 'reader')
    problems.push(`${IVAN}, reader by the destination's owner, has ${ivan ?? 'no access'}`);
  problems.push(...(await writtenTwice(environment, transfer, tree)));
  return problems;
}

/** Describes what an undo has left: permissions that the destination's owner did not give, and those that it took. */
async function remains({ environment, transfer, mergedId }: Stage): Promise<string[]> {
  const { destination, before } = transfer.pair;
  const tree = await environment.sandbox.tree(destination);
  const earlier = new Set(before.destination.map(({ id }) => id));
  const problems: string[] = [];
  for (const item of tree) {
    if (earlier.has(item.id)) continue;
    const given = { ...(item.id === mergedId && { [PIA]: 'reader', [HANA]: 'writer' }) };
    const now = Object.fromEntries([...rolesOn(item)].filter(([who]) => who !== destination && who !== IVAN));
    if (JSON.stringify(Object.entries(now).sort()) !== JSON.stringify(Object.entries(given).sort()))
      problems.push(`"${item.path}" has the permissions ${JSON.stringify(now)} instead of ${JSON.stringify(given)}`);
  }
  problems.push(...(await writtenTwice(environment, transfer, tree)));
  return problems;
}

/** Describes items for which Google accepted more new permissions than they have, and had removed. */
async function writtenTwice(
  { sandbox }: ChaosEnvironment,
  { pair }: Transfer,
  tree: readonly TreeItem[],
): Promise<string[]> {
  const idsOf = async (operation: string, success: number) =>
    (await sandbox.log({ account: pair.destination, operation }))
      .filter(({ status }) => status === success)
      .map(({ path }) => /\/files\/([^/]+)\/permissions/.exec(path)?.[1]);
  const [created, removed] = [await idsOf('permissions.create', 200), await idsOf('permissions.delete', 204)];
  return tree.flatMap(({ id, path, permissions }) => {
    const now = permissions.filter(({ role }) => role !== 'owner').length;
    const [more, less] = [created, removed].map((ids) => ids.filter((each) => each === id).length) as [number, number];
    return more - less > now ? [`"${path}": ${more} permissions created, ${less} removed, ${now} left`] : [];
  });
}
