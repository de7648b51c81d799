/** Fields of ImportUserInput with a single string. */
export const textFields = [
  'userName',
  'displayName',
  'givenName',
  'familyName',
  'title',
  'department',
  'employeeNumber',
  'locale',
  'timezone',
  'managerId',
  'externalId',
  'status',
] as const;

/** Fields of an export that cannot be imported. */
export const exportedOnly = ['id', 'origin'] as const;

/** Aliases of fields, as other programs spell them. */
const aliases: Record<string, string> = {
  mail: 'email',
  emailaddress: 'email',
  firstname: 'givenName',
  lastname: 'familyName',
  surname: 'familyName',
  name: 'displayName',
};

const simplified = (name: string): string =>
  name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');

/**
 * Returns the field that a name was probably meant to be: the name differs in case, punctuation or one letter, or is a
 * usual alias. Returns null for the name of a field, and for any other name, such as a custom attribute.
 */
export function fieldMeantBy(name: string, fields: readonly string[]): string | null {
  if (fields.includes(name)) return null;
  const plain = simplified(name);
  const alias = aliases[plain] ?? '';
  const meant =
    fields.find((field) => simplified(field) === plain) ??
    fields.find((field) => simplified(field) === simplified(alias));
  return meant ?? fields.find((field) => field.length > 4 && isOneEditApart(simplified(field), plain)) ?? null;
}

/** Returns true if the names differ by one added, omitted or replaced letter, or by two exchanged neighbors. */
function isOneEditApart(one: string, other: string): boolean {
  let start = 0;
  while (start < one.length && one[start] === other[start]) start++;
  const [a, b] = [one.slice(start), other.slice(start)];
  const isExchanged = a[0] === b[1] && a[1] === b[0] && a.slice(2) === b.slice(2);
  return a.slice(1) === b || a === b.slice(1) || a.slice(1) === b.slice(1) || isExchanged;
}
