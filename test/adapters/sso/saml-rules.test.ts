import 'reflect-metadata';
import { constants, createSign, webcrypto, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { X509CertificateGenerator } from '@peculiar/x509';
import { SignedXml } from 'xml-crypto';
import { encrypt } from 'xml-encryption';
import { App } from '../../support/application.js';
import { Browser } from '../../support/browser.js';
import { type Facts, type Layout, readRequest, SamlIdp } from '../../support/saml-idp.js';
import { type Tenant, World } from '../../support/world.js';

let world: World;
let app: App;
let idp: SamlIdp;
let tenant: Tenant;
beforeAll(async () => {
  world = await World.start();
  app = await App.register(world, { initiateLoginUri: 'https://app.example/login' });
  idp = await SamlIdp.make();
  tenant = await connect();
});
afterAll(() => world.close());

const connect = (jit: Record<string, unknown> = {}, saml: Record<string, unknown> = {}) =>
  world.tenant({
    provider: 'GENERIC',
    scim: false,
    saml: { ...idp.facet, ...saml },
    jit: { mode: 'ENABLED', syncGroups: true, ...jit },
  });

const certificate = (name: string) => readFileSync(new URL(`certificates/${name}.pem`, import.meta.url), 'utf8');

let number = 0;

interface Sent {
  at?: Tenant;
  by?: SamlIdp;
  layout?: Layout;
  edit?: (xml: string) => string;
  editResponse?: (xml: string) => string;
  facts?: Partial<Facts>;
  /** Creates the complete response instead. */
  make?: (facts: Facts) => string | Promise<string>;
}

/** Runs a sign-in with a response. Returns the result of the application, or the reason of the refusal. */
async function send({ at = tenant, by = idp, layout = 'both', make, ...more }: Sent) {
  const base = `${world.url}/sso/saml/${at.connectionId}`;
  const browser = new Browser();
  browser.stopAt = (url: URL) => /(app|idp)\.example$/.test(url.hostname);
  const visit = await app.begin({ connection_id: at.connectionId }, browser);
  const { requestId, relayState } = readRequest(visit.page.url);
  const addresses = { acsUrl: `${base}/acs`, audience: `${base}/metadata`, email: `rule${++number}@acme.example` };
  const facts = by.facts({ requestId, ...addresses, issuer: idp.entityId, ...more.facts });
  const xml = make ? await make(facts) : by.signed(facts, layout, more);
  const body = new URLSearchParams({ SAMLResponse: Buffer.from(xml).toString('base64'), RelayState: relayState });
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const page = await browser.open(`${base}/acs`, { method: 'POST', headers, body: body.toString() }, 'idp.example');
  const isIn = page.url.hostname === 'app.example' && !page.url.searchParams.has('error');
  const event = isIn ? null : (await at.events()).at(-1);
  return { isIn, facts, why: String(event?.data.why ?? ''), code: event?.data.code, visit: visit.at(page) };
}

async function accepted(sent: Sent) {
  const { isIn, why, facts, visit } = await send(sent);
  expect(why).toBe('');
  expect(isIn).toBe(true);
  return { facts, tokens: await visit.tokens() };
}

async function refused(sent: Sent, why: RegExp, code = 'ASSERTION_INVALID'): Promise<void> {
  const before = (await (sent.at ?? tenant).events()).length;
  const result = await send(sent);
  expect(result.isIn).toBe(false);
  expect(result.why).toMatch(why);
  const after = (await (sent.at ?? tenant).events()).slice(before);
  expect(after).toMatchObject([{ type: 'SIGN_IN_DENIED', data: { code } }]);
}

const attribute = (name: string, values: string[], more = '') =>
  `<saml:Attribute Name="${name}"${more}>${values.map((value) => `<saml:AttributeValue>${value}</saml:AttributeValue>`).join('')}</saml:Attribute>`;
const withAttributes = (more: string) => (xml: string) =>
  xml.replace('</saml:AttributeStatement>', `${more}</saml:AttributeStatement>`);
const withCondition = (more: string) => (xml: string) => xml.replace('</saml:Conditions>', `${more}</saml:Conditions>`);

describe('attributes', () => {
  test('one name in several Attributes, statements and NameFormats is joined (SAML Core section 2.7.3)', async () => {
    const format = (name: string) => ` NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:${name}"`;
    const more =
      attribute('Role', ['one']) +
      attribute('Role', ['two']) +
      attribute('groups', ['A'], format('basic')) +
      attribute('groups', ['B'], format('unspecified'));
    const edit = (xml: string) =>
      withAttributes(more)(xml).replace(
        '</saml:AttributeStatement>',
        `</saml:AttributeStatement><saml:AttributeStatement>${attribute('groups', ['C', 'A'])}</saml:AttributeStatement>`,
      );
    const { tokens } = await accepted({ edit });
    expect(tokens.claims.groups).toEqual(['A', 'B', 'C']);
  });

  test('a single-valued attribute that is repeated with the same value is accepted', async () => {
    const edit = (xml: string) => xml.replace(/(<saml:Attribute .*<\/saml:Attribute>)/, '$1$1');
    const { tokens, facts } = await accepted({ edit });
    expect(tokens.claims.email).toBe(facts.email);
  });

  test.each([
    {
      name: 'a NameID',
      value: '<saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">x</saml:NameID>',
    },
    { name: 'any XML', value: '<x xmlns="urn:x"><y>1</y></x>' },
    { name: 'text and XML', value: 'a<x xmlns="urn:x"/>b' },
    { name: 'nothing', value: '' },
  ])('an AttributeValue may contain $name (SAML Core section 2.7.3.1.1)', async ({ value }) => {
    await accepted({ edit: withAttributes(attribute('other', [value])) });
  });

  test('an address with XML in it is not an address', async () => {
    const edit = (xml: string) =>
      xml.replace(/(<saml:AttributeValue>)[^<]*/, '$1boss@acme.example<x xmlns="urn:x"/>.evil');
    await refused(
      { edit },
      /the attribute "email" of the assertion has a value that cannot be used/,
      'EMAIL_UNVERIFIED',
    );
  });

  test('names of groups and the address are trimmed', async () => {
    const own = await connect({ requiredGroups: ['Staff'] });
    const { tokens } = await accepted({ at: own, edit: withAttributes(attribute('groups', ['\n  Staff\n'])) });
    expect(tokens.claims.groups).toEqual(['Staff']);
  });
});

describe('the address', () => {
  const without = (format: string) => (xml: string) =>
    xml
      .replace(/<saml:AttributeStatement>.*<\/saml:AttributeStatement>/, '')
      .replace(/ Format="[^"]*persistent"/, format);
  const formats = [
    { name: 'unspecified', format: ' Format="urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"' },
    { name: 'absent', format: '' },
  ];
  test.each(formats)(
    'a NameID of the format $name is the address if the connection vouches for it',
    async ({ format }) => {
      const nameId = `only-name${++number}@acme.example`;
      const { tokens } = await accepted({ edit: without(format), facts: { nameId } });
      expect(tokens.claims.email).toBe(nameId);
    },
  );

  test.each(formats)(
    'a NameID of the format $name is not the address if the connection does not vouch for it',
    async ({ format }) => {
      const at = await connect({ vouchesForEmail: false });
      const sent = { at, edit: without(format), facts: { nameId: 'not-vouched@acme.example' } };
      await refused(sent, /the assertion has no attribute "email", and no other/, 'EMAIL_UNVERIFIED');
    },
  );

  test('a persistent NameID that looks like an address is not the address', async () => {
    const edit = (xml: string) => xml.replace('Name="email"', 'Name="upn"');
    const sent = { edit, facts: { nameId: 'opaque@acme.example' } };
    await refused(
      sent,
      /the assertion has no attribute "email"\. It has "upn"\. Map it to "email" at the IdP/,
      'EMAIL_UNVERIFIED',
    );
  });

  test('the usual attribute names are matched in any case', async () => {
    const { tokens, facts } = await accepted({ edit: (xml) => xml.replace('Name="email"', 'Name="EMAIL"') });
    expect(tokens.claims.email).toBe(facts.email);
  });
});

describe('conditions (SAML Core section 2.5.1)', () => {
  test.each([
    { name: 'OneTimeUse', condition: '<saml:OneTimeUse/>' },
    { name: 'ProxyRestriction', condition: '<saml:ProxyRestriction Count="0"/>' },
  ])('$name is supported', async ({ condition }) => {
    await accepted({ edit: withCondition(condition) });
  });

  const xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';
  test.each([
    { name: 'Condition', condition: `<saml:Condition ${xsi} xmlns:q="urn:q" xsi:type="q:MustNot"/>`, why: /MustNot/ },
    { name: 'a bare Condition', condition: '<saml:Condition/>', why: /"Condition"/ },
    { name: 'an element of another namespace', condition: '<q:Only xmlns:q="urn:q"/>', why: /"Only"/ },
    { name: 'a namesake of another namespace', condition: '<q:OneTimeUse xmlns:q="urn:q"/>', why: /"OneTimeUse"/ },
    {
      name: 'a known one of an unknown type',
      condition: `<saml:OneTimeUse ${xsi} xmlns:q="urn:q" xsi:type="q:Stricter"/>`,
      why: /"q:Stricter"/,
    },
  ])('2.5.1.1: $name, which is not supported, refuses the assertion', async ({ condition, why }) => {
    await refused({ edit: withCondition(condition) }, why);
  });
});

describe('statements and confirmations', () => {
  test('of several AuthnStatements the latest authentication is used (Profiles section 4.1.4.2)', async () => {
    const old = new Date(Date.now() - 600_000).toISOString();
    const edit = (xml: string) =>
      xml.replace(
        '<saml:AuthnStatement ',
        `<saml:AuthnStatement AuthnInstant="${old}" SessionIndex="session-0"><saml:AuthnContext/></saml:AuthnStatement><saml:AuthnStatement `,
      );
    const { tokens } = await accepted({ edit });
    expect(Number(tokens.claims.auth_time)).toBeGreaterThan(Date.now() / 1_000 - 300);
  });

  test('a logout by any of its SessionIndexes ends the session (SAML Core section 3.7.1)', async () => {
    const at = await connect({}, { sloUrl: 'https://idp.example/slo' });
    const now = new Date().toISOString();
    const edit = (xml: string) =>
      xml.replace(
        '<saml:AttributeStatement>',
        `<saml:AuthnStatement AuthnInstant="${now}" SessionIndex="second"><saml:AuthnContext/></saml:AuthnStatement><saml:AttributeStatement>`,
      );
    const { tokens } = await accepted({ at, edit });
    const slo = `${world.url}/sso/saml/${at.connectionId}/slo`;
    const logout = (index: string) =>
      idp.sign(
        `<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_${index}" Version="2.0" IssueInstant="${now}" Destination="${slo}"><saml:Issuer>${idp.entityId}</saml:Issuer><saml:NameID>another-name</saml:NameID><samlp:SessionIndex>unknown</samlp:SessionIndex><samlp:SessionIndex>${index}</samlp:SessionIndex></samlp:LogoutRequest>`,
        'Response',
      );
    const post = (xml: string) =>
      fetch(slo, {
        method: 'POST',
        redirect: 'manual',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ SAMLRequest: Buffer.from(xml).toString('base64') }).toString(),
      });
    expect((await post(logout('third'))).status).toBe(303);
    expect(await app.introspect(tokens.access_token)).toMatchObject({ active: true });
    expect((await post(logout('second'))).status).toBe(303);
    expect(await app.introspect(tokens.access_token)).toEqual({ active: false });
  });

  const bearer = '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"';
  test.each([
    { name: 'without data', other: `${bearer}/>` },
    { name: 'by another method', other: `${bearer.replace('bearer', 'holder-of-key')}/>` },
    {
      name: 'for another recipient',
      other: `${bearer}><saml:SubjectConfirmationData Recipient="https://other.example/" NotOnOrAfter="2100-01-01T00:00:00Z"/></saml:SubjectConfirmation>`,
    },
  ])('a confirmation $name before a valid one is ignored (SAML Core section 2.4.1)', async ({ other }) => {
    await accepted({ edit: (xml) => xml.replace('<saml:SubjectConfirmation ', `${other}<saml:SubjectConfirmation `) });
  });
});

