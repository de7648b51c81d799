import { isAdministrative } from '../../access/administrative.js';
import { authorize } from '../../access/authorize.js';
import type { Principal } from '../../access/principal.js';
import { AdoptionRefused } from '../../kernel/errors.js';
import type { Facts } from './gather-facts.js';
import type { User } from './user.js';

/**
 * Checks that a SCIM connection can adopt the account: it owns the domain, and the account is neither protected nor
 * administrative.
 *
 * @throws Forbidden, AdoptionRefused
 */
export function checkAdoption(
  by: { principal: Principal },
  user: User,
  { isAdopterTrusted, wanted }: Pick<Facts, 'isAdopterTrusted'> & Pick<AdoptionRefused, 'wanted'>,
): void {
  authorize(by, 'user.adopt', user);
  if (isAdopterTrusted && !user.protected && !isAdministrative(user)) return;
  throw new AdoptionRefused(
    'This user already has an account that the application manages. To adopt it, its email domain must be verified ' +
      'and assigned to this connection, and the account must not be protected or have an administrative role. Otherwise, an administrator of the ' +
      'application must accept the pending request.',
    wanted,
  );
}
