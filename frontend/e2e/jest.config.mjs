// Journeys in a real browser with the whole product.
export default {
  rootDir: import.meta.dirname,
  // See backend/jest.config.mjs.
  testEnvironment: '<rootDir>/../../tools/jest/environment.mjs',
  runtime: '<rootDir>/../../tools/jest/runtime.mjs',
  testMatch: ['**/*.spec.ts'],
  transform: {},
  // Each file starts its own product and browser; in parallel they would only slow each other down.
  maxWorkers: 1,
  testTimeout: 400_000,
};
