import { availableParallelism } from 'node:os';

export default {
  // See backend/jest.config.mjs.
  testEnvironment: '<rootDir>/../tools/jest/environment.mjs',
  runtime: '<rootDir>/../tools/jest/runtime.mjs',
  testRegex: '\\.spec\\.ts$',
  // So that no test depends on another. A seed repeats an order: `npm test -- sandbox --seed=N`.
  randomize: true,
  // The judges start real programs, on a machine that may be busy.
  testTimeout: 300_000,
  // They mostly wait for other processes; see backend/jest.config.mjs.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  // See backend/jest.config.mjs.
  workerGracefulExitTimeout: 10_000,
  transform: {},
};
