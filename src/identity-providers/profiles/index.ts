import { authentik } from './authentik.js';
import { cyberark } from './cyberark.js';
import { duo } from './duo.js';
import { entra } from './entra.js';
import { generic } from './generic.js';
import { google } from './google.js';
import { jumpcloud } from './jumpcloud.js';
import { keycloak } from './keycloak.js';
import { okta } from './okta.js';
import { onelogin } from './onelogin.js';
import { ping } from './ping.js';
import type { IdpProfile } from './profile.js';
import { rippling } from './rippling.js';
import { test } from './test.js';

/** The supported IdP products by their name in the API. A new product needs one data file and one line here. */
export const providers = {
  OKTA: okta,
  ENTRA: entra,
  GOOGLE: google,
  ONELOGIN: onelogin,
  JUMPCLOUD: jumpcloud,
  PING: ping,
  KEYCLOAK: keycloak,
  AUTHENTIK: authentik,
  RIPPLING: rippling,
  CYBERARK: cyberark,
  DUO: duo,
  GENERIC: generic,
  TEST: test,
} as const satisfies Record<string, IdpProfile>;

export type ProviderName = keyof typeof providers;

/** Returns the known properties of an IdP product. */
export const profileOfIdp = (provider: ProviderName): IdpProfile => providers[provider];

/** Returns true for an issuer that signs in users of every organization, whatever the provider of the connection is. */
export const isSharedIssuer = (issuer: string): boolean =>
  Object.values<IdpProfile>(providers).some(({ oidc }) => oidc.sharedIssuer === issuer);
