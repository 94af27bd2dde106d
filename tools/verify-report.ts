// `npm run verify-report -- FILE`: checks a transfer's report against Google alone, with the code of the command line.
// It trusts nothing of CloudMover: it uses your own access tokens, reads both drives, lists the source again and
// compares every line.
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { CliError } from '../cli/errors.ts';
import { GoogleDrive } from '../cli/verify/google-drive.ts';
import { readGrants, readLinks, readReport } from '../cli/verify/report-file.ts';
import { summaryOf, verify } from '../cli/verify/verify.ts';
import { readArguments, UsageProblem } from './arguments.ts';
import { Problem, say } from './workspace.ts';

/**
 * @param args the report (JSON or CSV); `--bytes` downloads and compares both sides of every file; `--api-root URL`
 *   replaces Google's; `--sha256 HEX` is the fingerprint in the certificate; `--access FILE` is the transfer's access.csv,
 *   to check who can open each copy and its restrictions; `--links FILE` its links.csv, to check that the links add up. Tokens: `SOURCE_ACCESS_TOKEN`, `DESTINATION_ACCESS_TOKEN`, or files with them (`…_FILE`)
 * @returns 0 if nothing is wrong
 */
export default async function verifyReport(args: string[]): Promise<number> {
  const { file, bytes, apiRoot, stated, accessFile, linksFile } = optionsOf(args);
  try {
    const report = readReport(file);
    const access = accessFile === undefined ? undefined : readGrants(accessFile);
    const links = linksFile === undefined ? undefined : readLinks(linksFile);
    const source = new GoogleDrive('source', secretOf('SOURCE_ACCESS_TOKEN'), apiRoot);
    const destination = new GoogleDrive('destination', secretOf('DESTINATION_ACCESS_TOKEN'), apiRoot);
    const open = { source, destination };
    const verdict = await verify({ ...{ report, ...open, open, bytes, access, links, stated, say } });
    for (const finding of verdict.findings) say(`✘ ${finding}`);
    say(`\n${summaryOf(verdict)}`);
    return verdict.findings.length === 0 ? 0 : 1;
  } catch (error) {
    throw error instanceof CliError ? new Problem(error.message, { cause: error }) : error;
  }
}

function optionsOf(args: string[]) {
  const wrong = (message: string) => new UsageProblem('verify-report', message);
  const { values, positionals } = readArguments(
    'verify-report',
    args,
    {
      bytes: { type: 'boolean', default: false },
      sha256: { type: 'string' },
      access: { type: 'string' },
      links: { type: 'string' },
      'api-root': { type: 'string', default: process.env.GOOGLE_BASE_URL || 'https://www.googleapis.com' },
    },
    1,
  );
  const [file] = positionals;
  if (!file) throw wrong('Which report?');
  const stated = values.sha256?.replaceAll(/\s/g, '').toLowerCase();
  if (stated !== undefined && !/^[\da-f]{64}$/.test(stated))
    throw wrong('--sha256 takes the 64 hexadecimal digits of a certificate; spaces may stay, in quotes.');
  if (!URL.canParse(values['api-root'])) throw wrong('--api-root must be an address.');
  return {
    ...{ file, bytes: values.bytes, apiRoot: values['api-root'], stated },
    ...{ accessFile: values.access, linksFile: values.links },
  };
}

function secretOf(name: string) {
  const path = process.env[`${name}_FILE`];
  let secret = process.env[name];
  try {
    if (path) secret = readFileSync(path, 'utf8');
  } catch {
    throw new Problem(`${name}_FILE names a file that cannot be read.`);
  }
  if (secret?.trim()) return secret.trim();
  throw new Problem(
    `${name} is missing: an OAuth access token for that account's Drive (reading is enough), or ${name}_FILE with a file that holds one.\n` +
      'With Google: https://developers.google.com/oauthplayground; with the sandbox: POST /__sandbox/tokens {account}.',
  );
}
