import type { FastifyInstance } from 'fastify';
import { InvalidIdToken } from '../oidc/id-token.js';
import { storableText } from '../text.js';
import { finishTrip, lateTrip } from './bound-trips.js';
import { connectionAt, type Door, field, relyingParty } from './door.js';
import { finish, refuseAssertion, refuseWith } from './finish.js';
import { failureOf, tellApplication, tellOfLate } from './tell-application.js';

/** Where OpenID providers send people back to (OpenID Connect Core section 3.1.2.5), one path a connection. */
export async function oidcRoutes(server: FastifyInstance, door: Door): Promise<void> {
  server.get('/oidc/:connectionId/callback', async (request, reply) => {
    const { connectionId } = request.params as { connectionId: string };
    const connection = await connectionAt(door, connectionId);
    const party = relyingParty(door, connection);
    const id = field(request.query, 'state') ?? '';
    const trip = await finishTrip(door, request, reply, { id, connectionId: connection.id });
    const late = trip ? null : await lateTrip(door, request, { id, connectionId: connection.id });
    if (late) return tellOfLate(door, request, reply, late);
    if (!trip?.state.oidc)
      return refuseAssertion(door, request, connection, 'it answers no open request of this browser');
    const {
      askedAt,
      state: { purpose, oidc },
    } = trip;
    const refusal = field(request.query, 'error');
    const failure = failureOf(refusal);
    if (failure) {
      // The administrator finds it in the log of the connection, the application at its redirect URI.
      const why = errorOfIdp(refusal, field(request.query, 'error_description'));
      await refuseWith(door, request, connection, { code: 'ASSERTION_INVALID', row: 'A6', why });
      return tellApplication(door, request, reply, { purpose, failure });
    }
    const url = new URL(request.url, door.publicUrl());
    const assertion = await party.finish(url, oidc).catch((error: unknown) => {
      if (!(error instanceof InvalidIdToken)) throw error;
      return refuseAssertion(door, request, connection, error.message);
    });
    return finish(door, request, reply, { connection, purpose, assertion, askedAt });
  });
}

/** Longest reason in the log of a connection. */
const longestReason = 500;

const errorOfIdp = (error: string | null, description: string | null): string =>
  storableText(`the IdP answered with the error "${error}"${description ? `: ${description}` : ''}`, longestReason);
