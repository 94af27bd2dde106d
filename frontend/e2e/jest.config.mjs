// Journeys in a real browser against the whole product; run with `node --experimental-vm-modules`.
export default {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  testMatch: ['**/*.spec.ts'],
  // As Node reads it: with the types left out.
  transform: { '\\.ts$': '../../tools/strip-types.mjs' },
  extensionsToTreatAsEsm: ['.ts'],
  // Each file starts its own product and its own browser: side by side they would only slow each other down.
  maxWorkers: 1,
  testTimeout: 180_000,
};
