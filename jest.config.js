export default {
  runner: 'jest-light-runner',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/soak/'],
  setupFiles: ['<rootDir>/test/support/runner/load.js'],
  transform: {},
  globalSetup: '<rootDir>/test/support/prepare.js',
  globalTeardown: '<rootDir>/test/support/clean.js',
  // Tests wait for sockets and timers: three workers keep two cores busy.
  maxWorkers: 3,
};
