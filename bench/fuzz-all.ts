import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { adminKey } from './check/callers.js';
import { ServerNode } from './check/node.js';
import { freePort } from './check/postgres.js';
import { graphql } from './fuzz/entry-points/graphql.js';
import { oauth } from './fuzz/entry-points/oauth.js';
import { health, setup, signIn } from './fuzz/entry-points/pages.js';
import { scim } from './fuzz/entry-points/scim.js';
import { type Answer, faultOf } from './fuzz/judge.js';
import { pick, type Random, randomFrom } from './fuzz/mutate.js';
import type { Make, Sent } from './fuzz/request.js';
import { newScene, type Scene } from './fuzz/scene.js';

/**
 * `npm run fuzz:all [-- --requests 3000 --seed 1]` sends random requests to every entry point of a server with an
 * embedded database. It fails if a response has a 5xx status, if a code is not documented, if a line of the server's
 * output contains a secret or an address, or if the server ends. It prints the seed and the counts.
 */
const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '3000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    callers: { type: 'string', default: '4' },
  },
});
const requests = Number(values.requests);
const seed = Number(values.seed);
/** Number of requests for which a scene is used, because some requests delete or lock it. */
const scenePer = 600;
const mostIds = 400;
const streamMs = 150;
const entryPoints: Record<string, Make> = { scim, graphql, oauth, 'sign-in': signIn, setup, health };
const shares = [
  'scim',
  'scim',
  'graphql',
  'graphql',
  'graphql',
  'oauth',
  'oauth',
  'sign-in',
  'sign-in',
  'setup',
  'health',
];
const print = (line: string) => process.stdout.write(`${line}\n`);

const findings: string[] = [];
const counts = new Map<string, number>();
const secrets = new Set<string>();
let sent = 0;

async function send(scene: Scene, { method, path, headers, body }: Sent): Promise<Answer> {
  // Use changing addresses, because the limits per address would reject most sign-ins.
  const all = Object.entries({ ...headers, 'x-forwarded-for': `203.0.113.${sent % 250}` });
  const answer = await fetch(
    scene.url +
      Buffer.from(path)
        .toString()
        .replace(/[^\x21-\x7e]/gu, encodeURIComponent),
    {
      method,
      redirect: 'manual',
      headers: Object.fromEntries(all.map(([name, value]) => [name, value.replace(/[^\x20-\x7e]/g, '?')])),
      ...(body !== undefined && method !== 'GET' && method !== 'HEAD' && { body }),
    },
  );
  const isStream = path.startsWith('/graphql/stream');
  return { status: answer.status, headers: answer.headers, text: isStream ? await begin(answer) : await answer.text() };
}

/** Reads the beginning of a stream that can be endless. */
async function begin(answer: Response): Promise<string> {
  const reader = answer.body?.getReader();
  if (!reader) return '';
  const timer = setTimeout(() => void reader.cancel(), streamMs);
  let text = '';
  for (let part = await reader.read(); !part.done; part = await reader.read())
    text += new TextDecoder().decode(part.value);
  clearTimeout(timer);
  return text;
}

/** Collects ids and cursors of responses, so that later requests reach more code. */
function learn({ ids, cursors }: Scene, random: Random, { text }: Answer): void {
  for (const [id] of text.matchAll(/\b[a-z]{2,12}_[0-9a-z]{26}\b/g)) {
    if (ids.length < mostIds) ids.push(id);
    else ids[Math.floor(random() * mostIds)] = id;
  }
  for (const [cursor] of text.matchAll(/\be\d\.[\w.-]{20,}/g)) if (cursors.length < 50) cursors.push(cursor);
}

async function caller(url: string, number: number): Promise<void> {
  const random = randomFrom(seed + number);
  let scene: Scene | null = null;
  for (let used = 0; sent < requests; used++) {
    if (!scene || used % scenePer === 0) {
      scene = await newScene(url);
      for (const secret of scene.secrets) secrets.add(secret);
    }
    const entry = pick(random, shares as [string, ...string[]]);
    const request = entryPoints[entry]?.(scene, random);
    if (!request) continue;
    sent++;
    const answer = await send(scene, request);
    const kind = `${entry} ${answer.status}`;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    learn(scene, random, answer);
    const fault = faultOf(request, answer);
    if (fault) findings.push(`${fault}: ${JSON.stringify(request).slice(0, 3_000)} -> ${answer.text.slice(0, 1_000)}`);
  }
}

/** Reports lines of the output that contain a secret or an address. */
function leaks(): (chunk: string) => void {
  let rest = '';
  return (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const leaked = [...secrets].find((secret) => line.includes(secret));
      if (leaked) findings.push(`a line of the output has "${leaked}": ${line.slice(0, 1_000)}`);
      if (/"level":50/.test(line)) findings.push(`an internal error: ${line.slice(0, 2_000)}`);
    }
  };
}

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'rollcall-fuzz-'));
  const node = new ServerNode(await freePort(), {
    DATA_DIR: directory,
    ROLLCALL_ADMIN_KEY: adminKey,
    LOG_LEVEL: 'info',
  });
  let greeted = false;
  const look = leaks();
  node.onOutput = (chunk) => {
    // A key from the environment is not printed, and the greeting contains no other one.
    greeted = true;
    look(chunk);
  };
  await node.start();
  await Promise.all(Array.from({ length: Number(values.callers) }, (_, number) => caller(node.url, number)));
  const isAlive = await node.isReady();
  await node.kill('SIGTERM');
  rmSync(directory, { recursive: true, force: true });
  if (!greeted) findings.push('The server printed nothing: its output was not read.');
  for (const finding of findings.slice(0, 30)) print(`\n${finding}`);
  const byEntry = [...counts].sort(([a], [b]) => a.localeCompare(b)).map(([kind, n]) => `${kind}: ${n}`);
  print(`\n${byEntry.join(', ')}`);
  print(
    `seed ${seed}: ${sent} requests, ${findings.length} findings${isAlive && !node.hasDied ? '' : ', and the server ended'}`,
  );
  process.exitCode = findings.length > 0 || !isAlive || node.hasDied ? 1 : 0;
}

await main();
