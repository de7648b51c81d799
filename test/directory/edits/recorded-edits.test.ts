import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sendEdit } from './edits.js';
import { Random } from './random.js';
import { digest, Recorder } from './record.js';
import { EditScene } from './scene.js';

/**
 * Random edits of users and groups by SCIM, GraphQL, imports and sign-ins, with the result of each: its response, its events and
 * the changed rows. `recording.txt` contains a digest of each result, made before the editing code was split into plans.
 * One difference is intended: roles that a replaced list of members removes and adds again are not emitted as changes.
 *
 * `RECORD_EDITS=folder` writes the complete texts there, to compare two versions; `WRITE_RECORDING=1` writes a new
 * recording. A part has 500 edits, and `PROPERTY_CASES` sets the total: all ten parts run with 5,000.
 */
const partSize = 500;
const parts = Math.min(10, Math.max(1, Math.floor(Number(process.env.PROPERTY_CASES ?? 0) / partSize)));
const file = join(import.meta.dirname, 'recording.txt');
const folder = process.env.RECORD_EDITS;
const isWriting = process.env.WRITE_RECORDING === '1';
const recorded = isWriting ? [] : readFileSync(file, 'utf8').split('\n');

let scene: EditScene;
beforeAll(async () => {
  if (isWriting) writeFileSync(file, '');
});
afterAll(() => scene?.close());

test.each(Array.from({ length: parts }, (_, part) => part))(
  'part %i: responses, events and rows of 500 random edits match the recording',
  async (part) => {
    await scene?.close();
    scene = await EditScene.start();
    const random = new Random(1_000 + part);
    const recorder = new Recorder(scene.world, scene.organizationId);
    await recorder.changes();
    const texts: string[] = [];
    for (let n = 0; n < partSize; n++) {
      scene.tick();
      const { what, answer } = await sendEdit(random, scene);
      const changes = await recorder.changes();
      texts.push(`${recorder.plain(what)}\n${recorder.plain(answer)}\n${changes}`);
    }
    if (folder) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, `part-${part}.txt`), texts.map((text, n) => `## ${n}\n${text}\n`).join('\n'));
    }
    // The messages of the recording name this setting by its former name.
    const digests = texts.map((text) => digest(text.replaceAll('trustsEmail', 'vouchesForEmail')));
    if (isWriting) return writeFileSync(file, `${digests.join('\n')}\n`, { flag: 'a' });
    const wanted = recorded.slice(part * partSize, (part + 1) * partSize);
    const first = digests.findIndex((value, n) => value !== wanted[n]);
    expect(first === -1 ? 'all as recorded' : `edit ${first} of part ${part} differs:\n${texts[first]}`).toBe(
      'all as recorded',
    );
  },
  600_000,
);
