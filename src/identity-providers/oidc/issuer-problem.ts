import { type FetchFailed, fetchFailedIn } from '../../outbound/fault.js';

const shown = (text: string): string => text.slice(0, 200);

/**
 * The discovery document belongs to another issuer, or spells this one differently (OpenID Connect Discovery section
 * 4.3).
 */
export class IssuerMismatch extends Error {
  constructor(named: string, configured: string) {
    super(
      `the discovery document names the issuer "${shown(named)}", not "${shown(configured)}"; both must be identical`,
    );
  }
}

/** The response of the IdP is not a valid discovery document or key set. */
export class DiscoveryInvalid extends Error {
  constructor(issuer: string, problem: string) {
    super(`the discovery document or the key set of the issuer "${shown(issuer)}" ${problem}`);
  }
}

/** The reason why an issuer cannot be used, for the administrator of the connection. */
export interface IssuerProblem {
  /** IDP_UNREACHABLE can be temporary; IDP_MISCONFIGURED needs a change of the connection or of the IdP. */
  code: 'IDP_UNREACHABLE' | 'IDP_MISCONFIGURED';
  why: string;
  /** True if the IdP has responded, and the response cannot belong to this configuration. */
  isWrong: boolean;
}

/** Returns the problem behind an error of reading an issuer; null for any other error. */
export function issuerProblem(error: unknown): IssuerProblem | null {
  if (error instanceof IssuerMismatch || error instanceof DiscoveryInvalid)
    return { code: 'IDP_MISCONFIGURED', why: error.message, isWrong: true };
  const failed = fetchFailedIn(error);
  if (!failed) return null;
  // The result must not reveal whether a withheld host exists, or its response.
  const isLastingFault = !failed.isWithheld && isLasting(failed);
  const code = isLastingFault ? 'IDP_MISCONFIGURED' : 'IDP_UNREACHABLE';
  const why = `the discovery document or the keys of the issuer cannot be read: ${failed.reason}`;
  return { code, why, isWrong: isLastingFault && failed.status === null };
}

/** Returns true for a response that the IdP would repeat: the document is elsewhere, or the page is something else. */
const isLasting = ({ kind, status }: FetchFailed): boolean =>
  kind === 'NOT_JSON' ||
  kind === 'TOO_LARGE' ||
  (status !== null && status >= 300 && status < 500 && status !== 408 && status !== 429);
