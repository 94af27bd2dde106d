import type { TreeItem } from '@cloudmover/drive-sandbox';
import { accessDifferences, originalsAndCopies } from './access-oracle.ts';
import { linkDifferences } from './links-oracle.ts';
import { until } from '../../tools/until.ts';
import { PEOPLE_MAP } from './source-data.ts';
import {
  beyond,
  LAGS,
  type ItemView,
  type Requests,
  sumOf,
  type Transfer,
  type TransferView,
  type ChaosEnvironment,
} from './environment.ts';

const SHORTCUT = 'application/vnd.google-apps.shortcut';

/** Deviations that a scenario allows. */
export interface Allowance {
  /** Whether an item may have failed with this code. */
  readonly failure?: (code: string, kind: string) => boolean;
  /** The least number of requests: those of an undisturbed run plus `more`. Without it, requests are not checked. */
  readonly least?: { readonly undisturbed: Requests; readonly more: number };
  /** New folders of other transfers to the same account. */
  readonly others?: readonly string[];
}

/** The result of a run, for its output line. */
export interface Verdict {
  readonly view: TransferView;
  readonly requests: Requests;
  /** Duplicate copies that the transfer trashed itself. */
  readonly surplusTrashed: number;
}

const TOO_MANY = ' too many of ';
/**
 * How long (ms) a second copy may remain after the end: a worker that was presumed dead trashes the copy that it had in
 * flight, however late it resumes.
 */
const LATE_COPY_MS = 30_000;

/** Allowed requests, as a multiple of the least number. */
export const REQUEST_SLACK = 1.15;

/**
 * Checks that a transfer survived, by the sandbox's contents of both accounts, never by our own report, which is read
 * only for the reasons of missing items.
 * - Every planned item is in the destination exactly once, with its name, place, bytes and time, or failed with a reason.
 * - Nothing else was added to the destination, and nothing that existed there has changed.
 * - A move trashed only originals that are in the destination; a copy trashed nothing.
 * - Where links are rewritten, each document equals its original, except that links to what arrived lead to the copies.
 * - Where sharing is carried over, exactly the intended people can open each copy, and nobody got an e-mail.
 * - Permissions of the source are as before, no upload is open, and the transfer has ended.
 * @throws Error that names everything that is wrong
 */
export async function assertSurvived(
  environment: ChaosEnvironment,
  transfer: Transfer,
  allowed: Allowance = {},
): Promise<Verdict> {
  const view = await environment.settled(transfer);
  const requests = await environment.requestsFor(transfer);
  const judge = () => judgeOnce(environment, transfer, allowed, view, requests);
  let judged = await judge();
  const isSurplus = (problem: string) => problem.includes(TOO_MANY);
  if (judged.problems.length > 0 && judged.problems.every(isSurplus)) {
    const isClean = async () => (judged = await judge()).problems.length === 0;
    await until('the trash of a late copy', isClean, LATE_COPY_MS).catch(() => undefined);
  }
  const { problems, surplusTrashed } = judged;
  if (problems.length > 0) throw new Error(`It did not survive:\n  ${problems.join('\n  ')}`);
  return { view, requests, surplusTrashed };
}

