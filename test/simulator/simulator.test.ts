import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ProviderName } from '../../src/identity-providers/profiles/index.js';
import { type DialectName, dialects } from '../../src/simulator/dialects/index.js';
import { Http } from '../../src/simulator/http.js';
import { Simulation } from '../../src/simulator/simulation.js';
import { type Anything, World } from '../support/world.js';

let world: World;
beforeAll(async () => {
  world = await World.shared();
});
afterAll(() => world.close());

const plan = { users: 60, cycles: 2, concurrency: 3 };
const names = Object.keys(dialects) as DialectName[];

async function simulate(provider: DialectName, seed: number) {
  const tenant = await world.tenant({ name: provider, provider: provider.toUpperCase() as ProviderName });
  const http = new Http(`${world.url}/scim/v2/${tenant.connectionId}`, tenant.scimToken);
  const domain = `${provider}-${seed}.simulated.test`;
  const simulation = new Simulation(http, dialects[provider], { ...plan, seed, domain });
  const findings = await simulation.run();
  return { tenant, http, findings, simulation };
}

describe('all IdPs run concurrently, each on its own connection', () => {
  test('there is no unexpected response, and the directory has the state that each IdP expects', async () => {
    const runs = await Promise.all(names.map((name) => simulate(name, 7)));
    expect(runs.map(({ http, findings }) => [http.unexpected, findings.differences])).toEqual(
      names.map(() => [[], []]),
    );
    expect(runs.every(({ findings }) => findings.people >= plan.users - 5)).toBe(true);
    for (const { http } of runs) {
      const refused = [...http.tallies.keys()].filter((kind) => / [45]\d\d$/.test(kind));
      expect(refused.every((kind) => kind === 'POST /Users 409')).toBe(true);
    }
    // The API returns the same users.
    for (const { tenant, simulation } of runs) {
      const { organization } = await tenant.gql(
        'query($id: ID!) { organization(id: $id) { users(first: 200, filter: { status: [ACTIVE] }) { nodes { userName } } } }',
        { id: tenant.organizationId },
      );
      const active = simulation.tenant.people.filter((person) => person.active && simulation.isPresent(person));
      expect(organization.users.nodes.map(({ userName }: Anything) => userName).sort()).toEqual(
        active.map(({ userName }) => userName).sort(),
      );
    }
  }, 240_000);

  test('a second run with the same seed creates no user twice: it finds and corrects existing users', async () => {
    const { tenant, findings } = await simulate('okta', 3);
    const http = new Http(`${world.url}/scim/v2/${tenant.connectionId}`, tenant.scimToken);
    const again = new Simulation(http, dialects.okta, { ...plan, seed: 3, cycles: 0, domain: 'okta-3.simulated.test' });
    const second = await again.run();
    // The second run does not contain users that the first one created later.
    const wrong = second.differences.filter((text) => !/^The group|was never created/.test(text));
    expect([http.unexpected, wrong]).toEqual([[], []]);
    expect(http.tallies.get('POST /Users 201')).toBeUndefined();
    expect(findings.differences).toEqual([]);
  }, 120_000);

  test('the same seed repeats the run', async () => {
    const kinds = async () =>
      [...(await simulate('entra', 11)).http.tallies].map(([kind, { count }]) => [kind, count]).sort();
    expect(await kinds()).toEqual(await kinds());
  }, 120_000);

  test('a wrong token is reported at once', async () => {
    const { connectionId } = await world.tenant();
    const http = new Http(`${world.url}/scim/v2/${connectionId}`, 'wrong');
    const simulation = new Simulation(http, dialects.entra, { ...plan, seed: 1, domain: 'x.test' });
    await expect(simulation.run()).rejects.toThrow(/connection test failed: .* 401/);
  });

  test('errors of a server are detected', async () => {
    const tenant = await world.tenant();
    const http = new Http(`${world.url}/scim/v2/${tenant.connectionId}`, tenant.scimToken);
    const simulation = new Simulation(http, dialects.google, {
      users: 5,
      cycles: 0,
      seed: 1,
      concurrency: 1,
      domain: 'wrong.test',
    });
    const sent = http.send.bind(http);
    http.send = async (method, path, body, fine) => {
      const answer = await sent(method, path, body, fine);
      if (method === 'POST')
        await sent('PATCH', `/Users/${answer.body.id}`, { Operations: [{ op: 'remove', path: 'title' }] });
      return answer;
    };
    const { differences } = await simulation.run();
    expect(differences).toHaveLength(5);
    expect(differences[0]).toContain('title');
  });
});
