import type { DenialCode } from '../directory/sign-in/denials.js';

/** The SAML message cannot be accepted. The reason is for the log and the event, not for the person. */
export class InvalidSaml extends Error {
  constructor(
    message: string,
    readonly code: DenialCode = 'ASSERTION_INVALID',
  ) {
    super(message);
  }
}
