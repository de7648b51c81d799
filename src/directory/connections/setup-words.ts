/**
 * Error messages of the API, with the text that the setup page shows instead: the customer's administrator sees fields
 * and no mutations.
 */
const texts: readonly (readonly [RegExp, string])[] = [
  [/^"saml" must contain metadataXml, .*$/, 'Enter the metadata URL of the IdP, or paste its metadata.'],
  [
    /^"state" cannot be ACTIVE yet: .*$/,
    'The connection cannot be activated yet: configure sign-in or provisioning first.',
  ],
  [/^"(oidc|saml)" cannot be removed while .*$/, 'The protocol was not changed: deactivate the connection first.'],
  [
    /^"(oidc|saml)" cannot be removed, because users .*$/,
    'The protocol was not changed, because users have signed in with the current one and would not be recognized with another. Ask the sender of this link to change it.',
  ],
  [/^Sign-in is not configured .*$/, 'Configure the sign-in first, then test it.'],
  [
    /^"oidc\.hostedDomains" must contain the domains .*$/,
    'This issuer signs in users of all organizations. Ask the sender of this link to set the domains of your organization first.',
  ],
  [/^"oidc\.clientSecret" must be sent .*$/, 'Enter the client secret: the stored one belongs to the previous issuer.'],
  [
    /, which the operator can allow with OUTBOUND_ALLOW/g,
    '. Ask the sender of this link if your IdP is in a private network',
  ],
  [/ \(the server log contains the cause\)/g, '. Ask the sender of this link for the cause'],
  [/"saml\.metadataUrl" could not be read/g, 'The metadata URL could not be read'],
  [/"oidc\.issuer" was not saved/g, 'The issuer was not saved'],
  [/, or change "(oidc\.subjectClaim|saml\.subjectAttribute)"/g, ', or ask the sender of this link to use another one'],
  [
    /Check "oidc\.clientId", "oidc\.clientSecret" and "oidc\.tokenEndpointAuthMethod"/g,
    'Check the client ID and the client secret',
  ],
  [
    /; if the IdP does not decode them, use CLIENT_SECRET_POST/g,
    '; if the IdP does not decode them, ask the sender of this link to send them in the body',
  ],
  [/CLIENT_SECRET_BASIC form-encodes/g, 'HTTP Basic authentication form-encodes'],
];

/** Labels of the fields on the setup page. */
const labels: Readonly<Record<string, string>> = {
  'oidc.issuer': 'Issuer',
  'oidc.clientId': 'Client ID',
  'oidc.clientSecret': 'Client secret',
  'saml.metadataUrl': 'Metadata URL of the IdP',
  'saml.metadataXml': 'metadata',
  'saml.certificates': 'certificates in the metadata',
  'saml.ssoUrl': 'sign-in URL in the metadata',
  'saml.sloUrl': 'sign-out URL in the metadata',
  'saml.idpEntityId': 'entity ID in the metadata',
};

/** Returns a message of the API in the wording of the setup page. */
export const inSetupWords = (text: string): string =>
  texts
    .reduce((said, [api, words]) => said.replace(api, words), text)
    .replace(/"((?:oidc|saml)\.\w+)"/g, (quoted, field: string) => (labels[field] ? `"${labels[field]}"` : quoted));
