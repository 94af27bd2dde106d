import { readFileSync } from 'node:fs';
import { RunProblem } from './problem.ts';

/** The two accounts of a run, by the names of their people in the rows. */
export const ACCOUNTS = ['alice', 'bob'] as const;
export type Account = (typeof ACCOUNTS)[number];

/** An access token, or the credential for one in a file of `gcloud auth application-default login`. */
export interface Credential {
  accessToken?: string;
  refresh?: { clientId: string; clientSecret: string; refreshToken: string };
}

/**
 * Reads the credential of an account from a file, or from `CONFORMANCE_ALICE` or `CONFORMANCE_BOB`.
 * @param file JSON with `refresh_token`, `client_id` and `client_secret` or with `access_token`, or the token alone
 * @throws RunProblem that names the place of the credential, but not its content
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
    throw new RunProblem('credentials', `No credential for ${account}. Use --${account} FILE or set ${variable}.`);
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
