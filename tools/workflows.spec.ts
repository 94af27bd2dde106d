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
    { steps: Step[]; 'timeout-minutes': number; permissions?: Record<string, string>; needs?: string }
  >;
}

const FOLDER = join(ROOT, '.github/workflows');
const workflow = (file: string) => parse(readFileSync(join(FOLDER, file), 'utf8')) as Workflow;

describe('the workflows of GitHub', () => {
  it.each(readdirSync(FOLDER))('%s limits the time of each job, and lets only the publishing one write', (file) => {
    const { permissions, jobs } = workflow(file);
    expect(permissions).toEqual({ contents: 'read' });
    for (const [name, job] of Object.entries(jobs)) {
      expect(job['timeout-minutes']).toBeLessThanOrEqual(60);
      if (name === 'publish') expect(job.permissions).toEqual({ contents: 'write', packages: 'write' });
      else expect(job.permissions).toBeUndefined();
    }
  });

  it('check the image with Docker', () => {
    expect(workflow('ci.yml').jobs.image!.steps.at(-1)).toEqual({ run: 'npm run image-check' });
  });
});

describe('a release', () => {
  const { on, jobs } = workflow('release.yml');
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'release-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs a step in `folder` as a runner does. Programs of `stubs` only record how they are called. */
  function runStep(job: string, name: string, stubs: string[] = [], tag = 'v1.2.3') {
    const bin = join(folder, 'bin');
    mkdirSync(bin, { recursive: true });
    for (const stub of stubs) {
      writeFileSync(join(bin, stub), `#!/bin/sh\n[ "$1" != login ] || cat > /dev/null\necho "$(basename "$0") $*"\n`);
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
      return runStep('check', 'The tag is the version of the packages, and has notes', [], tag).status;
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
    const { status, lines, stderr } = runStep('publish', 'Images', ['docker']);
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
    expect(jobs.publish!.needs).toBe('check');
    mkdirSync(join(folder, 'release'));
    for (const folderName of ['cli', 'sandbox', 'server']) mkdirSync(join(folder, folderName));
    const { lines } = runStep('check', 'Packages', ['npm']);
    expect(lines).toEqual(Array.from({ length: 3 }, () => 'npm pack --pack-destination ../release'));
    for (const name of ['a.tgz', 'b.tgz', 'c.tgz']) writeFileSync(join(folder, 'release', name), '');
    expect(runStep('publish', 'Release', ['gh']).lines).toEqual([
      'gh release create v1.2.3 --verify-tag --title CloudMover 1.2.3 --notes-file release/notes.md release/a.tgz release/b.tgz release/c.tgz',
    ]);
  });
});
