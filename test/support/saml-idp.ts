import { randomUUID } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { SignedXml } from 'xml-crypto';
import { encrypt } from 'xml-encryption';
import { newServiceProvider } from '../../src/directory/connections/saml-keys.js';

const sha256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
const digest256 = 'http://www.w3.org/2001/04/xmlenc#sha256';
const c14n = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const enveloped = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';

export interface Facts {
  requestId: string | null;
  acsUrl: string;
  audience: string;
  issuer: string;
  nameId: string;
  email: string;
  assertionId: string;
  responseId: string;
  now: Date;
  /** Seconds from now. */
  notBefore: number;
  notOnOrAfter: number;
  confirmedUntil: number;
  issued: number;
}

export type Layout = 'assertion' | 'response' | 'both';
export const layouts: Layout[] = ['assertion', 'response', 'both'];

/** A SAML IdP with its own key, which sends any response that a test needs. */
export class SamlIdp {
  constructor(
    readonly entityId: string,
    readonly certificate: string,
    readonly privateKey: string,
  ) {}

  static async make(entityId = `https://idp.example/${randomUUID()}`): Promise<SamlIdp> {
    const { certificate, privateKey } = await newServiceProvider('idp', new Date());
    return new SamlIdp(entityId, certificate, privateKey);
  }

  get facet() {
    return { idpEntityId: this.entityId, ssoUrl: 'https://idp.example/sso', certificates: [this.certificate] };
  }

  facts(more: Partial<Facts> & Pick<Facts, 'requestId' | 'acsUrl' | 'audience' | 'email'>): Facts {
    return {
      issuer: this.entityId,
      nameId: `subject-of-${more.email}`,
      assertionId: `_${randomUUID()}`,
      responseId: `_${randomUUID()}`,
      now: new Date(),
      notBefore: 0,
      notOnOrAfter: 300,
      confirmedUntil: 300,
      issued: 0,
      ...more,
    };
  }

  /** Returns an unsigned assertion as XML. */
  assertion(facts: Facts): string {
    const at = (seconds: number) => new Date(facts.now.getTime() + seconds * 1000).toISOString();
    const answers = facts.requestId === null ? '' : ` InResponseTo="${facts.requestId}"`;
    return (
      `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${facts.assertionId}" Version="2.0" IssueInstant="${at(facts.issued)}">` +
      `<saml:Issuer>${facts.issuer}</saml:Issuer>` +
      `<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">${facts.nameId}</saml:NameID>` +
      `<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="${at(facts.confirmedUntil)}" Recipient="${facts.acsUrl}"${answers}/></saml:SubjectConfirmation></saml:Subject>` +
      `<saml:Conditions NotBefore="${at(facts.notBefore)}" NotOnOrAfter="${at(facts.notOnOrAfter)}"><saml:AudienceRestriction><saml:Audience>${facts.audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>` +
      `<saml:AuthnStatement AuthnInstant="${at(facts.issued)}" SessionIndex="session-1"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>` +
      `<saml:AttributeStatement><saml:Attribute Name="email"><saml:AttributeValue>${facts.email}</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>` +
      `</saml:Assertion>`
    );
  }

  /** Returns an unsigned response with the assertion. */
  response(facts: Facts, assertion: string): string {
    const answers = facts.requestId === null ? '' : ` InResponseTo="${facts.requestId}"`;
    return (
      `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${facts.responseId}" Version="2.0" IssueInstant="${facts.now.toISOString()}" Destination="${facts.acsUrl}"${answers}>` +
      `<saml:Issuer>${facts.issuer}</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>${assertion}</samlp:Response>`
    );
  }

  /** Signs the element with this local name in the document. */
  sign(
    xml: string,
    element: 'Assertion' | 'Response',
    how: { key?: string; algorithm?: string; digest?: string; transforms?: string[]; keyInfo?: string } = {},
  ): string {
    const signature = new SignedXml({
      privateKey: how.key ?? this.privateKey,
      publicCert: how.keyInfo,
      signatureAlgorithm: how.algorithm ?? sha256,
      canonicalizationAlgorithm: c14n,
    });
    const xpath = element === 'Response' ? '/*' : `//*[local-name(.)='Assertion']`;
    signature.addReference({
      xpath,
      digestAlgorithm: how.digest ?? digest256,
      transforms: how.transforms ?? [enveloped, c14n],
    });
    signature.computeSignature(xml, {
      prefix: 'ds',
      location: { reference: `${xpath}/*[local-name(.)='Issuer']`, action: 'after' },
    });
    return signature.getSignedXml();
  }

  /** Returns the complete response, signed in the layout. `edit` changes the assertion before it is signed. */
  signed(
    facts: Facts,
    layout: Layout,
    { edit = (xml: string) => xml, editResponse = (xml: string) => xml } = {},
  ): string {
    const assertion = edit(this.assertion(facts));
    const inner = layout === 'response' ? assertion : this.sign(assertion, 'Assertion');
    const response = editResponse(this.response(facts, inner));
    return layout === 'assertion' ? response : this.sign(response, 'Response');
  }

  /** Encrypts the assertion with the certificate of the service provider. */
  encrypted(
    assertion: string,
    spCertificate: string,
    how: { method?: string; transport?: string } = {},
  ): Promise<string> {
    const options = {
      rsa_pub: spCertificate,
      pem: spCertificate,
      encryptionAlgorithm: how.method ?? 'http://www.w3.org/2009/xmlenc11#aes256-gcm',
      keyEncryptionAlgorithm: how.transport ?? 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
      // A test can send values that must be refused.
      disallowEncryptionWithInsecureAlgorithm: false,
      warnInsecureAlgorithm: false,
    };
    return new Promise((resolve, reject) => {
      encrypt(assertion, options as never, (error: Error | null, xml: string) =>
        error
          ? reject(error)
          : resolve(
              `<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${xml}</saml:EncryptedAssertion>`,
            ),
      );
    });
  }
}

/** The request in a redirect to the IdP. */
export function readRequest(url: URL): { requestId: string; relayState: string; xml: string } {
  const xml = inflateRawSync(Buffer.from(url.searchParams.get('SAMLRequest') ?? '', 'base64')).toString('utf8');
  return {
    requestId: /\bID="([^"]+)"/.exec(xml)?.[1] ?? '',
    relayState: url.searchParams.get('RelayState') ?? '',
    xml,
  };
}
