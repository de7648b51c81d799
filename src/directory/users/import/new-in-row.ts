import { isDeepStrictEqual } from 'node:util';
import type { ProfileInput } from '../edit-profile.js';
import { compact } from '../profile.js';
import type { User } from '../user.js';

/**
 * Returns the fields of a row that differ from what the API returns for the user. An unchanged exported row has none,
 * so importing it neither copies mapped attributes into the profile nor removes sub-attributes that a file cannot
 * contain.
 */
export function newInRow({ userName: _name, ...input }: ProfileInput, user: User): ProfileInput {
  const shown: Partial<Record<keyof ProfileInput, unknown>> = {
    displayName: user.displayName,
    givenName: user.givenName,
    familyName: user.familyName,
    title: user.title,
    department: user.department,
    employeeNumber: user.employeeNumber,
    locale: user.locale,
    timezone: user.timezone,
    emails: user.emails.map(addressOf),
    attributes: user.attributes,
  };
  const given: Record<string, unknown> = { ...input, emails: input.emails?.map(addressOf) ?? input.emails };
  const isNew = (name: keyof ProfileInput) =>
    given[name] !== undefined && !isDeepStrictEqual(compact(given[name]), compact(shown[name] ?? null));
  return Object.fromEntries(Object.entries(input).filter(([name]) => isNew(name as keyof ProfileInput)));
}

const addressOf = ({ value, type, primary }: { value: string; type?: string | null; primary?: boolean | null }) => ({
  value,
  type: type ?? null,
  primary: primary ?? false,
});
