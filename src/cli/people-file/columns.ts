import { parse } from 'csv-parse/sync';
import { exportedOnly, fieldMeantBy, textFields } from './field-names.js';

/** Columns with a defined meaning. All other columns are custom attributes. */
export const knownColumns: readonly string[] = [
  ...textFields,
  ...exportedOnly,
  'email',
  'emails',
  'roles',
  'attributes',
];

const separators = { ',': 'comma', ';': 'semicolon', '\t': 'tab' } as const;
type Separator = keyof typeof separators;

const missing =
  'The first line must name the columns, separated by commas, semicolons or tabs, with userName among them.';

/**
 * Returns the separator and the columns of the first line of a CSV file.
 *
 * @throws Error that names each column that is misspelled or appears twice, or what the first line must contain
 */
export function readHeader(line: string): { separator: Separator; columns: string[] } {
  const readings = (Object.keys(separators) as Separator[]).map((separator) => ({
    separator,
    columns: cellsIn(line, separator),
  }));
  const meaningful = (columns: string[]) =>
    columns.filter((name) => knownColumns.includes(name) || fieldMeantBy(name, knownColumns) !== null).length;
  const [best] = readings.sort((a, b) => meaningful(b.columns) - meaningful(a.columns));
  if (!best) throw new Error(missing);
  const errors = errorsIn(best.columns, best.separator);
  if (!best.columns.includes('userName') && !errors.some((error) => error.includes('"userName"'))) {
    errors.unshift(`${missing} The separator of this file was read as a ${separators[best.separator]}.`);
  }
  if (errors.length > 0) throw new Error(`${errors.join('\n')}\nNothing was sent.`);
  return best;
}

function cellsIn(line: string, delimiter: Separator): string[] {
  try {
    const [cells = []]: string[][] = parse(line, { delimiter, trim: true, relax_quotes: delimiter === '\t' });
    while (cells.at(-1) === '') cells.pop();
    return cells;
  } catch {
    // A line that is malformed with this separator can be well-formed with another.
    return [];
  }
}

function errorsIn(columns: readonly string[], separator: Separator): string[] {
  const seen = new Map<string, string>();
  return columns.flatMap((name, n) => {
    if (name === '') return [`Column ${n + 1} has no name.`];
    const earlier = seen.get(name.toLowerCase());
    seen.set(name.toLowerCase(), name);
    if (earlier === name) return [`Column "${name}" appears twice.`];
    const meant = fieldMeantBy(name, knownColumns);
    if (meant) return [`Column "${name}" must be spelled "${meant}".`];
    if (earlier !== undefined) return [`Columns "${earlier}" and "${name}" differ only in case.`];
    const other = Object.entries(separators).find(([sign]) => sign !== separator && name.includes(sign));
    if (other) return [`Column "${name}" contains a ${other[1]}, but the separator is a ${separators[separator]}.`];
    return [];
  });
}
