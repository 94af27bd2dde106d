import { availableParallelism } from 'node:os';

export default {
  testEnvironment: 'node',
  roots: ['<rootDir>', '<rootDir>/../backend/bench'],
  testRegex: '\\.spec\\.ts$',
  // The doctor imports sources of the backend; Node strips their types.
  transform: { '\\.ts$': './strip-types.mjs' },
  extensionsToTreatAsEsm: ['.ts'],
  // They start real processes, on a machine that may be busy.
  testTimeout: 300_000,
  // They mostly wait for other processes; see backend/jest.config.mjs.
  maxWorkers: Math.max(2, availableParallelism() - 1),
};
