import { pick, type Random } from '../mutate.js';
import { bearer, chance, fields, form, type Make, maybe, odd, query, type Sent } from '../request.js';
import { authorization, type Scene } from '../scene.js';

const basic = ({ id, secret }: Scene['application'], random: Random): Record<string, string> =>
  chance(random, 0.7)
    ? { authorization: `Basic ${btoa(`${maybeLatin(random, id)}:${maybeLatin(random, secret)}`)}` }
    : {};
const maybeLatin = (random: Random, value: string) => maybe(random, value).replace(/[^\x20-\xff]/g, '?');

const asked = (scene: Scene, random: Random): Record<string, string> =>
  authorization(scene.application.id, {
    connection_id: pick(random, [...scene.ids, scene.connections.oidc, scene.connections.saml]),
    organization_id: pick(random, scene.ids),
    prompt: pick(random, ['none', 'login', 'consent', 'select_account', 'create', 'none login'] as const),
    max_age: pick(random, ['0', '60', '-1', '99999999999999999999'] as const),
    acr_values: odd(random),
    login_hint: odd(random),
    domain_hint: odd(random),
    claims: pick(random, [
      '{}',
      '{"id_token":{"acr":{"essential":true,"values":["x"]}}}',
      '[',
      '{"userinfo":null}',
    ] as const),
    response_mode: pick(random, ['query', 'form_post', 'fragment', 'web_message', 'jwt'] as const),
    id_token_hint: scene.browser.idToken,
    ui_locales: odd(random),
    request: odd(random),
    request_uri: odd(random),
    resource: odd(random),
    dpop_jkt: odd(random),
  });

function token(scene: Scene, random: Random): Record<string, string> {
  const { code, verifier, refreshToken } = scene.browser;
  return {
    grant_type: pick(random, [
      'authorization_code',
      'refresh_token',
      'client_credentials',
      'urn:ietf:params:oauth:grant-type:jwt-bearer',
      'urn:ietf:params:oauth:grant-type:device_code',
      'password',
    ]),
    code,
    code_verifier: verifier,
    redirect_uri: 'http://localhost:3000/callback',
    refresh_token: refreshToken,
    scope: 'openid email',
    client_id: scene.application.id,
    client_secret: scene.application.secret,
    assertion: scene.browser.idToken,
  };
}

/** Makes requests to the endpoints of the OpenID provider, as browsers and applications send them. */
export const oauth: Make = (scene, random): Sent => {
  const cookie: Record<string, string> = chance(random, 0.5) ? { cookie: scene.browser.cookie } : {};
  const post = (path: string, all: Record<string, string>, share: number, headers: Record<string, string>): Sent => {
    const body = form(random, all, share);
    return { method: 'POST', path, ...body, headers: { ...headers, ...body.headers } };
  };
  const given = {
    token: pick(random, [...scene.keys, scene.browser.refreshToken, odd(random)]),
    token_type_hint: odd(random),
  };
  switch (
    pick(random, [
      'auth',
      'auth',
      'auth',
      'token',
      'token',
      'token',
      'introspection',
      'revocation',
      'me',
      'end',
      'other',
    ])
  ) {
    case 'auth': {
      // Most parameters make the request invalid, so only a few are sent at once.
      const all = asked(scene, random);
      const { client_id, redirect_uri, response_type, scope, code_challenge, code_challenge_method, ...optional } = all;
      const needed = { client_id, redirect_uri, response_type, scope, code_challenge, code_challenge_method };
      const some = fields(random, optional as Record<string, string>, 0.12);
      const sent = new URLSearchParams([...fields(random, needed as Record<string, string>, 0.97), ...some]);
      return chance(random, 0.8)
        ? { method: 'GET', path: `/oauth/auth?${sent}`, headers: cookie }
        : post('/oauth/auth', Object.fromEntries(sent), 0.97, cookie);
    }
    case 'token':
      return post('/oauth/token', token(scene, random), 0.8, basic(scene.application, random));
    case 'introspection':
      return post('/oauth/introspection', given, 0.9, basic(scene.application, random));
    case 'revocation':
      return post('/oauth/revocation', given, 0.9, basic(scene.application, random));
    case 'me':
      return { method: pick(random, ['GET', 'POST'] as const), path: '/oauth/me', headers: bearer(random, scene.keys) };
    case 'end': {
      const all = {
        id_token_hint: scene.browser.idToken,
        post_logout_redirect_uri: 'http://localhost:3000/',
        state: odd(random),
        client_id: scene.application.id,
        logout_hint: odd(random),
        xsrf: odd(random),
        logout: 'yes',
      };
      const path = pick(random, [
        '/oauth/session/end',
        '/oauth/session/end/confirm',
        '/oauth/session/end/success',
      ] as const);
      return chance(random, 0.6)
        ? { method: 'GET', path: `${path}${query(random, all, 0.5)}`, headers: cookie }
        : post(path, all, 0.5, cookie);
    }
    default: {
      const path = pick(random, [
        '/oauth/jwks',
        '/oauth/.well-known/openid-configuration',
        '/.well-known/oauth-authorization-server/oauth',
        '/.well-known/openid-configuration',
        '/oauth/request',
        '/oauth/device',
        '/oauth/reg',
        `/oauth/auth/${encodeURIComponent(odd(random).slice(0, 99).replace('\ud800', ''))}`,
      ]);
      return { method: pick(random, ['GET', 'GET', 'POST', 'DELETE', 'OPTIONS'] as const), path, headers: cookie };
    }
  }
};
