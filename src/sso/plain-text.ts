import type { FastifyReply, FastifyRequest } from 'fastify';
import { isPlainText } from '../forms.js';
import { refusalPage } from '../pages.js';
import { sendPage } from './door.js';

/** Answers 400 to a request whose path or query contains what is not text, before anything reads it. */
export async function refuseHostileUrl(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (isPlainText(request.url)) return;
  const message = 'A parameter of the request contains a NUL or half a surrogate pair, which is not text. Remove it.';
  await sendPage(reply, refusalPage(message, request.id), 400);
}
