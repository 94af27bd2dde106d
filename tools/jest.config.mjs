export default {
  testEnvironment: 'node',
  roots: ['<rootDir>', '<rootDir>/../backend/bench'],
  testRegex: '\\.spec\\.(ts|mjs)$',
  // What the doctor takes from the backend, as Node itself would read it.
  transform: { '\\.ts$': './strip-types.mjs' },
  extensionsToTreatAsEsm: ['.ts'],
  // They start real processes, on a machine that may be busy.
  testTimeout: 120_000,
};
