import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { findEngine } from './container-engine.ts';
import { dockerEngine, overrideOf } from './docker-engine.ts';
import { programOnPath } from './processes.ts';
import { ROOT } from './workspace.ts';

describe('a container engine', () => {
  const { PATH, AUDIT_MAX_ENTRIES } = process.env;
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'engine-'));
    mkdirSync(join(folder, 'bin'));
  });
  afterEach(() => {
    process.env.PATH = PATH;
    if (AUDIT_MAX_ENTRIES === undefined) delete process.env.AUDIT_MAX_ENTRIES;
    rmSync(folder, { recursive: true, force: true });
  });

  /** Makes a `docker` that records how it is called, with its variables. @returns the calls so far */
  function recordDocker(script: string) {
    const [program, log] = [join(folder, 'bin/docker'), join(folder, 'calls')];
    writeFileSync(program, `#!/bin/sh\necho "$* [\${CHECKED_IMAGE-} \${AUDIT_MAX_ENTRIES-}]" >> ${log}\n${script}\n`);
    chmodSync(program, 0o755);
    process.env.PATH = `${join(folder, 'bin')}:/usr/bin:/bin`;
    return () => readFileSync(log, 'utf8').trim().split('\n');
  }
  const project = () => ({ name: 'check', folder, scratch: folder });

  it('is required: without one, the check names what each lacks', async () => {
    process.env.PATH = join(folder, 'bin');
    const reasons =
      /^Nothing was checked.*\n {2}docker compose: .*\n {2}podman compose: .*\n {2}buildah: .*debootstrap/;
    await expect(findEngine(project())).rejects.toThrow(reasons);
  });

  it('is not Docker if its daemon does not respond', async () => {
    recordDocker('echo "Cannot connect to the Docker daemon." >&2; exit 1');
    expect(await dockerEngine('docker', project())).toBe('docker compose: Cannot connect to the Docker daemon.');
  });

  it('starts docker-compose.yml with the checked image, without settings of the shell, and reports what is left', async () => {
    const calls = recordDocker('case "$1 $2" in "volume ls") echo data ;; "version --format") echo 26.1 ;; esac');
    process.env.AUDIT_MAX_ENTRIES = '7';
    const engine = await dockerEngine('docker', project());
    if (typeof engine === 'string') throw new Error(engine);
    expect(engine.name).toBe('docker 26.1');
    await engine.up('an-image', ['worker']);
    const files = `--file ${folder}/docker-compose.yml --file ${folder}/compose.override.json`;
    const options = '--detach --no-build --wait --wait-timeout 300 --no-deps';
    expect(calls().at(-1)).toBe(`compose --project-name check ${files} up ${options} worker [an-image ]`);
    expect(await engine.down()).toEqual(['volume data']);
    expect(calls().filter((call) => call.includes(' down --volumes'))).toHaveLength(1);
  });

  const compose = programOnPath('docker-compose');
  (compose ? it : it.skip)('changes nothing of docker-compose.yml but the image and a name for this machine', () => {
    const override = join(folder, 'override.json');
    writeFileSync(override, JSON.stringify(overrideOf()));
    const read = (...more: string[]) => {
      const files = ['docker-compose.yml', ...more].flatMap((file) => ['--file', file]);
      const env = { PATH: process.env.PATH, CHECKED_IMAGE: 'an-image' };
      const args = [...files, 'config', '--format', 'json'];
      return JSON.parse(execFileSync(compose!, args, { cwd: ROOT, encoding: 'utf8', env })) as {
        services: Record<string, object>;
      };
    };
    const { services, ...others } = read();
    const added = { image: 'an-image', extra_hosts: ['host.docker.internal=host-gateway'] };
    const [api, worker] = [services.api, services.worker].map((service) => ({ ...service, ...added }));
    expect(read(override)).toEqual({ ...others, services: { ...services, api, worker } });
  });
});
