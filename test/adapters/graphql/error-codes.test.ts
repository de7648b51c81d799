import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { errorsPage, everyCode } from '../../../src/adapters/graphql/engine/error-codes.js';
import { errorCodes } from '../../../src/client/index.js';

test('the client types contain every code of the server', () => {
  expect(errorCodes).toEqual(everyCode);
});

test('docs/errors.md describes each code', () => {
  expect(readFileSync('docs/errors.md', 'utf8').trim()).toBe(errorsPage().trim());
});
