import { readFileSync } from 'node:fs';
import { RunProblem } from './problem.ts';

/** The two people whose accounts a run uses, by the names they have in the rows. */
export const ACCOUNTS = ['alice', 'bob'] as const;
export type Account = (typeof ACCOUNTS)[number];

/** An access token, or what gets one: the content of a file that `gcloud auth application-default login` writes. */
export interface Credential {
  accessToken?: string;
  refresh?: { clientId: string; clientSecret: string; refreshToken: string };
}

/**
 * Reads the credential of an account from a file, or from `CONFORMANCE_ALICE` or `CONFORMANCE_BOB`.
 * @param file JSON with `refresh_token`, `client_id` and `client_secret` or with `access_token`, or the token alone
 * @throws RunProblem that names where the credential was expected, and never what was found there
 */
export function readCredential(account: Account, file: string | undefined, environment: NodeJS.ProcessEnv): Credential {
  const variable = `CONFORMANCE_${account.toUpperCase()}`;
  const where = file === undefined ? variable : `--${account} ${file}`;
  let content = environment[variable];
  if (file !== undefined) {
    try {
      content = readFileSync(file, 'utf8');
    } catch (error) {
      throw new RunProblem('credentials', `${where}: cannot be read (${(error as NodeJS.ErrnoException).code}).`);
    }
  }
  if (content === undefined || content.trim() === '')
    throw new RunProblem('credentials', `No credential for ${account}: use --${account} FILE or set ${variable}.`);
  const text = content.trim();
  if (!text.startsWith('{')) {
    if (/^[\w.~+/-]+=*$/.test(text)) return { accessToken: text };
    throw new RunProblem('credentials', `${where}: is neither JSON nor an access token.`);
  }
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new RunProblem('credentials', `${where}: is not valid JSON.`);
  }
  const { access_token: accessToken, refresh_token, client_id, client_secret } = json;
  if (typeof refresh_token === 'string' && typeof client_id === 'string' && typeof client_secret === 'string')
    return { refresh: { clientId: client_id, clientSecret: client_secret, refreshToken: refresh_token } };
  if (typeof accessToken === 'string') return { accessToken };
  throw new RunProblem(
    'credentials',
    `${where}: needs "access_token", or "refresh_token", "client_id" and "client_secret".`,
  );
}
