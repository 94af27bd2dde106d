// @ts-check
// For Jest: the globals of a test file are those of Node itself, not of a virtual machine; see runtime.mjs.
import process from 'node:process';
import { ModernFakeTimers } from '@jest/fake-timers';
import { ModuleMocker } from 'jest-mock';

export default class NodeItself {
  global = globalThis;
  /** Jest asks for its former kind of fake timers too, and does without. */
  fakeTimers = null;
  moduleMocker = new ModuleMocker(globalThis);
  /** What a test file may leave behind, and Jest replaces. */
  #before = { env: { ...process.env }, exit: process.exit, console: globalThis.console, fetch: globalThis.fetch };

  /** @param {{ projectConfig: ConstructorParameters<typeof ModernFakeTimers>[0]['config'] }} config */
  constructor({ projectConfig }) {
    this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global: globalThis });
  }

  async setup() {}

  async teardown() {
    // In this order, because a mock may replace a fake timer.
    this.moduleMocker.restoreAllMocks();
    this.fakeTimersModern.dispose();
    for (const name of Object.keys(process.env)) if (!(name in this.#before.env)) delete process.env[name];
    Object.assign(process.env, this.#before.env);
    process.exit = this.#before.exit;
    globalThis.console = this.#before.console;
    globalThis.fetch = this.#before.fetch;
  }

  exportConditions() {
    return ['node', 'node-addons'];
  }

  getVmContext() {
    return null;
  }
}
