import { describe, expect, test } from '@jest/globals';
import type { ConnectionSettings } from '../../../src/access/connection-settings.js';
import type { ScimPrincipal } from '../../../src/access/principal.js';
import type { Edit } from '../../../src/directory/users/account.js';
import { draftEdit } from '../../../src/directory/users/draft-edit.js';
import type { Facts } from '../../../src/directory/users/gather-facts.js';
import { newUser } from '../../../src/directory/users/new-user.js';
import { planEdit } from '../../../src/directory/users/plan-edit.js';
import type { User } from '../../../src/directory/users/user.js';
import { newId } from '../../../src/kernel/ids.js';

const now = new Date('2026-03-01T12:00:00Z');
const organizationId = newId('org');
const connectionId = newId('conn');
const settings: ConnectionSettings = {
  revision: 3,
  attributeMappings: [],
  groupMappings: [],
  grantableRoles: ['editor'],
  entitlements: [],
  extensions: [],
};
const scim: ScimPrincipal = {
  kind: 'scim',
  requestId: 'request',
  organizationId,
  connectionId,
  tokenId: null,
  provider: 'OKTA',
  settings,
};
const facts: Facts = {
  settings,
  managerId: null,
  isExternalIdTaken: false,
  isAdopterTrusted: true,
  isEmailVerified: true,
  protection: null,
};

function person(more: Partial<User> = {}): User {
  const profile = { userName: 'one@acme.test', emails: [{ value: 'one@acme.test' }], title: 'Engineer' };
  const user = newUser({ organizationId, now }, { active: true, externalId: 'e1', profile, origin: 'SCIM' });
  user.scimConnectionId = connectionId;
  return Object.assign(user, more);
}

const planned = (user: User, edit: Edit, more: Partial<Facts> = {}) =>
  planEdit({ principal: scim, now }, draftEdit(scim, user, edit), { ...facts, ...more });
const types = ({ events }: { events: readonly { type: string }[] }) => events.map(({ type }) => type);

describe('the plan of an edit', () => {
  test('writes nothing if nothing changes, and does not modify the locked account', () => {
    const user = person();
    expect(planned(user, (before) => before)).toMatchObject({ isWritten: false, events: [], closing: null });
    expect(planned(user, (before) => before).user).toBe(user);
  });

  test('changes a copy: the locked account is unchanged', () => {
    const user = person();
    const before = structuredClone({ ...user });
    const plan = planned(user, (account) => ({
      active: false,
      externalId: 'e2',
      profile: { ...account.profile, title: 'Lead', userName: 'two@acme.test' },
    }));
    expect({ ...user }).toEqual(before);
    expect(plan).toMatchObject({
      isWritten: true,
      isIdentityWritten: true,
      closing: { reason: 'IDP_DEACTIVATED', connectionId },
      user: { userName: 'two@acme.test', externalId: 'e2', active: false, deprovisionedAt: now },
    });
    expect(types(plan)).toEqual(['user.updated']);
  });

  test('emits a new email address, with its verification by the organization', () => {
    const edit: Edit = (before) => ({
      ...before,
      profile: { ...before.profile, emails: [{ value: 'new@acme.test' }] },
    });
    for (const isEmailVerified of [true, false]) {
      const plan = planned(person(), edit, { isEmailVerified });
      expect(types(plan)).toEqual(['user.updated', 'user.email_changed']);
      expect(plan.events[1]?.data).toMatchObject({
        before: 'one@acme.test',
        after: 'new@acme.test',
        verified: isEmailVerified,
      });
    }
  });

  test('maps the externalId that the edit sets', () => {
    const mapped = { ...settings, attributeMappings: [{ source: 'externalId', target: 'employeeNumber' }] };
    const plan = planned(person(), (before) => ({ ...before, externalId: 'e2' }), { settings: mapped });
    expect(JSON.stringify(plan.user.mapped)).toContain('e2');
  });

  test('reopens a closed account, and emits the event of the reopening last', () => {
    const closed = person({ active: false, deprovisionedAt: new Date('2026-01-01T00:00:00Z') });
    const plan = planned(closed, (before) => ({ ...before, active: true, profile: { ...before.profile, title: 'X' } }));
    expect(types(plan)).toEqual(['user.updated', 'user.reactivated']);
    expect(plan.user).toMatchObject({ active: true, deprovisionedAt: null, deprovisionReason: null });
  });

  test.each<[string, Partial<User>, Partial<Facts>, string]>([
    ['another account has the externalId', {}, { isExternalIdTaken: true }, 'EXTERNAL_ID_TAKEN'],
    ['the account is protected', {}, { protection: 'drill' }, 'ACCOUNT_PROTECTED'],
    ['its domain is not the connection’s', { scimConnectionId: null }, { isAdopterTrusted: false }, 'ADOPTION_REFUSED'],
    [
      'an unmanaged account is an administrator’s',
      { scimConnectionId: null, roles: ['admin'] },
      {},
      'ADOPTION_REFUSED',
    ],
    ['an unmanaged account is protected', { scimConnectionId: null, protected: true }, {}, 'ADOPTION_REFUSED'],
  ])('refuses: %s', (_name, user, given, code) => {
    const edit: Edit = (before) => ({ ...before, active: false, externalId: 'e2' });
    expect(() => planned(person(user), edit, given)).toThrow(expect.objectContaining({ code }));
  });

  test('adopts an unmanaged account without changing its address', () => {
    const invited = person({ scimConnectionId: null, externalId: null, origin: 'API', invitedAt: now });
    const plan = planned(invited, ({ profile }) => ({
      active: true,
      externalId: 'e9',
      profile: { ...profile, userName: 'other@acme.test', emails: [{ value: 'other@acme.test' }], title: 'Lead' },
    }));
    expect(plan).toMatchObject({
      takenOver: { connectionId, externalId: 'e9', user: { scimConnectionId: null, invitedAt: now } },
      user: { scimConnectionId: connectionId, externalId: 'e9', invitedAt: null, userName: 'one@acme.test' },
    });
    expect(plan.user.profile).toMatchObject({ title: 'Lead', emails: [{ value: 'one@acme.test' }] });
  });

  test('recomputes roles only if the IdP grants different ones, and records those that it cannot grant', () => {
    const withRoles =
      (roles: string[]): Edit =>
      (before) => ({
        ...before,
        profile: { ...before.profile, roles: roles.map((value) => ({ value })) },
      });
    const plan = planned(person(), withRoles(['editor', 'owner']));
    expect(plan).toMatchObject({
      roles: { idp: true },
      notes: ['roleNotGrantable owner'],
      user: { idpRoles: ['editor'] },
    });
    expect(planned(person({ idpRoles: ['editor'] }), withRoles(['editor'])).roles).toBeNull();
  });
});
