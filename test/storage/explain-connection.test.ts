import { expect, test } from '@jest/globals';
import { explainConnection } from '../../src/storage/explain-connection.js';

const at = { host: 'db', port: 5432, user: 'app' };
const error = (message: string, code?: string) => Object.assign(new Error(message), { code });

test.each([
  ['a database that is not there', error('database "people" does not exist', '3D000'), /Create it: createdb "people"$/],
  [
    'a database without rights for the user',
    error('permission denied for database "people"', '42501'),
    /grant connect on database "people" to "app"\.$/,
  ],
  [
    'a peer that closes the connection',
    error('Connection terminated unexpectedly'),
    /^It closed the connection without a response\. Check that PostgreSQL, and no other program, listens/,
  ],
  ['a peer that resets the connection', error('read ECONNRESET', 'ECONNRESET'), /^It closed the connection/],
])('%s', (_what, given, text) => {
  const { reason, fix } = explainConnection(given, at) ?? {};
  expect(`${reason} ${fix}`).toMatch(text);
});
