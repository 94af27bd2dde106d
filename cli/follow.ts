import { setTimeout as sleep } from 'node:timers/promises';
import type { Preflight, Transfer } from './api/client.ts';
import type { Context } from './context.ts';
import { CliError, EXIT, type ExitCode, UnreachableError } from './errors.ts';
import { hasEnded, needsPerson, titleOf, waitOf } from './states.ts';
import { bar, bytes, counted, duration, number, printable, sentences } from './terminal.ts';

/** How long a server that does not respond is tried again, and the longest wait between two attempts. */
const PATIENCE_MS = 10 * 60_000;
const MAX_WAIT_MS = 15_000;

/** The states of a transfer or preflight until it comes to rest; a lost connection is opened again. */
async function* untilAtRest<T>(
  { terminal, signal, server }: Context,
  updates: () => AsyncIterable<T>,
  isAtRest: (state: T) => boolean,
): AsyncGenerator<T> {
  let lostAt: number | undefined;
  let wait = 250;
  for (;;) {
    let isEmpty = true;
    try {
      for await (const state of updates()) {
        isEmpty = false;
        [lostAt, wait] = [undefined, 250];
        yield state;
        if (isAtRest(state)) return;
      }
      // The server begins every stream with the current state.
      if (isEmpty) throw new UnreachableError(server, new Error('its stream ended without an event'));
    } catch (error) {
      lostAt ??= Date.now();
      if (!isTemporary(error) || Date.now() - lostAt > PATIENCE_MS) throw error;
      terminal.progress('Connection lost; the transfer continues at the server. Connecting again …');
    }
    await sleep(wait, undefined, { signal });
    wait = Math.min(wait * 2, MAX_WAIT_MS);
  }
}

/** What a command that is watched is for, where that decides whether it succeeded. */
interface Purpose {
  rewritesLinks?: boolean;
}

/** Waits until a preflight has counted, or cannot. */
export async function followPreflight(context: Context, id: string): Promise<Preflight> {
  const { api, terminal } = context;
  const isAtRest = ({ state, parked }: Preflight) => state !== 'counting' || parked !== undefined;
  let last: Preflight | undefined;
  for await (const preflight of untilAtRest(context, () => api.updates('preflights', id), isAtRest)) {
    if (preflight.state === 'counting') terminal.emit('counting', { preflight });
    const { found, bytes: size } = preflight.counts;
    const wait = waitOf(preflight);
    const text = `Counting … ${counted(found, 'item')}, ${bytes(size)}${wait ? `  ${wait}` : ''}`;
    terminal.progress(text, wait !== (last && waitOf(last)));
    last = preflight;
  }
  terminal.endProgress();
  return last!;
}

/**
 * Shows the progress of a transfer until it has ended or a person must act.
 * @param purpose.rewritesLinks whether links that are not rewritten are a failure, because the command was for them
 * @returns the exit code for its outcome
 */
export async function followTransfer(context: Context, id: string, purpose: Purpose = {}): Promise<ExitCode> {
  const { api, terminal } = context;
  const isAtRest = (transfer: Transfer) => hasEnded(transfer) || needsPerson(transfer);
  return unlessStopped(context, id, async (isUnderWay) => {
    let last: Transfer | undefined;
    for await (const transfer of untilAtRest(context, () => api.updates('transfers', id), isAtRest)) {
      isUnderWay();
      terminal.emit('progress', { transfer });
      terminal.progress(progressOf(transfer), waitOf(transfer) !== (last && waitOf(last)));
      last = transfer;
    }
    terminal.endProgress();
    return conclude(context, last!, purpose);
  });
}

/**
 * Does something with a transfer. Ctrl-C, and a server that no longer responds, leave the transfer running: then this
 * says how to watch it.
 * @param work gets a function to call as soon as the transfer exists
 */
