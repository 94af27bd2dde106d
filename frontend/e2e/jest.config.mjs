// Journeys in a real browser with the whole product.
export default {
  rootDir: import.meta.dirname,
  // See backend/jest.config.mjs.
  testEnvironment: '<rootDir>/../../tools/jest/environment.mjs',
  runtime: '<rootDir>/../../tools/jest/runtime.mjs',
  testMatch: ['**/*.spec.ts'],
  transform: {},
  // Each file starts its own product and browser, and waits for them most of the time.
  maxWorkers: 2,
  testSequencer: '<rootDir>/../../tools/jest/order-of-files.mjs',
  testTimeout: 400_000,
  // See backend/jest.config.mjs.
  workerGracefulExitTimeout: 10_000,
};
