import { createHash, randomBytes } from 'node:crypto';

/** Prefixes let scanners find a leaked secret and tell its owner what it opens. */
export type SecretKind = 'key' | 'scim' | 'session' | 'client' | 'invite' | 'setup';

/** 256 random bits, to be shown once. */
export const newSecret = (kind: SecretKind): string => `rc_${kind}_${randomBytes(32).toString('base64url')}`;

/** What is kept of a secret that is only ever checked. The whole of it counts, whatever its length. */
export const hashSecret = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** Enough of a secret to tell two apart in a list. */
export const hintOf = (secret: string): string => `…${secret.slice(-4)}`;
