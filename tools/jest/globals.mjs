// For Jest: what test files import from `@jest/globals`.

/** Jest's matchers, which are the same for all test files. */
export const { expect } = globalThis;

/** The object `jest` of the file whose tests run. Modules are loaded once, and must not keep that of another file. */
export const jest = new Proxy({}, { get: (_, name) => globalThis.jest[name] });
