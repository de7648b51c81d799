import { define, type State } from './define.js';
import {
  boolean,
  cursor,
  dataOnly,
  enumOf,
  erased,
  id,
  json,
  kept,
  list,
  milliseconds,
  named,
  nullable,
  number,
  object,
  oneOf,
  optional,
  text,
  time,
} from './field.js';

const state = enumOf('ConnectionState')('DRAFT', 'ACTIVE', 'INACTIVE');
const attention = enumOf('ConnectionAttentionKind');

const fields = {
  id: kept(id('conn'), 'Id of the connection.'),
  name: erased(text, 'Name of the connection.'),
  provider: erased(text, 'Product of the IdP, as in `Connection.provider`.'),
  state: erased(state, 'State of the connection.'),
  scim: erased(boolean, 'True if SCIM is enabled.'),
  onExisting: erased(oneOf('ADOPT', 'CONFLICT', 'REVIEW'), 'Effect of a SCIM POST on an unmanaged user that exists.'),
  oidc: erased(nullable(json), 'OpenID Connect settings, as in `Connection.oidc`; null if not configured.'),
  saml: erased(nullable(json), 'SAML settings, as in `Connection.saml`; null if not configured.'),
  jit: erased(json, 'Policy of sign-ins, as in `Connection.jit`.'),
  signalsIssuer: erased(nullable(text), 'Issuer of signals, if it is not the OpenID Connect issuer.'),
  attributeMappings: erased(list(object({ source: text, target: text })), 'Rules that copy attributes.'),
  groupMappings: erased(list(object({ group: text, roles: list(text) })), 'Rules that give roles to groups.'),
  grantableRoles: erased(list(text), 'Roles that the IdP can grant.'),
  entitlements: erased(list(text), 'Entitlements that the IdP can assign.'),
  scimExtensions: erased(list(json), 'Extension schemas (RFC 7643 section 7).'),
};

/** A connection as events carry it, without secrets. */
export const connectionState = { name: 'ConnectionData', description: 'the connection', fields } satisfies State;

const subjects = ['connection'] as const;
const previousState = erased(state, 'The state before the change.');
const ofConnection = { id: dataOnly(kept(id('conn'), 'Id of the connection.')) };
const inactivity = {
  lastRequestAt: erased(time, 'Time of the last SCIM request.'),
  dueAt: kept(nullable(time), 'Null.'),
  usualIntervalMs: optional(erased(milliseconds, 'Usual milliseconds between two SCIM cycles. Absent if unknown.')),
};

/** Events about a connection. */
export const connectionEvents = {
  'connection.created': define({ subjects, state: connectionState, description: 'A connection was created.' }, {}),
  'connection.updated': define(
    { subjects, state: connectionState, description: 'Settings or secrets of a connection changed; see `changes`.' },
    { previousState },
  ),
  'connection.deleted': define(
    {
      subjects,
      state: connectionState,
      description: 'A connection was deleted, after one event for each user that it managed.',
    },
    { previousState },
  ),
  'connection.attention': define(
    {
      subjects: ['connection', 'user'],
      state: null,
      description:
        'A connection needs attention. `kind` is the cause. The subject is the user if no connection is known.',
    },
    {
      kind: named('attentionKind', kept(attention('HELD'), '`HELD`: a protected account was not changed.')),
      userId: dataOnly(kept(id('user'), 'The protected account.')),
      why: erased(text, 'Why the account is protected.'),
    },
    {
      kind: named(
        'attentionKind',
        kept(attention('DORMANT'), '`DORMANT`: users will be deprovisioned if they do not sign in before `dueAt`.'),
      ),
      count: erased(number, 'Number of these users, at most 1,000.'),
      userIds: erased(list(id('user')), 'Ids of the first 100.'),
      dueAt: kept(time, 'When the first of them will be deprovisioned.'),
    },
    {
      kind: named(
        'attentionKind',
        kept(
          attention('TOKEN_EXPIRING'),
          '`TOKEN_EXPIRING`: a SCIM token expires. Emitted 90, 30, 7 and 1 days before.',
        ),
      ),
      dueAt: kept(time, 'When it expires.'),
      tokenId: erased(text, 'Id of the token that expires, as in `ScimFacet.tokens`.'),
    },
    {
      kind: named(
        'attentionKind',
        kept(
          attention('CERTIFICATE_EXPIRING'),
          '`CERTIFICATE_EXPIRING`: a certificate of the IdP expires. Emitted 90, 30, 7 and 1 days before.',
        ),
      ),
      dueAt: kept(time, 'When it expires.'),
      fingerprint: erased(text, 'SHA-256 fingerprint of the certificate.'),
    },
    {
      kind: named(
        'attentionKind',
        kept(
          attention('SILENT'),
          '`SILENT`: no SCIM request for three times the usual interval, and for at least an hour.',
        ),
      ),
      ...inactivity,
    },
    {
      kind: named('attentionKind', kept(attention('FAILING'), '`FAILING`: the latest ten SCIM requests failed.')),
      ...inactivity,
    },
  ),
  'connection.mass_change': define(
    {
      subjects,
      state: null,
      description:
        'An IdP deprovisioned more than 50 users and more than 5 % of the users that it manages within ten minutes.',
    },
    {
      ...ofConnection,
      count: erased(number, 'Number of users.'),
      userIds: erased(list(id('user')), 'Ids of the first 100.'),
      threshold: erased(number, 'Number of users above which the event is emitted.'),
      undoCursor: erased(cursor, 'Cursor before the first of these changes.'),
    },
  ),
  'connection.token_rotated': define(
    { subjects, state: null, description: 'A SCIM token or SCIM client was created, or revoked.' },
    {
      ...ofConnection,
      tokenId: erased(text, 'Id of the new token.'),
      hint: erased(text, 'Last characters of the new token.'),
      expiresAt: kept(time, 'When the new token expires.'),
    },
    { ...ofConnection, revokedTokenId: erased(text, 'Id of the token that was revoked.') },
    { ...ofConnection, clientId: named('scimClientId', kept(text, 'Id of the new SCIM client.')) },
    {
      ...ofConnection,
      deletedClientId: named('deletedScimClientId', erased(text, 'Id of the SCIM client that was deleted.')),
    },
  ),
};
