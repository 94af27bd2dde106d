// @ts-check
// For Jest: test files and all that they import are loaded by Node itself.
//
// Jest's own runtime runs every test file in a new virtual machine, which loads all modules again: 1,850 for a file that
// starts the product, more than half of its processor time. Here, a worker loads each module once. So a test file must leave
// modules as it found them, and `jest.mock` does not exist.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const GLOBALS = new URL('globals.mjs', import.meta.url).href;
const ES_MODULE = {
  supportsDynamicImport: true,
  supportsExportNamespaceFrom: true,
  supportsStaticESM: true,
  supportsTopLevelAwait: true,
};
/** Where `jest.setTimeout` leaves its value for Jest. */
const TEST_TIMEOUT = Symbol.for('TEST_TIMEOUT_SYMBOL');
/** The names of the globals in which Jest's framework keeps a file's tests, their limit of time, and what reacts to them. */
const FRAMEWORK_STATE = ['JEST_STATE_SYMBOL', 'EVENT_HANDLERS', TEST_TIMEOUT.description];
/**
 * Functions that Node's own streams and sockets call too, also those that another test file left open.
 * @type {NonNullable<FakeTimersOptions['doNotFake']>}
 */
const NEVER_FAKE = ['nextTick', 'hrtime'];

/** @typedef {import('./environment.mjs').default} Environment */
/** @typedef {NonNullable<Parameters<Environment['fakeTimersModern']['useFakeTimers']>[0]>} FakeTimersOptions */
/**
 * What runs the functions of `transform` of the configuration.
 * @typedef {object} Transformer
 * @property {(path: string) => boolean} shouldTransform
 * @property {(path: string, options: object) => { code: string, sourceMapPath: string | null }} transform
 */

/**
 * The source that a module in TypeScript means, which names it by what it is compiled to, or without its ending.
 * @param {string} specifier
 * @param {string | undefined} parent
 */
function sourceOf(specifier, parent) {
  if (!/^\.{1,2}\//.test(specifier) || !/\.ts(\?|$)/.test(parent ?? '')) return undefined;
  const name = specifier.replace(/\.js$/, '');
  const sources = [`${name}.ts`, `${name}/index.ts`].map((source) => new URL(source, parent));
  return sources.find((source) => existsSync(source))?.href;
}

/** How often a setup file was loaded. */
let setups = 0;
/** @type {NodeRuntime | undefined} The runtime of the test file that this worker runs. */
let current;

registerHooks({
  resolve(specifier, context, next) {
    if (specifier === '@jest/globals') return { url: GLOBALS, shortCircuit: true };
    return next(sourceOf(specifier, context.parentURL) ?? specifier, context);
  },
  load(url, context, next) {
    return current?.compiled(url) ?? next(url, context);
  },
});

/** What Jest asks of a runtime. */
export default class NodeRuntime {
  #environment;
  #setup;
  #transformer;
  /** @type {Map<string, string>} */
  #sourceMaps = new Map();

  /**
   * @param {{ setupFilesAfterEnv: string[] }} config
   * @param {Environment} environment
   * @param {unknown} _resolver
   * @param {Transformer} transformer
   */
  constructor(config, environment, _resolver, transformer) {
    this.#setup = config.setupFilesAfterEnv;
    this.#environment = environment;
    this.#transformer = transformer;
    current = this;
  }

  /**
   * The module of a file that Node cannot run, according to `transform` of the configuration.
   * @param {string} url
   */
  compiled(url) {
    const ending = /^file:.*\.(ts|html)(?:\?|$)/.exec(url)?.[1];
    if (!ending) return undefined;
    const path = fileURLToPath(url);
    // A template: compiled components import it as a text.
    if (ending === 'html') {
      const source = `export default ${JSON.stringify(readFileSync(path, 'utf8'))};`;
      return { format: 'module', source, shortCircuit: true };
    }
    if (!this.#transformer.shouldTransform(path)) return undefined;
    const { code, sourceMapPath } = this.#transformer.transform(path, ES_MODULE);
    if (sourceMapPath) this.#sourceMaps.set(url, sourceMapPath);
    return { format: 'module', source: code, shortCircuit: true };
  }

  /** The object `jest` of test files. */
  get jest() {
    const { moduleMocker, fakeTimersModern: timers } = this.#environment;
    return {
      fn: moduleMocker.fn.bind(moduleMocker),
      spyOn: moduleMocker.spyOn.bind(moduleMocker),
      clearAllMocks: () => moduleMocker.clearAllMocks(),
      restoreAllMocks: () => moduleMocker.restoreAllMocks(),
      /** @param {FakeTimersOptions} options */
      useFakeTimers: ({ doNotFake = [], ...options } = {}) =>
        timers.useFakeTimers({ ...options, doNotFake: [...NEVER_FAKE, ...doNotFake] }),
      useRealTimers: timers.useRealTimers.bind(timers),
      setSystemTime: timers.setSystemTime.bind(timers),
      getTimerCount: timers.getTimerCount.bind(timers),
      advanceTimersByTime: timers.advanceTimersByTime.bind(timers),
      advanceTimersByTimeAsync: timers.advanceTimersByTimeAsync.bind(timers),
      /** @param {number} ms */
      setTimeout: (ms) => void Object.assign(globalThis, { [TEST_TIMEOUT]: ms }),
    };
  }

  unstable_shouldLoadAsEsm() {
    return true;
  }

  /**
   * Setup files are loaded for each test file, because their hooks are those of the test file.
   * @param {string} path
   */
  unstable_importModule(path) {
    const { href } = pathToFileURL(path);
    return import(this.#setup.includes(path) ? `${href}?test-file=${++setups}` : href);
  }

  /** @param {string} path */
  requireModule(path) {
    return createRequire(import.meta.url)(path);
  }

  /**
   * Jest's framework, in its initial state. Nothing keeps the tests of earlier files in memory.
   * @param {string} path
   */
  requireInternalModule(path) {
    for (const name of Object.getOwnPropertySymbols(globalThis)) {
      if (FRAMEWORK_STATE.includes(name.description)) Reflect.deleteProperty(globalThis, name);
    }
    // A function of its own, because a module stays with the one that required it.
    const require = createRequire(import.meta.url);
    delete require.cache[path];
    return require(path);
  }

  setGlobalsForRuntime() {
    Object.assign(globalThis, { jest: this.jest });
  }

  getSourceMaps() {
    return this.#sourceMaps;
  }

  getAllCoverageInfoCopy() {}
  enterTestCode() {}
  leaveTestCode() {}
  teardown() {}
}
