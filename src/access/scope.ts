import { type Scoped, scopedTo } from '../storage/sql.js';
import type { Read } from './write.js';

const scopes = new WeakMap<object, { id: string; scope: Scoped }>();

/** Returns the value of the caller's organization, for `where organization_id = ...`. It has one number in a statement. */
export function scopeOf(read: Pick<Read, 'organizationId'>): Scoped {
  const { organizationId } = read;
  const known = scopes.get(read);
  // A transaction can move to an organization that it has created.
  if (known?.id === organizationId) return known.scope;
  const scope = scopedTo(organizationId);
  scopes.set(read, { id: organizationId, scope });
  return scope;
}
