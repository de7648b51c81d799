import { type FetchFailed, fetchFailedIn } from '../outbound/fault.js';

const shown = (text: string): string => text.slice(0, 200);

/** The discovery document is of another issuer, or spells this one in another way (OpenID Connect Discovery section 4.3). */
export class IssuerMismatch extends Error {
  constructor(named: string, configured: string) {
    super(
      `the discovery document names the issuer "${shown(named)}", not "${shown(configured)}": both must be equal in every character`,
    );
  }
}

/** The IdP publishes something else than a discovery document or a key set. */
export class DiscoveryInvalid extends Error {
  constructor(issuer: string, problem: string) {
    super(`the discovery document or the key set of the issuer "${shown(issuer)}" ${problem}`);
  }
}

/** What keeps an issuer from being used, for the administrator of the connection. */
export interface IssuerProblem {
  /** IDP_UNREACHABLE can pass by itself; IDP_MISCONFIGURED needs a change of the connection or of the IdP. */
  code: 'IDP_UNREACHABLE' | 'IDP_MISCONFIGURED';
  why: string;
  /** The IdP has answered, and the answer cannot belong to this configuration. */
  isWrong: boolean;
}

/** Returns what an error of reading an issuer means; null for an error of another kind. */
export function issuerProblem(error: unknown): IssuerProblem | null {
  if (error instanceof IssuerMismatch || error instanceof DiscoveryInvalid)
    return { code: 'IDP_MISCONFIGURED', why: error.message, isWrong: true };
  const failed = fetchFailedIn(error);
  if (!failed) return null;
  // Whether the host is there, and what it answers, must not show in the outcome.
  const isLastingFault = !failed.isWithheld && isLasting(failed);
  const code = isLastingFault ? 'IDP_MISCONFIGURED' : 'IDP_UNREACHABLE';
  const why = `the discovery document or the keys of the issuer cannot be read: ${failed.reason}`;
  return { code, why, isWrong: isLastingFault && failed.status === null };
}

/** An answer that the IdP gives again: its page is elsewhere, or is something else. */
const isLasting = ({ kind, status }: FetchFailed): boolean =>
  kind === 'NOT_JSON' ||
  kind === 'TOO_LARGE' ||
  (status !== null && status >= 300 && status < 500 && status !== 408 && status !== 429);
