// Module hooks of the test workers (node:module `register`). Modules are loaded by Node itself, once a worker.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transform } from '@swc/core';

const root = new URL('../../../', import.meta.url).href;
const globals = new URL('./globals.js', import.meta.url).href;
const compiled = ['src/', 'migrations/', 'bench/', 'demo/'];

/** Maps a source of the product to its compiled module, and a `.js` import of a test to its `.ts` file. */
export function resolve(specifier, context, next) {
  if (specifier === '@jest/globals') return { url: globals, shortCircuit: true };
  if (!specifier.startsWith('.') || !context.parentURL?.startsWith(`${root}test/`)) return next(specifier, context);
  const url = new URL(specifier, context.parentURL).href;
  const path = url.slice(root.length);
  if (compiled.some((folder) => path.startsWith(folder))) return next(`${root}dist/${path}`, context);
  return next(specifier, context).catch((error) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND' || !path.endsWith('.js')) throw error;
    return { url: url.replace(/\.js$/, '.ts'), format: 'module', shortCircuit: true };
  });
}

/** Compiles the TypeScript of the tests. Types are checked by `npm run types`. */
export async function load(url, context, next) {
  const [file] = url.split('?');
  if (!file.endsWith('.ts')) return next(url, context);
  const filename = fileURLToPath(file);
  const { code } = await transform(await readFile(filename, 'utf8'), {
    filename,
    swcrc: false,
    sourceMaps: 'inline',
    jsc: {
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: false, useDefineForClassFields: false },
      target: 'es2022',
    },
  });
  return { format: 'module', source: code, shortCircuit: true };
}
