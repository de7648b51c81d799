import { Forbidden, NotFound } from '../kernel/errors.js';
import { actionTexts, nounOf } from './action-texts.js';
import { type Action, policy, type Target } from './policy.js';
import type { Principal } from './principal.js';

// Only the operator creates and deletes organizations and sees the deployment.
const platformActions: ReadonlySet<Action> = new Set(['organization.create', 'organization.delete', 'deployment.read']);

/** Returns true if the policy allows the principal to perform the action on the target. */
export function isAllowed(caller: { principal: Principal }, action: Action, target: Target = {}): boolean {
  try {
    authorize(caller, action, target);
    return true;
  } catch (error) {
    if (error instanceof Forbidden || error instanceof NotFound) return false;
    throw error;
  }
}

type Loose = Record<string, unknown> & { apiKey: readonly string[] };

/**
 * Checks that the policy allows the principal to perform the action on the target. A target of another organization is
 * reported as not found.
 *
 * @throws NotFound if the target belongs to another organization; Forbidden if no rule of the policy allows the action
 */
export function authorize({ principal }: { principal: Principal }, action: Action, target: Target = {}): void {
  const { organizationId } = principal;
  if (target.organizationId && organizationId !== null && target.organizationId !== organizationId) {
    throw new NotFound(nounOf(action));
  }
  if (principal.kind === 'system') return;
  const rules: Loose = policy[action];
  if (principal.kind === 'apiKey') {
    const needed = [...rules.apiKey, 'ADMIN'];
    const platformOnly = platformActions.has(action) && !principal.platform;
    if (!platformOnly && principal.scopes.some((scope) => needed.includes(scope))) return;
    throw new Forbidden(
      actionTexts[action],
      platformOnly ? 'a platform key' : `the scope ${[...new Set(needed)].join(' or ')}`,
    );
  }
  const rule = rules[principal.kind] as ((principal: Principal, target: Target) => boolean) | undefined;
  if (!rule) throw new Forbidden(actionTexts[action], 'an API key');
  const { token } = rules as { token?: readonly string[] };
  const scopes = principal.kind === 'user' ? principal.apiScopes : null;
  if (scopes && !scopes.some((scope) => token?.includes(scope))) {
    throw new Forbidden(actionTexts[action], `an access token with the scope ${token?.join(' or ')}`);
  }
  if (rule(principal, target)) return;
  throw new Forbidden(actionTexts[action], principal.kind === 'user' ? 'an administrative role' : 'an API key');
}

/**
 * Returns true if the policy allows the action on the target.
 *
 * @throws NotFound if the target belongs to another organization
 */
export function allows(caller: { principal: Principal }, action: Action, target: Target = {}): boolean {
  try {
    authorize(caller, action, target);
    return true;
  } catch (error) {
    if (error instanceof Forbidden) return false;
    throw error;
  }
}

/** Returns the target with the most permissions for the principal: the own user of a user, the connection of a setup link. */
export function ownTarget(principal: Principal): Target {
  if (principal.kind === 'user') return { id: principal.userId, userId: principal.userId };
  return 'connectionId' in principal ? { id: principal.connectionId, connectionId: principal.connectionId } : {};
}
