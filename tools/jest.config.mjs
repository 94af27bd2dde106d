export default {
  testEnvironment: 'node',
  testRegex: '\\.spec\\.mjs$',
  transform: {},
  // They start real processes, on a machine that may be busy.
  testTimeout: 60_000,
};
