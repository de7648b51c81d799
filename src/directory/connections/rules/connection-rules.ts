import { BadInput } from '../../../kernel/errors.js';
import { fold } from '../../../kernel/fold.js';
import { checkedAll } from '../../../kernel/input-errors.js';
import type { Json } from '../../../kernel/json.js';
import { checkedRoles } from '../../roles/grantable-roles.js';
import type { AttributeMapping, Connection, GroupMapping } from '../connection.js';
import { checkedMappings } from './attribute-mappings.js';
import { checkedExtensions } from './extension-schemas.js';

/** The rules that an operator sets for an IdP's writes: mappings, grantable roles and extension schemas. */
export interface ConnectionRules {
  attributeMappings?: readonly AttributeMapping[] | null;
  groupMappings?: readonly GroupMapping[] | null;
  grantableRoles?: readonly string[] | null;
  entitlements?: readonly string[] | null;
  scimExtensions?: readonly unknown[] | null;
}

/** The values of a connection without rules. */
export const noRules = {
  attributeMappings: [],
  groupMappings: [],
  givenGrantableRoles: null,
  entitlements: [],
  scimExtensions: [] as Json[],
  settingsRevision: 0,
  resettleSince: null,
} satisfies Partial<Connection>;

type Checked = Partial<
  Pick<Connection, 'attributeMappings' | 'groupMappings' | 'givenGrantableRoles' | 'entitlements' | 'scimExtensions'>
>;

/** Returns the given rules as columns of the connection; rules that are not given are absent. @throws BadInput */
export function checkedRules(given: ConnectionRules): Checked {
  const { attributeMappings, groupMappings, grantableRoles, entitlements, scimExtensions } = given;
  const checked = checkedAll({
    attributeMappings: () => attributeMappings && checkedMappings(attributeMappings),
    groupMappings: () => groupMappings && checkedGroupMappings(groupMappings),
    givenGrantableRoles: () => grantableRoles && checkedRoles(grantableRoles, 'grantableRoles'),
    entitlements: () => entitlements && checkedRoles(entitlements, 'entitlements'),
    scimExtensions: () => scimExtensions && checkedExtensions(scimExtensions),
  });
  // Null restores the default of the grantable roles. The others are lists.
  return Object.fromEntries(
    Object.entries(checked).filter(([name, value]) => value || (name === 'givenGrantableRoles' && value === null)),
  ) as Checked;
}

function checkedGroupMappings(mappings: readonly GroupMapping[]): GroupMapping[] {
  if (mappings.length > 1_000)
    throw new BadInput(`"groupMappings" can have at most 1,000 entries; this request has ${mappings.length}.`);
  const groups = new Set<string>();
  return mappings.map(({ group, roles }, n) => {
    if (group.trim() === '') throw new BadInput('"groupMappings" must not contain an entry without a group.');
    if (groups.has(fold(group))) throw new BadInput(`"groupMappings" must not contain the group "${group}" twice.`);
    groups.add(fold(group));
    return { group, roles: checkedRoles(roles, `groupMappings[${n}].roles`) };
  });
}
