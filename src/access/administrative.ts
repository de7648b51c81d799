/**
 * Pattern of administrative role names, such as `admin`, `org:owner`, `billing-administrator`. Valid in PostgreSQL too.
 */
export const administrativePattern = '(^|[^a-z])(admin|administrator|owner|superuser)s?([^a-z]|$)';
const administrative = new RegExp(administrativePattern, 'i');

export const isAdministrativeRole = (role: string): boolean => administrative.test(role);

/** Returns true if the user has an administrative role. */
export const isAdministrative = ({ roles }: { roles: readonly string[] }): boolean => roles.some(isAdministrativeRole);
