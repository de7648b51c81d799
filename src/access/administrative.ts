/** Names of roles that run an organization: `admin`, `org:owner`, `billing-administrator`. For PostgreSQL too. */
export const administrativePattern = '(^|[^a-z])(admin|administrator|owner|superuser)s?([^a-z]|$)';
const administrative = new RegExp(administrativePattern, 'i');

export const isAdministrativeRole = (role: string): boolean => administrative.test(role);

/** Whether the account holds a role that runs the organization. */
export const isAdministrative = ({ roles }: { roles: readonly string[] }): boolean => roles.some(isAdministrativeRole);
