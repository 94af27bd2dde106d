// @ts-check
// For Jest: test files have the globals of a browser too, for the portal's unit tests. All files of a worker share one
// window, because modules keep what belongs to it; after each file it is empty again.
import { clearTimeout } from 'node:timers';
import { runInNewContext } from 'node:vm';
import { JSDOM } from 'jsdom';
import NodeItself from './environment.mjs';

/** What belongs to the language, or what Node's modules and Jest's timers need as Node has it. */
const STAYS = new Set([
  ...runInNewContext('Object.getOwnPropertyNames(globalThis)'),
  'constructor',
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'queueMicrotask',
  'performance',
  'console',
  'crypto',
]);

const { window } = new JSDOM('<!doctype html><html><head></head><body></body></html>', {
  url: 'http://localhost/',
  pretendToBeVisual: true,
  runScripts: 'dangerously',
});

for (let owner = window; owner && owner !== Object.prototype; owner = Object.getPrototypeOf(owner)) {
  for (const name of Object.getOwnPropertyNames(owner)) {
    if (STAYS.has(name) || name.startsWith('_')) continue;
    // A double can replace it as a global or as a property of the window, and both see it.
    Object.defineProperty(globalThis, name, {
      get: () => window[name],
      set(value) {
        window[name] = value;
      },
      configurable: true,
      enumerable: false,
    });
  }
}

/** Timers that a test file did not end would go on in the next one, and keep the process from ending. */
class Timers {
  #real = { setTimeout: globalThis.setTimeout, setInterval: globalThis.setInterval };
  #started = new Set();

  record() {
    for (const [name, real] of Object.entries(this.#real))
      Object.assign(globalThis, { [name]: new Proxy(real, { apply: this.#start }) });
  }

  end() {
    Object.assign(globalThis, this.#real);
    for (const timer of this.#started) clearTimeout(timer);
  }

  /** @type {NonNullable<ProxyHandler<Function>['apply']>} */
  #start = (real, self, args) => {
    const timer = Reflect.apply(real, self, args);
    this.#started.add(timer);
    return timer;
  };
}

/**
 * Removes the properties that an object did not have before, and restores those that were replaced.
 * @param {object} owner
 * @param {Record<string, PropertyDescriptor>} before
 */
function restore(owner, before) {
  for (const [name, { configurable }] of Object.entries(Object.getOwnPropertyDescriptors(owner)))
    if (configurable && !(name in before)) Reflect.deleteProperty(owner, name);
  for (const [name, property] of Object.entries(before)) {
    const now = Object.getOwnPropertyDescriptor(owner, name);
    if (property.configurable && !(now && now.value === property.value && now.get === property.get))
      Object.defineProperty(owner, name, property);
  }
}

/** The objects whose properties doubles replace, and a test file must leave as they were. */
const OWNERS = [window, window.navigator];

export default class Browser extends NodeItself {
  #timers = new Timers();
  /** @type {[owner: object, before: Record<string, PropertyDescriptor>][]} */
  #properties = [];

  /** @override */
  async setup() {
    await super.setup();
    this.#properties = OWNERS.map((owner) => [owner, Object.getOwnPropertyDescriptors(owner)]);
    this.#timers.record();
  }

  /** @override */
  async teardown() {
    await super.teardown();
    this.#timers.end();
    for (const [owner, before] of this.#properties) restore(owner, before);
    const { document } = window;
    for (const element of [document.head, document.body]) element.replaceChildren();
    for (const name of document.documentElement.getAttributeNames()) document.documentElement.removeAttribute(name);
    window.history.replaceState(null, '', '/');
  }

  /** @override */
  exportConditions() {
    return ['browser'];
  }
}
