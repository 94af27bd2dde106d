import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parse } from 'yaml';
import { ROOT } from './workspace.ts';

interface Step {
  name?: string;
  uses?: string;
  run?: string;
}
interface Workflow {
  on: { push: { tags?: string[] } };
  permissions: Record<string, string>;
  jobs: Record<
    string,
    { steps: Step[]; 'timeout-minutes': number; permissions?: Record<string, string>; needs?: string[] }
  >;
}

/** Of jobs that have more than the workflow. The token that `npm` gets identifies it to npm, and writes nothing here. */
const PERMISSIONS: Record<string, Record<string, string>> = {
  publish: { contents: 'write', packages: 'write' },
  npm: { contents: 'read', 'id-token': 'write' },
};

const FOLDER = join(ROOT, '.github/workflows');
const workflow = (file: string) => parse(readFileSync(join(FOLDER, file), 'utf8')) as Workflow;

describe('the workflows of GitHub', () => {
  it.each(readdirSync(FOLDER))('%s limits the time of each job, and lets only the publishing one write', (file) => {
    const { permissions, jobs } = workflow(file);
    expect(permissions).toEqual({ contents: 'read' });
    for (const [name, job] of Object.entries(jobs)) {
      expect(job['timeout-minutes']).toBeLessThanOrEqual(60);
      expect(job.permissions).toEqual(PERMISSIONS[name]);
    }
  });

  it.each(['ci.yml', 'release.yml'])('check the image with Docker (%s)', (file) => {
    expect(workflow(file).jobs.image!.steps.at(-1)).toEqual({ run: 'npm run image-check' });
  });
});

