import { isIssuerUrl } from '../../directory/connections/configure-facets.js';
import { type IssuerProblem, issuerProblem } from './issuer-problem.js';
import type { Issuers } from './issuers.js';

/**
 * Reads the new issuer of a connection, for a caller who is authorized to configure it. Returns the problem that
 * prevents sign-ins; null if there is none, or if the value is not an issuer at all, which the settings reject.
 */
export async function problemOfIssuer(
  issuers: Pick<Issuers, 'refresh'>,
  issuer: string | null | undefined,
): Promise<IssuerProblem | null> {
  if (!issuer || !isIssuerUrl(issuer)) return null;
  try {
    await issuers.refresh(issuer);
    return null;
  } catch (error) {
    const problem = issuerProblem(error);
    if (problem === null) throw error;
    return problem;
  }
}

/** Returns the warning for settings that are saved although no user can sign in with them at the moment. */
export const warningOf = ({ why }: IssuerProblem): string =>
  `No user can sign in yet: ${why}. Correct the issuer, or save it again when it can be read.`;
