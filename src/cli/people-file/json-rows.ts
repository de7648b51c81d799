import { type Encoding, linesOf } from './decode.js';
import { exportedOnly, fieldMeantBy } from './field-names.js';
import type { FileRow } from './file-row.js';
import { personError, personFields } from './person.js';

/** Yields the rows of a file with JSON lines. @throws Error if it has another encoding */
export async function* jsonRows(file: string, encoding: Encoding | undefined): AsyncGenerator<FileRow> {
  let line = 0;
  for await (const text of linesOf(file, encoding)) {
    line++;
    if (text.trim() !== '') yield { line, ...personIn(text) };
  }
}

const ignored: readonly string[] = exportedOnly;

/** Returns the user in a line. A line of `rollcall export` can be imported unchanged. */
function personIn(text: string): Pick<FileRow, 'user' | 'error'> {
  const refused = (error: string) => ({ user: {}, error });
  const value = objectIn(text);
  if (!value) return refused('The line is not a JSON object.');
  const names = namesIn(text);
  const twice = names.find((name, n) => names.indexOf(name) !== n);
  if (twice !== undefined) return refused(`"${twice}" appears twice.`);
  for (const name of names) {
    const meant = ignored.includes(name) ? null : fieldMeantBy(name, personFields);
    if (meant) return refused(`"${name}" must be spelled "${meant}".`);
  }
  const entries = Object.entries(value).filter(([name, each]) => !ignored.includes(name) && each !== null);
  const user = Object.fromEntries(entries);
  return { user, error: personError(user) };
}

function objectIn(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

/** Returns the names of the outermost object in order, including duplicates. JSON.parse keeps only the last one. */
function namesIn(text: string): string[] {
  const names: string[] = [];
  let depth = 0;
  let last = '';
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:]/g)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (token !== ':') last = token;
    else if (depth === 1) names.push(String(JSON.parse(last)));
  }
  return names;
}
