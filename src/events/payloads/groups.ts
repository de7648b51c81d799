import { define, type State } from './define.js';
import { dataOnly, enumOf, erased, id, json, kept, list, named, nullable, text, yes } from './field.js';

const fields = {
  id: kept(id('group'), 'Id of the group.'),
  displayName: erased(text, 'Name of the group; need not be unique.'),
  externalId: erased(nullable(text), "The IdP's id of the group."),
  origin: kept(enumOf('Origin')('SCIM', 'JIT', 'API', 'IMPORT'), 'The way in which the group was created.'),
  connectionId: kept(nullable(id('conn')), 'The SCIM connection that manages the group; null if none does.'),
  roles: erased(list(text), 'Roles that the group grants to its members.'),
  attributes: erased(json, 'Other attributes, under their SCIM names and URNs.'),
};

/** A group as events carry it, without its members. */
export const groupState = { name: 'GroupData', description: 'the group', fields } satisfies State;

const subjects = ['group'] as const;
const membership = {
  groupId: dataOnly(kept(id('group'), 'Id of the group.')),
  displayName: named('groupDisplayName', erased(text, 'The `displayName` at the time of the event.')),
  externalId: named('groupExternalId', erased(nullable(text), "The IdP's id of the group.")),
  directOnly: kept(yes, 'True: members of nested groups get no separate event.'),
};
const ofUser = { ...membership, userId: named('memberId', kept(id('user'), 'The member, if it is a user.')) };
const ofGroup = { ...membership, memberGroupId: named('memberId', kept(id('group'), 'The member, if it is a group.')) };

/** Events about a group. */
export const groupEvents = {
  'group.created': define({ subjects, state: groupState, description: 'A group was created.' }, {}),
  'group.updated': define(
    { subjects, state: groupState, description: 'Name, ids, attributes or roles changed; see `changes`.' },
    {},
  ),
  'group.deleted': define(
    { subjects, state: groupState, description: 'A group was deleted, after one `GROUP_MEMBER_REMOVED` per member.' },
    {},
  ),
  'group.member_added': define(
    { subjects, state: null, description: 'A user or group became a member. One event per member.' },
    ofUser,
    ofGroup,
  ),
  'group.member_removed': define(
    { subjects, state: null, description: 'A user or group is no longer a member. One event per member.' },
    ofUser,
    ofGroup,
  ),
};
