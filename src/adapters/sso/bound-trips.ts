import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Assertion } from '../../directory/sign-in/assertion.js';
import {
  consumeTrip,
  findLateTrip,
  insertTrip,
  type Trip,
  type TripState,
  type Way,
} from '../../directory/sign-in/trips.js';
import { newId, type TripId } from '../../kernel/ids.js';
import { bindBrowser, boundBrowser, releaseBrowser } from './browser.js';
import type { SsoServices } from './context.js';
import { noteSignIn } from './pages/page-look.js';

/** Starts a trip that only this browser can finish, and returns its id. */
export function startTrip(
  services: SsoServices,
  request: FastifyRequest,
  reply: FastifyReply,
  { way, ...trip }: { way: Way; state: TripState; id?: TripId; arrival?: Assertion | null },
): Promise<TripId> {
  const id = trip.id ?? newId('trip');
  const browser = bindBrowser(services, request, reply, { kind: 'trip', id });
  return insertTrip(services.store, way, { ...trip, id, browser });
}

/** Consumes a trip of this browser. Returns null if another browser started it, or if it was already consumed. */
export async function finishTrip(
  services: SsoServices,
  request: FastifyRequest,
  reply: FastifyReply,
  { id, connectionId }: { id: string; connectionId: string },
): Promise<Trip | null> {
  const browser = boundBrowser(services, request, { kind: 'trip', id });
  const trip = await consumeTrip(services.store, { id, connectionId, browser });
  if (!trip) return null;
  releaseBrowser(services, reply, { kind: 'trip', id: trip.id });
  noteTrip(request, trip);
  return trip;
}

/** Records the application and the organization of a trip for the pages of the request. */
export function noteTrip(request: FastifyRequest, { organizationId, state: { purpose } }: Trip): void {
  const of = purpose.kind === 'interaction' ? { uid: purpose.uid, clientId: purpose.clientId } : {};
  noteSignIn(request, { organizationId, ...of });
}

/** Returns the trip of this browser that expired before it was finished; null for any other trip. */
export function lateTrip(
  services: SsoServices,
  request: FastifyRequest,
  { id, connectionId }: { id: string; connectionId: string },
): Promise<Trip | null> {
  return findLateTrip(services.store, {
    id,
    connectionId,
    browser: boundBrowser(services, request, { kind: 'trip', id }),
  });
}
