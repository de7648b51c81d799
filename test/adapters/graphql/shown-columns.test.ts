import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { getNamedType, getNullableType, isLeafType, isListType, isObjectType } from 'graphql';
import { buildSchema } from '../../../src/adapters/graphql/schema.js';
import { type Anything, oktaUser, type Tenant, World } from '../../support/world.js';

const schema = buildSchema();
let world: World;
let tenant: Tenant;
let ids: Record<'User' | 'Group', string>;
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant({
    attributeMappings: [{ source: 'nickName', target: 'title' }],
    groupMappings: [{ group: 'g', roles: ['billing'] }],
  });
  const { body: manager } = await tenant.scim('POST', '/Users', oktaUser('m@acme.test'));
  const more = {
    nickName: 'Nick',
    timezone: 'Europe/Berlin',
    displayName: undefined,
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': {
      department: 'D',
      employeeNumber: '7',
      manager: { value: manager.id },
    },
  };
  const { body: user } = await tenant.scim('POST', '/Users', oktaUser('p@acme.test', more));
  const { body: group } = await tenant.scim('POST', '/Groups', {
    displayName: 'g',
    externalId: 'x',
    members: [{ value: user.id }],
  });
  await tenant.gql('mutation($id: ID!) { suspendUser(id: $id) { user { id } } }', { id: user.id });
  ids = { User: user.id, Group: group.id };
});
afterAll(() => world.close());

/** Returns the fields of the type that need no arguments, each with a minimal selection. */
function fieldsOf(name: string): string[] {
  const type = schema.getType(name);
  if (!isObjectType(type)) throw new Error(name);
  return Object.values(type.getFields()).flatMap((field) => {
    if (field.args.some((argument) => String(argument.type).endsWith('!'))) return [];
    const named = getNamedType(field.type);
    if (isLeafType(named)) return [field.name];
    if (field.name === 'access') return fieldsOf(named.name).map((inner) => `access { ${inner} }`);
    const isPage = isObjectType(named) && 'nodes' in named.getFields();
    return [
      `${field.name} { ${isPage ? 'nodes { __typename }' : isListType(getNullableType(field.type)) || isObjectType(named) ? '__typename' : 'id'} }`,
    ];
  });
}

/** A list reads only the selected columns: each field alone must have the same value as on the complete row. */
describe.each(['User', 'Group'] as const)('%s: each field can be selected alone in a list', (name) => {
  const list = name === 'User' ? 'users' : 'groups';
  const single = name === 'User' ? 'user' : 'group';
  test.each(fieldsOf(name))('%s', async (field) => {
    const { organization } = await tenant.gql(
      `query($o: ID!) { organization(id: $o) { ${list} { nodes { id: id ${field} } } } }`,
      { o: tenant.organizationId },
    );
    const whole = await tenant.gql(`query($id: ID!) { ${single}(id: $id) { id: id ${field} } }`, { id: ids[name] });
    expect(organization[list].nodes.find((node: Anything) => node.id === ids[name])).toEqual(whole[single]);
  });
});
