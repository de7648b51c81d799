import type { Provider as LibraryProvider } from 'oidc-provider';

/**
 * The library `oidc-provider`, imported without its warning about Node.js 20, which this product supports and tests.
 * Every other warning of the library is printed.
 */
const warn = console.warn;
console.warn = (...given: unknown[]) => {
  if (!String(given[0]).includes('oidc-provider WARNING: Unsupported runtime')) warn(...given);
};
const library = await import('oidc-provider');
console.warn = warn;

export type Provider = LibraryProvider;
export const { Provider, errors, interactionPolicy } = library;
