import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { errorsPage, everyCode } from '../../../src/adapters/graphql/engine/error-codes.js';
import { errorCodes } from '../../../src/client/index.js';

test('the client is typed with every code that the server has', () => {
  expect(errorCodes).toEqual(everyCode);
});

test('docs/errors.md says what each means', () => {
  expect(readFileSync('docs/errors.md', 'utf8').trim()).toBe(errorsPage().trim());
});
