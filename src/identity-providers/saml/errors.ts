import type { DenialCode } from '../../directory/sign-in/denials.js';

/** The SAML message was rejected. The reason is for the log and the event, not for the user. */
export class InvalidSaml extends Error {
  constructor(
    message: string,
    readonly code: DenialCode = 'ASSERTION_INVALID',
  ) {
    super(message);
  }
}