export async function unlessStopped(
  { terminal, signal, command }: Context,
  id: string,
  work: (isUnderWay: () => void) => Promise<ExitCode>,
): Promise<ExitCode> {
  let hasBegun = false;
  try {
    return await work(() => (hasBegun = true));
  } catch (error) {
    const run = command(`watch ${id}`);
    if (signal.aborted) {
      terminal.emit('detached', { id, run });
      terminal.note(`The transfer continues at the server. Watch it: ${run}`);
      return EXIT.interrupted;
    }
    if (hasBegun || isTemporary(error)) terminal.note(`The transfer may still be running. Watch it: ${run}`);
    throw error;
  }
}

/** Whether the server may respond later. */
const isTemporary = (error: unknown) =>
  error instanceof UnreachableError || (error instanceof CliError && Number(error.details['status']) >= 502);

function progressOf(transfer: Transfer): string {
  const { state, counts, bytes: moved, rate, etaSeconds } = transfer;
  const { found, waiting, copying, checking } = counts;
  const settled = found - waiting - copying - checking;
  const share = moved.found > 0 ? (moved.verified + moved.copying) / moved.found : settled / Math.max(1, found);
  const parts = [bar(share), `${number(settled)} of ${counted(found, 'item')}`];
  if (moved.found > 0) parts.push(`${bytes(moved.verified)} of ${bytes(moved.found)}`);
  if (rate.itemsPerSecond > 0) parts.push(`${rate.itemsPerSecond.toFixed(1)} items/s`);
  const wait = waitOf(transfer);
  if (wait) parts.push(wait);
  else if (state !== 'running') parts.push(titleOf(transfer));
  else if (etaSeconds) parts.push(`about ${duration(etaSeconds)} left`);
  return parts.join('  ');
}

/** The exit code for a transfer's state. */
export function exitCodeOf(transfer: Transfer): ExitCode {
  const { state, counts, undo } = transfer;
  if (needsPerson(transfer)) return EXIT.person;
  if (!hasEnded(transfer)) return EXIT.done;
  if (state === 'undone') return undo && undo.left > 0 ? EXIT.failed : EXIT.done;
  return state === 'completed' && counts.failed === 0 && counts.unverified === 0 ? EXIT.done : EXIT.failed;
}

/** Says what became of a transfer, and what to do about it. @returns the exit code for its outcome */
export function conclude({ terminal, command }: Context, transfer: Transfer, purpose: Purpose = {}): ExitCode {
  const { id, failureGroups, skipGroups, links, problem, parked, originals } = transfer;
  const missed = purpose.rewritesLinks && hasEnded(transfer) ? notRewritten(links) : [];
  const stateCode = exitCodeOf(transfer);
  const exitCode = stateCode === EXIT.done && missed.length > 0 ? EXIT.failed : stateCode;
  terminal.emit('transfer', { transfer, exitCode });
  const style = exitCode === EXIT.done ? 'good' : exitCode === EXIT.person ? 'warning' : 'bad';
  terminal.say(`${terminal.paint(style, titleOf(transfer))}: ${outcomeOf(transfer)}.`);
  const wait = waitOf(transfer);
  if (wait) terminal.say(`  ${wait}`);
  if (originals && !transfer.undo)
    terminal.say(`  ${number(originals.trashed)} originals moved to the trash, ${number(originals.kept)} kept`);
  for (const { count, state: what, title, advice } of [...failureGroups, ...skipGroups])
    terminal.say(`  ${number(count)} ${what}: ${sentences(title, advice)}`);
  for (const line of [...accessLines(transfer, command), ...linkLines(links)]) terminal.say(`  ${line}`);
  if (missed.length > 0) terminal.say(`  Not all links were rewritten: ${missed.join(', ')}.`);
  if (problem) terminal.say(`  ${problem.title}: ${problem.detail}`);
  const next = nextSteps(transfer).map(command);
  if (parked) terminal.say(`  ${printable(parked.account)} must sign in again.`);
  if (next.length > 0) terminal.say(`Next: ${next.join(', then ')}`);
  else if (hasEnded(transfer)) terminal.say(`Report: ${command(`report ${id} --output report.json`)}`);
  return exitCode;
}

