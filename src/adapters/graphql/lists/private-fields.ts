import { defaultFieldResolver, type GraphQLSchema, isObjectType } from 'graphql';
import { authorize } from '../../../access/authorize.js';
import type { Action, Target } from '../../../access/policy.js';
import type { Principal } from '../../../access/principal.js';
import { Forbidden } from '../../../kernel/errors.js';
import type { Context } from '../context.js';

/**
 * Fields that signed-in users without an administrative role cannot see of other users. They see all their own fields,
 * and administrators see all fields of all users. A test compares the table in docs/sign-in.md with this one.
 */
export const privateFields = {
  User: {
    action: 'user.readPrivate',
    fields: [
      'suspendedAt',
      'deprovisionedAt',
      'deprovisionReason',
      'origin',
      'protected',
      'hasSignedIn',
      'lastSignInAt',
      'employeeNumber',
      'attributes',
      'roles',
      'assignedRoles',
      'roleGrants',
    ],
  },
  Group: { action: 'organization.readPrivate', fields: ['externalId', 'roles', 'origin'] },
  Organization: {
    action: 'organization.readPrivate',
    fields: ['metadata', 'seatLimit', 'seatsUsed', 'seatPolicy', 'seatGrace', 'seatGraceDays', 'domains', 'userCount'],
  },
} as const satisfies Record<string, { action: Action; fields: readonly string[] }>;

/** Adds a guard to each private field. It applies to users; API keys have scopes for this. */
export function guardPrivateFields(schema: GraphQLSchema): GraphQLSchema {
  for (const [name, { action, fields }] of Object.entries(privateFields)) {
    const type = schema.getType(name);
    if (!isObjectType(type)) throw new Error(`"${name}" is not a type of the schema`);
    for (const field of fields) {
      const definition = type.getFields()[field];
      if (!definition) throw new Error(`"${name}.${field}" is not a field of the schema`);
      const resolve = definition.resolve ?? defaultFieldResolver;
      definition.resolve = (source, args, context: Context, info) => {
        if (context.principal.kind === 'user') authorize(context, action, source as Target);
        return resolve(source, args, context, info);
      };
    }
  }
  return schema;
}

/** Filters and orders of each list that do not depend on private fields. */
const open = {
  users: {
    filters: new Set([
      'ids',
      // Users without an administrative role see only active and suspended users.
      'status',
      'groupId',
      'groupIds',
      'withinGroupId',
      'email',
      'userName',
      'search',
      'createdAfter',
      'createdBefore',
      'updatedAfter',
      'updatedBefore',
    ]),
    orders: new Set(['USER_NAME', 'DISPLAY_NAME', 'FAMILY_NAME', 'CREATED_AT', 'UPDATED_AT']),
  },
  groups: {
    filters: new Set(['displayName', 'memberId', 'parentId', 'search', 'empty', 'updatedAfter']),
    orders: new Set(['DISPLAY_NAME', 'CREATED_AT', 'UPDATED_AT']),
  },
} as const;

/** Rejects filters and orders on private fields: a user could use them to infer hidden values. @throws Forbidden */
export function checkFilter(
  principal: Principal,
  list: keyof typeof open,
  { filter, orderBy }: { filter: object | undefined; orderBy?: { field: string } | null | undefined },
): void {
  if (principal.kind !== 'user' || principal.administrative) return;
  const { filters, orders } = open[list];
  const hidden = Object.entries(filter ?? {}).find(([key, value]) => value != null && !filters.has(key));
  if (hidden) throw new Forbidden(`filter ${list} by ${hidden[0]}`, 'an administrative role');
  if (orderBy && !orders.has(orderBy.field))
    throw new Forbidden(`order ${list} by ${orderBy.field}`, 'an administrative role');
}
