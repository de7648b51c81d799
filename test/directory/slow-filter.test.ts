import { expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { errorBody, scimAnswer } from '../../src/adapters/scim/http/errors.js';
import { readBy } from '../../src/directory/slow-filter.js';
import { parseFilter } from '../../src/scim-model/parse-filter.js';
import { Session } from '../../src/storage/session.js';

/** A session in which each statement fails with this SQLSTATE. */
class Ending extends Session {
  constructor(readonly code: string) {
    super({} as DataSource);
  }

  protected override async deliver(): Promise<never> {
    throw Object.assign(new Error('canceling statement'), { code: this.code });
  }
}

const answerTo = async (filter: string | null, code: string): Promise<unknown> => {
  const read = readBy(filter === null ? null : parseFilter(filter), () => new Ending(code).run('select 1'));
  const answer = scimAnswer(await read.catch((error: unknown) => error));
  const { status, scimType } = answer ? errorBody(answer) : {};
  return [status, scimType];
};

test.each(['title co "x"', 'not (userName eq "x")', 'userName eq "x" or title eq "y"'])(
  'RFC 7644 section 3.12: a list filtered by %s is 400 tooMany if it takes too long',
  async (filter) => {
    expect(await answerTo(filter, '57014')).toEqual(['400', 'tooMany']);
    expect(await answerTo(filter, '57P01')).toEqual(['503', undefined]);
  },
);

test.each([null, 'userName eq "x"', 'externalId eq "x" and active eq true'])(
  'a list filtered by %s is 503 if it takes too long, because the database is slow',
  async (filter) => expect(await answerTo(filter, '57014')).toEqual(['503', undefined]),
);
