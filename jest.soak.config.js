import base from './jest.config.js';

// One worker: nothing runs beside a part that measures time or memory.
export default {
  ...base,
  testMatch: ['<rootDir>/test/soak/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  maxWorkers: 1,
};
