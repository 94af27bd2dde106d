import { availableParallelism } from 'node:os';

export default {
  // Node itself loads the test files; those of a worker share their modules.
  testEnvironment: '<rootDir>/../tools/jest/environment.mjs',
  runtime: '<rootDir>/../tools/jest/runtime.mjs',
  // Some work for seconds, on machines that are busy with others.
  testTimeout: 300_000,
  roots: ['<rootDir>/src', '<rootDir>/test'],
  // They mostly wait: for disks, for clocks, for a process that was killed to come back. Jest's default of one less than
  // the cores would run one file at a time on two cores.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  testSequencer: '<rootDir>/../tools/jest/order-of-files.mjs',
  // A worker that ran many files holds half a gigabyte, and on a busy machine freeing that takes longer than Jest's 500 ms,
  // although nothing is left open. Jest would report it as a leak.
  workerGracefulExitTimeout: 10_000,
  testRegex: '\\.spec\\.ts$',
  // As in main.ts: decorators need it before the first module that has one.
  setupFiles: ['reflect-metadata'],
  transform: { '\\.ts$': '<rootDir>/test/support/compile-for-jest.mjs' },
};
