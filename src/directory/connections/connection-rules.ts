import { BadInput } from '../../errors.js';
import { fold } from '../../fold.js';
import type { Json } from '../../json.js';
import { checkedRoles } from '../roles/grants.js';
import { checkedMappings } from './attribute-mappings.js';
import type { AttributeMapping, Connection, GroupMapping } from './connection.js';
import { checkedExtensions } from './extension-schemas.js';

/** What the operator says of an IdP's writes: mappings, what it may grant, which schemas it brings. */
export interface ConnectionRules {
  attributeMappings?: readonly AttributeMapping[] | null;
  groupMappings?: readonly GroupMapping[] | null;
  grantableRoles?: readonly string[] | null;
  entitlements?: readonly string[] | null;
  scimExtensions?: readonly unknown[] | null;
}

/** The rules of a connection that has none. */
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

/** The rules that are given, in the connection's columns; those that are not given are absent. @throws BadInput */
export function checkedRules(given: ConnectionRules): Checked {
  const { attributeMappings, groupMappings, grantableRoles, entitlements, scimExtensions } = given;
  return {
    ...(attributeMappings && { attributeMappings: checkedMappings(attributeMappings) }),
    ...(groupMappings && { groupMappings: checkedGroupMappings(groupMappings) }),
    ...(grantableRoles && { givenGrantableRoles: checkedRoles(grantableRoles) }),
    ...(entitlements && { entitlements: checkedRoles(entitlements) }),
    ...(scimExtensions && { scimExtensions: checkedExtensions(scimExtensions) }),
  };
}

function checkedGroupMappings(mappings: readonly GroupMapping[]): GroupMapping[] {
  if (mappings.length > 1_000) throw new BadInput('"groupMappings" may have 1000 entries at most.');
  const groups = new Set<string>();
  return mappings.map(({ group, roles }) => {
    if (group.trim() === '') throw new BadInput('"groupMappings" has an entry without a group.');
    if (groups.has(fold(group))) throw new BadInput(`"groupMappings" has the group "${group}" twice.`);
    groups.add(fold(group));
    return { group, roles: checkedRoles(roles) };
  });
}
