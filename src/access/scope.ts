import { type Scoped, scopedTo } from '../storage/sql.js';
import type { Read } from './write.js';

const scopes = new WeakMap<object, { id: string; scope: Scoped }>();

/**
 * Returns the value of the caller's organization, for `where organization_id = ...`. A statement that uses it
 * repeatedly has one parameter for it.
 */
export function scopeOf(read: Pick<Read, 'organizationId'>): Scoped {
  const { organizationId } = read;
  const known = scopes.get(read);
  // A transaction can enter an organization that it has created.
  if (known?.id === organizationId) return known.scope;
  const scope = scopedTo(organizationId);
  scopes.set(read, { id: organizationId, scope });
  return scope;
}
