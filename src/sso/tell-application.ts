import type { FastifyReply, FastifyRequest } from 'fastify';
import { giveUp, interactionOf } from './complete.js';
import { type Door, Stopped } from './door.js';
import type { Purpose, Trip } from './trips.js';

/** Something that ends a sign-in outside of our own decision, as the person and the application are told. */
export interface Failure {
  /** RFC 6749 section 4.1.2.1, or OpenID Connect Core section 3.1.2.6. */
  error: 'access_denied' | 'temporarily_unavailable' | 'server_error';
  text: string;
  status: number;
}

const cancelled: Failure = {
  error: 'access_denied',
  text: 'The sign-in was cancelled at your identity provider.',
  status: 403,
};
export const unreachable: Failure = {
  error: 'temporarily_unavailable',
  text: 'Your identity provider cannot be reached right now. Try again in a minute.',
  status: 502,
};
const late: Failure = {
  error: 'access_denied',
  text: 'The sign-in took too long at your identity provider. Start again from the application.',
  status: 400,
};

/** Returns what an error response of an OpenID provider means; null for one that the administrator has to look at. */
export function failureOf(error: string | null): Failure | null {
  if (error === 'access_denied') return cancelled;
  if (error === 'temporarily_unavailable' || error === 'server_error') return { ...unreachable, error };
  return null;
}

/** Sends the browser back to the application with an error. @throws Stopped when there is no application to go back to */
export async function tellApplication(
  door: Door,
  request: FastifyRequest,
  reply: FastifyReply,
  { purpose, failure: { error, text, status } }: { purpose: Purpose; failure: Failure },
): Promise<FastifyReply> {
  if (purpose.kind !== 'interaction') throw new Stopped(text, status);
  const interaction = await interactionOf(door, purpose.uid);
  return reply.redirect(await giveUp(interaction, text, { error, requestId: request.id }), 303);
}

/** Tells the application of a trip that was finished too late. */
export const tellOfLate = (door: Door, request: FastifyRequest, reply: FastifyReply, { state }: Trip) =>
  tellApplication(door, request, reply, { purpose: state.purpose, failure: late });
