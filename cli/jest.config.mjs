import { availableParallelism } from 'node:os';

export default {
  // See backend/jest.config.mjs.
  testEnvironment: '<rootDir>/../tools/jest/environment.mjs',
  runtime: '<rootDir>/../tools/jest/runtime.mjs',
  testRegex: '\\.spec\\.ts$',
  // The package's test starts real processes, on a machine that may be busy.
  testTimeout: 300_000,
  maxWorkers: Math.max(2, availableParallelism() - 1),
  // See backend/jest.config.mjs.
  workerGracefulExitTimeout: 10_000,
  transform: {},
};
