import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { guarded, itemsIn, listCell, unguarded } from '../../src/cli/people-file/cells.js';
import type { Encoding } from '../../src/cli/people-file/decode.js';
import type { FileRow } from '../../src/cli/people-file/file-row.js';
import { type FileFormat, readRows } from '../../src/cli/people-file/read-rows.js';

const directory = mkdtempSync(join(tmpdir(), 'rollcall-people-'));
let files = 0;

async function rowsOf(content: string | Buffer, format: FileFormat = 'csv', encoding?: Encoding): Promise<FileRow[]> {
  const path = join(directory, `${files++}.${format}`);
  writeFileSync(path, content);
  const rows: FileRow[] = [];
  for await (const row of readRows({ path, format, encoding })) rows.push(row);
  return rows;
}
const usersOf = async (...given: Parameters<typeof rowsOf>) => (await rowsOf(...given)).map(({ user }) => user);
const latin1 = (text: string) => Buffer.from(text, 'latin1');
const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16();

describe('the encoding of a file', () => {
  const csv = 'userName,displayName\na@x.test,A\nj@x.test,J\xfcrgen M\xfcller\n';
  const jsonl = '{"userName":"a@x.test"}\n{"userName":"j@x.test","displayName":"J\xfcrgen M\xfcller"}\n';

  test('is UTF-8: other bytes are refused with their line, and never replaced by U+FFFD', async () => {
    await expect(rowsOf(latin1(csv))).rejects.toThrow(/^Line 3 is not valid UTF-8.*Windows-1252.*--encoding/);
    await expect(rowsOf(latin1(jsonl), 'jsonl')).rejects.toThrow(/^Line 2 is not valid UTF-8.*Windows-1252/);
    await expect(rowsOf(latin1('userName\nu\xc5@acme.test\n'))).rejects.toThrow(/^Line 2 is not valid UTF-8/);
    const mixed = Buffer.concat([Buffer.from('userName,title\na,\u00fc\n'), latin1('b,\xfc\n')]);
    await expect(rowsOf(mixed)).rejects.toThrow('Line 3 is not valid UTF-8. Nothing was sent. Other lines are UTF-8');
    // Overlong forms and surrogates are not UTF-8 either (RFC 3629 section 3).
    for (const bytes of ['\xc0\xaf', '\xed\xa0\x80', '\xe2\x82']) {
      await expect(rowsOf(latin1(`userName\n${bytes}\n`))).rejects.toThrow(/^Line 2/);
    }
  });

  test('can have a UTF-8 byte order mark', async () => {
    expect(await usersOf('\ufeffuserName,title\na,\u00fc\n')).toEqual([{ userName: 'a', title: '\u00fc' }]);
    expect(await usersOf('\ufeff{"userName":"a"}\n', 'jsonl')).toEqual([{ userName: 'a' }]);
  });

  test('is refused with its name if it is UTF-16, with or without a byte order mark', async () => {
    const text = 'userName\ttitle\r\na\t\u00fc\r\n';
    for (const content of [
      Buffer.from(`\ufeff${text}`, 'utf16le'),
      utf16be(`\ufeff${text}`),
      Buffer.from(text, 'utf16le'),
      utf16be(text),
    ]) {
      await expect(rowsOf(content)).rejects.toThrow('The file is UTF-16.');
      expect(await usersOf(content, 'csv', 'utf-16')).toEqual([{ userName: 'a', title: '\u00fc' }]);
    }
    const broken = Buffer.from(`\ufeffuserName\na\ud800b\n`, 'utf16le');
    await expect(rowsOf(broken, 'csv', 'utf-16')).rejects.toThrow(/^Line 2 is not valid utf-16/);
  });

  test('can be set to Windows-1252, including its characters between 0x80 and 0x9F', async () => {
    expect(await usersOf(latin1(csv), 'csv', 'windows-1252')).toMatchObject([
      {},
      { displayName: 'J\u00fcrgen M\u00fcller' },
    ]);
    expect(await usersOf(latin1(jsonl), 'jsonl', 'windows-1252')).toMatchObject([
      {},
      { displayName: 'J\u00fcrgen M\u00fcller' },
    ]);
    const [user] = await usersOf(latin1('userName,title\na,\x80\x8a\x92\x9f\n'), 'csv', 'windows-1252');
    expect(user?.title).toBe('\u20ac\u0160\u2019\u0178');
    await expect(rowsOf(latin1('userName\n\x81\n'), 'csv', 'windows-1252')).rejects.toThrow(/^Line 2/);
    await expect(rowsOf('\ufeffuserName\na\n', 'csv', 'windows-1252')).rejects.toThrow('The file is UTF-8');
  });

  test('does not allow NUL', async () => {
    await expect(rowsOf('userName,title\na,x\0y\n')).rejects.toThrow('Line 2 contains a NUL character');
  });
});

