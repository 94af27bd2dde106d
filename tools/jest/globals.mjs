// @ts-check
// For Jest: what test files import from `@jest/globals`.

/** The globals, with those that Jest's framework and runtime.mjs add. */
const globals = /** @type {typeof import('@jest/globals')} */ (/** @type {unknown} */ (globalThis));

/** Jest's matchers, which are the same for all test files. */
export const { expect } = globals;

/** The object `jest` of the file whose tests run. Modules are loaded once, and must not keep that of another file. */
export const jest = new Proxy({}, { get: (_, name) => Reflect.get(globals.jest, name) });
