import { authorize } from '../../access/authorize.js';
import { scopeOf } from '../../access/scope.js';
import type { Read } from '../../access/write.js';
import { isObject } from '../../kernel/json.js';
import { type ListedRows, listRows } from '../../storage/list-rows.js';
import { and, sql } from '../../storage/sql.js';
import { given } from '../criteria.js';
import { ProvisioningRequest } from '../requests/provisioning-request.js';
import type { DenialCode } from './denials.js';
import { decisionRows, isDecisionRow } from './rows.js';

/** Selects sign-in attempts. Absent criteria select all. */
export interface SignInCriteria {
  allowed?: boolean | null;
  code?: DenialCode | null;
  userId?: string | null;
  since?: Date | null;
}

/** Beginnings of the logged responses of sign-ins. Other entries of these protocols have no response. */
const denied = '{"denied":"';
const signedIn = '{"userId":';

/**
 * Returns the queries of the sign-in attempts of a connection, as entries of its request log. `attemptOf` reads them.
 *
 * @throws Forbidden
 */
export function listSignIns(
  read: Read,
  connectionId: string,
  { allowed, code, userId, since }: SignInCriteria,
): ListedRows<ProvisioningRequest> {
  authorize(read, 'request.read', { organizationId: read.organizationId, id: connectionId });
  const beginsWith = (text: string) => sql`starts_with(response_body, ${text})`;
  const conditions = [
    allowed == null ? sql`(${beginsWith(denied)} or ${beginsWith(signedIn)})` : beginsWith(allowed ? signedIn : denied),
    ...given(code, (denial) => beginsWith(`${denied}${denial}"`)),
    ...given(userId, (id) => sql`user_id = ${id}`),
    ...given(since, (time) => sql`at >= ${time}`),
  ];
  return listRows(
    read.session,
    ProvisioningRequest,
    sql`organization_id = ${scopeOf(read)} and connection_id = ${connectionId} and protocol in ('OIDC', 'SAML')
      and ${and(...conditions)}`,
  );
}

/** A sign-in attempt, as its entry of the request log contains it. */
export interface Attempt {
  allowed: boolean;
  /** Denial code, or the row of the decision that allowed the sign-in. */
  code: string;
  explanation: string;
  email: string | null;
  /** Claims or attributes of the IdP; null if its response was not valid, or is too large for the log. */
  claims: unknown;
  test: boolean;
}

/** Returns the sign-in attempt of an entry that `listSignIns` has listed. */
export function attemptOf({ requestBody, responseBody, error }: ProvisioningRequest): Attempt {
  const { email = null, claims = null } = isObject(requestBody) ? requestBody : {};
  const { denied: denial, row, test } = isObject(responseBody) ? responseBody : {};
  const rowId = /\((\w+)\)$/.exec(String(row))?.[1];
  const allowed = denial === undefined;
  const reason = isDecisionRow(rowId) ? decisionRows[rowId].description : '';
  return {
    allowed,
    code: String(denial ?? rowId ?? ''),
    explanation: error ?? reason,
    email: typeof email === 'string' ? email : null,
    claims,
    test: test === true,
  };
}
