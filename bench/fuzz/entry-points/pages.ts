import { deflateRawSync } from 'node:zlib';
import { pick, type Random, text } from '../mutate.js';
import { chance, form, type Make, odd, query, type Sent, typed } from '../request.js';
import { canary, domain, type Scene } from '../scene.js';

const segment = (random: Random, ids: Scene['ids']): string => {
  const value = chance(random, 0.8) ? pick(random, ids) : odd(random).slice(0, 400);
  return chance(random, 0.95)
    ? encodeURIComponent(value.replace('\ud800', ''))
    : value.replace(/[^\x21-\x7e]|[?#]/g, '%zz');
};

const protocol =
  'xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"';
const xml = (random: Random) =>
  text(
    random,
    `<samlp:${pick(random, ['Response', 'LogoutRequest', 'LogoutResponse'] as const)} ${protocol} ID="_${canary}" Version="2.0" InResponseTo="${odd(random).replace(/[<&"\0]/g, '')}"><saml:Issuer>x</saml:Issuer><samlp:Status><samlp:StatusCode Value="${canary}"/></samlp:Status></samlp:Response>`,
  );
const jwt = (random: Random) =>
  text(
    random,
    `${btoa('{"alg":"RS256","kid":"x","typ":"logout+jwt"}')}.${btoa(JSON.stringify({ sub: canary }))}.${canary}`,
  );

/** Makes requests to the pages of a sign-in and to the endpoints for identity providers. */
export const signIn: Make = (scene, random): Sent => {
  const headers: Record<string, string> = chance(random, 0.6) ? { cookie: scene.browser.cookie } : {};
  const id = segment(random, [scene.connections.oidc, scene.connections.saml, ...scene.ids]);
  const saml = {
    SAMLResponse: Buffer.from(xml(random)).toString('base64'),
    SAMLRequest: deflateRawSync(xml(random)).toString('base64'),
    RelayState: odd(random),
    SigAlg: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    Signature: 'AAAA',
  };
  const back = { code: canary, state: odd(random), iss: odd(random), error: odd(random), error_description: canary };
  const hints = {
    email: `person@${domain}`,
    organization: segment(random, scene.ids),
    key: odd(random),
    token: odd(random),
  };
  const get = (path: string, all: Record<string, string>) => ({
    method: 'GET',
    path: `${path}${query(random, all, 0.6)}`,
    headers,
  });
  const post = (path: string, all: Record<string, string>) => {
    const body = form(random, all, 0.8);
    return { method: 'POST', path, ...body, headers: { ...headers, ...body.headers } };
  };
  return pick(random, [
    () =>
      get(`/sso/interaction/${segment(random, scene.ids)}${pick(random, ['', '/stay', '/cancel'] as const)}`, hints),
    () => get(`/sso/test/${segment(random, scene.ids)}`, hints),
    () => post('/sso/invitation', hints),
    () => get(`/sso/oidc/${id}/callback`, back),
    () => get(`/sso/saml/${id}/${pick(random, ['metadata', 'finish', 'arrive', 'slo'] as const)}`, saml),
    () => post(`/sso/saml/${id}/${pick(random, ['acs', 'acs', 'slo'] as const)}`, saml),
    () => post(`/sso/${id}/backchannel-logout`, { logout_token: jwt(random) }),
    () => ({
      method: 'POST',
      path: `/sso/${id}/security-events`,
      ...typed(random, 'application/secevent+jwt', jwt(random)),
    }),
    () => {
      const body = typed(
        random,
        'application/json',
        JSON.stringify({ sub_id: { format: 'email', email: odd(random) } }),
      );
      const authorization = `Bearer ${jwt(random).replace(/[^\x20-\x7e]/g, '')}`;
      return {
        method: 'POST',
        path: `/sso/${id}/global-token-revocation`,
        ...body,
        headers: { ...body.headers, authorization },
      };
    },
    () =>
      get(
        `/test-idp/${pick(random, ['auth', 'saml/sso', 'interaction/x', `saml/${id}/start`, 'me', 'token', 'jwks'] as const)}`,
        { ...saml, ...back },
      ),
    () => post(`/test-idp/${pick(random, ['interaction/x', 'saml/answer', 'token'] as const)}`, { ...saml, ...hints }),
    () => get(pick(random, ['/sso/style.css', '/sso/submit.js', `/sso/${id}`, '/sso'] as const), {}),
  ])();
};

/** Makes requests to the setup page. */
export const setup: Make = (scene, random): Sent => {
  const { key, cookie, connectionId } = scene.setup;
  const headers: Record<string, string> = {
    ...(chance(random, 0.9) && { cookie }),
    origin: chance(random, 0.9) ? scene.url : 'https://elsewhere.test',
  };
  if (chance(random, 0.3))
    return { method: 'GET', path: `/setup${query(random, { key, connection: connectionId }, 0.6)}`, headers };
  const name = pick(random, ['scim-token', 'oidc', 'saml', 'state', 'test', 'constructor', segment(random, scene.ids)]);
  const body = form(random, {
    connection: connectionId,
    issuer: pick(random, [`${scene.url}/test-idp`, 'http://127.0.0.1:1/', odd(random)]),
    clientId: canary,
    clientSecret: canary,
    metadataXml: xml(random),
    metadataUrl: pick(random, ['', '', `${scene.url}/sso/saml/${scene.connections.saml}/metadata`, odd(random)]),
    state: pick(random, ['ACTIVE', 'ACTIVE', 'ACTIVE', 'ACTIVE', 'INACTIVE', odd(random)]),
  });
  return { method: 'POST', path: `/setup/${name}`, ...body, headers: { ...headers, ...body.headers } };
};

/** Makes requests for health checks, the start page and unknown paths. */
export const health: Make = (scene, random): Sent => ({
  method: pick(random, ['GET', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'] as const),
  path: pick(random, [
    '/healthz',
    '/readyz',
    '/',
    '/graphiql',
    '/favicon.ico',
    `/${segment(random, scene.ids)}`,
    '/%E0%A4%A',
    '//x//',
  ]),
  headers: {
    accept: odd(random).replace(/[^\x20-\x7e]/g, ''),
    ...(chance(random, 0.2) && { authorization: `Bearer ${scene.keys[0]}` }),
    ...(chance(random, 0.2) && { 'content-length': '0' }),
  },
});
