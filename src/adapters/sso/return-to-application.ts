import type { FastifyReply, FastifyRequest } from 'fastify';
import { isReasonCode, type ReasonCode, reasonsOf } from '../../directory/sign-in/reasons.js';
import type { Purpose, Trip } from '../../directory/sign-in/trips.js';
import { field, type SsoServices, Stopped, showRefusal } from './context.js';
import { giveUp, interactionOf } from './issue-grant.js';
import { noteSignIn, wayBack } from './pages/page-look.js';

/**
 * Redirects the browser to the application with the error for `code`. @throws Stopped if there is no application to
 * return to
 */
export async function returnToApplication(
  request: FastifyRequest,
  reply: FastifyReply,
  { purpose, code }: { purpose: Purpose; code: ReasonCode },
): Promise<FastifyReply> {
  if (purpose.kind !== 'interaction') throw new Stopped(reasonsOf(code).person, 403);
  return reply.redirect(wayBack(purpose.uid, code, request.id), 303);
}

/** Sends the application the error for a trip that was finished too late. */
export const returnLateTrip = (request: FastifyRequest, reply: FastifyReply, { state }: Trip) =>
  returnToApplication(request, reply, { purpose: state.purpose, code: 'SIGN_IN_EXPIRED' });

/** Format of this server's request ids. Any other value in the URL is not passed on to the application. */
const requestIdForm = /^[0-9a-f-]{36}$/;

/** Ends the application's request with the error. Without a code, the user has canceled on a page. */
export async function endRequest(
  services: SsoServices,
  request: FastifyRequest,
  reply: FastifyReply,
  { uid, isLate }: { uid: string; isLate: boolean },
): Promise<FastifyReply> {
  const code = field(request.query, 'code') ?? '';
  const given = field(request.query, 'request') ?? '';
  const requestId = requestIdForm.test(given) ? given : request.id;
  const refused = code === '' ? null : 'The sign-in was denied.';
  const left = isLate ? 'The sign-in took too long. Start again from the application.' : 'The sign-in was cancelled.';
  const { error, description } = isReasonCode(code)
    ? reasonsOf(code).application
    : { error: 'access_denied', description: refused ?? left };
  return reply.redirect(await giveUp(await interactionOf(services, uid), description, { error, requestId }), 303);
}

/** Shows the user the reason of a denial, with a link to the application if there is one. */
export function showReason(
  services: SsoServices,
  request: FastifyRequest,
  reply: FastifyReply,
  { purpose, code }: { purpose: Purpose | null; code: ReasonCode },
): Promise<FastifyReply> {
  if (purpose?.kind === 'interaction') noteSignIn(request, { uid: purpose.uid, clientId: purpose.clientId });
  return showRefusal(services, request, reply, { message: reasonsOf(code).person, status: 403, code });
}
