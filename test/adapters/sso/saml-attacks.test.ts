import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DOMParser, XMLSerializer } from '@xmldom/xmldom';
import { denials } from '../../../src/directory/sign-in/denials.js';
import { App } from '../../support/application.js';
import { Browser, type Page } from '../../support/browser.js';
import { type Facts, type Layout, layouts, readRequest, SamlIdp } from '../../support/saml-idp.js';
import { type Tenant, World } from '../../support/world.js';

let world: World;
let app: App;
let idp: SamlIdp;
let tenant: Tenant;
let acsUrl: string;
let audience: string;
beforeAll(async () => {
  world = await World.start();
  app = await App.register(world, { initiateLoginUri: 'https://app.example/login' });
  idp = await SamlIdp.make();
  tenant = await world.tenant({ provider: 'GENERIC', scim: false, saml: idp.facet, jit: { mode: 'ENABLED' } });
  acsUrl = `${world.url}/sso/saml/${tenant.connectionId}/acs`;
  audience = `${world.url}/sso/saml/${tenant.connectionId}/metadata`;
});
afterAll(() => world.close());

/** Returns a browser at the IdP, with its request. */
async function atIdp(connectionId = tenant.connectionId) {
  const browser = new Browser();
  const visit = await app.begin({ connection_id: connectionId }, stopping(browser));
  return { browser, visit, ...readRequest(visit.page.url) };
}

function stopping(browser: Browser): Browser {
  browser.stopAt = (url: URL) => /(app|idp)\.example$/.test(url.hostname);
  return browser;
}

const post = (browser: Browser, xml: string, relayState: string | null, url = acsUrl): Promise<Page> => {
  const form = {
    SAMLResponse: Buffer.from(xml).toString('base64'),
    ...(relayState !== null && { RelayState: relayState }),
  };
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return browser.open(url, { method: 'POST', headers, body: new URLSearchParams(form).toString() }, 'idp.example');
};

let number = 0;
const facts = (requestId: string | null, more: Partial<Facts> = {}): Facts =>
  idp.facts({ requestId, acsUrl, audience, email: `saml${++number}@acme.example`, ...more });

/** Sends the response of `forge`, and expects a refusal with its event only. */
async function refused(forge: (requestId: string, relayState: string) => string | Promise<string>): Promise<string> {
  const { browser, requestId, relayState } = await atIdp();
  const before = await tenant.events();
  const page = await post(browser, await forge(requestId, relayState), relayState);
  expect(page.url.hostname).not.toBe('app.example');
  expect(page.status).toBe(403);
  expect(page.words).toContain(denials.ASSERTION_INVALID);
  const after = (await tenant.events()).slice(before.length);
  expect(after).toMatchObject([{ type: 'SIGN_IN_DENIED', data: { code: 'ASSERTION_INVALID' } }]);
  return after[0].data.why;
}

describe('a valid response is accepted', () => {
  test.each(layouts.map((layout) => ({ layout })))('signed: $layout', async ({ layout }) => {
    const { browser, visit, requestId, relayState } = await atIdp();
    const page = await post(browser, idp.signed(facts(requestId), layout), relayState);
    const { claims } = await visit.at(page).tokens();
    expect(claims).toMatchObject({ org_id: tenant.organizationId });
  });

  test.each([
    { more: { notOnOrAfter: -59, confirmedUntil: -59, issued: -200, notBefore: -200 } },
    { more: { notBefore: 59, issued: 59 } },
  ])('with 59 s of clock skew: $more', async ({ more }) => {
    const { browser, requestId, relayState } = await atIdp();
    const page = await post(browser, idp.signed(facts(requestId, more), 'both'), relayState);
    expect(page.url.hostname).toBe('app.example');
  });

  test('encrypted and signed inside; by a second certificate during a rotation', async () => {
    const { certificates, spCertificate } = await facet();
    expect(certificates).toHaveLength(1);
    const { browser, requestId, relayState } = await atIdp();
    const mine = facts(requestId);
    const inner = await idp.encrypted(idp.sign(idp.assertion(mine), 'Assertion'), spCertificate);
    expect((await post(browser, idp.response(mine, inner), relayState)).url.hostname).toBe('app.example');
    const next = await SamlIdp.make(idp.entityId);
    const own = await world.tenant({
      provider: 'GENERIC',
      scim: false,
      saml: { ...idp.facet, certificates: [idp.certificate, next.certificate] },
      jit: { mode: 'ENABLED' },
    });
    const there = await atIdp(own.connectionId);
    const base = `${world.url}/sso/saml/${own.connectionId}`;
    const theirs = next.facts({
      requestId: there.requestId,
      acsUrl: `${base}/acs`,
      audience: `${base}/metadata`,
      email: 'rotated@acme.example',
    });
    const page = await post(there.browser, next.signed(theirs, 'response'), there.relayState, `${base}/acs`);
    expect(page.url.hostname).toBe('app.example');
  });
});