describe('a release', () => {
  const { on, jobs } = workflow('release.yml');
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'release-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /**
   * Runs a step in `folder` as a runner does. Programs of `stubs` only record how they are called, after their own
   * script, if any.
   */
  function runStep(
    job: string,
    name: string,
    { stubs = {}, tag = 'v1.2.3', more = {} }: { stubs?: Record<string, string>; tag?: string; more?: object } = {},
  ) {
    const bin = join(folder, 'bin');
    mkdirSync(bin, { recursive: true });
    for (const [stub, own] of Object.entries(stubs)) {
      writeFileSync(join(bin, stub), `#!/bin/sh\n${own}\necho "$(basename "$0") $*"\n`);
      chmodSync(join(bin, stub), 0o755);
    }
    const script = join(folder, 'step.sh');
    writeFileSync(script, jobs[job]!.steps.find((step) => step.name === name)!.run!);
    const env = {
      PATH: `${bin}:${process.env.PATH}`,
      GH_TOKEN: 'the-token',
      GITHUB_ACTOR: 'someone',
      GITHUB_REF_NAME: tag,
      GITHUB_REPOSITORY: 'Example/CloudMover',
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_SHA: 'abc',
      ...more,
    };
    // https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell
    const { status, stdout, stderr } = spawnSync('bash', ['-e', script], { cwd: folder, env, encoding: 'utf8' });
    return { status, lines: stdout.split('\n').filter(Boolean), stderr };
  }

  it('is made of a tag with a final version only', () => {
    // In these patterns `.` is itself, and `+` repeats the character before it.
    const [pattern = '', ...others] = on.push.tags!;
    expect(others).toEqual([]);
    const expression = new RegExp(`^${pattern.replaceAll('.', '\\.')}$`);
    expect(['v1.2.3', 'v0.10.0'].every((tag) => expression.test(tag))).toBe(true);
    expect(['v1.2.3-rc.1', 'v1.2', '1.2.3', 'v1.2.3.4'].some((tag) => expression.test(tag))).toBe(false);
  });

  it('has the notes of its version, and fails without them or with another version in package.json', () => {
    const check = (tag?: string) => {
      rmSync(join(folder, 'release'), { recursive: true, force: true });
      return runStep('check', 'The tag is the version of the packages, and has notes', { tag }).status;
    };
    writeFileSync(join(folder, 'package.json'), '{"version": "1.2.3"}');
    const changelog =
      '# Changelog\n\n## [Unreleased]\n\nnew\n\n## [1.2.3] - 2026-11-30\n\n### Fixed\n\nthis\n\n## [1.2.2]\n\nold\n';
    writeFileSync(join(folder, 'CHANGELOG.md'), changelog);
    expect(check()).toBe(0);
    expect(readFileSync(join(folder, 'release/notes.md'), 'utf8').trim()).toBe('### Fixed\n\nthis');
    expect(check('v1.2.4')).not.toBe(0);
    writeFileSync(join(folder, 'CHANGELOG.md'), changelog.replace('### Fixed\n\nthis\n', ''));
    expect(check()).not.toBe(0);
  });

  it('has both images with the version and its minor version, and never shows the token', () => {
    const { status, lines, stderr } = runStep('publish', 'Images', {
      stubs: { docker: '[ "$1" != login ] || cat > /dev/null' },
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const labels = ['source=https://github.com/Example/CloudMover', 'revision=abc', 'version=1.2.3']
      .map((label) => ` --label org.opencontainers.image.${label}`)
      .join('');
    const built = (name: string) => `docker build --tag ${name}:1.2.3 --tag ${name}:1.2${labels}`;
    const name = 'ghcr.io/example/cloudmover';
    expect(lines).toEqual([
      'docker login ghcr.io --username someone --password-stdin',
      `${built(name)} --file backend/Dockerfile .`,
      `docker push --all-tags ${name}`,
      `${built(`${name}-sandbox`)} sandbox`,
      `docker push --all-tags ${name}-sandbox`,
    ]);
  });

  it('has the three packages, from the artifact of the job that tested them', () => {
    expect(jobs.publish!.needs).toEqual(['check', 'image']);
    mkdirSync(join(folder, 'release'));
    for (const folderName of ['cli', 'sandbox', 'server']) mkdirSync(join(folder, folderName));
    const { lines } = runStep('check', 'Packages', { stubs: { npm: '' } });
    const url = 'git+https://github.com/Example/CloudMover.git';
    expect(lines).toEqual(
      ['cli', 'sandbox', 'server'].flatMap((each) => [
        `npm pkg set repository.type=git repository.url=${url} repository.directory=${each}`,
        'npm pack --pack-destination ../release',
      ]),
    );
    for (const name of ['a.tgz', 'b.tgz', 'c.tgz']) writeFileSync(join(folder, 'release', name), '');
    expect(runStep('publish', 'Release', { stubs: { gh: '' } }).lines).toEqual([
      'gh release create v1.2.3 --verify-tag --title CloudMover 1.2.3 --notes-file release/notes.md release/a.tgz release/b.tgz release/c.tgz',
    ]);
  });

  describe('on npm', () => {
    const publish = (more: object, npm = '[ "$1" != view ] || exit 1') =>
      runStep('npm', 'Publish', { stubs: { npm }, more: { NODE_AUTH_TOKEN: '', TRUSTED: '', ...more } });
    const published = (name: string) =>
      `npm publish ./release/cloudmover-${name}-1.2.3.tgz --access public --provenance --ignore-scripts`;
    const ALL = ['drive-sandbox', 'server', 'cli'].map(published);

    it.each([{ NODE_AUTH_TOKEN: 'secret-of-npm' }, { TRUSTED: 'true' }])(
      'has the tested packages with their provenance, each after those that it depends on (%j)',
      (more) => {
        expect(jobs.npm!.needs).toEqual(['check', 'image']);
        expect(publish(more)).toEqual({ status: 0, lines: ALL, stderr: '' });
      },
    );

    it('has nothing, and says so, where neither a token nor trust is configured', () => {
      const { status, lines } = publish({});
      expect({ status, lines }).toEqual({
        status: 0,
        lines: [expect.stringMatching(/^::notice title=Not on npm::.*NPM_TOKEN.*NPM_TRUSTED_PUBLISHING/)],
      });
    });

    it('continues after an attempt that stopped halfway, and fails with the package that npm refuses', () => {
      const sandbox = '@cloudmover/drive-sandbox@1.2.3';
      const view = `if [ "$1" = view ]; then [ "$2" != ${sandbox} ] || echo 1.2.3; exit 0; fi`;
      const more = { TRUSTED: 'true' };
      expect(publish(more, view).lines).toEqual([`${sandbox} is on npm.`, ...ALL.slice(1)]);
      expect(publish(more, `[ "$1" = view ] || echo "refused $2"; exit 1`)).toMatchObject({
        status: 1,
        lines: ['refused ./release/cloudmover-drive-sandbox-1.2.3.tgz'],
      });
    });

    it('has packages with the names that it publishes', () => {
      for (const [folderName, name] of [['sandbox', 'drive-sandbox'], ['server'], ['cli']] as const)
        expect(JSON.parse(readFileSync(join(ROOT, folderName, 'package.json'), 'utf8'))).toMatchObject({
          name: `@cloudmover/${name ?? folderName}`,
        });
    });
  });
});
