import { spawnSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Address, Cluster } from '../support/cluster.js';
import { everywhere, type Held, Scene } from '../support/history-scene.js';
import { embeddedDatabase, startServer } from '../support/server.js';
import { eventually } from '../support/world.js';

const command = fileURLToPath(new URL('../../dist/src/cli/rollcall.js', import.meta.url));
const unsynced = { LOG_LEVEL: 'silent', DATABASE_DURABLE: 'not required' };
let template: Cluster;
const closers: (() => Promise<void> | void)[] = [];
beforeAll(async () => {
  template = await Cluster.make();
  template.start();
  await (await startServer({}, { ...unsynced, DATABASE_URL: template.url })).close();
  template.stop();
}, 60_000);
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(() => template.remove());

async function onCluster(): Promise<{ scene: Scene; cluster: Cluster; address: Address }> {
  const cluster = await template.copy();
  closers.push(() => cluster.remove());
  cluster.start();
  const address = await Address.of(cluster);
  closers.push(() => address.close());
  const scene = await Scene.open({ ...unsynced, DATABASE_URL: address.url });
  closers.push(() => scene.close());
  return { scene, cluster, address };
}

/** Lets consumers receive five events that `lose` removes. Returns their cursors and connections. */
async function losing(scene: Scene, keep: () => Promise<void> | void, lose: () => Promise<void> | void) {
  const good = await scene.held();
  await scene.acknowledge(good.one.cursor);
  await keep();
  const followers = [scene.follow(scene.tenant.organizationId, good.one.cursor), scene.follow(null, good.all.cursor)];
  const live = followers.flatMap((each) => Object.values(each));
  await scene.write(5);
  await eventually(() => live.every(({ seen }) => seen().length === 5));
  const lost = await scene.held();
  await eventually(() => scene.receiver.received.some(({ body }) => body.id === lost.one.id));
  const epoch = await scene.epoch();
  await lose();
  // More events than were lost, so that the old positions are used again.
  await scene.write(8);
  return { good, lost, epoch, live };
}

/** Expects every transport to refuse cursors of lost events, and to continue from an older cursor. */
async function expectRefused(scene: Scene, { good, lost }: { good: Held; lost: Held }): Promise<void> {
  const { organizationId } = scene.tenant;
  expect(await scene.answers(lost)).toEqual(everywhere('CURSOR_EXPIRED'));
  expect(await scene.answers(good)).toEqual(everywhere(null));
  const since = await scene.log(organizationId, good.one.cursor);
  expect(since.map(({ position }) => position)).toEqual(since.map((_, n) => good.one.position + 1 + n));
  expect((await scene.log(null, good.all.cursor)).map(({ id }) => id)).toEqual(since.map(({ id }) => id));
}

/** Expects the endpoint to receive the events of the restored log after its restored cursor, with the new epoch. */
async function expectWebhooks(scene: Scene, { good, epoch }: { good: Held; epoch: string }): Promise<void> {
  const since = await scene.log(scene.tenant.organizationId, good.one.cursor);
  const given = () => new Map(scene.receiver.received.map(({ body }) => [body.id, body]));
  await eventually(() => since.every(({ id }) => given().has(id)), 20_000);
  for (const { id } of since) expect(given().get(id).epoch).not.toBe(epoch);
}

describe('a base backup is restored', () => {
  test('while no server runs: every transport refuses cursors of lost events, and the first one ends the epoch', async () => {
    const { scene, cluster } = await onCluster();
    const lost = await losing(
      scene,
      () => cluster.backUp(),
      () =>
        scene.restart(() => {
          cluster.stop();
          cluster.putBack();
          cluster.start();
        }),
    );
    await expectRefused(scene, lost);
    await eventually(async () => (await scene.epoch()) !== lost.epoch);
  }, 60_000);

  test('under a running server: connections end with a code, and the epoch changes automatically', async () => {
    const { scene, cluster } = await onCluster();
    const lost = await losing(
      scene,
      () => cluster.backUp(),
      () => {
        cluster.stop('immediate');
        cluster.putBack();
        cluster.start();
      },
    );
    await eventually(() => lost.live.every(({ code }) => code() === 'CURSOR_EXPIRED'));
    for (const { seen } of lost.live) expect(seen()).toHaveLength(5);
    await expectWebhooks(scene, lost);
    await expectRefused(scene, lost);
  }, 60_000);
});

