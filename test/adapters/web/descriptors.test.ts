import { expect, test } from '@jest/globals';
import { mostConnections } from '../../../src/adapters/web/descriptors.js';

const limits = (soft: string) =>
  `Limit Soft Limit Hard Limit Units\nMax open files            ${soft}  524288   files\n`;

test('the limit of client connections leaves descriptors for the database and outbound requests', () => {
  expect(mostConnections({ embedded: true }, limits('1024'))).toBe(128);
  expect(mostConnections({ embedded: false }, limits('1024'))).toBe(768);
  expect(mostConnections({ embedded: true }, limits('256'))).toBe(32);
  expect(mostConnections({ embedded: false }, limits('unlimited'))).toBeNull();
  expect(mostConnections({ embedded: false }, '')).toBeNull();
});
