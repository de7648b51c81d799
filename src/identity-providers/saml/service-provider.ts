import { type Profile, SAML, type SamlConfig } from '@node-saml/node-saml';
import type { Connection } from '../../directory/connections/connection.js';
import type { SamlFacet } from '../../directory/connections/facets.js';
import { placeOf } from '../../directory/connections/service-provider-key.js';
import type { Assertion } from '../../directory/sign-in/assertion.js';
import type { Vault } from '../../kernel/vault.js';
import { SubjectSaml } from './authn-request.js';
import { assertionOf } from './claims.js';
import { type LogoutMessage, type LogoutRequest, readLogoutRequest } from './logout-request.js';
import { proveResponse, type Unproved } from './response.js';
import { describe } from './sp-metadata.js';
import { isXmlText } from './xml-text.js';

/** The URLs of Rollcall for a connection's IdP. */
export interface Addresses {
  spEntityId: string;
  acsUrl: string;
  sloUrl: string;
  metadataUrl: string;
}

export function addressesOf(publicUrl: string, connectionId: string): Addresses {
  const base = `${publicUrl}/sso/saml/${connectionId}`;
  return {
    spEntityId: `${base}/metadata`,
    metadataUrl: `${base}/metadata`,
    acsUrl: `${base}/acs`,
    sloUrl: `${base}/slo`,
  };
}

/** The parameters of an application for the sign-in at the IdP. */
export interface AuthnRequestOptions {
  forceAuthn: boolean;
  /**
   * Context classes, of which the IdP must use one (SAML Core section 3.3.2.2.1). Not sent unless the application
   * requests them.
   */
  acrValues?: string | null;
  /** The user, in the form that the IdP accepts: in the query, or as the subject of the request. */
  loginHint?: { name: string; by: 'query' | 'subject' } | null;
}

/** A request to the IdP: a URL for a redirect, or fields to post. */
export type Request = { url: string } | { action: string; fields: Record<string, string> };

/** The SAML service provider of one connection. */
export class ServiceProvider {
  readonly facet: SamlFacet;
  readonly addresses: Addresses;
  constructor(
    readonly connection: Connection & { saml: SamlFacet },
    readonly deps: { vault: Vault; publicUrl: () => string; now: () => Date },
  ) {
    this.facet = connection.saml;
    this.addresses = addressesOf(deps.publicUrl(), connection.id);
  }

  get #privateKey(): string {
    const { id, sealed } = this.connection;
    return this.deps.vault.open(sealed.samlKey ?? '', placeOf(id, 'samlKey'));
  }

  /** Returns the request for a sign-in (SAML Core section 3.4.1), for the binding of the IdP. */
  async start(
    requestId: string,
    relayState: string,
    { forceAuthn, acrValues, loginHint }: AuthnRequestOptions,
  ): Promise<Request> {
    const isPost = this.facet.ssoBinding === 'POST';
    // Values that no XML document can contain are not sent: they are unknown to every IdP.
    const classes = (acrValues ?? '').split(' ').filter((value) => value !== '' && isXmlText(value));
    const inQuery: Record<string, string> = loginHint?.by === 'query' ? { login_hint: loginHint.name } : {};
    const subject = loginHint?.by === 'subject' && isXmlText(loginHint.name) ? loginHint.name : null;
    const more = {
      generateUniqueId: () => requestId,
      forceAuthn,
      skipRequestCompression: isPost,
      // Entra ID rejects unknown classes, so they are sent only on request.
      ...(classes.length > 0 && { disableRequestedAuthnContext: false, authnContext: classes }),
    };
    const library = new SubjectSaml(this.#options(more), subject);
    // The signature of the redirect binding covers only the SAML parameters (Bindings section 3.4.4.1).
    if (!isPost)
      return { url: await library.getAuthorizeUrlAsync(relayState, undefined, { additionalParams: inQuery }) };
    const fields = (await library.getAuthorizeMessageAsync(relayState)) as Record<string, string>;
    const action = new URL(this.facet.ssoUrl);
    for (const [name, value] of Object.entries(inQuery)) action.searchParams.set(name, value);
    return {
      action: inQuery.login_hint ? action.href : this.facet.ssoUrl,
      fields: { ...fields, RelayState: relayState },
    };
  }

  /** Validates a response. `requestId` is null for an unsolicited response. @throws InvalidSaml */
  async validateResponse(response: Unproved, requestId: string | null): Promise<Assertion> {
    const { idpEntityId, certificates, nameIdFormat } = this.facet;
    const judge = { idpEntityId, certificates, nameIdFormat, ...this.addresses, now: this.deps.now() };
    const proved = await proveResponse(response, { ...judge, privateKey: this.#privateKey }, requestId);
    return assertionOf(this.connection, this.facet, proved);
  }

  /** Returns the metadata for the IdP (SAML Metadata section 2.4.4). */
  metadata(): string {
    const { nameIdFormat, signRequests, spCertificate: certificate } = this.facet;
    return describe({ ...this.addresses, nameIdFormat, signRequests, certificate });
  }

  /**
   * Verifies the IdP's LogoutRequest (SAML Core section 3.7), which can be at most `rememberedMs` old.
   *
   * @throws InvalidSaml
   */
  async readLogout(message: LogoutMessage, rememberedMs: number): Promise<LogoutRequest> {
    const { idpEntityId, certificates } = this.facet;
    const judge = { idpEntityId, certificates, sloUrl: this.addresses.sloUrl, now: this.deps.now(), rememberedMs };
    return readLogoutRequest(message, { ...judge, privateKey: this.#privateKey });
  }

  /** Returns the URL that takes the browser to the IdP with the LogoutResponse. */
  async answerLogout({ id }: LogoutRequest, relayState: string): Promise<string> {
    return this.#library({}).getLogoutResponseUrlAsync({ ID: id } as Profile, relayState, {}, true);
  }

  /** Returns the URL at which the browser ends the IdP's session too; null if the IdP does not support this. */
  async requestLogout(
    subject: { nameID: string; nameIDFormat: string; sessionIndex?: string },
    relayState: string,
  ): Promise<string | null> {
    if (!this.facet.sloUrl) return null;
    return this.#library({}).getLogoutUrlAsync(
      { issuer: this.facet.idpEntityId, ...subject } as Profile,
      relayState,
      {},
    );
  }

  #library(more: Partial<SamlConfig>): SAML {
    return new SAML(this.#options(more));
  }

  #options(more: Partial<SamlConfig>): SamlConfig {
    const { idpEntityId, ssoUrl, sloUrl, certificates, nameIdFormat, signRequests } = this.facet;
    return {
      callbackUrl: this.addresses.acsUrl,
      issuer: this.addresses.spEntityId,
      idpIssuer: idpEntityId,
      entryPoint: ssoUrl,
      logoutUrl: sloUrl ?? ssoUrl,
      idpCert: [...certificates],
      identifierFormat: nameIdFormat,
      disableRequestedAuthnContext: true,
      ...(signRequests && { privateKey: this.#privateKey, signatureAlgorithm: 'sha256', digestAlgorithm: 'sha256' }),
      ...more,
    } as SamlConfig;
  }
}
