import type { Dialect } from '../dialect.js';
import { entra } from './entra.js';
import { google } from './google.js';
import { jumpcloud } from './jumpcloud.js';
import { okta } from './okta.js';
import { onelogin } from './onelogin.js';
import { ping } from './ping.js';

/** The IdPs that can be simulated, by their name on the command line. */
export const dialects = { okta, entra, google, onelogin, jumpcloud, ping } as const satisfies Record<string, Dialect>;

export type DialectName = keyof typeof dialects;