async function judgeOnce(
  environment: ChaosEnvironment,
  transfer: Transfer,
  allowed: Allowance,
  view: TransferView,
  requests: Requests,
): Promise<{ readonly problems: readonly string[]; readonly surplusTrashed: number }> {
  const { pair } = transfer;
  const [source, destination, items, uploads] = await Promise.all([
    environment.sandbox.tree(pair.source),
    environment.sandbox.tree(pair.destination, pair.driveId ? { folderId: pair.driveId } : {}),
    environment.items(transfer),
    environment.sandbox.openUploads(),
  ]);
  const problems: string[] = [];

  const arrived = destination.filter(({ names }) => names[0] === transfer.folder);
  const live = arrived.filter(({ trashed }) => !trashed);
  const folders = live.filter(({ names }) => names.length === 1);
  if (folders.length > 1) problems.push(`the new folder was made ${folders.length} times`);
  const copies = countByKey(
    live
      .filter(({ names }) => names.length > 1)
      .map((item) => fingerprintOf(item, destination, 1, pair.shape.isLinked)),
  );

  const chosen = new Set(pair.before.source.filter(({ id }) => pair.chosen.includes(id)).map(({ names }) => names[0]));
  const planned = pair.before.source.filter(({ names }) => chosen.has(names[0]));
  const reported = new Map(items.map((item) => [item.sourceId, item]));
  const arrivedIds = new Set<string>();
  for (const item of planned) {
    const fingerprint = fingerprintOf(item, pair.before.source, 0, pair.shape.isLinked);
    const left = copies.get(fingerprint) ?? 0;
    const line = reported.get(item.id);
    if (left > 0) {
      copies.set(fingerprint, left - 1);
      arrivedIds.add(item.id);
      if (line?.state !== 'verified' && line?.state !== 'unverified')
        problems.push(
          `"${item.path}" arrived, and the report calls it ${line?.state ?? 'unknown'} ${line?.code ?? ''}`,
        );
    } else if (line?.state === 'failed' || line?.state === 'skipped') {
      if (!line.reason || !line.code || !(allowed.failure?.(line.code, line.kind) ?? false))
        problems.push(`"${item.path}" ${line.state}: ${line.code ?? 'no code'}, ${line.reason ?? 'no reason'}`);
    } else problems.push(`"${item.path}" is missing; the report calls it ${line?.state ?? 'unknown'}`);
  }
  for (const [fingerprint, left] of copies) if (left > 0) problems.push(`${left}${TOO_MANY}${fingerprint}`);

  for (const before of pair.driveId ? [] : pair.before.destination) {
    const now = destination.find(({ id }) => id === before.id);
    if (!now || now.trashed || now.md5 !== before.md5 || now.path !== before.path)
      problems.push(`"${before.path}" of the destination has changed`);
  }
  const ours = [transfer.folder, ...(allowed.others ?? [])];
  const known = new Set(pair.before.destination.map(({ id }) => id));
  for (const item of destination)
    if (!known.has(item.id) && !ours.includes(item.names[0] ?? '') && !item.trashed)
      problems.push(`"${item.path}" is in the destination, and is no copy of this transfer`);
  // An upload session without bytes does not count: its address may have been lost with the response, and it expires.
  for (const { account, name, kept } of uploads)
    if (account === pair.destination && kept > 0) problems.push(`the upload of "${name}" was left after ${kept} bytes`);

  for (const before of pair.before.source) {
    const now = source.find(({ id }) => id === before.id);
    if (!now) problems.push(`"${before.path}" of the source is gone`);
    else {
      if (permissionsOf(now) !== permissionsOf(before))
        problems.push(
          `"${before.path}" has other permissions than before: ${permissionsOf(now)}, not ${permissionsOf(before)}`,
        );
      if (now.trashed && transfer.mode === 'copy') problems.push(`"${before.path}" is in the trash of the source`);
      if (now.trashed && !arrivedIds.has(now.id)) problems.push(`"${before.path}" is in the trash and did not arrive`);
      if (
        transfer.mode === 'move' &&
        !now.trashed &&
        arrivedIds.has(now.id) &&
        reported.get(now.id)?.original !== 'kept'
      )
        problems.push(`"${before.path}" was moved, and its original is neither in the trash nor kept for a reason`);
    }
  }

  const sum = Object.entries(view.counts).reduce(
    (total, [name, count]) => (name === 'found' ? total : total + count),
    0,
  );
  if (view.counts['found'] !== planned.length || sum !== planned.length)
    problems.push(`the counts ${JSON.stringify(view.counts)} do not add up to ${planned.length}`);
  if (view.state === 'failed' || view.state === 'canceled')
    problems.push(`it ended as ${view.state}: ${view.problem?.code} ${view.problem?.detail}`);
  if (pair.shape.isShared) problems.push(...(await accessProblems(environment, transfer, view)));
  if (pair.shape.isLinked) problems.push(...(await linkProblems(environment, items, view)));
  if (allowed.least) problems.push(...excessRequests(requests, allowed.least));
  return { problems, surplusTrashed: arrived.filter(({ trashed, parentId }) => trashed && parentId).length };
}