describe('the first line of a CSV file', () => {
  test.each([',', ';', '\t'])('separator %j is detected', async (separator) => {
    const text = [['userName', 'roles', 'title'].join(separator), ['a', '"billing;reader"', 'T'].join(separator)];
    const expected = [{ userName: 'a', roles: ['billing', 'reader'], title: 'T' }];
    expect(await usersOf(`${text.join('\r\n')}\r\n`)).toEqual(expected);
    expect(await usersOf(`sep=${separator}\r\n${text.join('\r\n')}`)).toEqual(expected);
  });

  test('is refused with the supported separators if no column is found', async () => {
    for (const text of ['userName|email\na|b\n', '', 'foo,bar\n1,2\n', 'a@x.test,A\n'])
      await expect(rowsOf(text)).rejects.toThrow(/separated by commas, semicolons or tabs, with userName among them/);
    await expect(rowsOf('userName,email;title\na,b\n')).rejects.toThrow(
      'Column "email;title" contains a semicolon, but the separator is a comma.',
    );
  });

  test.each([
    ['Username', 'userName'],
    ['user_name', 'userName'],
    ['USERNAME', 'userName'],
    ['userNmae', 'userName'],
    ['E-mail', 'email'],
    ['E-Mail Address', 'email'],
    ['Mail', 'email'],
    ['Title', 'title'],
    ['First name', 'givenName'],
    ['Surname', 'familyName'],
    ['departement', 'department'],
    ['role', 'roles'],
    ['External ID', 'externalId'],
    ['time zone', 'timezone'],
  ])('the misspelling %j is refused with the correct name', async (column, right) => {
    const name = right === 'userName' ? [] : ['userName'];
    await expect(rowsOf(`${[...name, column].join(',')}\na,b\n`)).rejects.toThrow(
      `Column "${column}" must be spelled "${right}".`,
    );
  });

  test('cannot repeat a column', async () => {
    await expect(rowsOf('userName,title,title\na,b,c\n')).rejects.toThrow('Column "title" appears twice.');
    await expect(rowsOf('userName,Title,title\na,b,c\n')).rejects.toThrow('Column "Title" must be spelled "title".');
    await expect(rowsOf('userName,costCenter,CostCenter\na,b,c\n')).rejects.toThrow(
      'Columns "costCenter" and "CostCenter" differ only in case.',
    );
    await expect(rowsOf('userName,,title\na,b,c\n')).rejects.toThrow('Column 2 has no name.');
  });

  test('creates a custom attribute from an unknown name', async () => {
    expect(await usersOf('userName,costCenter,badge,\na,7,x,\n')).toEqual([
      { userName: 'a', attributes: { costCenter: '7', badge: 'x' } },
    ]);
  });
});

