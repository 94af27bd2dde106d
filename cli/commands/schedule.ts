import type { Schedule, ScheduleChange } from '../api/client.ts';
import type { Context } from '../context.ts';
import { CliError, EXIT, type ExitCode, usageError } from '../errors.ts';
import { dateOf, hoursOf } from '../selection.ts';
import { counted, moment } from '../terminal.ts';
import { type Adder, examples } from './adder.ts';

/** Options of `schedule`, as commander reads them. `false`: the part is to be removed. */
interface ScheduleOptions {
  every?: string;
  at?: string;
  cron?: string;
  /** Set by commander unless there is `--no-sync`. */
  sync?: boolean;
  timezone?: string;
  hours?: { from: string; to: string } | false;
  until?: string | false;
  pause?: boolean;
  resume?: boolean;
  remove?: boolean;
}

/** What `--every` accepts beside a duration, and the day of the week in cron. */
const PERIODS: Readonly<Record<string, string>> = {
  ...{ day: '*', weekday: '1-5', sunday: '0', monday: '1', tuesday: '2', wednesday: '3', thursday: '4', friday: '5' },
  saturday: '6',
};

/** `schedule`: keeps a transfer in sync, and limits its hours. */
export function addScheduleCommand({ program, action }: Adder): void {
  program
    .command('schedule')
    .description('keep a transfer in sync, limit its hours, or show its schedule')
    .argument('<id>', 'id of the transfer')
    .option('--every <period>', 'day, weekday, monday … sunday, or an interval such as 6h or PT6H')
    .option('--at <time>', 'time of the day, such as 02:00 (default: 00:00)')
    .option('--cron <expression>', 'in place of --every and --at, such as "0 2 * * *"')
    .option('--no-sync', 'sync no longer; the hours stay')
    .option('--hours <from-to>', 'run only within these hours, such as 20:00-06:00', hoursOf)
    .option('--no-hours', 'run at any time; the sync stays')
    .option('--until <date>', 'start no run later: RFC 3339, or 2026-12-31 (0:00 UTC)', dateOf)
    .option('--no-until', 'sync without an end')
    .option('--timezone <name>', 'of the times (default: that of the schedule, else of this computer)')
    .option('--pause', 'start no further run; the hours still apply')
    .option('--resume', 'start the runs of a paused schedule again')
    .option('--remove', 'remove the schedule')
    .addHelpText(
      'after',
      `\nWhat is not named stays as it is.\n${examples(
        'cloudmover schedule q5Zt0c9hT2uKjH1xV3mW8w --every day --at 02:00',
        'cloudmover schedule q5Zt0c9hT2uKjH1xV3mW8w --every 6h --hours 20:00-06:00 --timezone Europe/Berlin',
        'cloudmover schedule q5Zt0c9hT2uKjH1xV3mW8w',
        'cloudmover schedule q5Zt0c9hT2uKjH1xV3mW8w --no-hours',
        'cloudmover schedule q5Zt0c9hT2uKjH1xV3mW8w --remove',
      )}`,
    )
    .action(action(schedule));
}

async function schedule(context: Context, id: string, options: ScheduleOptions): Promise<ExitCode> {
  const { api, terminal, command } = context;
  const path = { params: { path: { id } } };
  const { pause, resume, remove, sync, ...times } = options;
  const isChange = Object.keys(times).length > 0 || sync === false;
  if (Number(pause ?? false) + Number(remove ?? false) + Number(isChange || (resume ?? false)) > 1)
    throw usageError('--pause and --remove cannot be combined with other options.');
  if (remove) return removed(context, id);
  if (pause) return show(context, id, await api.answer(api.transfers.POST('/api/transfers/{id}/schedule/pause', path)));
  if (!isChange && !resume)
    return show(context, id, await api.answer(api.transfers.GET('/api/transfers/{id}/schedule', path)));

  const wanted = timesOf(options);
  const before = await scheduleOf(context, id);
  const isPaused = before?.state === 'paused';
  // Setting it again would move the next run of an interval.
  if (!isChange && before && !isPaused && before.state !== 'ended') return show(context, id, before);
  const change = merged(before, wanted, options);
  if (change.every === undefined && change.cron === undefined && !change.hours) {
    if (before || sync === false || options.hours === false) return removed(context, id);
    throw usageError(`${id} has no schedule yet: name --every, --cron or --hours.`);
  }
  let after = await api.answer(api.transfers.PUT('/api/transfers/{id}/schedule', { ...path, body: change }));
  // The API starts the runs of a schedule that it sets.
  const staysPaused = isPaused && !resume && (change.every ?? change.cron) !== undefined;
  if (staysPaused) after = await api.answer(api.transfers.POST('/api/transfers/{id}/schedule/pause', path));
  show(context, id, after);
  if (staysPaused) terminal.say(`Paused. Start its runs again: ${command(`schedule ${id} --resume`)}`);
  return EXIT.done;
}

