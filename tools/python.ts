// Google's Python client, which tests the sandbox: a Python that has it, from the variable or this machine, otherwise
// the system's with Debian's package.
import { existsSync } from 'node:fs';
import process from 'node:process';
import { installProgram } from './packages.ts';
import { capture, programOnPath } from './processes.ts';
import { Problem, say } from './workspace.ts';

const IMPORTS = 'import googleapiclient.discovery, google_auth_httplib2, google.oauth2.service_account';

/** Debian's Python, the only one that finds Debian's packages; another one may be first on the PATH. */
const SYSTEM_PYTHON = '/usr/bin/python3';

/**
 * The path of a Python with Google's client; installs it if the package manager needs no confirmation. Undefined, with
 * a message, on systems without apt-get, which have no package of the client.
 * @throws {Problem} that names the command to type
 */
export async function usePythonClient({ system = SYSTEM_PYTHON } = {}) {
  const named = process.env.GOOGLE_PYTHON;
  if (named) {
    if (!existsSync(named))
      throw new Problem(
        `GOOGLE_PYTHON is ${named}, but there is no such file. Correct or unset the variable; without it, one is found or installed.`,
      );
    if (!hasClient(named))
      throw new Problem(`GOOGLE_PYTHON is ${named}, which lacks google-api-python-client. Install it there with pip.`);
    return named;
  }
  const find = () => [programOnPath('python3'), system].find((each) => each && hasClient(each));
  const found = find();
  if (found) return found;
  if (!programOnPath('apt-get')) {
    say(
      "Google's Python client is missing, so its tests are skipped. Set GOOGLE_PYTHON to a Python with google-api-python-client to run them.",
    );
    return undefined;
  }
  await installProgram({ what: "Google's Python client", apt: ['python3-googleapi'], brew: [], others: {} });
  const installed = find();
  if (!installed)
    throw new Problem(
      'python3-googleapi was installed, but no Python finds it. Set GOOGLE_PYTHON to one with google-api-python-client.',
    );
  return installed;
}

const hasClient = (python: string) => capture([python, '-c', IMPORTS], { timeoutMs: 60_000 }).code === 0;
