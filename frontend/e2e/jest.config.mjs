// Journeys in a real browser with the whole product; run with `node --experimental-vm-modules`.
export default {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  testMatch: ['**/*.spec.ts'],
  // Types are only stripped, as Node does.
  transform: { '\\.ts$': '../../tools/strip-types.mjs' },
  extensionsToTreatAsEsm: ['.ts'],
  // Each file starts its own product and browser; in parallel they would only slow each other down.
  maxWorkers: 1,
  testTimeout: 400_000,
};
