import { Application } from '../demo/application.js';
import { graphql } from '../demo/callers.js';

/** One sign-in at a time, to measure its duration without queueing. */
const clients = 1;

/**
 * Measures complete sign-ins through the test IdP, from the application's authorization request to its token. It
 * measures the first sign-in of each user, which creates the account, and the next one. The test IdP runs in the same
 * process and is part of the figures.
 */
export async function signIns(url: string, key: string, organizationId: string, each: number): Promise<void> {
  const { createApplication } = await graphql(
    url,
    key,
    'mutation($r: String!) { createApplication(input: { name: "Bench", redirectUris: [$r] }) { clientSecret application { id } } }',
    { r: Application.redirectUri },
  );
  const { createConnection } = await graphql(
    url,
    key,
    'mutation($i: CreateConnectionInput!) { createConnection(input: $i) { connection { id } } }',
    { i: { organizationId, name: 'Test', provider: 'TEST' } },
  );
  const application = await Application.meet(url, createApplication.application.id, createApplication.clientSecret);
  const connectionId: string = createConnection.connection.id;
  await application.signIn(connectionId, 'warm-up@sign-in.test');
  for (const what of ['first sign-in', 'next sign-in']) {
    const times: number[] = [];
    let n = 0;
    const client = async () => {
      while (n < each) {
        const start = performance.now();
        const result = await application.signIn(connectionId, `person${n++}@sign-in.test`);
        if (!('sub' in result)) throw new Error(result.refused);
        times.push(performance.now() - start);
      }
    };
    const began = performance.now();
    await Promise.all(Array.from({ length: clients }, client));
    const perSecond = (times.length / (performance.now() - began)) * 1000;
    times.sort((a, b) => a - b);
    const at = (share: number) => `${(times[Math.floor(times.length * share)] ?? 0).toFixed(1)} ms`;
    process.stdout.write(
      `${what}: ${times.length} of them, ${perSecond.toFixed(0)}/s, p50 ${at(0.5)}, p99 ${at(0.99)}\n`,
    );
  }
}
