import { randomUUID } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import * as samlify from 'samlify';
import type { Store } from '../../access/store.js';
import { type KeptKey, keptKey } from '../../credentials/signing-keys/kept-key.js';
import { Connection, hasSaml } from '../../directory/connections/connection.js';
import type { SamlFacet } from '../../directory/connections/facets.js';
import { newServiceProvider } from '../../directory/connections/saml-keys.js';
import { addressesOf, ServiceProvider } from '../../identity-providers/saml/service-provider.js';
import { parseId } from '../../kernel/ids.js';
import { sql } from '../../storage/sql.js';
import { escaped } from '../web/pages.js';
import type { Person } from './person.js';

// Requests come from this server itself. A schema validator would need Java.
samlify.setSchemaValidator({ validate: async () => 'skipped' });

const validMs = 300_000;
/** Maximum size of a request in bytes: the library's cost grows with the square of it. */
const maxRequest = 8_192;

/** The request that a response answers. */
export interface Asked {
  requestId: string;
  relayState: string;
}

/** A complete SAML IdP that authenticates users only by a form. Each connection of the provider TEST has one. */
export class TestSaml {
  constructor(
    readonly store: Store,
    readonly publicUrl: () => string,
  ) {}

  /** Returns the SAML settings for a connection. */
  async facet(): Promise<Partial<SamlFacet>> {
    const base = `${this.publicUrl()}/test-idp/saml`;
    return { idpEntityId: base, ssoUrl: `${base}/sso`, sloUrl: null, certificates: [(await this.#key()).certificate] };
  }

  /**
   * Returns the request in a redirect and verifies its signature. @throws an error if it comes from an unknown
   * connection
   */
  async read(query: Record<string, string>, raw: string): Promise<Asked & { connectionId: string }> {
    const deflated = Buffer.from(query.SAMLRequest ?? '', 'base64');
    const request = inflateRawSync(deflated, { maxOutputLength: maxRequest }).toString('utf8');
    const issuer = /<saml:Issuer[^>]*>([^<]+)</.exec(request)?.[1] ?? '';
    const connectionId = /\/sso\/saml\/(conn_[0-9a-z]+)\/metadata$/.exec(issuer)?.[1] ?? '';
    const { idp, sp } = await this.#entities(connectionId);
    const octetString = raw
      .split('&')
      .filter((part) => /^(SAMLRequest|RelayState|SigAlg)=/.test(part))
      .join('&');
    const { extract } = await idp.parseLoginRequest(sp, 'redirect', { query, octetString });
    const { id } = (extract.request ?? {}) as { id?: string };
    return { connectionId, requestId: id ?? '', relayState: query.RelayState ?? '' };
  }

  /** Returns the response for the user, and the URL to post it to. Without a request, the response is unsolicited. */
  async answer(connectionId: string, person: Person, asked: Asked | null) {
    const { idp, sp } = await this.#entities(connectionId);
    const { acsUrl, spEntityId } = addressesOf(this.publicUrl(), connectionId);
    const now = this.store.now();
    const info = { extract: { request: { id: asked?.requestId ?? '' } } };
    const replace = (template: string) => {
      const id = `_${randomUUID()}`;
      const tags = {
        ID: id,
        AssertionID: `_${randomUUID()}`,
        Destination: acsUrl,
        Audience: spEntityId,
        SubjectRecipient: acsUrl,
        Issuer: `${this.publicUrl()}/test-idp/saml`,
        IssueInstant: instant(now),
        ConditionsNotBefore: instant(now),
        ConditionsNotOnOrAfter: instant(new Date(now.getTime() + validMs)),
        SessionIndex: `_${randomUUID()}`,
        NameID: person.sub,
        AnsweredRequest: asked ? `InResponseTo="${escaped(asked.requestId)}"` : '',
      };
      // One pass, so that text that a user has entered is never read as a tag of the template.
      const filled = template.replace(/\{(\w+)\}/g, (whole, tag: string) =>
        tag === 'Attributes'
          ? attributes(person)
          : tag === 'AnsweredRequest'
            ? tags.AnsweredRequest
            : tag in tags
              ? escaped(tags[tag as keyof typeof tags])
              : whole,
      );
      return { id, context: filled };
    };
    const response = await idp.createLoginResponse(sp, info, 'post', {}, { customTagReplacement: replace });
    return {
      action: acsUrl,
      fields: { SAMLResponse: response.context, ...(asked && { RelayState: asked.relayState }) },
    };
  }

  async #entities(connectionId: string) {
    const key = parseId('conn', connectionId);
    const [connection] = key
      ? await this.store.database.rows(Connection, sql`id = ${key} and provider = 'TEST' and saml is not null`)
      : [];
    if (!connection || !hasSaml(connection))
      throw new Error('A connection of the provider TEST with this id was not found.');
    const deps = { vault: this.store.vault, publicUrl: this.publicUrl, now: this.store.now };
    const ours = new ServiceProvider(connection, deps);
    const { certificate, privateKey } = await this.#key();
    const base = `${this.publicUrl()}/test-idp/saml`;
    // The library's type lacks `dataEncryptionAlgorithm`.
    const settings = {
      entityID: base,
      privateKey,
      signingCert: certificate,
      isAssertionEncrypted: true,
      dataEncryptionAlgorithm: 'http://www.w3.org/2009/xmlenc11#aes256-gcm',
      messageSigningOrder: 'sign-then-encrypt',
      wantAuthnRequestsSigned: connection.saml.signRequests,
      requestSignatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
      singleSignOnService: [{ Binding: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect', Location: `${base}/sso` }],
      singleLogoutService: [{ Binding: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect', Location: `${base}/slo` }],
      loginResponseTemplate: { context: template, attributes: [] },
    };
    const idp = samlify.IdentityProvider(settings);
    const sp = samlify.ServiceProvider({ metadata: ours.metadata() });
    return { idp, sp };
  }

  #key(): Promise<KeptKey> {
    const { database, vault, now } = this.store;
    return keptKey(database, { vault, id: 'test-idp-saml', now: now() }, () =>
      newServiceProvider('Rollcall test IdP', now()),
    );
  }
}

const instant = (date: Date) => date.toISOString().replace(/\.\d+Z$/, 'Z');
function attributes({ claims }: Person): string {
  const sent = Object.entries(claims).filter(([name]) => name !== 'email_verified');
  if (sent.length === 0) return '';
  const all = sent.map(([name, value]) => {
    const values = [value]
      .flat()
      .map(
        (one) =>
          `<saml:AttributeValue xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:string">${escaped(typeof one === 'string' ? one : JSON.stringify(one))}</saml:AttributeValue>`,
      );
    return `<saml:Attribute Name="${escaped(name)}" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:basic">${values.join('')}</saml:Attribute>`;
  });
  return `<saml:AttributeStatement>${all.join('')}</saml:AttributeStatement>`;
}

const template =
  '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{ID}" Version="2.0" IssueInstant="{IssueInstant}" Destination="{Destination}" {AnsweredRequest}>' +
  '<saml:Issuer>{Issuer}</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>' +
  '<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{AssertionID}" Version="2.0" IssueInstant="{IssueInstant}"><saml:Issuer>{Issuer}</saml:Issuer>' +
  '<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">{NameID}</saml:NameID>' +
  '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="{ConditionsNotOnOrAfter}" Recipient="{SubjectRecipient}" {AnsweredRequest}/></saml:SubjectConfirmation></saml:Subject>' +
  '<saml:Conditions NotBefore="{ConditionsNotBefore}" NotOnOrAfter="{ConditionsNotOnOrAfter}"><saml:AudienceRestriction><saml:Audience>{Audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>' +
  '<saml:AuthnStatement AuthnInstant="{IssueInstant}" SessionIndex="{SessionIndex}"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>' +
  '{Attributes}</saml:Assertion></samlp:Response>';
