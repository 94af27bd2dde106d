import type { TreeItem } from '@cloudmover/drive-sandbox';
import { accessDifferences, originalsAndCopies } from './access-oracle.ts';
import { PEOPLE_MAP } from './source-data.ts';
import { beyond, LAGS, type Requests, sumOf, type Transfer, type TransferView, type World } from './world.ts';

const SHORTCUT = 'application/vnd.google-apps.shortcut';

/** The deviations that a scenario allows. */
export interface Allowance {
  /** Whether an item may have failed with this code. */
  readonly failure?: (code: string, kind: string) => boolean;
  /** The least that it takes: the requests of a quiet run, and so many more. Nothing is checked without it. */
  readonly least?: { readonly quiet: Requests; readonly more: number };
  /** New folders of other transfers to the same account. */
  readonly others?: readonly string[];
}

/** The result of a run, for its line. */
export interface Verdict {
  readonly view: TransferView;
  readonly requests: Requests;
  /** Copies that were made twice and then trashed. */
  readonly surplusTrashed: number;
}

/** Requests may be this many times the least that the accidents allow. */
export const REQUEST_SLACK = 1.15;

/**
 * Whether a transfer survived: according to the sandbox's contents of both accounts, never to our own report, which is
 * read only for the reasons of missing items.
 * - every planned item is in the destination once, with its name, place, bytes and time, or failed with a reason;
 * - nothing else came into the destination, and nothing that was there before was touched;
 * - nothing of the source is in the trash that is not verified in the destination, and in a copy nothing at all;
 * - where sharing is carried over, everybody who is to can open each copy and nobody else, and nobody got an e-mail;
 * - every permission of the source is as it was before; no upload is half done; the transfer has ended.
 * @throws Error naming everything that is wrong
 */
export async function assertSurvived(world: World, transfer: Transfer, allowed: Allowance = {}): Promise<Verdict> {
  const view = await world.settled(transfer);
  const { pair } = transfer;
  const requests = await world.requestsFor(transfer);
  const [source, destination, items, uploads] = await Promise.all([
    world.sandbox.tree(pair.source),
    world.sandbox.tree(pair.destination, pair.driveId ? { folderId: pair.driveId } : {}),
    world.items(transfer),
    world.sandbox.openUploads(),
  ]);
  const wrong: string[] = [];

  const arrived = destination.filter(({ names }) => names[0] === transfer.folder);
  const live = arrived.filter(({ trashed }) => !trashed);
  const folders = live.filter(({ names }) => names.length === 1);
  if (folders.length > 1) wrong.push(`the new folder was made ${folders.length} times`);
  const copies = counted(live.filter(({ names }) => names.length > 1).map((item) => likenessOf(item, destination, 1)));

  const chosen = new Set(pair.before.source.filter(({ id }) => pair.chosen.includes(id)).map(({ names }) => names[0]));
  const planned = pair.before.source.filter(({ names }) => chosen.has(names[0]));
  const reported = new Map(items.map((item) => [item.sourceId, item]));
  const there = new Set<string>();
  for (const item of planned) {
    const likeness = likenessOf(item, pair.before.source, 0);
    const left = copies.get(likeness) ?? 0;
    const line = reported.get(item.id);
    if (left > 0) {
      copies.set(likeness, left - 1);
      there.add(item.id);
      if (line?.state !== 'verified' && line?.state !== 'unverified')
        wrong.push(`"${item.path}" arrived, and the report calls it ${line?.state ?? 'unknown'} ${line?.code ?? ''}`);
    } else if (line?.state === 'failed' || line?.state === 'skipped') {
      if (!line.reason || !line.code || !(allowed.failure?.(line.code, line.kind) ?? false))
        wrong.push(`"${item.path}" ${line.state}: ${line.code ?? 'no code'}, ${line.reason ?? 'no reason'}`);
    } else wrong.push(`"${item.path}" is missing; the report calls it ${line?.state ?? 'unknown'}`);
  }
  for (const [likeness, left] of copies) if (left > 0) wrong.push(`${left} too many of ${likeness}`);

  for (const before of pair.driveId ? [] : pair.before.destination) {
    const now = destination.find(({ id }) => id === before.id);
    if (!now || now.trashed || now.md5 !== before.md5 || now.path !== before.path)
      wrong.push(`"${before.path}" of the destination is not what it was`);
  }
  const ours = [transfer.folder, ...(allowed.others ?? [])];
  const known = new Set(pair.before.destination.map(({ id }) => id));
  for (const item of destination)
    if (!known.has(item.id) && !ours.includes(item.names[0] ?? '') && !item.trashed)
      wrong.push(`"${item.path}" came into the destination from nowhere`);
  // One that was begun and got no byte yet has an address that nobody may ever have read: it is nothing, and ends.
  for (const { account, name, kept } of uploads)
    if (account === pair.destination && kept > 0) wrong.push(`the upload of "${name}" was left after ${kept} bytes`);

  for (const before of pair.before.source) {
    const now = source.find(({ id }) => id === before.id);
    if (!now) wrong.push(`"${before.path}" of the source is gone`);
    else {
      if (permissionsOf(now) !== permissionsOf(before))
        wrong.push(
          `"${before.path}" is shared otherwise than before: ${permissionsOf(now)}, not ${permissionsOf(before)}`,
        );
      if (now.trashed && transfer.mode === 'copy') wrong.push(`"${before.path}" is in the trash of the source`);
      if (now.trashed && !there.has(now.id)) wrong.push(`"${before.path}" is in the trash and did not arrive`);
      if (transfer.mode === 'move' && !now.trashed && there.has(now.id) && reported.get(now.id)?.original !== 'kept')
        wrong.push(`"${before.path}" was moved, and its original is neither in the trash nor kept for a reason`);
    }
  }

  const sum = Object.entries(view.counts).reduce(
    (total, [name, count]) => (name === 'found' ? total : total + count),
    0,
  );
  if (view.counts['found'] !== planned.length || sum !== planned.length)
    wrong.push(`the counts ${JSON.stringify(view.counts)} do not add up to ${planned.length}`);
  if (view.state === 'failed' || view.state === 'canceled')
    wrong.push(`it ended as ${view.state}: ${view.problem?.code} ${view.problem?.detail}`);
  if (pair.shape.isShared) wrong.push(...(await accessWrongs(world, transfer, view)));
  if (allowed.least) wrong.push(...wasteOf(requests, allowed.least));
  if (wrong.length > 0) throw new Error(`It did not survive:\n  ${wrong.join('\n  ')}`);
  return { view, requests, surplusTrashed: arrived.filter(({ trashed, parentId }) => trashed && parentId).length };
}

