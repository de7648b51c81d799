import type { ScimToken } from '../access/scim-token.js';
import type { Connection } from '../directory/connections/connection.js';
import { redirectUriOf } from '../oidc/relying-party.js';
import { html, page } from '../pages.js';
import { addressesOf } from '../saml/service-provider.js';

interface Shown {
  connection: Connection;
  tokens: readonly ScimToken[];
  publicUrl: string;
  /** Shown this once. */
  secret?: string;
  said?: string;
  fault?: string;
}

const value = (name: string, text: string) => html`<label>${name}</label><pre>${text}</pre>`;

/** Everything that the administrator of the IdP has to enter there, and to bring back from there. */
export function setupPage({ connection, tokens, publicUrl, secret, said, fault }: Shown): string {
  const body = html`${fault && html`<p class="error">${fault}</p>`}${said && html`<p>${said}</p>`}
<p>The connection is ${connection.state === 'ACTIVE' ? 'on' : 'off'}.</p>
${stateForm(connection)}
<h2>Provisioning (SCIM 2.0)</h2>
${value('Base URL', `${publicUrl}/scim/v2/${connection.id.slice('conn_'.length)}`)}
${secret && html`${value('Bearer token, shown this once', secret)}`}
${tokens.length > 0 && html`<p class="small">Tokens that are good now: ${tokens.map(({ hint }) => `${hint} `)}</p>`}
<form method="post" action="/setup/scim-token"><button class="plain">Make a new token</button></form>
<p class="small">An earlier token stays good for a day, so that you can change over.</p>
<h2>Sign-in</h2>
<p class="small">The application treats an email address as verified only if your organization has verified its domain by DNS. Users with an address in another domain can sign in as guests. To verify a domain, ask the sender of this link.</p>
${connection.saml ? null : oidcForm(connection, publicUrl)}
${connection.oidc ? null : samlForm(connection, publicUrl)}
${(connection.oidc || connection.saml) && html`<form method="post" action="/setup/test"><button class="plain">Try a sign-in</button></form>`}`;
  return page(`Connect ${connection.name}`, body);
}

function stateForm({ state }: Connection) {
  const [next, label] = state === 'ACTIVE' ? ['INACTIVE', 'Switch it off'] : ['ACTIVE', 'Switch it on'];
  return html`<form method="post" action="/setup/state">
<input type="hidden" name="state" value="${next}"><button class="plain">${label}</button></form>`;
}

function oidcForm({ id, oidc }: Connection, publicUrl: string) {
  return html`<h3>OpenID Connect</h3>
${value('Redirect URI', redirectUriOf(publicUrl, id))}
<form method="post" action="/setup/oidc">
<label for="issuer">Issuer</label><input id="issuer" name="issuer" type="url" required value="${oidc?.issuer}">
<label for="clientId">Client ID</label><input id="clientId" name="clientId" required value="${oidc?.clientId}">
<label for="clientSecret">Client secret</label><input id="clientSecret" name="clientSecret" type="password" autocomplete="off">
<button>Save</button></form>`;
}

function samlForm({ id, saml }: Connection, publicUrl: string) {
  const { spEntityId, acsUrl, metadataUrl } = addressesOf(publicUrl, id);
  return html`<h3>SAML 2.0</h3>
${value('Audience, or SP entity ID', spEntityId)}${value('ACS, or reply URL', acsUrl)}${value('Our metadata', metadataUrl)}
${saml && html`<p class="small">The IdP is ${saml.idpEntityId}.</p>`}
<form method="post" action="/setup/saml">
<label for="metadataUrl">Metadata URL of the IdP</label><input id="metadataUrl" name="metadataUrl" type="url">
<label for="metadataXml">or its metadata</label><textarea id="metadataXml" name="metadataXml" rows="6"></textarea>
<button>Save</button></form>`;
}
