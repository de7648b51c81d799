/** The SAML message cannot be accepted. The reason is for the log and the event, not for the person. */
export class InvalidSaml extends Error {}