async function facet() {
  const { connection } = await tenant.gql(
    'query($id: ID!) { connection(id: $id) { saml { certificates spCertificate metadataUrl acsUrl spEntityId } } }',
    {
      id: tenant.connectionId,
    },
  );
  return connection.saml;
}

describe.each(layouts.map((layout) => ({ layout })))(
  'wrong claims, names and times are refused, signed: $layout',
  ({ layout }) => {
    const wrong: Record<string, Partial<Facts> | ((xml: string) => string)> = {
      'expired 61 s ago': { notOnOrAfter: -61, notBefore: -200, issued: -200 },
      'confirmation expired 61 s ago': { confirmedUntil: -61, issued: -200, notBefore: -200 },
      'not valid for another 61 s': { notBefore: 61 },
      'issued in the future': { issued: 61 },
      'good for two hours': { notOnOrAfter: 7_200 },
      'another audience': { audience: 'https://other.example/metadata' },
      'another issuer': { issuer: 'https://idp.example/other' },
      'an empty NameID': { nameId: '' },
      'a NameID of 1,025 characters': { nameId: 'x'.repeat(1_025) },
      'a padded NameID': { nameId: ' padded' },
      'no Conditions': (xml) => xml.replace(/<saml:Conditions.*<\/saml:Conditions>/, ''),
      'no AudienceRestriction': (xml) => xml.replace(/<saml:AudienceRestriction>.*<\/saml:AudienceRestriction>/, ''),
      'two Conditions': (xml) => xml.replace(/(<saml:Conditions.*<\/saml:Conditions>)/, '$1$1'),
      'no NotOnOrAfter': (xml) => xml.replace(/(<saml:Conditions NotBefore="[^"]*") NotOnOrAfter="[^"]*"/, '$1'),
      'no SubjectConfirmation': (xml) => xml.replace(/<saml:SubjectConfirmation .*<\/saml:SubjectConfirmation>/, ''),
      'a confirmation that is no bearer': (xml) => xml.replace('cm:bearer', 'cm:holder-of-key'),
      'no Recipient': (xml) => xml.replace(/ Recipient="[^"]*"/, ''),
      'another Recipient': (xml) => xml.replace(/ Recipient="[^"]*"/, ' Recipient="https://other.example/acs"'),
      'a confirmation with NotBefore': (xml) =>
        xml.replace(' Recipient=', ' NotBefore="2020-01-01T00:00:00Z" Recipient='),
      'no AuthnStatement': (xml) => xml.replace(/<saml:AuthnStatement .*<\/saml:AuthnStatement>/, ''),
      'a session that has ended': (xml) =>
        xml.replace(' SessionIndex=', ' SessionNotOnOrAfter="2020-01-01T00:00:00Z" SessionIndex='),
      'another InResponseTo in the confirmation': (xml) => xml.replace(/InResponseTo="[^"]*"/, 'InResponseTo="_other"'),
      'no InResponseTo in the confirmation': (xml) => xml.replace(/ InResponseTo="[^"]*"/, ''),
      'SAML 1.1': (xml) => xml.replace('Version="2.0"', 'Version="1.1"'),
      'two NameIDs': (xml) => xml.replace(/(<saml:NameID.*<\/saml:NameID>)/, '$1$1'),
      'an element in the NameID': (xml) => xml.replace(/(persistent">)([^<]*)/, '$1$2<saml:X/>'),
      'a transient NameID': (xml) => xml.replace('nameid-format:persistent', 'nameid-format:transient'),
      'two e-mail addresses': (xml) => xml.replace(/(<saml:AttributeValue>.*<\/saml:AttributeValue>)/, '$1$1'),
      'an attribute of one value twice, with two values': (xml) =>
        xml.replace(/(<saml:Attribute .*<\/saml:Attribute>)/, (one) => one + one.replace('@', '@other.')),
      'a local time': (xml) => xml.replace(/NotOnOrAfter="([^"]*)Z"/, 'NotOnOrAfter="$1+02:00"'),
    };
    test.each(Object.entries(wrong).map(([name, change]) => ({ name, change })))('$name', async ({ change }) => {
      await refused((requestId) =>
        typeof change === 'function'
          ? idp.signed(facts(requestId), layout, { edit: change })
          : idp.signed(facts(requestId, change), layout),
      );
    });

    test.each([
      {
        name: 'another Destination',
        edit: (xml: string) => xml.replace(/ Destination="[^"]*"/, ' Destination="https://other.example/acs"'),
      },
      {
        name: 'another InResponseTo',
        edit: (xml: string) => xml.replace(/InResponseTo="[^"]*"/, 'InResponseTo="_other"'),
      },
      {
        name: 'an Issuer of the response that is another',
        edit: (xml: string) => xml.replace(/<saml:Issuer>[^<]*/, '<saml:Issuer>https://idp.example/other'),
      },
    ])('$name of the response', async ({ edit }) => {
      await refused((requestId) => idp.signed(facts(requestId), layout, { editResponse: edit }));
    });

    test('a response with an error status', async () => {
      const editResponse = (xml: string) => xml.replace('status:Success', 'status:Requester');
      const { browser, requestId, relayState } = await atIdp();
      const page = await post(browser, idp.signed(facts(requestId), layout, { editResponse }), relayState);
      expect([page.url.hostname, page.url.searchParams.get('error')]).toEqual(['app.example', 'server_error']);
      expect((await tenant.events()).at(-1)).toMatchObject({
        type: 'SIGN_IN_DENIED',
        data: { code: 'IDP_MISCONFIGURED' },
      });
    });
  },
);

describe('a response with an invalid signature is refused', () => {
  test('without a signature', () =>
    refused((requestId) => idp.response(facts(requestId), idp.assertion(facts(requestId)))));
  test('signed by another key', async () => {
    const other = await SamlIdp.make(idp.entityId);
    await refused((requestId) => other.signed(facts(requestId), 'both'));
  });
  test('signed by another key that KeyInfo names', async () => {
    const other = await SamlIdp.make(idp.entityId);
    await refused((requestId) => {
      const mine = facts(requestId);
      return idp.response(mine, other.sign(other.assertion(mine), 'Assertion', { keyInfo: other.certificate }));
    });
  });
  test.each([
    { name: 'RSA-SHA1', how: { algorithm: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1' } },
    { name: 'a SHA-1 digest', how: { digest: 'http://www.w3.org/2000/09/xmldsig#sha1' } },
    {
      name: 'inclusive canonicalization',
      how: {
        transforms: [
          'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
          'http://www.w3.org/TR/2001/REC-xml-c14n-20010315',
        ],
      },
    },
    {
      name: 'canonicalization with comments',
      how: {
        transforms: [
          'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
          'http://www.w3.org/2001/10/xml-exc-c14n#WithComments',
        ],
      },
    },
  ])('$name', ({ how }) =>
    refused((requestId) => {
      const mine = facts(requestId);
      return idp.response(mine, idp.sign(idp.assertion(mine), 'Assertion', how));
    }),
  );
  test('an HMAC with the public certificate as its key', () =>
    refused((requestId) =>
      idp.signed(facts(requestId), 'assertion').replace('xmldsig-more#rsa-sha256', 'xmldsig-more#hmac-sha256'),
    ));
  test('a removed signature', () =>
    refused((requestId) => idp.signed(facts(requestId), 'assertion').replace(/<ds:Signature .*<\/ds:Signature>/s, '')));
  test('a changed subject', () =>
    refused((requestId) => idp.signed(facts(requestId), 'both').replace('subject-of-', 'boss-of-')));
  test('a comment in the DigestValue (CVE-2025-29775)', () =>
    refused((requestId) =>
      idp.signed(facts(requestId), 'assertion').replace('<ds:DigestValue>', '<ds:DigestValue><!--x-->'),
    ));
  test('two SignedInfo (CVE-2025-29774)', () =>
    refused((requestId) =>
      idp.signed(facts(requestId), 'assertion').replace(/(<ds:SignedInfo>.*<\/ds:SignedInfo>)/s, '$1$1'),
    ));
  test('two References', () =>
    refused((requestId) =>
      idp.signed(facts(requestId), 'assertion').replace(/(<ds:Reference .*<\/ds:Reference>)/s, '$1$1'),
    ));
  test('a Reference to nothing', () =>
    refused((requestId) => idp.signed(facts(requestId), 'assertion').replace(/URI="#[^"]*"/, 'URI=""')));
  test("another connection's IdP", async () => {
    const other = await SamlIdp.make();
    const theirs = await world.tenant({
      provider: 'GENERIC',
      scim: false,
      saml: other.facet,
      jit: { mode: 'ENABLED' },
    });
    await refused((requestId) => other.signed(facts(requestId, { issuer: other.entityId }), 'both'));
    await refused((requestId) => other.signed(facts(requestId, { issuer: idp.entityId }), 'both'));
    // A valid response of that IdP, posted to this connection.
    const there = await atIdp(theirs.connectionId);
    const base = `${world.url}/sso/saml/${theirs.connectionId}`;
    const right = other.facts({
      requestId: there.requestId,
      acsUrl: `${base}/acs`,
      audience: `${base}/metadata`,
      email: 'x@y.example',
    });
    const page = await post(there.browser, other.signed(right, 'both'), there.relayState);
    expect(page.words).toContain(denials.ASSERTION_INVALID);
  });
});

const parse = (xml: string) => new DOMParser().parseFromString(xml, 'text/xml');
const print = (document: Document) => new XMLSerializer().serializeToString(document);
const first = (node: Document | Element, name: string) => node.getElementsByTagNameNS('*', name)[0] as Element;

/** Returns a copy with another subject, and with a new ID so that no ID is repeated. */
function evilCopy(element: Element): Element {
  const copy = element.cloneNode(true) as Element;
  copy.setAttribute('ID', '_evil');
  const nameId = first(copy, 'NameID');
  nameId.textContent = 'the-boss';
  return copy;
}
const withoutSignature = (element: Element): Element => {
  const signature = [...Array.from(element.childNodes)].find((node) => (node as Element).localName === 'Signature');
  if (signature) element.removeChild(signature);
  return element;
};

/** Signature wrapping, as named by Somorovsky et al., "On Breaking SAML: Be Whoever You Want to Be" (USENIX Security 2012). */
const wrappings: Record<string, (document: Document) => Document> = {
  'XSW 1: the signed response inside the signature of the evil one': (document) => {
    const original = document.documentElement;
    const evil = evilCopy(original);
    first(evil, 'Signature').appendChild(withoutSignature(original.cloneNode(true) as Element));
    document.replaceChild(evil, original);
    return document;
  },
  'XSW 2: the signed response beside the signature': (document) => {
    const original = document.documentElement;
    const evil = evilCopy(original);
    const signature = first(evil, 'Signature');
    signature.parentNode?.insertBefore(withoutSignature(original.cloneNode(true) as Element), signature);
    document.replaceChild(evil, original);
    return document;
  },
  'XSW 3: an evil assertion before the signed one': (document) => {
    const original = first(document, 'Assertion');
    original.parentNode?.insertBefore(withoutSignature(evilCopy(original)), original);
    return document;
  },
  'XSW 4: the signed assertion inside the evil one': (document) => {
    const original = first(document, 'Assertion');
    const evil = withoutSignature(evilCopy(original));
    original.parentNode?.replaceChild(evil, original);
    evil.appendChild(original);
    return document;
  },
  'XSW 5: an evil assertion with the signature, the original at the end': (document) => {
    const original = first(document, 'Assertion');
    const evil = evilCopy(original);
    original.parentNode?.replaceChild(evil, original);
    document.documentElement.appendChild(withoutSignature(original));
    return document;
  },
  'XSW 6: the original inside the signature of the evil assertion': (document) => {
    const original = first(document, 'Assertion');
    const evil = evilCopy(original);
    original.parentNode?.replaceChild(evil, original);
    first(evil, 'Signature').appendChild(withoutSignature(original));
    return document;
  },
  'XSW 7: an evil assertion in Extensions': (document) => {
    const original = first(document, 'Assertion');
    const extensions = document.createElementNS('urn:oasis:names:tc:SAML:2.0:protocol', 'samlp:Extensions');
    extensions.appendChild(withoutSignature(evilCopy(original)));
    document.documentElement.insertBefore(extensions, original);
    return document;
  },
  'XSW 8: the original in an Object of the evil signature': (document) => {
    const original = first(document, 'Assertion');
    const evil = evilCopy(original);
    const object = document.createElementNS('http://www.w3.org/2000/09/xmldsig#', 'ds:Object');
    original.parentNode?.replaceChild(evil, original);
    first(evil, 'Signature').appendChild(object);
    object.appendChild(withoutSignature(original));
    return document;
  },
};

/** The first two wrap a signed response, the others a signed assertion. */
const fits = (name: string, layout: Layout) =>
  /XSW [12]:/.test(name) ? layout !== 'assertion' : layout !== 'response' || /XSW [37]:/.test(name);

describe.each(layouts.map((layout) => ({ layout })))('signature wrapping is refused, signed: $layout', ({ layout }) => {
  const possible = Object.entries(wrappings).filter(([name]) => fits(name, layout));
  test.each(possible.map(([name, wrap]) => ({ name, wrap })))('$name', async ({ wrap }) => {
    await refused((requestId) => print(wrap(parse(idp.signed(facts(requestId), layout)))));
  });
});

describe('a document that parsers read differently is refused', () => {
  const edits: Record<string, (xml: string) => string> = {
    'a comment in the NameID': (xml) =>
      xml.replace('@acme.example</saml:NameID>', '@acme.example<!---->.evil.example</saml:NameID>'),
    'a processing instruction': (xml) => xml.replace('<saml:Issuer>', '<?x y?><saml:Issuer>'),
    'a document type': (xml) => `<!DOCTYPE samlp:Response [<!ENTITY e "x">]>${xml}`,
    'an external entity': (xml) =>
      `<!DOCTYPE samlp:Response [<!ENTITY e SYSTEM "file:///etc/passwd">]>${xml.replace('subject-of', '&e;subject-of')}`,
    'an entity that XML does not define': (xml) => xml.replace('subject-of', '&nbsp;subject-of'),
    CDATA: (xml) => xml.replace(/(persistent">)([^<]*)/, '$1<![CDATA[$2]]>'),
    'a NUL': (xml) => xml.replace('subject-of', 'subject\0-of'),
    'a NUL by reference': (xml) => xml.replace('subject-of', 'subject&#0;-of'),
    'a relative namespace': (xml) => xml.replace('<samlp:Response ', '<samlp:Response xmlns:r="relative" '),
    'a repeated ID': (xml) => xml.replace('<saml:Issuer>', '<saml:Advice ID="_x"/><saml:Advice ID="_x"/><saml:Issuer>'),
    'nested a hundred deep': (xml) =>
      xml.replace('<samlp:Status>', `${'<a>'.repeat(100)}${'</a>'.repeat(100)}<samlp:Status>`),
    'text after the end': (xml) => `${xml}<samlp:Response/>`,
    'a duplicate attribute': (xml) => xml.replace('Version="2.0"', 'Version="2.0" Version="2.0"'),
    'not XML': () => 'this is not XML',
    'another root': (xml) => xml.replaceAll('samlp:Response', 'samlp:LogoutResponse'),
    'two assertions': (xml) =>
      xml.replace(/(<saml:Assertion .*<\/saml:Assertion>)/s, (whole) => whole + whole.replace(/ID="[^"]*"/, 'ID="_2"')),
    'no assertion': (xml) => xml.replace(/<saml:Assertion .*<\/saml:Assertion>/s, ''),
    '300 kB': (xml) =>
      xml.replace('<samlp:Status>', `<samlp:Extensions>${'x'.repeat(300_000)}</samlp:Extensions><samlp:Status>`),
  };
  test.each(Object.entries(edits).map(([name, edit]) => ({ name, edit })))('$name', async ({ edit }) => {
    await refused((requestId) =>
      edit(idp.signed(facts(requestId, { nameId: 'subject-of-x@acme.example' }), 'response')),
    );
  });

  test('a value that is not base64, and an empty one', async () => {
    for (const body of ['SAMLResponse=%%%', 'SAMLResponse=', '', 'RelayState=x', 'SAMLResponse=PHg%2B!']) {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const answer = await fetch(acsUrl, { method: 'POST', headers, body });
      expect(answer.status).toBe(403);
    }
    const large = await fetch(acsUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `SAMLResponse=${'A'.repeat(1_000_000)}`,
    });
    expect(large.status).toBe(413);
  });
});

describe('encryption', () => {
  test('an assertion that is encrypted and not signed is refused', async () => {
    const { spCertificate } = await facet();
    await refused(async (requestId) => {
      const mine = facts(requestId);
      return idp.response(mine, await idp.encrypted(idp.assertion(mine), spCertificate));
    });
  });
  test.each([
    { name: 'AES-CBC', how: { method: 'http://www.w3.org/2001/04/xmlenc#aes256-cbc' } },
    { name: 'RSA with PKCS #1 v1.5', how: { transport: 'http://www.w3.org/2001/04/xmlenc#rsa-1_5' } },
  ])('$name', async ({ how }) => {
    const { spCertificate } = await facet();
    await refused(async (requestId) => {
      const mine = facts(requestId);
      return idp.response(mine, await idp.encrypted(idp.sign(idp.assertion(mine), 'Assertion'), spCertificate, how));
    });
  });
  test('an unsigned assertion together with an encrypted, signed one, in both orders', async () => {
    const { spCertificate } = await facet();
    for (const order of ['before', 'after']) {
      await refused(async (requestId) => {
        const mine = facts(requestId);
        const encrypted = await idp.encrypted(idp.sign(idp.assertion(mine), 'Assertion'), spCertificate);
        const plain = idp.assertion(facts(requestId, { nameId: 'the-boss' }));
        return idp.response(mine, order === 'before' ? plain + encrypted : encrypted + plain);
      });
    }
  });
});

describe('replayed responses, and responses in another browser or for another request', () => {
  test('a repeated response is refused, concurrently and later', async () => {
    const { browser, requestId, relayState } = await atIdp();
    const xml = idp.signed(facts(requestId), 'both');
    const pages = await Promise.all(Array.from({ length: 10 }, () => post(browser, xml, relayState)));
    expect(pages.filter((page) => page.url.hostname === 'app.example')).toHaveLength(1);
    expect((await post(browser, xml, relayState)).words).toContain(denials.ASSERTION_INVALID);
  });
  test('a response in another browser than the one that started the sign-in is refused (login CSRF)', async () => {
    const { requestId, relayState } = await atIdp();
    const victim = stopping(new Browser());
    const page = await post(victim, idp.signed(facts(requestId), 'both'), relayState);
    expect(page.words).toContain(denials.ASSERTION_INVALID);
  });
  test('a response without the RelayState, or with one of another trip, is refused', async () => {
    const { browser, requestId } = await atIdp();
    const other = await atIdp();
    const xml = idp.signed(facts(requestId), 'both');
    for (const relayState of [null, 'https://evil.example/', other.relayState, '']) {
      expect((await post(browser, xml, relayState)).words).toContain(denials.ASSERTION_INVALID);
    }
  });
  test('the assertion of one request in a response to another is refused', async () => {
    const old = await atIdp();
    await refused((requestId) =>
      idp.response(facts(requestId), idp.sign(idp.assertion(facts(old.requestId)), 'Assertion')),
    );
  });
  test('an unsolicited response restarts the sign-in once at the application; the next one is UNSOLICITED', async () => {
    const browser = stopping(new Browser());
    const xml = idp.signed(facts(null), 'both');
    const restarted = await post(browser, xml, null);
    expect(restarted.url.origin + restarted.url.pathname).toBe('https://app.example/login');
    expect(restarted.url.searchParams.get('connection_id')).toBe(tenant.connectionId);
    // An IdP that ignores the request returns its RelayState with an unsolicited response.
    const { relayState } = await atIdp();
    const second = await post(browser, xml, relayState);
    expect(second.words).toContain(denials.UNSOLICITED);
    expect((await tenant.events()).at(-1)).toMatchObject({ type: 'SIGN_IN_DENIED', data: { code: 'UNSOLICITED' } });
  });
  test('an IdP-initiated response is accepted once, through the application, if the connection allows it', async () => {
    const own = await world.tenant({
      provider: 'GENERIC',
      scim: false,
      saml: { ...idp.facet, allowIdpInitiated: true },
      jit: { mode: 'ENABLED' },
    });
    const base = `${world.url}/sso/saml/${own.connectionId}`;
    const mine = idp.facts({
      requestId: null,
      acsUrl: `${base}/acs`,
      audience: `${base}/metadata`,
      email: 'starts@idp.example',
    });
    const xml = idp.signed(mine, 'both');
    const browser = stopping(new Browser());
    const sent = await post(browser, xml, null, `${base}/acs`);
    expect(sent.url.pathname).toBe('/login');
    const visit = await app.begin({ connection_id: own.connectionId }, browser);
    expect((await visit.tokens()).claims).toMatchObject({ email: 'starts@idp.example' });
    // A repeated assertion: the application starts a sign-in again, which is refused.
    const other = stopping(new Browser());
    await post(other, xml, null, `${base}/acs`);
    const again = await app.begin({ connection_id: own.connectionId }, other);
    expect(again.page.words).toContain(denials.ASSERTION_INVALID);
    // A response to a request is never unsolicited, also if the connection allows unsolicited ones.
    const solicited = await post(
      stopping(new Browser()),
      idp.signed({ ...mine, requestId: '_some', assertionId: '_new' }, 'both'),
      null,
      `${base}/acs`,
    );
    expect(solicited.words).toContain(denials.ASSERTION_INVALID);
  });
});

test('the metadata of the service provider contains the URLs and the certificate; requests are signed', async () => {
  const { metadataUrl, acsUrl: acs, spEntityId } = await facet();
  const xml = await (await fetch(metadataUrl)).text();
  expect(xml).toContain(`entityID="${spEntityId}"`);
  expect(xml).toContain(`Location="${acs}"`);
  expect(xml).toMatch(/use="signing"[\s\S]*use="encryption"|use="encryption"[\s\S]*use="signing"/);
  const { visit } = await atIdp();
  expect(visit.page.url.searchParams.get('SigAlg')).toBe('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256');
  expect(visit.page.url.searchParams.get('Signature')).toBeTruthy();
});
