import { availableParallelism } from 'node:os';

export default {
  // See backend/jest.config.mjs.
  testEnvironment: '<rootDir>/jest/environment.mjs',
  runtime: '<rootDir>/jest/runtime.mjs',
  roots: ['<rootDir>', '<rootDir>/../backend/bench'],
  testRegex: '\\.spec\\.ts$',
  transform: {},
  // They start real processes, on a machine that may be busy.
  testTimeout: 300_000,
  // They mostly wait for other processes; see backend/jest.config.mjs.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  // See backend/jest.config.mjs.
  workerGracefulExitTimeout: 10_000,
};
