import { Webhook } from 'standardwebhooks';
import type { WebhookEvent } from './event.js';
import { type SignatureHeaders, signatureHeaders, type WebhookHeaders } from './webhook-headers.js';
import { WebhookVerificationError } from './webhook-verification-error.js';

const toleranceSeconds = 300;
const prefix = 'whsec_';

/**
 * Returns the event of a webhook if Rollcall sent it within the last five minutes and it was not changed in transit.
 *
 * `body` is the unparsed body of the request: text or bytes. `headers` are those of the request, in any form.
 *
 * @throws WebhookVerificationError, and nothing else: answer with 400 and ignore the message
 */
export function verifyWebhook(headers: WebhookHeaders, body: string | Uint8Array, secret: string): WebhookEvent {
  const key = keyOf(secret);
  const signed = signatureHeaders(headers);
  const text = textOf(body);
  checkTimestamp(signed['webhook-timestamp']);
  checkSignature(text, signed, key);
  return eventIn(text);
}

function keyOf(secret: unknown): string {
  const refused = (message: string) => new WebhookVerificationError('SECRET', message);
  if (typeof secret !== 'string') throw refused('The secret must be a string that begins with "whsec_".');
  if (/\s/.test(secret)) throw refused('The secret contains a space or line break. Pass it without.');
  if (secret.startsWith('v1,')) throw refused('The secret begins with "v1,". Pass the part that begins with "whsec_".');
  const key = secret.startsWith(prefix) ? secret.slice(prefix.length) : secret;
  if (key === '') throw refused('The secret is empty. Pass the secret of the endpoint.');
  // Padding is optional for the caller, but required by the library.
  const digits = key.replace(/=+$/, '');
  if (!/^[A-Za-z0-9+/]+$/.test(digits) || digits.length % 4 === 1) {
    throw refused('The secret is not valid Base64 after "whsec_". Pass it exactly as it was shown.');
  }
  return digits.padEnd(Math.ceil(digits.length / 4) * 4, '=');
}

function textOf(body: unknown): string {
  if (typeof body === 'string' && body !== '') return body;
  if (ArrayBuffer.isView(body) || Object.prototype.toString.call(body) === '[object ArrayBuffer]') {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body as Uint8Array);
    } catch {
      throw new WebhookVerificationError('BODY', 'The body is not valid UTF-8.');
    }
  }
  const isMissing = body === null || body === undefined || body === '';
  throw new WebhookVerificationError(
    'BODY',
    `The body ${isMissing ? 'is missing' : 'was parsed'}. Pass the text or the bytes of the request, before any parsing.`,
  );
}

function checkTimestamp(header: string): void {
  const refused = (message: string) => new WebhookVerificationError('TIMESTAMP', message);
  if (!/^\d{1,12}$/.test(header)) throw refused('The header "webhook-timestamp" must be a number of seconds.');
  const age = Math.floor(Date.now() / 1_000) - Number(header);
  if (age > toleranceSeconds) throw refused('The webhook is more than five minutes old. Check the clock.');
  if (age < -toleranceSeconds) throw refused('The webhook is more than five minutes in the future. Check the clock.');
}

function checkSignature(text: string, headers: SignatureHeaders, key: string): void {
  try {
    new Webhook(key).verify(text, headers, { jsonParse: false });
  } catch {
    throw new WebhookVerificationError(
      'SIGNATURE',
      'No signature matches. The secret is not that of the endpoint, or the body was changed after it was sent.',
    );
  }
}

function eventIn(text: string): WebhookEvent {
  try {
    return JSON.parse(text) as WebhookEvent;
  } catch {
    throw new WebhookVerificationError(
      'BODY',
      'The body is not JSON. An endpoint with a `format` receives security event tokens: verify them as JWTs.',
    );
  }
}
