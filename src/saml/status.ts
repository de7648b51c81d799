import type { DenialCode } from '../directory/sign-in/denials.js';
import { named, only } from './document.js';
import { InvalidSaml } from './errors.js';
import { samlp, success } from './names.js';
import { clipped } from './reason.js';

const prefix = 'urn:oasis:names:tc:SAML:2.0:status:';

/** Second-level codes of SAML Core section 3.2.2.2 that say more than the first level does. */
const codes: Record<string, DenialCode> = {
  [`${prefix}AuthnFailed`]: 'IDP_DECLINED',
  [`${prefix}RequestDenied`]: 'IDP_DECLINED',
  [`${prefix}UnknownPrincipal`]: 'IDP_DECLINED',
  [`${prefix}NoPassive`]: 'IDP_LOGIN_REQUIRED',
  [`${prefix}Responder`]: 'IDP_FAILED',
  [`${prefix}Requester`]: 'IDP_MISCONFIGURED',
  [`${prefix}VersionMismatch`]: 'IDP_MISCONFIGURED',
};

/**
 * Returns what a status other than Success means (SAML Core section 3.2.2): it explains why the assertion is missing. Null for
 * Success.
 *
 * @throws InvalidSaml for a response without a status
 */
export function statusFault(root: Element): InvalidSaml | null {
  const status = only(root, samlp, 'Status');
  const code = only(status, samlp, 'StatusCode');
  if (code.getAttribute('Value') === success) return null;
  const values = [code, ...named(code, samlp, 'StatusCode')].map((one) => one.getAttribute('Value') ?? '');
  const message = clipped(named(status, samlp, 'StatusMessage')[0]?.textContent?.trim() ?? '', 300);
  const known = [...values].reverse().find((value) => Object.hasOwn(codes, value));
  const shown = values
    .slice(0, 3)
    .map((value) => clipped(value))
    .join(', ');
  return new InvalidSaml(
    `the IdP answered ${shown}${message ? `: ${message}` : ''}`,
    known === undefined ? 'IDP_FAILED' : codes[known],
  );
}
