/** Reason why a webhook was not accepted. */
export type WebhookProblem = 'SECRET' | 'HEADERS' | 'BODY' | 'TIMESTAMP' | 'SIGNATURE';

/**
 * The webhook cannot be verified. Answer the request with 400 and do nothing else.
 *
 * `problem` distinguishes a wrong setup of the receiver (`SECRET`, and usually `BODY`) from a message that was not sent
 * by Rollcall, was changed, or is too old.
 */
export class WebhookVerificationError extends Error {
  constructor(
    readonly problem: WebhookProblem,
    message: string,
  ) {
    super(message);
    this.name = 'WebhookVerificationError';
  }
}
