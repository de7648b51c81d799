// Checks the texts of the repository against bin/lint/banned-words.txt. Prints each hit, and exits with 1 if there is one.
// Without arguments it reads all files of git; otherwise the files and folders that are named.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { hitsIn } from './lint/words.js';

/** Generated files, whose sources are checked, and captured ones. */
const skipped = [
  /^src\/client\/.*generated\.ts$/,
  /^test\/support\/generated\.ts$/,
  /^schema\/.*\.graphql$/,
  /^docs\/(?:configuration|errors|mutations|authorization)\.md$/,
  /^test\/adapters\/scim\/requests\//,
  /^test\/directory\/edits\/recording\.txt$/,
  /^migrations\//,
  /^bin\/lint\//,
  /^test\/words\.test\.ts$/,
  /^package-lock\.json$/,
];
const checked = /\.(?:ts|js|mjs|md|json|yml|sh|example)$/;

const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '--', ...process.argv.slice(2)], {
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => checked.test(file) && existsSync(file) && !skipped.some((path) => path.test(file)));
const hits = files.flatMap((file) => hitsIn(file, readFileSync(file, 'utf8')));
for (const hit of hits) process.stdout.write(`${hit}\n`);
process.stdout.write(`${files.length} files checked, ${hits.length} hits\n`);
if (files.length === 0) process.stdout.write('No file was checked: git has none under these paths.\n');
process.exitCode = hits.length > 0 || files.length === 0 ? 1 : 0;
