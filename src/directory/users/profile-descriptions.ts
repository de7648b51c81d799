/** Returns the description of a profile attribute that the API returns, from its SCIM path. */
const shown = (path: string, note = '') =>
  `SCIM attribute \`${path}\`${note}, or the value that an attribute mapping sets. Null if there is none.`;

/** Returns the description of a profile attribute that a caller sets, from its SCIM path. */
const given = (path: string, note = '') => `SCIM attribute \`${path}\`${note}.`;

const locale = ' (RFC 7643 section 4.1.1), such as en-US';
const timezone = ' (RFC 7643 section 4.1.1), such as Europe/Berlin';
const enterprise = ' of the enterprise extension (RFC 7643 section 4.3)';

/** Descriptions of fields that return the profile of a user. */
export const profileTexts = {
  userName:
    'Name of the user at the IdP or in your application, often an email address. Unique in the organization, compared case-insensitively.',
  emails: 'All addresses, as the IdP or your application sent them. Attribute mappings do not change them.',
  displayName:
    'Name for display: `displayName`, else the formatted name, else given and family name. Null if all are absent.',
  givenName: shown('name.givenName'),
  familyName: shown('name.familyName'),
  title: shown('title', ', a job title'),
  department: shown('department', enterprise),
  employeeNumber: shown('employeeNumber', enterprise),
  locale: shown('locale', locale),
  timezone: shown('timezone', timezone),
  createdAt: 'Time at which an IdP, a sign-in, an import or the API created the user.',
  status: 'Derived from `active`, a deletion, the invitation and the suspension, in this order.',
  origin: 'Entry point that created the user.',
};

/** Descriptions of input fields that set the profile of a user. */
export const profileInputTexts = {
  userName:
    'Name of the user, often an email address: 1 to 1,024 characters. Fails with USER_NAME_TAKEN if another user of the organization has it in any case.',
  emails: 'All addresses of the user: the list replaces the existing one. One of them can be primary.',
  displayName: given('displayName', ', which is shown instead of the given and family name'),
  givenName: given('name.givenName'),
  familyName: given('name.familyName'),
  title: given('title', ', a job title'),
  department: given('department', enterprise),
  employeeNumber: given('employeeNumber', enterprise),
  locale: given('locale', locale),
  timezone: given('timezone', timezone),
};
