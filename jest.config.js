// Many cases of rules that do not depend on the database. They run in the full suite, which is the run on PostgreSQL, and
// wherever a path is given; the default suite has other files of the same folders.
const onlyInTheFullSuite = [
  'delivery/webhooks',
  'adapters/graphql/outcomes',
  'adapters/sso/decision',
  'adapters/sso/gates',
  'adapters/sso/races',
  'adapters/sso/saml-rules',
  'storage/incomplete',
].map((name) => `<rootDir>/test/${name}.test.ts`);
const isFull = Boolean(process.env.DATABASE_URL) || process.argv.some((argument) => argument.startsWith('test/'));

export default {
  runner: 'jest-light-runner',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/soak/', ...(isFull ? [] : onlyInTheFullSuite)],
  setupFiles: ['<rootDir>/test/support/runner/load.js'],
  transform: {},
  globalSetup: '<rootDir>/test/support/prepare.js',
  globalTeardown: '<rootDir>/test/support/clean.js',
  // Tests wait for sockets and timers: three workers keep two cores busy.
  maxWorkers: 3,
};