describe('algorithms', () => {
  const curves: Record<string, string> = { 'P-256': '256', 'P-384': '384', 'P-521': '512' };

  async function withCurve(namedCurve: string): Promise<SamlIdp> {
    const algorithm = { name: 'ECDSA', namedCurve, hash: 'SHA-256' };
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const certificate = await X509CertificateGenerator.createSelfSigned({
      name: 'CN=idp',
      keys,
      signingAlgorithm: algorithm,
      notAfter: new Date(Date.now() + 86_400_000),
    });
    const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
    const privateKey = `-----BEGIN PRIVATE KEY-----\n${der.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END PRIVATE KEY-----`;
    return new SamlIdp(idp.entityId, new X509Certificate(Buffer.from(certificate.rawData)).toString(), privateKey);
  }

  /** Returns a response signed by a method that xml-crypto does not support. */
  function signed(by: SamlIdp, uri: string, options: { hash: string; key?: object }) {
    return (facts: Facts) => {
      const signature = new SignedXml({
        privateKey: by.privateKey,
        signatureAlgorithm: uri,
        canonicalizationAlgorithm: 'http://www.w3.org/2001/10/xml-exc-c14n#',
      });
      class Method {
        getAlgorithmName = () => uri;
        verifySignature = () => false;
        getSignature = (bytes: string) =>
          createSign(options.hash)
            .update(bytes)
            .sign({ key: by.privateKey, ...options.key }, 'base64');
      }
      Object.assign(signature.SignatureAlgorithms, { [uri]: Method });
      signature.addReference({
        xpath: '/*',
        digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256',
        transforms: [
          'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
          'http://www.w3.org/2001/10/xml-exc-c14n#',
        ],
      });
      const location = { reference: `/*/*[local-name(.)='Issuer']`, action: 'after' } as const;
      signature.computeSignature(by.response(facts, by.assertion(facts)), { location });
      return signature.getSignedXml();
    };
  }

  test.each(['256', '384', '512'])('RSA and RSA-PSS with SHA-%s (RFC 9231)', async (bits) => {
    const rsa = `http://www.w3.org/2001/04/xmldsig-more#rsa-sha${bits}`;
    await accepted({ make: signed(idp, rsa, { hash: `sha${bits}` }) });
    const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
    const pss = `http://www.w3.org/2007/05/xmldsig-more#sha${bits}-rsa-MGF1`;
    await accepted({ make: signed(idp, pss, { hash: `sha${bits}`, key: padding }) });
  });

  test.each(Object.entries(curves))(
    'ECDSA over %s with SHA-%s: r and s, not DER (XML Signature 1.1 section 6.4.3)',
    async (curve, bits) => {
      const by = await withCurve(curve);
      const at = await connect({}, { certificates: [idp.certificate, by.certificate] });
      const uri = `http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha${bits}`;
      await accepted({ at, by, make: signed(by, uri, { hash: `sha${bits}`, key: { dsaEncoding: 'ieee-p1363' } }) });
      await refused(
        { at, by, make: signed(by, uri, { hash: `sha${bits}` }) },
        /no signature of the IdP covers the message/,
      );
      const foreign = await withCurve(curve);
      const make = signed(foreign, uri, { hash: `sha${bits}`, key: { dsaEncoding: 'ieee-p1363' } });
      await refused({ at, by, make }, /no certificate of the connection verifies/);
    },
  );

  test('a digest that the parameters of an RSA-PSS key do not permit is refused (RFC 4055 section 3.1)', async () => {
    const at = await connect({}, { certificates: [certificate('rsa-pss-sha256'), idp.certificate] });
    const sha512 = 'http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1';
    const make = (facts: Facts) =>
      idp.signed(facts, 'response').replace(/Algorithm="[^"]*rsa-sha256"/, `Algorithm="${sha512}"`);
    await refused({ at, make }, /no certificate of the connection verifies/);
    const query = new URLSearchParams({ SAMLRequest: 'AAAA', SigAlg: sha512, Signature: 'AAAA' });
    const answer = await fetch(`${world.url}/sso/saml/${at.connectionId}/slo?${query}`);
    expect(answer.status).toBe(403);
    // The next certificate is used.
    const key = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
    await accepted({ at, make: signed(idp, sha512, { hash: 'sha512', key }) });
  });

  test('a certificate with a key that no signature method uses is refused at setup', async () => {
    await expect(connect({}, { certificates: [certificate('ed25519')] })).rejects.toThrow(
      /an RSA or EC key, not .*ed25519/,
    );
  });

  test('the reason names a method that is not allowed', async () => {
    const make = signed(idp, 'http://www.w3.org/2000/09/xmldsig#rsa-sha1', { hash: 'sha1' });
    await refused(
      { make },
      /signature method "http:\/\/www.w3.org\/2000\/09\/xmldsig#rsa-sha1" of a signature is not allowed/,
    );
  });

  test('an invalid signature of the response refuses it, also if the assertion has a valid one', async () => {
    const make = (facts: Facts) =>
      idp.signed(facts, 'both').replace(' Version="2.0" IssueInstant', ' Consent="x" Version="2.0" IssueInstant');
    await refused({ make }, /it was changed after it was signed/);
  });

  const offered = async () => {
    const xml = await (await fetch(`${world.url}/sso/saml/${tenant.connectionId}/metadata`)).text();
    return [...xml.matchAll(/<EncryptionMethod Algorithm="([^"]+)"/g)].map(([, algorithm]) => algorithm as string);
  };
  const oaep = 'http://www.w3.org/2009/xmlenc11#rsa-oaep';
  const mgf1p = 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p';

  /** Returns an assertion that is encrypted as the metadata allows. */
  async function encrypted(how: Record<string, unknown>) {
    const { connection } = await tenant.gql('query($id: ID!) { connection(id: $id) { saml { spCertificate } } }', {
      id: tenant.connectionId,
    });
    const { spCertificate } = connection.saml;
    return async (facts: Facts) => {
      const options = { rsa_pub: spCertificate, pem: spCertificate, ...how };
      const xml = await new Promise<string>((resolve, reject) => {
        encrypt(idp.sign(idp.assertion(facts), 'Assertion'), options as never, (error: Error | null, text: string) =>
          error ? reject(error) : resolve(text),
        );
      });
      const around = 'xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"';
      return idp.response(facts, `<saml:EncryptedAssertion ${around}>${xml}</saml:EncryptedAssertion>`);
    };
  }

  test('the metadata lists exactly the accepted algorithms (SAML Metadata section 2.4.1.1)', async () => {
    const methods = await offered();
    expect(methods.some((method) => /cbc|rsa-1_5|sha1/.test(method))).toBe(false);
    const contents = methods.filter((method) => /gcm/.test(method));
    const transports = methods.filter((method) => /oaep/.test(method));
    expect(transports.sort()).toEqual([mgf1p, oaep].sort());
    expect(contents.length).toBeGreaterThan(0);
    for (const encryptionAlgorithm of contents) {
      for (const keyEncryptionAlgorithm of transports) {
        await accepted({ make: await encrypted({ encryptionAlgorithm, keyEncryptionAlgorithm }) });
      }
    }
  });

  test.each([
    { keyEncryptionDigest: 'sha256', keyEncryptionMgf1: 'sha256', keyEncryptionAlgorithm: oaep },
    { keyEncryptionDigest: 'sha512', keyEncryptionMgf1: 'sha1', keyEncryptionAlgorithm: oaep },
    { keyEncryptionDigest: 'sha256', keyEncryptionAlgorithm: mgf1p },
  ])('RSA-OAEP: $keyEncryptionAlgorithm with $keyEncryptionDigest (XML Encryption 1.1 section 5.5.2)', async (how) => {
    const encryptionAlgorithm = 'http://www.w3.org/2009/xmlenc11#aes256-gcm';
    await accepted({ make: await encrypted({ ...how, encryptionAlgorithm }) });
  });

  test('the metadata states if requests are unsigned', async () => {
    const at = await connect({}, { signRequests: false });
    const xml = await (await fetch(`${world.url}/sso/saml/${at.connectionId}/metadata`)).text();
    expect(xml).toContain('AuthnRequestsSigned="false"');
  });
});

