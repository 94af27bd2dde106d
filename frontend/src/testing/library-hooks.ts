// Testing libraries register hooks while they are loaded, which happens once for each process. They are collected here, so
// that every test file can register them.
type Hook = () => void;

const jests = { beforeEach: globalThis.beforeEach, afterEach: globalThis.afterEach };
const hooks = { beforeEach: [] as Hook[], afterEach: [] as Hook[] };

Object.assign(globalThis, {
  beforeEach: (hook: Hook) => hooks.beforeEach.push(hook),
  afterEach: (hook: Hook) => hooks.afterEach.push(hook),
});
await import('@angular/core/testing');
await import('@testing-library/angular');
Object.assign(globalThis, jests);

/** What the libraries do before and after each test. */
export const libraryHooks: Readonly<typeof hooks> = hooks;
