import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, matchesGlob } from 'node:path';
import { sourceFiles } from './local.ts';
import { capture } from './processes.ts';
import { ROOT, withoutSettings } from './workspace.ts';

const lines = (file: string) =>
  readFileSync(join(ROOT, file), 'utf8')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line.trim() && !line.startsWith('#'));

/** The instructions of a stage, after those of the stages that it is built on. */
function stepsOf(stage: string) {
  const stages = new Map<string, string[]>();
  for (const line of lines('backend/Dockerfile')) {
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
function isIgnored(path: string) {
  let ignored = false;
  for (const rule of lines('.dockerignore')) {
    const pattern = rule.replace(/^!/, '');
    if (matchesGlob(path, pattern) || matchesGlob(path, `${pattern}/**`)) ignored = !rule.startsWith('!');
  }
  return ignored;
}

const digestsIn = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => statSync(join(folder, name)).isFile())
      .sort()
      .map((name) => [
        name,
        createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex'),
      ]),
  );

// Its steps run here as Docker would run them, in a folder with nothing but what they copy. Only the packages are taken
// from this checkout, where the same `npm ci` has put them, and not from the registry again.
describe('backend/Dockerfile', () => {
  let folder: string;
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'dockerfile-'))));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const copyPackages = () => {
    for (const path of ['node_modules', 'backend/node_modules', 'frontend/node_modules']) {
      if (!existsSync(join(ROOT, path))) continue;
      // Without links into the checkout, so that nothing of it can be found through them.
      expect(capture(['cp', '-Rp', join(ROOT, path), join(folder, path)], { timeoutMs: 300_000 }).errors).toBe('');
    }
  };
  const copy = (words: string[]) => {
    const [to, sources] = [words.at(-1)!, words.slice(0, -1)];
    for (const path of context) {
      const source = sources.find((each) => path === each || path.startsWith(`${each}/`));
      if (source === undefined) continue;
      const isFile = path === source;
      const target = join(folder, to, isFile ? basename(path) : path.slice(source.length));
      mkdirSync(dirname(target), { recursive: true });
      copyFileSync(join(ROOT, path), target);
    }
  };
  const context = sourceFiles().filter((path) => existsSync(join(ROOT, path)) && !isIgnored(path));
  const env = Object.fromEntries(
    Object.entries(withoutSettings()).filter(([name]) => !/^(npm|NX|NODE|JEST)_/.test(name)),
  );

  it('builds the portal that `npm run build` makes, file by file', () => {
    const commands: string[] = [];
    for (const { instruction, words } of stepsOf('build')) {
      if (instruction === 'COPY') copy(words);
      else if (instruction === 'RUN' && words.join(' ').startsWith('npm ci ')) copyPackages();
      else if (instruction === 'RUN') {
        commands.push(words.join(' '));
        const { code, output, errors } = capture(['sh', '-c', words.join(' ')], {
          cwd: folder,
          env,
          timeoutMs: 600_000,
        });
        expect({ code, said: code === 0 ? '' : `${output}${errors}` }).toEqual({ code: 0, said: '' });
      } else if (instruction === 'ENV') {
        for (const [name = '', value = ''] of words.map((word) => word.split('=')))
          env[name] = value.replace('/app', folder).replace('$PATH', env.PATH ?? '');
      } else if (instruction !== 'WORKDIR') throw new Error(`This test cannot run ${instruction}.`);
    }
    expect(commands).not.toEqual([]);
    const portal = digestsIn(join(folder, 'frontend/dist/browser'));
    expect(portal).toEqual(digestsIn(join(ROOT, 'frontend/dist/browser')));
    expect(Object.keys(portal).filter((name) => name.endsWith('.br'))).not.toEqual([]);
    expect(existsSync(join(folder, 'backend/dist/main.js'))).toBe(true);
  }, 600_000);
});