/** The schedule of a transfer, if it has one. */
async function scheduleOf({ api }: Context, id: string): Promise<Schedule | undefined> {
  try {
    return await api.answer(api.transfers.GET('/api/transfers/{id}/schedule', { params: { path: { id } } }));
  } catch (error) {
    if (error instanceof CliError && error.code === 'schedule_not_found') return undefined;
    throw error;
  }
}

async function removed({ api, terminal }: Context, id: string): Promise<ExitCode> {
  await api.answer(api.transfers.DELETE('/api/transfers/{id}/schedule', { params: { path: { id } } }));
  terminal.emit('schedule', { id });
  terminal.say(`${id} has no schedule.`);
  return EXIT.done;
}

function show({ terminal }: Context, id: string, shown: Schedule): ExitCode {
  terminal.emit('schedule', { id, schedule: shown });
  for (const line of linesOf(shown)) terminal.say(line);
  return EXIT.done;
}

type Times = Pick<ScheduleChange, 'every' | 'cron'>;

/** When the options let it sync. @throws CliError (exit code 2) for options that do not fit each other */
function timesOf({ every, at, cron, sync }: ScheduleOptions): Times | undefined {
  if (cron !== undefined && (every !== undefined || at !== undefined))
    throw usageError('--cron replaces --every and --at.');
  if (sync === false && (cron ?? every ?? at) !== undefined)
    throw usageError('--no-sync cannot be combined with --every, --at and --cron.');
  const day = every === undefined ? undefined : PERIODS[every.toLowerCase()];
  if (at !== undefined && day === undefined) throw usageError('--at needs --every day, weekday or a day of the week.');
  if (cron !== undefined) return { cron };
  if (every === undefined) return undefined;
  return day === undefined ? { every: intervalOf(every) } : { cron: `${timeOf(at ?? '00:00')} * * ${day}` };
}

/** The whole schedule, because the API replaces it: what it was, with what the options name. */
function merged(
  before: Schedule | undefined,
  wanted: Times | undefined,
  { sync, hours, until, timezone }: ScheduleOptions,
): ScheduleChange {
  const syncs = sync !== false;
  const { every, cron } = wanted ?? before ?? {};
  const within = hours === false ? undefined : (hours ?? before?.hours);
  // An end belongs to the runs; `until` alone is refused by the server.
  const end = until === false ? undefined : (until ?? (syncs ? before?.until : undefined));
  return {
    ...(syncs && every !== undefined && { every }),
    ...(syncs && cron !== undefined && { cron }),
    timezone: timezone ?? before?.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    ...(within && { hours: within }),
    ...(end !== undefined && { until: end }),
  };
}

/** Minute and hour of cron. */
function timeOf(text: string): string {
  const [, hour, minute] = /^(\d{1,2}):(\d\d)$/.exec(text) ?? [];
  if (hour === undefined || Number(hour) > 23 || Number(minute) > 59)
    throw usageError(`--at ${text}: write it as 02:00.`);
  return `${Number(minute)} ${Number(hour)}`;
}

/** `30m`, `6h`, `2d` as ISO 8601; anything else is left to the server. */
function intervalOf(text: string): string {
  const [, number, unit] = /^(\d{1,4})([mhd])$/i.exec(text) ?? [];
  if (number === undefined) return text.toUpperCase();
  return unit!.toLowerCase() === 'd' ? `P${number}D` : `PT${number}${unit!.toUpperCase()}`;
}

function linesOf({ state, every, cron, timezone, hours, until, nextRunAt, lastRun }: Schedule): string[] {
  const when = every ?? cron;
  return [
    ...(when === undefined ? [] : [`${every ? 'Every' : 'Cron'} ${when}, ${timezone}: ${state}`]),
    ...(hours ? [`Runs only from ${hours.from} to ${hours.to}, ${timezone}`] : []),
    ...(until ? [`Until ${moment(until)}`] : []),
    ...(nextRunAt ? [`Next run: ${moment(nextRunAt)}`] : []),
    ...(lastRun
      ? [
          `Last run: ${moment(lastRun.at)}, ${counted(lastRun.changed, 'change')}, ${lastRun.state.replaceAll('_', ' ')}`,
        ]
      : []),
  ];
}
