import type { Provider as LibraryProvider } from 'oidc-provider';

/**
 * Imports the library `oidc-provider` without its warning about Node.js 20, which Rollcall supports and tests. All
 * other warnings of the library are printed.
 */
const warn = console.warn;
console.warn = (...given: unknown[]) => {
  if (!String(given[0]).includes('oidc-provider WARNING: Unsupported runtime')) warn(...given);
};
const library = await import('oidc-provider');
console.warn = warn;

export type Provider = LibraryProvider;
export const { Provider, errors, interactionPolicy } = library;