describe('failover to a standby', () => {
  const failOver = async (address: Address, primary: Cluster, standby: Cluster) => {
    primary.stop('immediate');
    standby.start();
    standby.promote();
    address.target = standby;
  };

  test.each(['keeps running', 'is restarted at once', 'is restarted after a checkpoint'])(
    'that lacks events, while the server %s',
    async (what) => {
      const { scene, cluster, address } = await onCluster();
      const standby = await cluster.standby();
      closers.push(() => standby.stop('immediate'));
      const lost = await losing(
        scene,
        () => standby.stop(),
        async () => {
          if (what === 'keeps running') return failOver(address, cluster, standby);
          await scene.restart(async () => {
            await failOver(address, cluster, standby);
            if (what === 'is restarted after a checkpoint') await standby.query('checkpoint');
          });
        },
      );
      if (what === 'goes on') {
        await eventually(() => lost.live.every(({ code }) => code() === 'CURSOR_EXPIRED'));
        for (const { seen } of lost.live) expect(seen()).toHaveLength(5);
      }
      await expectWebhooks(scene, lost);
      await expectRefused(scene, lost);
      // Cursors that were issued after the failover stay valid after a checkpoint and a restart.
      const since = await scene.held();
      await standby.query('checkpoint');
      const epoch = await scene.epoch();
      await scene.restart();
      expect(await scene.epoch()).toBe(epoch);
      await scene.write(1);
      expect(await scene.answers(since)).toEqual(everywhere(null));
    },
    60_000,
  );

  test('that has all events: connections and cursors continue without a gap or a repeat', async () => {
    const { scene, cluster, address } = await onCluster();
    const standby = await cluster.standby();
    closers.push(() => standby.stop('immediate'));
    const good = await scene.held();
    const followers = [scene.follow(scene.tenant.organizationId, good.one.cursor), scene.follow(null, good.all.cursor)];
    const live = followers.flatMap((each) => Object.values(each));
    await scene.write(3);
    await eventually(() => live.every(({ seen }) => seen().length === 3));
    const last = await scene.held();
    // A fast stop first sends all changes to the standby.
    cluster.stop('fast');
    standby.promote();
    address.target = standby;
    await scene.write(3);
    await eventually(() => live.every(({ seen, code }) => seen().length === 6 || code() !== null));
    for (const { seen, code } of live) {
      expect(code()).toBeNull();
      const ids = (await scene.log(scene.tenant.organizationId, good.one.cursor)).map(({ id }) => id);
      expect(seen().map(({ id }) => id)).toEqual(ids);
    }
    expect(await scene.answers(good)).toEqual(everywhere(null));
    expect(await scene.answers(last)).toEqual(everywhere(null));
  }, 60_000);
});

test('if the operator ends the epoch, running servers detect it, webhooks contain it, and cursors stay valid', async () => {
  const { scene, cluster } = await onCluster();
  const good = await scene.held();
  const epoch = await scene.epoch();
  const env = { PATH: process.env.PATH, DATABASE_URL: cluster.url };
  const { stdout } = spawnSync(process.execPath, [command, 'log', 'rotate-epoch', '--json'], { env, encoding: 'utf8' });
  const { before, after } = JSON.parse(stdout);
  expect(before).toBe(epoch);
  await eventually(async () => (await scene.epoch()) === after, 2_000);
  await scene.write(1);
  const last = (await scene.held()).one;
  await eventually(() => scene.receiver.received.some(({ body }) => body.id === last.id && body.epoch === after));
  expect(await scene.answers(good)).toEqual(everywhere(null));
}, 60_000);

test.each(['fast', 'immediate'] as const)(
  'PostgreSQL is restarted (%s): cursors and the epoch stay',
  async (mode) => {
    const { scene, cluster } = await onCluster();
    const good = await scene.held();
    const epoch = await scene.epoch();
    cluster.stop(mode);
    cluster.start();
    await scene.write(1);
    expect(await scene.answers(good)).toEqual(everywhere(null));
    await scene.restart();
    expect(await scene.epoch()).toBe(epoch);
    expect(await scene.answers(good)).toEqual(everywhere(null));
  },
  60_000,
);

test('a snapshot of the embedded directory is restored', async () => {
  const settings = await embeddedDatabase();
  const { DATA_DIR: directory = '' } = settings;
  const scene = await Scene.open(settings);
  closers.push(() => scene.close());
  const lost = await losing(
    scene,
    () => scene.restart(() => cpSync(directory, `${directory}.snapshot`, { recursive: true })),
    () =>
      scene.restart(() => {
        rmSync(directory, { recursive: true });
        cpSync(`${directory}.snapshot`, directory, { recursive: true });
      }),
  );
  await expectRefused(scene, lost);
  await eventually(async () => (await scene.epoch()) !== lost.epoch);
}, 60_000);
