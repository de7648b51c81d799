import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { App } from '../support/application.js';
import { Realm } from '../support/sign-ins.js';
import { type Anything, World } from '../support/world.js';

let world: World;
let now = new Date();
const after = (seconds: number) => {
  now = new Date(now.getTime() + seconds * 1000);
};
let realm: Realm;
let spa: App;
beforeAll(async () => {
  world = await World.start({ now: () => now });
  spa = await App.register(world, { tokenEndpointAuthMethod: 'NONE' });
  realm = await Realm.make(world, spa, 'oidc');
});
afterAll(() => world.close());

const update = (id: string, input: object) =>
  world.gql(
    'mutation($i: UpdateApplicationInput!) { updateApplication(input: $i) { application { refreshGraceSeconds } } }',
    { i: { id, ...input } },
  );
const signIn = (app: App): Promise<Anything> =>
  app.signIn({ connection_id: realm.tenant.connectionId }, realm.person('T2'));
const viewer = async (token: string) => (await world.request('{ viewer { kind } }', {}, token)).data?.viewer?.kind;
const refused = (app: App, token: string) =>
  expect(app.refresh(token)).rejects.toMatchObject({ error: 'invalid_grant' });

/** Checks that the access token and the refresh token are valid. */
async function works(app: App, tokens: Anything): Promise<void> {
  expect(await viewer(tokens.access_token)).toBe('USER');
  expect(await viewer((await app.refresh(tokens.refresh_token)).access_token)).toBe('USER');
}

describe('RFC 9700 section 4.14.2: a refresh token is used again', () => {
  test('by two tabs concurrently: both receive valid tokens of the same sign-in', async () => {
    const first = await signIn(spa);
    const both: Anything[] = await Promise.all([spa.refresh(first.refresh_token), spa.refresh(first.refresh_token)]);
    expect(new Set(both.map(({ refresh_token: token }) => token)).size).toBe(2);
    for (const tokens of both) await works(spa, tokens);
    const sids = await Promise.all(both.map(async ({ id_token: token }) => JSON.parse(atob(token.split('.')[1])).sid));
    expect(sids).toEqual([first.claims.sid, first.claims.sid]);
  });

  test('by three tabs concurrently: the third use revokes the family', async () => {
    const { refresh_token: token } = await signIn(spa);
    const all = await Promise.allSettled([spa.refresh(token), spa.refresh(token), spa.refresh(token)]);
    expect(all.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(2);
    for (const one of all)
      if (one.status === 'fulfilled') {
        expect(await viewer(one.value.access_token)).toBeUndefined();
        await refused(spa, one.value.refresh_token ?? '');
      }
  });

  test('after the grace period: the family is revoked', async () => {
    const first = await signIn(spa);
    const next: Anything = await spa.refresh(first.refresh_token);
    after(10);
    await refused(spa, first.refresh_token);
    await refused(spa, next.refresh_token);
    expect(await viewer(next.access_token)).toBeUndefined();
  });

  test('a third time within the grace period: the family is revoked, including the tokens of the second use', async () => {
    const first = await signIn(spa);
    const next: Anything = await spa.refresh(first.refresh_token);
    after(9);
    const again: Anything = await spa.refresh(first.refresh_token);
    expect(await viewer(again.access_token)).toBe('USER');
    await refused(spa, first.refresh_token);
    for (const tokens of [next, again]) {
      await refused(spa, tokens.refresh_token);
      expect(await viewer(tokens.access_token)).toBeUndefined();
    }
  });

  test('by another client: the request is refused, and revokes nothing', async () => {
    const first = await signIn(spa);
    const next: Anything = await spa.refresh(first.refresh_token);
    await refused(await App.register(world, { tokenEndpointAuthMethod: 'NONE' }), first.refresh_token);
    await works(spa, next);
  });

  test('the grace period of a confidential client is 0 by default, and that of a public client can be set to 0', async () => {
    const web = await App.register(world);
    const twice = async (app: App) => {
      const { refresh_token: token } = await signIn(app);
      await app.refresh(token);
      return app.refresh(token);
    };
    await expect(twice(web)).rejects.toMatchObject({ error: 'invalid_grant' });
    await update(web.id, { refreshGraceSeconds: 30 });
    await works(web, await twice(web));
    await update(spa.id, { refreshGraceSeconds: 0 });
    await expect(twice(spa)).rejects.toMatchObject({ error: 'invalid_grant' });
    const { updateApplication } = await update(spa.id, { refreshGraceSeconds: null });
    expect(updateApplication.application.refreshGraceSeconds).toBe(10);
    await works(spa, await twice(spa));
  });

  test('without a grace period, a use before the recorded time also revokes the family', async () => {
    const web = await App.register(world);
    const first = await signIn(web);
    const next: Anything = await web.refresh(first.refresh_token);
    after(-1);
    await refused(web, first.refresh_token);
    await refused(web, next.refresh_token);
  });

  test('a grace period is 0 to 3600 seconds', async () => {
    for (const refreshGraceSeconds of [-1, 3_601]) {
      await expect(update(spa.id, { refreshGraceSeconds })).rejects.toThrow('refreshGraceSeconds');
    }
  });

  test('a code has no grace period', async () => {
    const begun = await spa.begin({ connection_id: realm.tenant.connectionId });
    const visit = await begun.be(realm.person('T2'));
    const tokens: Anything = await visit.tokens();
    await expect(visit.tokens()).rejects.toMatchObject({ error: 'invalid_grant' });
    expect(await viewer(tokens.access_token)).toBeUndefined();
  });
});
