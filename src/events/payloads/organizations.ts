import { define, type State } from './define.js';
import {
  boolean,
  dataOnly,
  erased,
  id,
  idText,
  json,
  kept,
  list,
  named,
  nullable,
  number,
  oneOf,
  text,
  time,
} from './field.js';

const fields = {
  id: kept(id('org'), 'Id of the organization.'),
  name: erased(text, 'Name of the organization.'),
  externalId: erased(nullable(text), "The application's id of the organization."),
  status: kept(oneOf('ACTIVE', 'DISABLED'), 'Status of the organization.'),
  metadata: erased(json, 'Data of the application.'),
  seatLimit: erased(nullable(number), 'Maximum number of seats; null if there is none.'),
  seatPolicy: erased(oneOf('BLOCK', 'GRACE', 'NOTIFY'), 'Treatment of a user beyond the limit.'),
  seatGrace: erased(number, 'With `GRACE`: seats beyond the limit.'),
  seatGraceDays: erased(number, 'With `GRACE`: days for which they are allowed.'),
  color: erased(nullable(text), 'Color of the sign-in pages.'),
  supportContact: erased(nullable(text), 'Support contact of the sign-in pages.'),
  logoHash: erased(nullable(text), 'SHA-256 of the logo of the sign-in pages.'),
  deletedAt: erased(nullable(time), 'Null.'),
  createdAt: erased(time, 'When the organization was created.'),
  updatedAt: erased(time, 'When the organization was last changed.'),
};

/** State of an organization in the `data` of an event. */
export const organizationState = { name: 'OrganizationData', description: 'the organization', fields } satisfies State;

const subjects = ['organization'] as const;
const ofDomain = {
  id: dataOnly(kept(id('dom'), 'Id of the domain.')),
  domain: erased(text, 'Domain name, such as example.com.'),
  connections: named(
    'connectionIds',
    erased(list(idText('conn')), 'Ids of the connections that the domain is assigned to.'),
  ),
};

/** Events about an organization, its seats and its domains. */
export const organizationEvents = {
  'organization.created': define(
    { subjects, state: organizationState, description: 'An organization was created.' },
    {},
  ),
  'organization.updated': define(
    { subjects, state: organizationState, description: 'Settings of an organization changed; see `changes`.' },
    {},
  ),
  'organization.deleted': define(
    { subjects, state: null, description: 'An organization was deleted. The last event of its log.' },
    {
      id: dataOnly(kept(id('org'), 'Id of the organization.')),
      externalId: erased(nullable(text), "The application's id of the organization."),
      sessionsRevoked: kept(number, 'Number of sessions that ended.'),
    },
  ),
  'organization.seats_exceeded': define(
    {
      subjects,
      state: null,
      description: 'A user was created beyond the seat limit, or was refused. At most once an hour.',
    },
    {
      limit: named('seatLimit', erased(nullable(number), 'Maximum number of seats at the time of the event.')),
      used: named('seatsUsed', erased(number, 'Seats in use at the time of the event.')),
      refused: erased(boolean, 'True if the user was refused.'),
      graceUntil: erased(nullable(time), 'With `GRACE`: until when users beyond the limit are allowed.'),
    },
  ),
  'organization.seats_freed': define(
    { subjects, state: null, description: 'A seat is free again.' },
    {
      limit: named('seatLimit', erased(number, 'Maximum number of seats at the time of the event.')),
      used: named('seatsUsed', erased(number, 'Seats in use at the time of the event.')),
    },
  ),
  'domain.verified': define(
    { subjects: ['domain'], state: null, description: 'A domain was verified.' },
    {
      ...ofDomain,
      byOperator: erased(boolean, 'True if an operator verified it without a TXT record.'),
    },
  ),
  'domain.lapsed': define(
    {
      subjects: ['domain'],
      state: null,
      description: 'The TXT record of a verified domain has been missing for seven days.',
    },
    ofDomain,
  ),
};
