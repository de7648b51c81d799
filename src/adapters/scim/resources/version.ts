import { createHash } from 'node:crypto';
import { ScimError } from '../http/errors.js';

/** Returns the SHA-256, in hexadecimal, of the data of other resources that a resource shows; null if it shows none. */
export const digestOf = (lines: readonly string[]): string | null =>
  lines.length === 0 ? null : createHash('sha256').update(lines.join('\n')).digest('hex');

/**
 * Returns the weak ETag of a resource (RFC 7644 section 3.14). It consists of the revision, which counts changes of the
 * resource itself, and the digest of the shown data of other resources, such as the name of a group. The tag changes
 * when the representation changes in a way that matters (RFC 9110 section 8.8.1).
 */
export const etagOf = ({ revision }: { revision: number }, digest: string | null): string =>
  `W/"${revision}${digest === null ? '' : `.${digest.slice(0, 16)}`}"`;

const tagsIn = (header: string) => header.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
const revisionIn = (tag: string) => tag.replace(/\.[^"]*"$/, '"');

/** Returns true if `If-None-Match` names the ETag, weakly compared; `*` names any (RFC 9110 section 13.1.2). */
export const isUnchanged = (ifNoneMatch: string | undefined, etag: string): boolean =>
  ifNoneMatch !== undefined && tagsIn(ifNoneMatch).some((tag) => tag === '*' || `W/${tag}` === etag);

/**
 * Checks that the caller has read the current revision. A change of a group's name does not change its members, so the
 * digest is not compared.
 *
 * @throws ScimError 412 (RFC 7644 section 3.14)
 */
export function checkVersion(ifMatch: string | undefined, resource: { revision: number }): void {
  if (ifMatch === undefined) return;
  const current = `"${resource.revision}"`;
  if (tagsIn(ifMatch).some((tag) => tag === '*' || revisionIn(tag) === current)) return;
  throw new ScimError(412, null, 'The resource has changed since you read it. Read it again and repeat the change.');
}