describe('a refusal names its cause', () => {
  const padded = /with leading or trailing white space/;
  const wrong: { name: string; sent: Sent; why: RegExp }[] = [
    {
      name: 'a padded NameID',
      sent: { facts: { nameId: ' x ' } },
      why: /the NameID has leading or trailing white space/,
    },
    { name: 'a padded Issuer', sent: { edit: (xml) => xml.replace(/(<saml:Issuer>)/, '$1 ') }, why: padded },
    {
      name: 'a padded Issuer of the response',
      sent: { editResponse: (xml) => xml.replace(/(<saml:Issuer>)/, '$1\n') },
      why: /the Issuer of the response.*white space/,
    },
    {
      name: 'a padded Audience',
      sent: { edit: (xml) => xml.replace(/(<saml:Audience>)/, '$1 ') },
      why: /leading or trailing white space/,
    },
    {
      name: 'a padded Recipient',
      sent: { edit: (xml) => xml.replace(/(Recipient=")/, '$1 ') },
      why: /Recipient is " .*white space/,
    },
    {
      name: 'a padded Destination',
      sent: { editResponse: (xml) => xml.replace(/(Destination=")/, '$1 ') },
      why: /the Destination is " .*white space/,
    },
    {
      name: 'a padded IssueInstant',
      sent: { edit: (xml) => xml.replace(/(IssueInstant=")/, '$1 ') },
      why: /IssueInstant of Assertion is " /,
    },
    {
      name: 'another Recipient',
      sent: { edit: (xml) => xml.replace(/Recipient="[^"]*"/, 'Recipient="https://x.example"') },
      why: /Recipient is "https:\/\/x\.example"; it must be "http/,
    },
    {
      name: 'another InResponseTo of the data',
      sent: { edit: (xml) => xml.replace(/InResponseTo="[^"]*"/, 'InResponseTo=""') },
      why: /InResponseTo of SubjectConfirmationData is ""; it must be "_/,
    },
    {
      name: 'an empty InResponseTo',
      sent: { editResponse: (xml) => xml.replace(/InResponseTo="[^"]*"/, 'InResponseTo=""') },
      why: /the response has InResponseTo=""/,
    },
    {
      name: 'a blank InResponseTo',
      sent: { editResponse: (xml) => xml.replace(/InResponseTo="[^"]*"/, 'InResponseTo=" "') },
      why: /the response has InResponseTo=" "/,
    },
    {
      name: 'another time zone (SAML Core section 1.3.3)',
      sent: { edit: (xml) => xml.replace(/(NotOnOrAfter="[^"]*)Z"/, '$1+00:00"') },
      why: /must be a time in UTC/,
    },
    ...['0000-01-01T00:00:00Z', '0001-01-01T00:00:00Z', '1969-12-31T23:59:59Z'].map((at) => ({
      name: `an AuthnInstant of ${at}`,
      sent: { edit: (xml: string) => xml.replace(/AuthnInstant="[^"]*"/, `AuthnInstant="${at}"`) },
      why: /AuthnInstant is .*before 1970/,
    })),
    ...[' Version="1.1"', ''].map((version) => ({
      name: `a response with the Version${version || ' missing'} (SAML Core section 3.2.2)`,
      sent: { editResponse: (xml: string) => xml.replace(' Version="2.0"', version) },
      why: /Version of the response/,
    })),
    {
      name: 'an emoji where a name is cut',
      sent: {
        editResponse: (xml) => xml.replace(/InResponseTo="[^"]*"/, `InResponseTo="${'x'.repeat(199)}\u{1f600}"`),
      },
      why: /InResponseTo="x+/,
    },
  ];
  test.each(wrong)('$name', async ({ sent, why }) => refused({ layout: 'assertion', ...sent }, why));

  test('a status that is not Success, which has no assertion (SAML Core section 3.2.2)', async () => {
    const make = (facts: Facts) =>
      idp
        .response(facts, '')
        .replace(
          /<samlp:Status>.*<\/samlp:Status>/,
          '<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder"><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"/></samlp:StatusCode><samlp:StatusMessage>User is not assigned</samlp:StatusMessage></samlp:Status>',
        );
    await refused({ make }, /the IdP answered .*:Responder, .*:AuthnFailed: User is not assigned/, 'IDP_DECLINED');
  });
});

describe('groups that the IdP did not send are unknown, and not an empty list', () => {
  const closing = { requiredGroups: ['Staff'], deprovisionOnGroupLoss: true };
  const link = 'http://schemas.microsoft.com/claims/groups.link';
  test.each([
    {
      name: 'no attribute',
      more: '',
      why: /did not send the groups: the claim "groups" is missing/,
      quirk: 'groupsMissing',
    },
    {
      name: 'groups.link',
      more: attribute(link, ['https://graph.example/']),
      why: /too many groups/,
      quirk: 'groupsOverage',
    },
    {
      name: 'groups.link and an empty list',
      more: attribute('groups', []) + attribute(link, ['https://graph.example/']),
      why: /too many groups/,
      quirk: 'groupsOverage',
    },
    {
      name: 'XML values',
      more: attribute('groups', ['<g xmlns="urn:x">Staff</g>']),
      why: /not a list of names/,
      quirk: 'groupsNotAList',
    },
    {
      name: 'xsi:nil',
      more: '<saml:Attribute Name="groups"><saml:AttributeValue xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/></saml:Attribute>',
      why: /not a list of names/,
      quirk: 'groupsNotAList',
    },
    {
      name: 'a partly readable list',
      more: attribute('groups', ['Others', '<g xmlns="urn:x">Staff</g>']),
      why: /has entries that are not names/,
      quirk: 'groupsLeftOut',
    },
    {
      name: 'a blank value',
      more: attribute('groups', [' ']),
      why: /is missing or blank/,
      quirk: 'groupsMissing',
    },
  ])('$name: refused with a reason, recorded, and no account is closed', async ({ more, why, quirk }) => {
    const at = await connect(closing);
    const facts = { nameId: `lost-${quirk}`, email: `lost-${quirk.toLowerCase()}@acme.example` };
    await accepted({ at, facts, edit: withAttributes(attribute('groups', ['Staff'])) });
    await refused({ at, facts, edit: withAttributes(more) }, why, 'GROUP_REQUIRED');
    const { connection } = await at.gql(
      'query($id: ID!) { connection(id: $id) { requests(first: 1) { nodes { error quirks } } } }',
      { id: at.connectionId },
    );
    expect(connection.requests.nodes[0].quirks).toContain(quirk);
    expect(connection.requests.nodes[0].error).toMatch(why);
    expect(await at.types()).not.toContain('USER_DEPROVISIONED');
    await accepted({ at, facts, edit: withAttributes(attribute('groups', ['Staff'])) });
  });

  test('readable values add memberships; unreadable ones remove none', async () => {
    const facts = { nameId: 'partly', email: 'partly@acme.example' };
    await accepted({ facts, edit: withAttributes(attribute('groups', ['Staff'])) });
    const more = attribute('groups', ['Team', '<g xmlns="urn:x">Staff</g>']);
    const { tokens } = await accepted({ facts, edit: withAttributes(more) });
    expect(tokens.claims.groups).toEqual(['Staff', 'Team']);
    const whole = await accepted({ facts, edit: withAttributes(attribute('groups', ['Team'])) });
    expect(whole.tokens.claims.groups).toEqual(['Team']);
  });

  test('an IdP that sends other groups closes the account if the policy requires it', async () => {
    const at = await connect(closing);
    const facts = { nameId: 'lost', email: 'lost@acme.example' };
    await accepted({ at, facts, edit: withAttributes(attribute('groups', ['Staff'])) });
    await send({ at, facts, edit: withAttributes(attribute('groups', ['Others'])) });
    expect(await at.types()).toContain('USER_DEPROVISIONED');
  });
});