describe('a row', () => {
  test('with more cells than columns is refused, and the other rows are read', async () => {
    expect(await rowsOf('userName,displayName\na,Last, First\nb,B\nc\n')).toMatchObject([
      {
        line: 2,
        error:
          'The row has 3 cells, and the first line names 2 columns. Put a cell that contains the separator in double quotes.',
      },
      { line: 3, error: null, user: { userName: 'b' } },
      { line: 4, error: null, user: { userName: 'c' } },
    ]);
  });

  test('with a malformed cell is refused', async () => {
    const errors = async (text: string) => (await rowsOf(text)).map(({ error }) => error);
    expect(await errors('userName,emails\na,x\nb,"{""value"":""b@x.test""}"\n')).toEqual(
      Array(2).fill('"emails" must be a list of addresses.'),
    );
    expect(await errors('userName,attributes\na,{\nb,[]\n')).toEqual(
      Array(2).fill('"attributes" must be a JSON object.'),
    );
    expect(await errors('userName,roles\na,"[1]"\nb,[\n')).toEqual(Array(2).fill('"roles" must be a list of names.'));
    expect(await errors('userName,status\na,GONE\n')).toEqual([
      '"status" must be one of ACTIVE, SUSPENDED, DEPROVISIONED, PENDING.',
    ]);
  });

  test('of JSON lines with a wrong type, or a misspelled, unknown or repeated name, is refused', async () => {
    const errors = async (...lines: string[]) => (await rowsOf(lines.join('\n'), 'jsonl')).map(({ error }) => error);
    expect(
      await errors(
        '{"userName":"a","title":5}',
        '{"Username":"a"}',
        '{"userName":"a","e-mail":"a@x.test"}',
        '{"userName":"a","costCenter":"7"}',
        '{"userName":"a","title":"b","title":"c"}',
        '{"userName":"a","\\u0074itle":"b","title":"c"}',
        '{"userName":"a","emails":[{"value":"a@x.test","kind":"work"}]}',
        '{"title":"b"}',
        '[]',
        '{"userName":"a"',
        '{"id":"user_1","origin":"SCIM","userName":"a","title":null,"attributes":{"title":{"title":1}}}',
      ),
    ).toEqual([
      '"title" must be a string.',
      '"Username" must be spelled "userName".',
      '"e-mail" must be spelled "emails".',
      '"costCenter" is unknown. Put a custom attribute into "attributes".',
      '"title" appears twice.',
      '"title" appears twice.',
      '"emails.0.kind" is unknown. Put a custom attribute into "attributes".',
      '"userName" must be a string.',
      'The line is not a JSON object.',
      'The line is not a JSON object.',
      null,
    ]);
  });

  test('the column email edits the primary address of the column emails', async () => {
    const emails = JSON.stringify([{ value: 'old@x.test', type: 'work', primary: true }, { value: 'home@x.test' }]);
    const [user] = await usersOf(`userName,email,emails\na,new@x.test,"${emails.replaceAll('"', '""')}"\n`);
    expect(user?.emails).toEqual([{ value: 'new@x.test', type: 'work', primary: true }, { value: 'home@x.test' }]);
  });
});

describe('cells', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc
      .array(fc.constantFrom("'", '=', '+', '-', '@', '\t', '\r', '\n', ' ', ';', ',', '"', '[', 'a', '\uff1d'))
      .map((signs) => signs.join('')),
  );

  test('the escaping of formulas is reversible for every text, and escapes every formula', () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(unguarded(guarded(value))).toBe(value);
        expect(guarded(value)).not.toMatch(/^[=+\-@\t\r\uff0b\uff0d\uff1d\uff20]/);
      }),
    );
    expect(["'t Hooft", "'", "''", "'a"].map(guarded)).toEqual(["'t Hooft", "'", "''", "'a"]);
    expect(['@home', '-', '=R&D', "'=R&D"].map(guarded)).toEqual(["'@home", "'-", "'=R&D", "''=R&D"]);
  });

  test('a list of roles is written to one cell and read back, for every role name', () => {
    const roles = fc.array(text.filter((role) => role.trim() !== ''));
    fc.assert(fc.property(roles, (items) => expect(itemsIn(listCell(items))).toEqual(items)));
    expect(listCell(['billing', 'reader'])).toBe('billing;reader');
  });
});
