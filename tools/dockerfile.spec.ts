import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, matchesGlob } from 'node:path';
import { hashOf } from './build.ts';
import { digestsOf, sourceFiles } from './checkout.ts';
import { capture } from './processes.ts';
import { ROOT, withoutSettings } from './workspace.ts';

const lines = (file: string) =>
  readFileSync(join(ROOT, file), 'utf8')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line.trim() && !line.startsWith('#'));

/** The instructions of a stage, after those of the stages that it is built on. */
function stepsOf(dockerfile: string, stage: string) {
  const stages = new Map<string, string[]>();
  for (const line of lines(dockerfile)) {
    const [, base, name = ''] = /^FROM (\S+)(?: AS (\S+))?$/.exec(line) ?? [];
    if (base) stages.set(name, [...(stages.get(base) ?? [])]);
    else [...stages.values()].at(-1)?.push(line);
  }
  return (stages.get(stage) ?? []).map((line) => {
    const [, instruction = '', rest = ''] = /^(\w+) (.*)$/.exec(line) ?? [];
    const words = rest.split(/\s+/);
    return { instruction, words: words.slice(words.findIndex((word) => !word.startsWith('--'))) };
  });
}

/** Whether .dockerignore leaves a file out: the last rule that fits it or one of its folders decides. */
function isIgnored(path: string, rules: string[]) {
  let ignored = false;
  for (const rule of rules) {
    const pattern = rule.replace(/^!/, '');
    if (matchesGlob(path, pattern) || matchesGlob(path, `${pattern}/**`)) ignored = !rule.startsWith('!');
  }
  return ignored;
}

/** The files that a build sees, as paths from its top folder (`''` for that of the checkout). */
function contextOf(top: string) {
  const rules = lines(join(top, '.dockerignore'));
  return sourceFiles()
    .filter((path) => path.startsWith(top) && existsSync(join(ROOT, path)))
    .map((path) => path.slice(top.length))
    .filter((path) => !isIgnored(path, rules));
}

/**
 * Runs the steps of a stage as Docker would, in a folder with nothing but what they copy. Only the packages that a first
 * `npm ci` or `npm install` gets from the registry come from this checkout.
 * @param top the folder of the context, with its slash
 * @param root the folder that stands for the image's `/`
 * @returns the commands that ran
 */
function buildStage(dockerfile: string, top: string, root: string, copyPackages: () => void): string[] {
  const context = contextOf(top);
  const env = Object.fromEntries(
    // What this run of npm, nx or Jest has set. Without the certificates of the machine, npm would ask the registry for
    // more than a minute before it takes a package from its cache.
    Object.entries(withoutSettings()).filter(([name]) => !/^(npm|NX|NODE(?!_EXTRA_CA_CERTS)|JEST)_/i.test(name)),
  );
  env.npm_config_prefer_offline = 'true';
  // A new one: nx shares results among the checkouts of a user, and must not take the portal from another.
  env.NX_CACHE_DIRECTORY = join(root, 'nx-cache');
  /** Folders of the image that the steps name. */
  const inRoot = (text: string) => text.replace(/(^|[\s=])(?=\/(app|sandbox|tmp)\b)/g, `$1${root}`);
  let folder = root;
  const commands: string[] = [];
  const copy = (words: string[]) => {
    const [to, sources] = [words.at(-1)!, words.slice(0, -1)];
    for (const path of context) {
      const source = sources.find((each) => each === '.' || path === each || path.startsWith(`${each}/`));
      if (source === undefined) continue;
      const inside = source === '.' ? path : path === source ? basename(path) : path.slice(source.length);
      const target = join(folder, to, inside);
      mkdirSync(dirname(target), { recursive: true });
      copyFileSync(join(ROOT, top, path), target);
    }
  };
  for (const { instruction, words } of stepsOf(dockerfile, 'build')) {
    const command = words.join(' ');
    if (instruction === 'WORKDIR') mkdirSync((folder = inRoot(command)), { recursive: true });
    else if (instruction === 'COPY') copy(words);
    else if (instruction === 'RUN' && /^npm (ci|install) --no-audit/.test(command)) copyPackages();
    else if (instruction === 'RUN') {
      commands.push(command);
      const call = ['sh', '-c', inRoot(command)];
      const { code, output, errors } = capture(call, { cwd: folder, env, timeoutMs: 600_000 });
      expect({ code, said: code === 0 ? '' : `${output}${errors}` }).toEqual({ code: 0, said: '' });
    } else if (instruction === 'ENV') {
      for (const [name = '', value = ''] of words.map((word) => word.split('=')))
        env[name] = inRoot(value).replace('$PATH', env.PATH ?? '');
    } else throw new Error(`This test cannot run ${instruction}.`);
  }
  return commands;
}

