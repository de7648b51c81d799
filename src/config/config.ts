import { z } from 'zod';
import { ConfigError } from './config-error.js';

import {
  isHost,
  isHostEntry,
  isNetwork,
  isOnlyOrigin,
  isOrigin,
  onOrOff,
  postgresUrl,
  proxies,
  Secret,
  secret,
  url,
} from './setting-parsers.js';

export { Secret };

/**
 * Table of all settings: the parser, the range of a number, an example of a valid value, and the text of
 * docs/configuration.md.
 */
export const settings = {
  PORT: {
    parse: z
      .string()
      .regex(/^\d{1,5}$/, 'is not a port number')
      .transform(Number)
      .refine((port) => port <= 65_535, 'is above 65535'),
    range: [0, 65_535],
    fallback: '4000',
    example: '4000',
    says: 'TCP port to listen on; 0 picks a free one.',
  },
  HOST: {
    parse: z.string().refine(isHost, 'is not an address or host name. A port is set by PORT'),
    fallback: '127.0.0.1',
    example: '0.0.0.0',
    says: 'Address to listen on. The default answers this machine only.',
  },
  PUBLIC_URL: {
    parse: url(['http:', 'https:'])
      .refine(isOnlyOrigin, {
        error:
          'must be scheme, host and port only. It has a path, user name, query or fragment: give the server a host name of its own',
      })
      .transform((text) => new URL(text).origin),
    example: 'https://directory.example.com',
    says: 'URL at which callers reach the server: scheme, host and port, without a path. SCIM locations, base URLs and the issuer start with it. If unset, HOST and PORT.',
  },
  TRUST_PROXY: {
    parse: proxies,
    fallback: 'loopback',
    example: '10.0.0.0/8',
    says: 'Proxies whose X-Forwarded-For says where a request comes from: addresses, networks, or "loopback", separated by commas. A network of all addresses (/0) is refused: any caller could forge its address. The log names each address whose header is ignored, with the value to set.',
  },
  DATABASE_URL: {
    parse: secret(postgresUrl),
    example: 'postgres://rollcall:secret@localhost:5432/rollcall',
    says: 'PostgreSQL 14 or later. For TLS add ?sslmode=verify-full&sslrootcert=FILE (docs/operations/operation.md). If unset, the embedded database under DATA_DIR.',
  },
  DATABASE_POOL: {
    parse: z
      .string()
      .regex(/^[1-9]\d{0,2}$/, 'is not a number from 1 to 999')
      .transform(Number),
    range: [1, 999],
    fallback: '10',
    example: '20',
    says: 'Connections to PostgreSQL that this process may hold.',
  },
  DATABASE_DURABLE: {
    parse: z.enum(['required', 'not required'], { error: 'is not "required" or "not required"' }),
    fallback: 'required',
    example: 'not required',
    says: 'Whether to refuse a PostgreSQL with fsync or synchronous_commit off: subscribers could be told of what a crash takes back.',
  },
  DATA_DIR: {
    parse: z.string().min(1, 'is empty'),
    fallback: '.rollcall',
    example: '/var/lib/rollcall',
    says: 'Directory of the embedded database.',
  },
  ROLLCALL_ADMIN_KEY: {
    parse: secret(z.string().min(16, 'is shorter than 16 characters')),
    example: 'rc_key_ and 43 random characters',
    says: 'A platform key with the scope ADMIN. It is valid while the environment has it: a start with another key, or without one, ends it. If unset and there is no platform key, one is generated and printed once.',
  },
  ROLLCALL_SECRET_KEY: {
    parse: secret(z.string().min(32, 'is shorter than 32 characters')),
    example: 'the output of: openssl rand -base64 32',
    says: 'Seals the secrets that the server has to use itself. A list, separated by commas: the first seals, all open. Without it a key is made and kept in DATA_DIR/secret.key; nodes that share a database need the same one.',
  },
  NATS_URL: {
    parse: secret(url(['nats:', 'tls:'])),
    example: 'nats://localhost:4222',
    says: 'Carries hints between nodes, so that an event reaches the others at once. Without it PostgreSQL does, by NOTIFY. A single node needs none.',
  },
  TEST_IDP: {
    parse: onOrOff,
    example: 'on',
    says: 'Whether the built-in test IdP answers, as which anybody can be anybody. Without it: only while HOST and PUBLIC_URL are addresses of this machine.',
  },
  OUTBOUND_ALLOW: {
    parse: z
      .string()
      .refine((text) => text.split(',').every((one) => isNetwork(one.trim())), 'is not a list of networks')
      .transform((text) => text.split(',').map((one) => one.trim())),
    example: '10.1.0.0/16',
    says: 'Private networks that webhooks, metadata and discovery may reach, in CIDR notation, separated by commas. Without it: public addresses only, or any while HOST and PUBLIC_URL are addresses of this machine.',
  },
  HTTPS_PROXY: {
    parse: secret(url(['http:', 'https:'])),
    example: 'http://proxy.example.com:3128',
    says: 'Proxy for every URL that a tenant chooses (webhooks, SAML metadata, OpenID discovery, keys, tokens), http and https, by CONNECT. User name and password are part of the URL. The server still refuses private addresses and names before it asks the proxy. If unset, requests are direct.',
  },
  NO_PROXY: {
    parse: z
      .string()
      .refine((text) => text.split(',').every(isHostEntry), 'is not a list of host names, addresses and networks')
      .transform((text) => text.split(',').map((one) => one.trim())),
    example: 'idp.example.com, 10.1.0.0/16',
    says: 'Hosts that are reached without HTTPS_PROXY, separated by commas: names with their sub-domains, addresses, networks, or "*". A direct request must be to a public address, or to a network of OUTBOUND_ALLOW.',
  },
  OUTBOUND_PROXY_RESOLVES: {
    parse: onOrOff,
    fallback: 'off',
    example: 'on',
    says: 'Leaves the resolution of names to HTTPS_PROXY, for a network in which the server cannot resolve public names. The proxy must then refuse private addresses. Names of private networks are not sent to it, even with OUTBOUND_ALLOW: name them in NO_PROXY. If "off", a name that does not resolve here to public addresses is refused.',
  },
  EVENT_RETENTION_DAYS: {
    parse: z
      .string()
      .regex(/^[1-9]\d{0,3}$/, 'is not a number of days')
      .transform(Number),
    range: [1, 9_999],
    fallback: '90',
    example: '365',
    says: 'How many days events stay in the log. What a named consumer or a webhook endpoint has still to be given stays longer, up to EVENT_CEILING_DAYS.',
  },
  EVENT_CEILING_DAYS: {
    parse: z
      .string()
      .regex(/^[1-9]\d{0,3}$/, 'is not a number of days')
      .transform(Number),
    range: [1, 9_999],
    fallback: '180',
    example: '400',
    says: 'Maximum age of an event in days, also of one that a consumer has not received. At least EVENT_RETENTION_DAYS.',
  },
  TOMBSTONE_DAYS: {
    parse: z
      .string()
      .regex(/^\d{1,4}$/, 'is not a number of days')
      .transform(Number),
    range: [0, 9_999],
    fallback: '30',
    example: '30',
    says: 'How many days an account that an IdP has deleted is kept, and can come back under its old id, before its personal data is purged. 0: at most ten minutes.',
  },
  DRAIN_SECONDS: {
    parse: z
      .string()
      .regex(/^\d{1,3}$/, 'is not a whole number from 0 to 300')
      .transform(Number)
      .refine((seconds) => seconds <= 300, 'is above 300'),
    range: [0, 300],
    fallback: '0',
    example: '10',
    says: 'How long the server goes on serving after SIGTERM, with 503 at /readyz, so that load balancers stop sending requests first. 0: it stops at once.',
  },
  SHUTDOWN_SECONDS: {
    parse: z
      .string()
      .regex(/^\d{1,3}$/, 'is not a whole number from 5 to 600')
      .transform(Number)
      .refine((seconds) => seconds >= 5 && seconds <= 600, 'is not from 5 to 600'),
    range: [5, 600],
    fallback: '30',
    example: '60',
    says: 'How long the stop can take after DRAIN_SECONDS. Requests in progress have half of it. Let the supervisor wait longer than the sum of both before it kills.',
  },
  WEBHOOK_FAILING_HOURS: {
    parse: z
      .string()
      .regex(/^\d{1,4}$/, 'is not a number of hours')
      .transform(Number),
    range: [0, 9_999],
    fallback: '24',
    example: '6',
    says: 'How many hours nothing may get through to a webhook endpoint before it is FAILING and the event webhook.failing says so. 0: at the first failure.',
  },
  REQUEST_LOG_DAYS: {
    parse: z
      .string()
      .regex(/^\d{1,4}$/, 'is not a number of days')
      .transform(Number),
    range: [0, 9_999],
    fallback: '30',
    example: '7',
    says: 'How many days requests of IdPs stay in the request log of their connection. 0: at most a minute.',
  },
  REQUEST_LOG_PER_CONNECTION: {
    parse: z
      .string()
      .regex(/^\d{1,7}$/, 'is not a number')
      .transform(Number),
    range: [0, 9_999_999],
    fallback: '10000',
    example: '50000',
    says: 'How many requests of IdPs each connection keeps at most; the oldest are deleted first. 0: none for more than a minute.',
  },
  CORS_ORIGINS: {
    parse: z
      .string()
      .refine((text) => text.split(',').every((one) => isOrigin(one.trim())), 'is not a list of origins')
      .transform((text) => text.split(',').map((one) => one.trim())),
    example: 'https://app.example.com, https://admin.example.com',
    says: 'Origins of web pages that may call GraphQL from a browser, over HTTP, server-sent events and WebSocket, separated by commas. Without it: pages of this server only.',
  },
  INTROSPECTION: {
    parse: onOrOff,
    fallback: 'on',
    example: 'off',
    says: 'Whether GraphQL tells its schema to callers with a credential.',
  },
  GRAPHQL_SAFELIST: {
    parse: z.string().min(1, 'is empty'),
    example: 'schema/operations',
    says: 'A file of GraphQL documents, or a directory of them: the server then takes these operations and no others. Without any operation the start is refused.',
  },
  GRAPHQL_DEBUG: {
    parse: onOrOff,
    fallback: 'off',
    example: 'on',
    says: 'Whether answers tell in extensions.cost what they asked for, by the names of the limits, and how long they took.',
  },
  FEDERATION: {
    parse: onOrOff,
    fallback: 'off',
    example: 'on',
    says: 'Whether /graphql is an Apollo Federation 2 subgraph: Organization, User and Group are entities by their id.',
  },
  LOG_LEVEL: {
    parse: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      error: 'is not one of fatal, error, warn, info, debug, trace, silent',
    }),
    fallback: 'info',
    example: 'info',
    says: 'How much the server logs, as JSON lines on standard output.',
  },
} satisfies Record<
  string,
  { parse: z.ZodType; fallback?: string; range?: [number, number]; example: string; says: string }
