import { createHash, randomBytes } from 'node:crypto';

/** Kind of secret, used as its prefix. Scanners recognize a leaked secret and its use by the prefix. */
export type SecretKind = 'key' | 'scim' | 'session' | 'client' | 'invite' | 'setup';

/** Returns a new secret with 256 random bits. It is shown only once. */
export const newSecret = (kind: SecretKind): string => `rc_${kind}_${randomBytes(32).toString('base64url')}`;

/**
 * Returns the hash that is stored for a secret which is only verified. The complete secret is hashed, at any length.
 */
export const hashSecret = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** Returns the last characters of a secret, enough to distinguish secrets in a list. */
export const hintOf = (secret: string): string => `…${secret.slice(-4)}`;
