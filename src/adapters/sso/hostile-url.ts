import type { FastifyReply, FastifyRequest } from 'fastify';
import { isPlainText } from '../web/forms.js';
import { refusalPage } from '../web/pages.js';
import { sendPage } from './context.js';

/** Rejects a request with 400 if its path or query contains bytes that are not valid text. */
export async function refuseHostileUrl(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (isPlainText(request.url)) return;
  const message = 'A parameter of the request contains a NUL character or an unpaired surrogate. Remove it.';
  await sendPage(reply, refusalPage(message, request.id), 400);
}