/** Who can open more copies than wanted, and fewer, by what the sandbox says of every item. */
export async function accessOf(world: World, transfer: Transfer): Promise<{ wider: string[]; narrower: string[] }> {
  const { pair } = transfer;
  // Until then a permission that was just given opens nothing.
  await world.sandbox.advance(2 * LAGS.permissionLagMs);
  const root = pair.before.destination.find(({ names }) => names.length === 1)!.parentId!;
  const [target] = await world.sandbox.access(pair.driveId ?? root);
  const pairs = await originalsAndCopies(world.sandbox, await world.items(transfer));
  return accessDifferences(pairs, target!, pair.destination, { people: PEOPLE_MAP, owner: 'reader' });
}

/** What is wrong with the access to the copies. */
async function accessWrongs(world: World, transfer: Transfer, { sharing = {} }: TransferView): Promise<string[]> {
  const { wanted = 0, equal = 0, narrower = 0, wider = 0, waiting = 0 } = sharing;
  const wrong: string[] = [];
  if (wanted === 0 || wanted !== equal + narrower + wider || waiting > 0 || narrower > 0)
    wrong.push(`the outcomes of access ${JSON.stringify(sharing)} do not explain themselves`);
  const differences = await accessOf(world, transfer);
  wrong.push(...differences.wider.map((line) => `too much access: ${line}`));
  wrong.push(...differences.narrower.map((line) => `too little access: ${line}`));
  const { notifications } = await world.sandbox.stats();
  if (notifications > 0) wrong.push(`${notifications} e-mails were sent`);
  return wrong;
}

/** Describes requests beyond the minimum, compared with an undisturbed run. */
function wasteOf(requests: Requests, { quiet, more }: Required<Allowance>['least']): string[] {
  const least = sumOf(quiet) + more;
  const count = sumOf(requests);
  if (count <= least * REQUEST_SLACK) return [];
  const kinds = [...beyond(requests, quiet)].map(([name, by]) => `${by > 0 ? '+' : ''}${by} ${name}`).sort();
  return [
    `${count} requests, ${(count / least).toFixed(2)} times the least (${sumOf(quiet)} + ${more}): ${kinds.join(', ')}`,
  ];
}

/**
 * What makes an item the same as another: its place (without the first `skipped` folders), type, bytes and time; of a
 * shortcut where it leads.
 */
function likenessOf(item: TreeItem, all: readonly TreeItem[], skipped: number): string {
  const place = item.names.slice(skipped);
  if (item.mimeType === SHORTCUT) {
    const target = all.find(({ id }) => id === item.shortcutTarget);
    return JSON.stringify([place, item.mimeType, target?.names.slice(skipped) ?? item.shortcutTarget]);
  }
  return JSON.stringify([place, item.mimeType, item.md5, item.sha256, item.text, item.modifiedTime]);
}

function counted(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

function permissionsOf({ permissions }: TreeItem): string {
  return JSON.stringify(permissions.map(({ type, role, email }) => `${type} ${role} ${email}`).sort());
}
