// Runs every npm script: `node tools/bootstrap.mjs COMMAND ARG…`. It runs on the machine's Node (20 or newer) before
// anything is installed, so it imports only Node's modules and the list of commands. It installs the packages if the
// lock file changed, then runs tools/main.ts with the pinned version of Node.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { COMMANDS, helpOf, listOfCommands, wantsHelp } from './commands.mjs';
import { findPinnedNode } from './pinned-node.mjs';

const OLDEST_NODE = 20;

class Problem extends Error {
  exitCode = 1;
}
/** Wrong arguments. */
class UsageProblem extends Problem {
  exitCode = 2;
}

/** Whether node_modules matches package-lock.json. If nothing changed, this costs one hash. */
export function isInstalled(root) {
  const lock = readFileSync(join(root, 'package-lock.json'));
  const stamp = join(root, 'node_modules', '.cloudmover-installed');
  const hash = createHash('sha256').update(lock).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8').trim() === hash) return true;
  if (!matchesHiddenLock(root, JSON.parse(lock.toString('utf8')))) return false;
  writeFileSync(stamp, `${hash}\n`);
  return true;
}

/** Whether npm's own record of installed packages matches the lock file, for installations by hand. */
function matchesHiddenLock(root, lock) {
  let installed;
  try {
    installed = JSON.parse(readFileSync(join(root, 'node_modules', '.package-lock.json'), 'utf8')).packages;
  } catch {
    return false; // Not installed, or an installation was interrupted: npm writes this file last.
  }
  return Object.entries(lock.packages).every(([path, wanted]) => {
    if (!path.includes('node_modules/')) return true; // The project and its workspaces.
    const got = installed[path];
    if (!got) return wanted.optional === true || wanted.peer === true; // Not installed on this platform.
    return got.version === wanted.version && got.integrity === wanted.integrity && got.link === wanted.link;
  });
}

/**
 * Installs missing packages. If two commands start simultaneously, one installs and the other waits.
 * @throws {Problem} that names the command to type
 */
export function install(root, { npm = npmCommand(), say = (text) => process.stdout.write(`${text}\n`) } = {}) {
  if (isInstalled(root)) return;
  const unlock = holdLock(join(root, '.cloudmover', 'install.lock'), () =>
    say('• Waiting for another command that is installing the packages …'),
  );
  try {
    if (isInstalled(root)) return;
    say('• Installing packages (about 1 minute, longer the first time) …');
    const began = Date.now();
    // With all kinds of dependencies, whatever NODE_ENV and npm's settings say, because the build and the pinned Node
    // are development and optional ones.
    const [program, ...args] = [
      ...npm,
      'ci',
      '--include=dev',
      '--include=optional',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
    ];
    const { status, error } = spawnSync(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    if (status !== 0) {
      throw new Problem(
        `The packages could not be installed${error ? ` (${error.message})` : ''}. Type "npm ci" to see why, then run the command again.`,
      );
    }
    writeFileSync(
      join(root, 'node_modules', '.cloudmover-installed'),
      `${createHash('sha256')
        .update(readFileSync(join(root, 'package-lock.json')))
        .digest('hex')}\n`,
    );
    say(`  done in ${Math.round((Date.now() - began) / 1000)} s`);
  } finally {
    unlock();
  }
}

/** The npm that started this script, so that its version is the user's, or the one on the PATH. */
function npmCommand() {
  const script = process.env.npm_execpath;
  return script && /npm-cli\.c?js$/.test(script) && existsSync(script) ? [process.execPath, script] : ['npm'];
}

/**
 * Holds a lock file until the returned function is called; waits while another live process holds it.
 * @param {string} path
 * @param {() => void} onWait called once when it has to wait
 */
export function holdLock(path, onWait) {
  mkdirSync(dirname(path), { recursive: true });
  for (let reported = false; ;) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (isAbandoned(path)) {
      rmSync(path, { force: true });
      continue;
    }
    if (!reported) onWait();
    reported = true;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300); // A synchronous sleep.
  }
}

function isAbandoned(path) {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    if (pid > 0) return !isAlive(pid);
    return Date.now() - statSync(path).mtimeMs > 5000; // The process was killed before it wrote its id.
  } catch {
    return false; // Removed meanwhile: try again.
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/**
 * The path of the pinned Node, or of the running Node if that is new enough.
 * @param {string} root
 * @param {{ platform?: string, arch?: string, version?: string }} [machine]
 * @returns {string}
 * @throws {Problem} if neither can be used
 */
export function pinnedNode(root, machine) {
  const found = findPinnedNode((name) => join(root, 'node_modules', name), machine);
  if (!found.program) throw new Problem(found.reason);
  return found.program;
}

function main(args) {
  const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
  if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
    throw new Problem(
      `This is Node ${process.versions.node}. CloudMover needs Node ${OLDEST_NODE} or newer to begin with (it brings its own for the rest): https://nodejs.org`,
    );
  }
  const [name = '', ...rest] = args;
  if (!Object.hasOwn(COMMANDS, name)) {
    throw new UsageProblem(
      `${name ? `There is no command "${name}".` : 'Which command?'} There are:\n\n${listOfCommands()}`,
    );
  }
  // Help needs no packages, so it does not install them.
  if (wantsHelp(rest)) return void process.stdout.write(`${helpOf(name)}\n`);
  if (rest.length > 0 && !COMMANDS[name].takes)
    throw new UsageProblem(`npm run ${name} takes no arguments ("${rest[0]}").\n\n${helpOf(name)}`);
  install(root);
  const node = pinnedNode(root);
  const path = [dirname(node), join(root, 'node_modules', '.bin'), process.env.PATH ?? ''].join(delimiter);
  const env = {
    ...process.env,
    PATH: path,
    // Programs that were compiled once start a third faster. Node checks each file's contents.
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE || join(root, 'node_modules', '.cache', 'node'),
  };
  // `npm run dev` has its own Redis, sandbox and keys, so it can run beside `npm start`.
  if (name === 'dev') env.CLOUDMOVER_STATE_DIR = join(env.CLOUDMOVER_STATE_DIR || join(root, '.cloudmover'), 'dev');
  const child = spawn(node, [join(root, 'tools', 'main.ts'), ...args], {
    env,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  // Waits until the child has stopped its processes. The IPC channel tells the child if this process ends. The child
  // may get Ctrl-C twice, from the terminal and from here, and treats that as one.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(new Problem(`${node} could not be run: ${error.message}`)));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}

function fail(error) {
  process.stderr.write(`\n${error instanceof Problem ? error.message : error.stack}\n`);
  process.exit(error.exitCode ?? 1);
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    main(process.argv.slice(2));
  } catch (error) {
    fail(error);
  }
}
