import type { ScimToken } from '../access/scim-token.js';
import type { Connection } from '../directory/connections/connection.js';
import { redirectUriOf } from '../oidc/relying-party.js';
import { html, page } from '../pages.js';
import { addressesOf } from '../saml/service-provider.js';

interface Shown {
  connection: Connection;
  tokens: readonly ScimToken[];
  publicUrl: string;
  /** Shown only once. */
  secret?: string;
  said?: string;
  fault?: string;
}

const value = (name: string, text: string) => html`<label>${name}</label><pre>${text}</pre>`;

/** Everything that the administrator of the IdP has to enter there, and to bring back from there. */
export function setupPage({ connection, tokens, publicUrl, secret, said, fault }: Shown): string {
  const body = html`${fault && html`<p class="error">${fault}</p>`}${said && html`<p>${said}</p>`}
<p>The connection is ${connection.state === 'ACTIVE' ? 'active' : 'inactive'}.</p>
${stateForm(connection)}
<h2>Provisioning (SCIM 2.0)</h2>
${value('Base URL', `${publicUrl}/scim/v2/${connection.id.slice('conn_'.length)}`)}
${secret && html`${value('Bearer token, shown only once', secret)}`}
${tokens.length > 0 && html`<p class="small">Valid tokens: ${tokens.map(({ hint }) => `${hint} `)}</p>`}
${form(connection, 'scim-token', html`<button class="plain">Create token</button>`)}
<p class="small">The previous token remains valid for one day, so that you can switch without downtime.</p>
<h2>Sign-in</h2>
<p class="small">The application treats an email address as verified only if your organization has verified its domain by DNS. Users with an address in another domain can sign in as guests. To verify a domain, ask the sender of this link.</p>
${connection.saml ? null : oidcForm(connection, publicUrl)}
${connection.oidc ? null : samlForm(connection, publicUrl)}
${(connection.oidc || connection.saml) && form(connection, 'test', html`<button class="plain">Test sign-in</button>`)}`;
  return page(`Connect ${connection.name}`, body);
}

type Content = ReturnType<typeof html>;

/** A form that names its connection: another tab of the browser can be about another one. */
const form = ({ id }: Connection, deed: string, fields: Content) => html`<form method="post" action="/setup/${deed}">
<input type="hidden" name="connection" value="${id}">${fields}</form>`;

function stateForm(connection: Connection) {
  const isActive = connection.state === 'ACTIVE';
  const next = isActive ? 'INACTIVE' : 'ACTIVE';
  const label = isActive ? 'Deactivate connection' : 'Activate connection';
  return form(
    connection,
    'state',
    html`<input type="hidden" name="state" value="${next}"><button class="plain">${label}</button>`,
  );
}

function oidcForm(connection: Connection, publicUrl: string) {
  const { id, oidc } = connection;
  const fields = html`<label for="issuer">Issuer</label><input id="issuer" name="issuer" type="url" required value="${oidc?.issuer}">
<label for="clientId">Client ID</label><input id="clientId" name="clientId" required value="${oidc?.clientId}">
<label for="clientSecret">Client secret</label><input id="clientSecret" name="clientSecret" type="password" autocomplete="off">
<button>Save</button>`;
  return html`<h3>OpenID Connect</h3>
${value('Redirect URI', redirectUriOf(publicUrl, id))}
${form(connection, 'oidc', fields)}`;
}

function samlForm(connection: Connection, publicUrl: string) {
  const { id, saml } = connection;
  const { spEntityId, acsUrl, metadataUrl } = addressesOf(publicUrl, id);
  const fields = html`<label for="metadataUrl">Metadata URL of the IdP</label><input id="metadataUrl" name="metadataUrl" type="url">
<label for="metadataXml">or its metadata</label><textarea id="metadataXml" name="metadataXml" rows="6"></textarea>
<button>Save</button>`;
  return html`<h3>SAML 2.0</h3>
${value('Audience, or SP entity ID', spEntityId)}${value('ACS URL, or reply URL', acsUrl)}${value('SP metadata URL', metadataUrl)}
${saml && html`<p class="small">The IdP is ${saml.idpEntityId}.</p>`}
${form(connection, 'saml', fields)}`;
}