/** What was verified or, once an undo has begun, what it did. */
function outcomeOf({ counts, bytes: moved, undo }: Transfer): string {
  if (!undo) return `${number(counts.verified)} of ${counted(counts.found, 'item')} verified, ${bytes(moved.verified)}`;
  const { trashed, left, restored } = undo;
  const parts = [`${counted(trashed, 'copy', 'copies')} moved to the trash`];
  if (restored > 0) parts.push(`${counted(restored, 'item')} restored from it`);
  if (left > 0) parts.push(`${number(left)} left; the report says why`);
  return parts.join(', ');
}

/** What a rewrite of links did not do. */
function notRewritten({ failed, waiting, documents }: Transfer['links']): string[] {
  const unread = documents.unread.reduce((sum, { count }) => sum + count, 0);
  return [
    ...(failed > 0 ? [`${number(failed)} failed`] : []),
    ...(waiting > 0 ? [`${number(waiting)} waiting`] : []),
    ...(unread > 0 ? [`${counted(unread, 'document')} not read`] : []),
  ];
}

/** What came of carrying access over. What should be gone is said after an undo too. */
function accessLines({ id, sharing, undo }: Transfer, command: Context['command']): string[] {
  const { mode, wanted, equal, narrower, left, waiting, unreadable, reasons, restrictions } = sharing;
  if (mode === 'none') return [];
  const remains =
    left > 0
      ? [
          `  ${counted(left, 'permission')} should be gone; change this in Drive (listed by ${command(`report ${id} --access`)})`,
        ]
      : [];
  if (undo) return remains;
  const outcomes = { 'less than wanted': narrower, waiting };
  const parts = Object.entries(outcomes).flatMap(([what, count]) => (count > 0 ? [`${number(count)} ${what}`] : []));
  const whys = (all: typeof reasons) =>
    all.map(({ count, title, advice }) => `  ${number(count)}: ${sentences(title, advice)}`);
  return [
    `access: ${[`${number(equal)} of ${counted(wanted, 'permission')} as wanted`, ...parts].join(', ')}`,
    ...whys(reasons),
    ...remains,
    ...(unreadable > 0
      ? [`  ${counted(unreadable, 'item')} without access, because the source account may not see who has it`]
      : []),
    ...(restrictions.wanted > 0
      ? [
          `restrictions: ${number(restrictions.applied)} of ${number(restrictions.wanted)} set`,
          ...whys(restrictions.reasons),
        ]
      : []),
  ];
}

/** What became of links in documents. */
function linkLines({ mode, documents, reasons, apiOff, ...counts }: Transfer['links']): string[] {
  if (mode === 'leave') return [];
  const { found, rewritten, waiting, outside, unsupported, failed } = counts;
  const outcomes = {
    rewritten,
    'can be rewritten': waiting,
    'lead elsewhere': outside,
    'by hand': unsupported,
    failed,
  };
  const parts = Object.entries(outcomes).flatMap(([what, count]) => (count > 0 ? [`${number(count)} ${what}`] : []));
  return [
    `${counted(found, 'link')} in ${counted(documents.read, 'document')}${parts.length > 0 ? `: ${parts.join(', ')}` : ''}`,
    ...reasons.map(({ count, title, advice }) => `  ${number(count)}: ${sentences(title, advice)}`),
    ...documents.unread
      .filter(({ code }) => code !== 'api_off')
      .map(({ count, title, advice }) => `  ${counted(count, 'document')} not read: ${sentences(title, advice)}`),
    ...apiOff.map(apiOffLine),
  ];
}

/** Where a person switches an API on. */
export const apiOffLine = ({ kind, documents, consoleUrl }: Transfer['links']['apiOff'][number]): string =>
  `${counted(documents, kind)} not read, because the API is switched off in the server’s Google Cloud project: ${consoleUrl}`;

function nextSteps({ id, state, parked, failureGroups }: Transfer): string[] {
  if (state === 'needs_reconnect') return [`login ${parked?.side ?? 'source'}`, `resume ${id} --watch`];
  if (state === 'paused') return [`resume ${id} --watch`];
  if (failureGroups.some(({ retryable }) => retryable)) return [`retry ${id} --watch`];
  return [];
}
