import type { DenialCode } from '../../directory/sign-in/denials.js';
import { named, only } from './document.js';
import { InvalidSaml } from './errors.js';
import { samlp, success } from './names.js';
import { clipped } from './reason.js';

const prefix = 'urn:oasis:names:tc:SAML:2.0:status:';

/** Second-level codes of SAML Core section 3.2.2.2 that are more specific than the first level. */
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
 * Returns the error for a status other than Success (SAML Core section 3.2.2), which explains why the assertion is
 * missing; null for Success.
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
