import { BadInput } from '../../kernel/errors.js';
import { isObject } from '../../kernel/json.js';
import { enterpriseUrn } from '../../scim-model/enterprise-schema.js';
import { compact, customAttributes, type EmailAddress, enterpriseOf, type Profile } from './profile.js';

/** Profile attributes in an API input. Absent attributes stay unchanged; null removes an attribute. */
export interface ProfileInput {
  userName?: string | null;
  emails?: { value: string; type?: string | null; primary?: boolean | null }[] | null;
  displayName?: string | null;
  givenName?: string | null;
  familyName?: string | null;
  title?: string | null;
  department?: string | null;
  employeeNumber?: string | null;
  locale?: string | null;
  timezone?: string | null;
  managerId?: string | null;
  attributes?: Record<string, unknown> | null;
}

/** Returns the profile of a new account. @throws BadInput */
export const newProfile = (input: ProfileInput & { userName: string }): Profile =>
  editProfile({ userName: input.userName }, input);

/**
 * Returns the profile with the fields of the input applied. `attributes` replaces all attributes that have no field. A
 * field that contains what the API returned changes nothing. `shownManagerId` is the manager that the API returned.
 * @throws BadInput
 */
export function editProfile(before: Profile, input: ProfileInput, shownManagerId?: string | null): Profile {
  const base = input.attributes === undefined ? before : withAttributes(before, input.attributes ?? {});
  const { userName, displayName, title, locale, timezone } = input;
  const emails = input.emails?.map((email) => knownEmail(email, before.emails) ?? email) ?? input.emails;
  const top = defined({ userName: userName ?? undefined, emails, displayName, title, locale, timezone });
  const name = { ...base.name, ...defined({ givenName: input.givenName, familyName: input.familyName }) };
  const { department, employeeNumber } = input;
  const managerId = input.managerId === shownManagerId ? undefined : input.managerId;
  const manager = managerId === undefined ? undefined : managerId === null ? null : { value: managerId };
  const enterprise = { ...enterpriseOf(base), ...defined({ department, employeeNumber, manager }) };
  return { ...(compact({ ...base, ...top, name, [enterpriseUrn]: enterprise }) as Profile) };
}

/** Returns the address of the profile that the API shows like this one. It can have more attributes, as the IdP sent them. */
const knownEmail = (
  { value, type = null, primary }: NonNullable<ProfileInput['emails']>[number],
  known: readonly EmailAddress[] = [],
): EmailAddress | undefined =>
  known.find(
    (email) =>
      email.value === value && (email.type ?? null) === type && (email.primary ?? false) === (primary ?? false),
  );

function withAttributes(before: Profile, attributes: Record<string, unknown>): Profile {
  const custom = customAttributes({ ...attributes, userName: before.userName });
  const foreign = Object.keys(attributes).find((key) => !Object.hasOwn(custom, key) && attributes[key] !== null);
  if (foreign !== undefined) throw new BadInput(`"attributes" must not contain "${foreign}", which has its own field.`);
  const kept = Object.entries(before).filter(
    ([key]) => !Object.hasOwn(customAttributes(before), key) || key === 'name' || key === enterpriseUrn,
  );
  const base: Profile = { ...Object.fromEntries(kept), userName: before.userName };
  const name = { ...pick(before.name ?? {}, ['givenName', 'familyName']), ...objectOf(attributes.name) };
  const enterprise = {
    ...pick(enterpriseOf(before), ['department', 'employeeNumber', 'manager']),
    ...objectOf(attributes[enterpriseUrn]),
  };
  return { ...base, ...attributes, userName: before.userName, name, [enterpriseUrn]: enterprise };
}

const objectOf = (value: unknown): Record<string, unknown> => (isObject(value) ? { ...value } : {});
const pick = (object: Record<string, unknown>, keys: readonly string[]) =>
  Object.fromEntries(Object.entries(object).filter(([key]) => keys.includes(key)));
const defined = (object: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