>;

type Settings = typeof settings;
type Value<K extends keyof Settings> = z.output<Settings[K]['parse']>;
/** Validated configuration. A setting without a default is undefined if it is absent. */
export type Config = {
  readonly [K in keyof Settings]: Settings[K] extends { fallback: string } ? Value<K> : Value<K> | undefined;
};

/**
 * Reads the configuration from `environment`. An empty variable counts as absent.
 *
 * @throws ConfigError with all problems, before anything was opened
 */
export function readConfig(environment: Record<string, string | undefined>): Config {
  const problems: string[] = [];
  const config: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(settings)) {
    const text = environment[name] || ('fallback' in setting ? setting.fallback : undefined);
    if (text === undefined) continue;
    const result = setting.parse.safeParse(text);
    if (result.success) config[name] = result.data;
    else problems.push(`${name} ${result.error.issues[0]?.message ?? 'is wrong'}. Example: ${name}=${setting.example}`);
  }
  const { EVENT_RETENTION_DAYS: kept = 0, EVENT_CEILING_DAYS: ceiling = kept } = config as Partial<Config>;
  if (ceiling < kept)
    problems.push(
      `EVENT_CEILING_DAYS is ${ceiling}, less than EVENT_RETENTION_DAYS. Example: EVENT_CEILING_DAYS=${kept}`,
    );
  if (problems.length > 0) throw new ConfigError(problems);
  return config as Config;
}

/** Returns the location of the data from the configuration. */
export const locationOf = (config: Config) =>
  config.DATABASE_URL
    ? { url: config.DATABASE_URL.reveal(), pool: config.DATABASE_POOL }
    : { directory: config.DATA_DIR };
