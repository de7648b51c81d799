import type { Action } from './policy.js';

/** Text of each action, as it completes the sentence "This credential cannot ...". */
export const actionTexts = {
  'organization.create': 'create organizations',
  'organization.read': 'read organizations',
  'organization.update': 'change organizations',
  'organization.delete': 'delete organizations',
  'organization.readPrivate': 'read the private fields of organizations',
  'domain.manage': 'manage domains',
  'domain.force': 'verify domains without a TXT record',
  'connection.read': 'read connections',
  'connection.manage': 'manage connections',
  'connection.configure': 'configure this connection',
  'request.read': 'read the request log',
  'request.replay': 'run requests again',
  'user.read': 'read users',
  'user.readPrivate': 'read the private fields of users',
  'user.create': 'create users',
  'user.update': 'change users',
  'user.adopt': 'adopt users',
  'user.protect': 'protect users',
  'user.invite': 'invite users',
  'role.read': 'read roles',
  'user.resolve': 'resolve link requests and adoption requests',
  'user.unlink': 'unlink identities',
  'user.suspend': 'suspend users',
  'user.deprovision': 'deprovision users',
  'user.erase': 'erase users',
  'user.reactivate': 'reactivate users',
  'group.read': 'read groups',
  'group.create': 'create groups',
  'group.update': 'change groups',
  'group.grant': 'change the roles of groups',
  'group.delete': 'delete groups',
  'attention.read': 'read what needs attention',
  'activity.read': 'read the activity',
  'deployment.read': 'read the deployment',
  'event.read': 'read events',
  'consumer.read': 'read consumers',
  'consumer.manage': 'manage consumers',
  'webhook.read': 'read webhook endpoints',
  'webhook.manage': 'manage webhook endpoints',
  'session.read': 'read sessions',
  'session.start': 'start sessions',
  'session.revoke': 'end sessions',
  'signIn.exchange': 'sign users in with ID tokens',
  'application.read': 'read applications',
  'application.manage': 'manage applications',
  'apiKey.read': 'read API keys',
  'apiKey.manage': 'manage API keys',
} as const satisfies Record<Action, string>;

const nouns: Readonly<Record<string, string>> = {
  apiKey: 'API key',
  signIn: 'connection',
  webhook: 'webhook endpoint',
};

/** Returns the noun for the object of an action, such as "webhook endpoint" for `webhook.read`. */
export function nounOf(action: Action): string {
  const kind = action.slice(0, action.indexOf('.'));
  return nouns[kind] ?? kind;
}