/** Compares who can open the copies with who should, by the sandbox's own answers. */
export async function accessOf(
  environment: ChaosEnvironment,
  transfer: Transfer,
): Promise<{ wider: string[]; narrower: string[] }> {
  const { pair } = transfer;
  // A new permission takes effect only after the lag.
  await environment.sandbox.advance(2 * LAGS.permissionLagMs);
  const root = pair.before.destination.find(({ names }) => names.length === 1)!.parentId!;
  const [target] = await environment.sandbox.access(pair.driveId ?? root);
  const pairs = await originalsAndCopies(environment.sandbox, await environment.items(transfer));
  return accessDifferences(pairs, target!, pair.destination, { people: PEOPLE_MAP, owner: 'reader' });
}

/** Describes what is wrong with the access to the copies. */
async function accessProblems(
  environment: ChaosEnvironment,
  transfer: Transfer,
  { sharing = {} }: TransferView,
): Promise<string[]> {
  const { wanted = 0, equal = 0, narrower = 0, wider = 0, waiting = 0 } = sharing;
  const problems: string[] = [];
  if (wanted === 0 || wanted !== equal + narrower + wider || waiting > 0 || narrower > 0)
    problems.push(`the outcomes of access ${JSON.stringify(sharing)} do not add up`);
  const differences = await accessOf(environment, transfer);
  problems.push(...differences.wider.map((line) => `too much access: ${line}`));
  problems.push(...differences.narrower.map((line) => `too little access: ${line}`));
  const { notifications } = await environment.sandbox.stats();
  if (notifications > 0) problems.push(`${notifications} e-mails were sent`);
  return problems;
}

/** Describes what is wrong with the links in the copies. */
async function linkProblems(
  { sandbox }: ChaosEnvironment,
  items: readonly ItemView[],
  { links = {} }: TransferView,
): Promise<string[]> {
  const { found = 0, waiting = 0, rewritten = 0, outside = 0, unsupported = 0, failed = 0 } = links;
  const problems = await linkDifferences(sandbox, items);
  if (rewritten === 0 || waiting > 0 || failed > 0 || found !== rewritten + outside + unsupported)
    problems.push(`the outcomes of links ${JSON.stringify(links)} do not add up`);
  return problems;
}

/** Describes requests beyond the minimum, compared with an undisturbed run. */
function excessRequests(requests: Requests, { undisturbed, more }: Required<Allowance>['least']): string[] {
  const least = sumOf(undisturbed) + more;
  const count = sumOf(requests);
  if (count <= least * REQUEST_SLACK) return [];
  const kinds = [...beyond(requests, undisturbed)].map(([name, by]) => `${by > 0 ? '+' : ''}${by} ${name}`).sort();
  return [
    `${count} requests, ${(count / least).toFixed(2)} times the least (${sumOf(undisturbed)} + ${more}): ${kinds.join(', ')}`,
  ];
}

/**
 * Identifies equal items: place (without the first `skipped` folders), type, bytes and time; for shortcuts, the place of
 * the target.
 */
function fingerprintOf(item: TreeItem, all: readonly TreeItem[], skipped: number, isLinked = false): string {
  const place = item.names.slice(skipped);
  if (item.mimeType === SHORTCUT) {
    const target = all.find(({ id }) => id === item.shortcutTarget);
    return JSON.stringify([place, item.mimeType, target?.names.slice(skipped) ?? item.shortcutTarget]);
  }
  // The texts of documents may contain addresses, which change; `linkDifferences` compares them.
  const text = isLinked && /\.(document|spreadsheet|presentation)$/.test(item.mimeType) ? undefined : item.text;
  return JSON.stringify([place, item.mimeType, item.md5, item.sha256, text, item.modifiedTime]);
}

function countByKey(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

function permissionsOf({ permissions }: TreeItem): string {
  return JSON.stringify(permissions.map(({ type, role, email }) => `${type} ${role} ${email}`).sort());
}
