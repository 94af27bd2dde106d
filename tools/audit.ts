// `npm run audit`: known vulnerabilities of the packages that ship. If the registry is unavailable it reports that and
// does not fail.
import { npm } from './npm.ts';
import { say } from './workspace.ts';

/** The used part of the output of `npm audit --json`. */
interface Report {
  metadata?: { vulnerabilities?: unknown; dependencies?: { prod?: number } };
  vulnerabilities?: Record<string, { name: string; severity: string; range: string; fixAvailable: unknown }>;
  error?: { summary?: string };
  message?: string;
}

/** Turns npm's output into lines to print and an exit status. */
export function verdictOn({ timedOut, stdout, stderr }: { timedOut: boolean; stdout: string; stderr: string }) {
  const report = timedOut ? undefined : parsed(stdout);
  if (!report?.metadata?.vulnerabilities) {
    const why = timedOut
      ? 'it did not respond'
      : report?.error?.summary || report?.message || stderr.trim().split('\n')[0];
    return {
      status: 0,
      lines: [
        `The registry could not be queried for known vulnerabilities: ${why || 'no reason was given'}. Nothing was checked.`,
      ],
    };
  }
  const found = Object.values(report.vulnerabilities ?? {});
  const checked = report.metadata.dependencies?.prod ?? 0;
  if (found.length === 0) return { status: 0, lines: [`No known vulnerability in the ${checked} packages that ship.`] };
  return {
    status: 1,
    lines: found.map(
      ({ name, severity, range, fixAvailable }) =>
        `${name} ${range}: ${severity}${fixAvailable ? ', an update is available' : ''}`,
    ),
  };
}

function parsed(text: string): Report | undefined {
  try {
    return JSON.parse(text) as Report;
  } catch {
    return undefined;
  }
}

export default function audit() {
  const { status, lines } = verdictOn(npm(['audit', '--omit=dev', '--omit=optional', '--json'], { seconds: 60 }));
  for (const line of lines) say(line);
  return status;
}