/**
 * Copies the packages of this checkout. Not as symbolic links: the build follows them into the checkout, where it would
 * find what the image lacks, and names the portal's files by a hash that includes the paths of their sources. Hard
 * links, where they are possible, take seconds instead of a minute.
 */
function copyPackages(app: string) {
  for (const folder of ['node_modules', 'backend/node_modules', 'frontend/node_modules']) {
    if (!existsSync(join(ROOT, folder))) continue;
    // Without what earlier runs left there.
    const names = readdirSync(join(ROOT, folder)).filter((name) => name !== '.cache');
    const copy = (flags: string) => {
      const to = join(app, folder);
      rmSync(to, { recursive: true, force: true });
      mkdirSync(to, { recursive: true });
      return capture(['cp', flags, ...names, to], { cwd: join(ROOT, folder), timeoutMs: 300_000 });
    };
    if (copy('-RPl').code !== 0) expect(copy('-RP')).toMatchObject({ code: 0, errors: '' });
  }
}

describe('the images', () => {
  let root: string;
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'dockerfile-'))));
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  // The hash of the inputs alone would not show a build that depends on its folder, on the time, or on a file that nx
  // does not know as an input. So the portal is really built once more.
  it('backend/Dockerfile builds the portal that `npm run build` makes, file by file', () => {
    const app = join(root, 'app');
    const commands = buildStage('backend/Dockerfile', '', root, () => {
      copyPackages(app);
      // The API is compiled again only if its inputs in the image differ, and has no part in the portal.
      cpSync(join(ROOT, 'backend/dist'), join(app, 'backend/dist'), { recursive: true });
    });
    expect(commands).toEqual(['npm run build']);
    for (const name of ['backend', 'frontend']) expect(hashOf(name, app)).toBe(hashOf(name));
    const portal = digestsOf(join(app, 'frontend/dist/browser')).sort();
    expect(portal).toEqual(digestsOf(join(ROOT, 'frontend/dist/browser')).sort());
    expect(portal.filter((file) => file.includes('.br '))).not.toEqual([]);
  }, 1_200_000);

  it('sandbox/Dockerfile installs a sandbox that answers, checks itself, and ends when it is stopped', async () => {
    mkdirSync(join(root, 'tmp'));
    // The compiler and types, where Node looks for them.
    buildStage('sandbox/Dockerfile', 'sandbox/', root, () => {
      symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
    });
    rmSync(join(root, 'node_modules'));
    const last = stepsOf('sandbox/Dockerfile', '');
    expect(last.map(({ instruction, words }) => `${instruction} ${words.join(' ')}`)).toContain('COPY /app /app');
    const [program = '', ...args] = JSON.parse(
      last.find(({ instruction }) => instruction === 'ENTRYPOINT')!.words.join(' '),
    ) as string[];
    // As `docker run` appends it.
    const child = spawn(join(root, program), [...args, '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      let said = '';
      for await (const chunk of child.stdout) if (/Ctrl-C/.test((said += String(chunk)))) break;
      const url = /Drive sandbox +(http:\S+)/.exec(said)?.[1];
      expect((await fetch(`${url}/drive/v3/about?fields=user`)).status).toBe(403);
      const check = capture([join(root, program), 'conformance', '--only', 'about'], { timeoutMs: 60_000 });
      expect(check.output).toMatch(/ rows hold, 0 differ/);
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
    } finally {
      child.kill('SIGKILL');
    }
  }, 300_000);
});
