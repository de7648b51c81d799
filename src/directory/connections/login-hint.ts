import { profileOfIdp } from '../../identity-providers/profiles/index.js';
import type { Connection } from './connection.js';

/** Returns how the SAML IdP of a connection accepts the email address of the user; null if it is not sent. */
export const samlLoginHint = ({ provider }: Connection): 'query' | 'subject' | null =>
  profileOfIdp(provider).saml?.loginHint ?? null;
