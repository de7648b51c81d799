import { type GraphQLSchema, isObjectType } from 'graphql';
import type { Action } from '../../../access/policy.js';
import type { Principal } from '../../../access/principal.js';
import { privateFields } from './private-fields.js';

/**
 * Fields that need permissions in addition to those for their object. A test compares the table with the permissions of
 * the server (docs/authorization.md). Every field of this kind is nullable: a caller without the permission receives null
 * for the field, with FORBIDDEN in `errors`, and keeps the rest of the page.
 */
const fieldActions: Readonly<Record<string, readonly Action[]>> = {
  'Organization.apiKeys': ['apiKey.read'],
  'Organization.applications': ['application.read'],
  'Organization.connections': ['connection.read'],
  'Organization.consumers': ['consumer.read'],
  'Organization.events': ['event.read'],
  'Organization.groups': ['group.read'],
  'Organization.keys': ['apiKey.read'],
  'Organization.lastEventAt': ['event.read'],
  'Organization.roles': ['role.read'],
  'Organization.snapshot': ['user.read', 'group.read', 'event.read'],
  'Organization.userCount': ['user.read'],
  'Organization.users': ['user.read'],
  'Organization.webhookEndpoints': ['webhook.read'],
  'Organization.webhooks': ['webhook.read'],
  'Domain.connections': ['connection.read'],
  'Connection.explain': ['user.readPrivate'],
  'Connection.organization': ['organization.read'],
  'Connection.pendingAdoptions': ['user.resolve'],
  'Connection.pendingLinks': ['user.resolve'],
  'Connection.previewMapping': ['user.readPrivate'],
  'JitPolicy.defaultGroups': ['group.read'],
  'User.activeSessions': ['session.read'],
  'User.events': ['event.read'],
  'User.identities': ['user.readPrivate'],
  'User.managedBy': ['connection.read'],
  'User.sessions': ['session.read'],
  'User.signInDecision': ['user.readPrivate', 'connection.read'],
  'User.timeline': ['user.readPrivate', 'event.read', 'webhook.read'],
  'Identity.connection': ['connection.read'],
  'ProvisioningRequest.events': ['event.read'],
};

/** Returns the actions that the caller must be allowed in addition to reading the object of the field. */
export function actionsOfField(type: string, field: string, kind: Principal['kind']): readonly Action[] {
  const restricted = (privateFields as Record<string, { action: Action; fields: readonly string[] } | undefined>)[type];
  if (kind === 'user' && restricted?.fields.includes(field)) return [restricted.action];
  return fieldActions[`${type}.${field}`] ?? [];
}

/** Adds its permissions to the description of each guarded field. */
export function describeGuardedFields(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const ofAll = actionsOfField(type.name, field.name, 'apiKey').map((action) => `\`${action}\``);
      const ofUsers = actionsOfField(type.name, field.name, 'user').map((action) => `\`${action}\``);
      const needed =
        ofAll.length > 0
          ? [`Requires the permission ${ofAll.join(' and ')}.`]
          : ofUsers.map((action) => `Requires the permission ${action} if the caller is a signed-in user.`);
      field.description = [field.description, ...needed].filter(Boolean).join(' ') || field.description;
    }
  }
  return schema;
}
