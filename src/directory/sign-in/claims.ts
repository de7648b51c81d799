import { fold } from '../../kernel/fold.js';
import { compact, type Profile } from '../users/profile.js';
import type { Assertion } from './assertion.js';

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** Returns the profile in the standard claims (OpenID Connect Core section 5.1). */
export function profileFrom({ email, claims }: Pick<Assertion, 'email' | 'claims'>, userName: string): Profile {
  const name = { givenName: text(claims.given_name), familyName: text(claims.family_name) };
  const profile = {
    userName: fold(userName) === userName ? userName : userName.normalize('NFC'),
    displayName: text(claims.name),
    name,
    emails: email === null ? undefined : [{ value: email, type: 'work', primary: true }],
    locale: text(claims.locale),
    timezone: text(claims.zoneinfo),
  };
  return compact(profile) as Profile;
}
