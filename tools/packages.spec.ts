import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { findChromium, useChromium } from './chromium.ts';
import { installProgram } from './packages.ts';
import { useProgram } from './test-programs.ts';
import { usePythonClient } from './python.ts';
import { useRclone } from './rclone.ts';

describe('installing programs that do not come from npm', () => {
  let folder: string;
  const { PATH, CHROMIUM, RCLONE, GOOGLE_PYTHON } = process.env;
  const platform = Object.getOwnPropertyDescriptor(process, 'platform');
  const getuid = process.getuid;
  const on = (name: string, uid: number) => {
    Object.defineProperty(process, 'platform', { value: name, configurable: true });
    process.getuid = () => uid;
  };
  /** A program that notes how it was called. */
  const program = (name: string, script = '') => {
    writeFileSync(join(folder, name), `#!/bin/bash\necho "${name} $*" >> ${folder}/calls\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  };
  const calls = () =>
    existsSync(join(folder, 'calls')) ? readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n') : [];
  const wanted: Parameters<typeof installProgram>[0] = {
    what: 'Redis',
    apt: ['redis-tools'],
    brew: ['redis'],
    others: { dnf: 'valkey' },
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'packages-'));
    process.env.PATH = folder;
    delete process.env.CHROMIUM;
    delete process.env.RCLONE;
    delete process.env.GOOGLE_PYTHON;
  });
  afterEach(() => {
    process.env.PATH = PATH;
    if (CHROMIUM) process.env.CHROMIUM = CHROMIUM;
    if (RCLONE) process.env.RCLONE = RCLONE;
    if (GOOGLE_PYTHON) process.env.GOOGLE_PYTHON = GOOGLE_PYTHON;
    else delete process.env.GOOGLE_PYTHON;
    Object.defineProperty(process, 'platform', platform!);
    process.getuid = getuid;
    rmSync(folder, { recursive: true, force: true });
  });
  /** `env` without the machine's PATH: runs what follows the assignments. */
  const env = () => program('env', `while [[ "$1" == *=* ]]; do shift; done; exec "$@"`);

  it('uses apt-get as root without asking, and fetches package lists only when the first try fails', async () => {
    on('linux', 0);
    env();
    program('apt-get', `[[ "$*" == *install* && ! -e ${folder}/lists ]] && exit 100; > ${folder}/lists`);
    await installProgram(wanted);
    const made = calls().filter((call) => call.startsWith('apt-get'));
    expect(made).toHaveLength(3);
    expect(made[1]).toMatch(/update$/);
    expect(made[2]).toMatch(/install -y --no-install-recommends redis-tools$/);
  });

  it('uses sudo if that needs no password', async () => {
    on('linux', 1000);
    env();
    program('sudo', `[[ "$*" == "-n true" ]] && exit 0; shift; exec "$@"`);
    program('apt-get');
    await installProgram(wanted);
    expect(calls().some((call) => /^apt-get .*install .*redis-tools$/.test(call))).toBe(true);
  });

  it('unpacks the package of a server instead of installing it, which would start one', async () => {
    on('linux', 1000);
    program('sudo', 'shift; exec "$@"');
    program('apt-get', `[[ "$*" == *update* ]] && > ${folder}/lists && exit; [[ -e ${folder}/lists ]] && > "$3_1.deb"`);
    program('dpkg-deb', '/bin/mkdir -p "$3/usr/sbin" && > "$3/usr/sbin/nginx" && /bin/chmod +x "$3/usr/sbin/nginx"');
    const { NGINX, CADDY } = process.env;
    delete process.env.NGINX;
    delete process.env.CADDY;
    try {
      const found = await useProgram('nginx', { folders: [], state: folder });
      expect(found).toBe(join(folder, 'programs/nginx/usr/sbin/nginx'));
      const made = calls().filter((call) => !call.startsWith('sudo'));
      const download = 'apt-get -qq download nginx';
      expect(made.slice(0, 3)).toEqual([download, 'apt-get -qq update', download]);
      expect(made[3]).toMatch(/^dpkg-deb -x \S+nginx_1\.deb \S+programs\/nginx$/);
      program('apt-get', 'exit 100');
      await expect(useProgram('caddy', { folders: [], state: folder })).rejects.toThrow('sudo apt-get install caddy');
    } finally {
      if (NGINX) process.env.NGINX = NGINX;
      if (CADDY) process.env.CADDY = CADDY;
    }
  });

  it('names the one command if sudo would ask for a password', async () => {
    on('linux', 1000);
    program('sudo', 'exit 1');
    program('apt-get');
    await expect(installProgram(wanted)).rejects.toThrow(/Redis is missing[\s\S]*sudo apt-get install redis-tools/);
    expect(calls().filter((call) => call.startsWith('apt-get'))).toEqual([]);
  });

  it('names the one command of another package manager', async () => {
    on('linux', 1000);
    program('dnf');
    await expect(installProgram(wanted)).rejects.toThrow(/sudo dnf install valkey/);
  });

  it('uses Homebrew on macOS and says so when it fails', async () => {
    on('darwin', 501);
    program('brew');
    await installProgram(wanted);
    expect(calls()).toEqual(['brew install redis']);
    program('brew', 'exit 1');
    await expect(installProgram({ ...wanted, because: 'too old' })).rejects.toThrow(/too old[\s\S]*brew install redis/);
  });

  it('finds Chromium under any of its names, or as a macOS application', () => {
    expect(findChromium({ path: folder, apps: [] })).toBeUndefined();
    expect(findChromium({ path: folder, apps: [folder] })).toBe(folder);
    program('google-chrome');
    expect(findChromium({ path: folder, apps: [] })).toBe(join(folder, 'google-chrome'));
    program('chromium');
    expect(findChromium({ path: folder, apps: [] })).toBe(join(folder, 'chromium'));
    program('chromium-headless-shell');
    expect(findChromium({ path: folder, apps: [] })).toBe(join(folder, 'chromium-headless-shell'));
  });

  it('installs the next package if the system does not know the first', async () => {
    on('linux', 0);
    env();
    program('apt-get', '[[ "$*" == *update* || "$*" == *redis ]]');
    await installProgram({ ...wanted, apt: ['valkey-redis-compat', 'redis'] });
    const made = calls().filter((call) => call.startsWith('apt-get'));
    expect(made.map((call) => call.split(' ').at(-1))).toEqual([
      'valkey-redis-compat',
      'update',
      'valkey-redis-compat',
      'redis',
    ]);
    program('apt-get', 'exit 100');
    await expect(installProgram({ ...wanted, apt: ['first', 'last'] })).rejects.toThrow('apt-get install last');
  });

  it.each([
    ['chromium-headless-shell', useChromium, 'CHROMIUM'],
    ['rclone', useRclone, 'RCLONE'],
  ])(
    'installs %s where it is missing, and says when the variable for it points nowhere',
    async (name, use, variable) => {
      on('linux', 0);
      env();
      program(
        'apt-get',
        `[[ "$*" == *install*${name} ]] && { echo > ${folder}/${name}; /bin/chmod 755 ${folder}/${name}; }; exit 0`,
      );
      expect(await use()).toBe(join(folder, name));
      expect(await use()).toBe(join(folder, name));
      expect(calls().filter((call) => call.startsWith('apt-get'))).toHaveLength(1);
      process.env[variable] = join(folder, 'nowhere');
      await expect(use()).rejects.toThrow(new RegExp(`${variable} is .*nowhere, but there is no such file`));
    },
  );

  it("installs Google's Python client beside the Python of the system, and uses the Python that has it", async () => {
    on('linux', 0);
    env();
    const [first, system] = [join(folder, 'python3'), join(folder, 'system-python')];
    program('python3', 'exit 1');
    program('system-python', `[[ -e ${folder}/client ]]`);
    program('apt-get', `[[ "$*" == *install*python3-googleapi ]] && > ${folder}/client`);
    expect(await usePythonClient({ system })).toBe(system);
    expect(await usePythonClient({ system })).toBe(system);
    expect(calls().filter((call) => call.startsWith('apt-get'))).toHaveLength(1);
    program('python3');
    expect(await usePythonClient({ system })).toBe(first);
    process.env.GOOGLE_PYTHON = join(folder, 'nowhere');
    await expect(usePythonClient({ system })).rejects.toThrow(/GOOGLE_PYTHON is .*nowhere, but there is no such file/);
    rmSync(join(folder, 'client'));
    process.env.GOOGLE_PYTHON = system;
    await expect(usePythonClient({ system })).rejects.toThrow(/GOOGLE_PYTHON is .*which lacks/);
  });

  it('skips the Python client if no package of the system has it', async () => {
    on('darwin', 501);
    expect(await usePythonClient({ system: join(folder, 'python3') })).toBeUndefined();
    expect(calls()).toEqual([]);
  });
});
