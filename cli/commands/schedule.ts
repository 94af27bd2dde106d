import type { Schedule, ScheduleChange } from '../api/client.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode, usageError } from '../errors.ts';
import { dateOf, hoursOf } from '../selection.ts';
import { counted } from '../terminal.ts';
import { type Adder, examples } from './adder.ts';

/** Options of `schedule`, as commander reads them. */
interface ScheduleOptions {
  every?: string;
  at?: string;
  cron?: string;
  timezone?: string;
  hours?: { from: string; to: string };
  until?: string;
  pause?: boolean;
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
    .option('--timezone <name>', 'of the times (default: the one of this computer)')
    .option('--hours <from-to>', 'run only within these hours, such as 20:00-06:00', hoursOf)
    .option('--until <date>', 'start no run later: 2026-12-31 or RFC 3339', dateOf)
    .option('--pause', 'start no further run')
    .option('--remove', 'remove the schedule')
    .addHelpText(
      'after',
      examples(
        'cloudmover schedule q5Zt0c9hT2uKjH1xV3mW8w --every day --at 02:00',
        'cloudmover schedule q5Zt0c9hT2uKjH1xV3mW8w --every 6h --hours 20:00-06:00 --timezone Europe/Berlin',
        'cloudmover schedule q5Zt0c9hT2uKjH1xV3mW8w',
        'cloudmover schedule q5Zt0c9hT2uKjH1xV3mW8w --remove',
      ),
    )
    .action(action(schedule));
}

async function schedule(context: Context, id: string, options: ScheduleOptions): Promise<ExitCode> {
  const { api, terminal } = context;
  const path = { params: { path: { id } } };
  const { pause, remove, ...times } = options;
  const isChange = Object.keys(times).length > 0;
  if (Number(pause ?? false) + Number(remove ?? false) + Number(isChange) > 1)
    throw usageError('--pause and --remove cannot be combined with other options.');
  if (remove) {
    await api.answer(api.transfers.DELETE('/api/transfers/{id}/schedule', path));
    terminal.emit('schedule', { id });
    terminal.say(`${id} has no schedule.`);
    return EXIT.done;
  }
  const shown = await api.answer(
    pause
      ? api.transfers.POST('/api/transfers/{id}/schedule/pause', path)
      : isChange
        ? api.transfers.PUT('/api/transfers/{id}/schedule', { ...path, body: changeOf(times) })
        : api.transfers.GET('/api/transfers/{id}/schedule', path),
  );
  terminal.emit('schedule', { id, schedule: shown });
  for (const line of linesOf(shown)) terminal.say(line);
  return EXIT.done;
}

function changeOf({ every, at, cron, timezone, hours, until }: ScheduleOptions): ScheduleChange {
  if (cron !== undefined && (every !== undefined || at !== undefined))
    throw usageError('--cron replaces --every and --at.');
  const day = every === undefined ? undefined : PERIODS[every.toLowerCase()];
  if (at !== undefined && day === undefined) throw usageError('--at needs --every day, weekday or a day of the week.');
  return {
    ...(cron !== undefined && { cron }),
    ...(day !== undefined && { cron: `${timeOf(at ?? '00:00')} * * ${day}` }),
    ...(every !== undefined && day === undefined && { every: intervalOf(every) }),
    timezone: timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    ...(hours && { hours }),
    ...(until !== undefined && { until }),
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
    ...(until ? [`Until ${until}`] : []),
    ...(nextRunAt ? [`Next run: ${nextRunAt}`] : []),
    ...(lastRun
      ? [`Last run: ${lastRun.at}, ${counted(lastRun.changed, 'change')}, ${lastRun.state.replaceAll('_', ' ')}`]
      : []),
  ];
}
