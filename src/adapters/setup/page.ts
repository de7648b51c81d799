import type { Connection } from '../../directory/connections/connection.js';
import { isUsable } from '../../directory/connections/remove-facets.js';
import type { ScimToken } from '../../directory/connections/scim-token.js';
import { inSetupWords } from '../../directory/connections/setup-words.js';
import { redirectUriOf } from '../../identity-providers/oidc/relying-party.js';
import { addressesOf } from '../../identity-providers/saml/service-provider.js';
import { html, page } from '../web/pages.js';

interface Shown {
  connection: Connection;
  tokens: readonly ScimToken[];
  publicUrl: string;
  /** URL of the application that the link names. */
  returnUrl: string | null;
  /** Shown only once. */
  secret?: string;
  said?: string;
  fault?: string;
  /** The input of the rejected form. Secrets are not shown again. */
  typed?: URLSearchParams;
}

const value = (name: string, text: string) => html`<label>${name}</label><pre>${text}</pre>`;

/**
 * Returns the page with all values that the administrator must enter at the IdP, and the forms for the values from the
 * IdP.
 */
export function setupPage({ connection, tokens, publicUrl, returnUrl, secret, said, fault, typed }: Shown): string {
  const shown = connection.scimEnabled ? tokens : [];
  const body = html`${fault && html`<p class="error" role="alert">${inSetupWords(fault)}</p>`}${said && html`<p role="status">${said}</p>`}
<h2>State</h2>
<p>${states[connection.state]}</p>
${stateForm(connection)}
<h2>Provisioning (SCIM 2.0)</h2>
${value('Base URL', `${publicUrl}/scim/v2/${connection.id.slice('conn_'.length)}`)}
${secret && html`${value('Bearer token, shown only once', secret)}`}
${shown.length > 0 && html`<p class="small">Valid tokens: ${shown.map(({ hint }) => `${hint} `)}</p>`}
${form(connection, 'scim-token', html`<button class="plain">Create token</button>`)}
${shown.length > 0 && html`<p class="small">If you create another token, the previous one remains valid for one day, so that you can switch without downtime.</p>`}
<h2>Sign-in</h2>
<p class="small">The application treats an email address as verified only if your organization has verified its domain through DNS. Users with an address in another domain can sign in as guests. To verify a domain, ask the sender of this link.</p>
${signInForms(connection, publicUrl, typed)}
${returnUrl && html`<p><a class="button plain" href="${returnUrl}">Back to the application</a></p>`}`;
  return page(`Connect ${connection.name}`, body);
}

type Content = ReturnType<typeof html>;

/** Returns a form that names its connection: another tab of the browser can show another connection. */
const form = ({ id }: Connection, deed: string, fields: Content) => html`<form method="post" action="/setup/${deed}">
<input type="hidden" name="connection" value="${id}">${fields}</form>`;

const states = {
  ACTIVE: 'The connection is active.',
  INACTIVE: 'The connection is inactive: no one can sign in through it, and no users are provisioned.',
  DRAFT: 'The connection is a draft: it is not in use yet.',
} as const satisfies Record<Connection['state'], string>;

/** Returns the form of the protocol in use, followed by the test and the form of the other protocol. */
function signInForms(connection: Connection, publicUrl: string, typed?: URLSearchParams) {
  const { oidc, saml } = connection;
  const forms = { oidc: oidcForm(connection, publicUrl, typed), saml: samlForm(connection, publicUrl, typed) };
  if (!oidc && !saml) return html`${forms.oidc}${forms.saml}`;
  const test = html`<h3>Test</h3>${form(connection, 'test', html`<button class="plain">Test sign-in</button>`)}`;
  const [used, other] = oidc ? (['OpenID Connect', 'SAML 2.0'] as const) : (['SAML 2.0', 'OpenID Connect'] as const);
  const isRefused = typed?.has(oidc ? 'metadataXml' : 'issuer') ?? false;
  const change =
    connection.state === 'ACTIVE'
      ? html`<p class="small">To use ${other} instead of ${used}, deactivate the connection first.</p>`
      : html`<details${isRefused ? html` open` : ''}><summary>Use ${other} instead</summary>
<p class="small">If you save this, the settings of ${used} are removed.</p>
${oidc ? forms.saml : forms.oidc}</details>`;
  return html`${oidc ? forms.oidc : forms.saml}${test}${change}`;
}

function stateForm(connection: Connection) {
  const isActive = connection.state === 'ACTIVE';
  if (!isActive && !isUsable(connection))
    return html`<p class="small">You can activate it as soon as sign-in or provisioning is configured.</p>`;
  const next = isActive ? 'INACTIVE' : 'ACTIVE';
  const label = isActive ? 'Deactivate connection' : 'Activate connection';
  return form(
    connection,
    'state',
    html`<input type="hidden" name="state" value="${next}"><button class="plain">${label}</button>`,
  );
}

function oidcForm(connection: Connection, publicUrl: string, typed?: URLSearchParams) {
  const { id, oidc } = connection;
  const issuer = typed?.get('issuer') ?? oidc?.issuer;
  const clientId = typed?.get('clientId') ?? oidc?.clientId;
  const fields = html`<label for="issuer">Issuer</label><input id="issuer" name="issuer" type="url" required value="${issuer}">
<label for="clientId">Client ID</label><input id="clientId" name="clientId" required value="${clientId}">
<label for="clientSecret">Client secret</label><input id="clientSecret" name="clientSecret" type="password" autocomplete="off">
<button>Save</button>`;
  return html`<h3>OpenID Connect</h3>
${value('Redirect URI', redirectUriOf(publicUrl, id))}
${form(connection, 'oidc', fields)}`;
}

function samlForm(connection: Connection, publicUrl: string, typed?: URLSearchParams) {
  const { id, saml } = connection;
  const { spEntityId, acsUrl, metadataUrl } = addressesOf(publicUrl, id);
  const fields = html`<label for="metadataUrl">Metadata URL of the IdP</label><input id="metadataUrl" name="metadataUrl" type="url" value="${typed?.get('metadataUrl')}">
<label for="metadataXml">or metadata XML</label><textarea id="metadataXml" name="metadataXml" rows="6">${typed?.get('metadataXml')}</textarea>
<button>Save</button>`;
  return html`<h3>SAML 2.0</h3>
${value('Audience, or SP entity ID', spEntityId)}${value('ACS URL, or reply URL', acsUrl)}${value('SP metadata URL', metadataUrl)}
${saml && html`<p class="small">The IdP is ${saml.idpEntityId}.</p>`}
${form(connection, 'saml', fields)}`;
}
