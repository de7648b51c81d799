import { z } from 'zod';
import {
  adminKey,
  isHost,
  isHostEntry,
  isNetwork,
  isOnlyOrigin,
  isOrigin,
  onOrOff,
  postgresUrl,
  proxies,
  secret,
  url,
} from './setting-parsers.js';

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
    description: 'TCP port to listen on; 0 picks a free one.',
  },
  HOST: {
    parse: z.string().refine(isHost, 'is not an address or host name. A port is set by PORT'),
    fallback: '127.0.0.1',
    example: '0.0.0.0',
    description: 'Address to listen on. The default accepts connections from this machine only.',
  },
  PUBLIC_URL: {
    parse: url(['http:', 'https:'])
      .refine(isOnlyOrigin, {
        error:
          'must be scheme, host and port only. It has a path, user name, query or fragment: use a separate host name for the server',
      })
      .transform((text) => new URL(text).origin),
    example: 'https://directory.example.com',
    description:
      'URL at which callers reach the server: scheme, host and port, without a path. SCIM locations, base URLs and the issuer start with it. If unset, it is http with HOST and PORT.',
  },
  TRUST_PROXY: {
    parse: proxies,
    fallback: 'loopback',
    example: '10.0.0.0/8',
    description:
      'Proxies whose X-Forwarded-For header is trusted as the address of the caller: addresses, networks, or "loopback", separated by commas. A network of all addresses (/0) is rejected, because any caller could then forge its address. The log contains each address whose header is ignored, with the value to set.',
  },
  DATABASE_URL: {
    parse: secret(postgresUrl),
    example: 'postgres://rollcall:secret@localhost:5432/rollcall',
    description:
      'URL of PostgreSQL 14 or later. For TLS, add ?sslmode=verify-full&sslrootcert=FILE (docs/operations/operation.md). If unset, the embedded database under DATA_DIR is used.',
  },
  DATABASE_POOL: {
    parse: z
      .string()
      .regex(/^[1-9]\d{0,2}$/, 'is not a number from 1 to 999')
      .transform(Number),
    range: [1, 999],
    fallback: '10',
    example: '20',
    description: 'Maximum number of database connections of this process.',
  },
  DATABASE_DURABLE: {
    parse: z.enum(['required', 'not required'], { error: 'is not "required" or "not required"' }),
    fallback: 'required',
    example: 'not required',
    description:
      'Durability of commits. "required" refuses to start if PostgreSQL has fsync or synchronous_commit off, because a crash could undo events that subscribers have received.',
  },
  DATA_DIR: {
    parse: z.string().min(1, 'is empty'),
    fallback: '.rollcall',
    example: '/var/lib/rollcall',
    description: 'Directory of the embedded database.',
  },
  ROLLCALL_ADMIN_KEY: {
    parse: secret(adminKey),
    example: 'rc_key_ and 43 random characters',
    description:
      'Platform key with the scope ADMIN. It is valid while this variable contains it: a start with another key, or without one, revokes it. If unset and no platform key exists, a key is generated and printed once.',
  },
  ROLLCALL_SECRET_KEY: {
    parse: secret(z.string().min(32, 'is shorter than 32 characters')),
    example: 'the output of: openssl rand -base64 32',
    description:
      'Keys that encrypt the secrets stored in the database, separated by commas. The first encrypts, all decrypt. Nodes that share a database need the same keys. If unset, a key is generated and stored in DATA_DIR/secret.key.',
  },
  NATS_URL: {
    parse: secret(url(['nats:', 'tls:'])),
    example: 'nats://localhost:4222',
    description:
      'URL of a NATS server that carries hints between nodes, so that an event reaches all nodes immediately. A single node does not need it. If unset, PostgreSQL carries the hints (NOTIFY).',
  },
  TEST_IDP: {
    parse: onOrOff,
    example: 'on',
    description:
      'Enables the test identity provider. Anyone can sign in as any user: never enable it in production. If unset, it is enabled only if HOST and PUBLIC_URL are loopback addresses.',
  },
  OUTBOUND_ALLOW: {
    parse: z
      .string()
      .refine((text) => text.split(',').every((one) => isNetwork(one.trim())), 'is not a list of networks')
      .transform((text) => text.split(',').map((one) => one.trim())),
    example: '10.1.0.0/16',
    description:
      'Private networks to which webhooks, metadata and discovery can send requests, in CIDR notation, separated by commas. If unset, only public addresses are allowed; all addresses if HOST and PUBLIC_URL are loopback addresses.',
  },
  HTTPS_PROXY: {
    parse: secret(url(['http:', 'https:'])),
    example: 'http://proxy.example.com:3128',
    description:
      'Proxy for all requests to URLs that a tenant chooses (webhooks, SAML metadata, OpenID discovery, keys, tokens), http and https, through CONNECT. User name and password are part of the URL. The server rejects private addresses and names before it contacts the proxy. If unset, requests are direct.',
  },
  NO_PROXY: {
    parse: z
      .string()
      .refine((text) => text.split(',').every(isHostEntry), 'is not a list of host names, addresses and networks')
      .transform((text) => text.split(',').map((one) => one.trim())),
    example: 'idp.example.com, 10.1.0.0/16',
    description:
      'Hosts that are reached without HTTPS_PROXY, separated by commas: names with their sub-domains, addresses, networks, or "*". A direct request must be to a public address, or to a network of OUTBOUND_ALLOW.',
  },
  OUTBOUND_PROXY_RESOLVES: {
    parse: onOrOff,
    fallback: 'off',
    example: 'on',
    description:
      'Enables resolution of names by HTTPS_PROXY, for a network in which the server cannot resolve public names. Configure the proxy to reject private addresses. Names of private networks are never sent to the proxy, even with OUTBOUND_ALLOW: list them in NO_PROXY. If "off", the server rejects a name that it cannot resolve to public addresses.',
  },
  EVENT_RETENTION_DAYS: {
    parse: z
      .string()
      .regex(/^[1-9]\d{0,3}$/, 'is not a number of days')
      .transform(Number),
    range: [1, 9_999],
    fallback: '90',
    example: '365',
    description:
      'Days for which events stay in the log. Events that a named consumer or webhook endpoint has not received stay longer, up to EVENT_CEILING_DAYS.',
  },
  EVENT_CEILING_DAYS: {
    parse: z
      .string()
      .regex(/^[1-9]\d{0,3}$/, 'is not a number of days')
      .transform(Number),
    range: [1, 9_999],
    fallback: '180',
    example: '400',
    description:
      'Maximum age of an event in days, even if a consumer has not received it. Must be at least EVENT_RETENTION_DAYS.',
  },
  TOMBSTONE_DAYS: {
    parse: z
      .string()
      .regex(/^\d{1,4}$/, 'is not a number of days')
      .transform(Number),
    range: [0, 9_999],
    fallback: '30',
    example: '30',
    description:
      'Days for which a user that an IdP deleted can be restored under the same id. Afterwards the personal data of the user is deleted. 0 deletes it within ten minutes.',
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
    description:
      'Seconds for which the server continues to serve requests after SIGTERM, with 503 at /readyz, so that load balancers stop sending requests first. 0 stops immediately.',
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
    description:
      'Maximum duration of the shutdown in seconds, after DRAIN_SECONDS. Requests in progress have half of it. Configure the supervisor to wait longer than the sum of both before it kills the process.',
  },
  WEBHOOK_FAILING_HOURS: {
    parse: z
      .string()
      .regex(/^\d{1,4}$/, 'is not a number of hours')
      .transform(Number),
    range: [0, 9_999],
    fallback: '24',
    example: '6',
    description:
      'Hours without a successful delivery after which a webhook endpoint becomes FAILING and `webhook.failing` is emitted. 0 means at the first failure.',
  },
  REQUEST_LOG_DAYS: {
    parse: z
      .string()
      .regex(/^\d{1,4}$/, 'is not a number of days')
      .transform(Number),
    range: [0, 9_999],
    fallback: '30',
    example: '7',
    description:
      'Days for which requests of IdPs stay in the request log of their connection. 0 means at most one minute.',
  },
  REQUEST_LOG_PER_CONNECTION: {
    parse: z
      .string()
      .regex(/^\d{1,7}$/, 'is not a number')
      .transform(Number),
    range: [0, 9_999_999],
    fallback: '10000',
    example: '50000',
    description:
      'Maximum number of requests in the request log of a connection. The oldest are deleted first. 0 keeps requests for at most one minute.',
  },
  CORS_ORIGINS: {
    parse: z
      .string()
      .refine((text) => text.split(',').every((one) => isOrigin(one.trim())), 'is not a list of origins')
      .transform((text) => text.split(',').map((one) => one.trim())),
    example: 'https://app.example.com, https://admin.example.com',
    description:
      'Origins of web pages that can call GraphQL from a browser, through HTTP, server-sent events and WebSocket, separated by commas. If unset, only pages of this server can.',
  },
  INTROSPECTION: {
    parse: onOrOff,
    fallback: 'on',
    example: 'off',
    description: 'Enables introspection of the GraphQL schema for callers with a credential.',
  },
  GRAPHQL_SAFELIST: {
    parse: z.string().min(1, 'is empty'),
    example: 'schema/operations',
    description:
      'File of GraphQL documents, or directory of *.graphql files. The server then executes only the operations in them, and refuses to start if they contain none. If unset, all operations are executed.',
  },
  GRAPHQL_DEBUG: {
    parse: onOrOff,
    fallback: 'off',
    example: 'on',
    description: 'Adds the measured cost and duration of each request to `extensions.cost`.',
  },
  FEDERATION: {
    parse: onOrOff,
    fallback: 'off',
    example: 'on',
    description:
      'Enables the fields of an Apollo Federation 2 subgraph at /graphql. Organization, User and Group are entities with the key `id`, Organization also with `externalId`.',
  },
  FEDERATION_PREFIX: {
    parse: z.string().regex(/^[A-Z][A-Za-z0-9]*$/, 'does not consist of letters and digits after a capital letter'),
    example: 'Rollcall',
    description:
      'Prefix of the names of types in the subgraph, such as RollcallUser, so that they differ from the types of your graph. `__typename` has it in every response. It has no effect if FEDERATION is off. If unset, the names are those of schema.graphql.',
  },
  LOG_LEVEL: {
    parse: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      error: 'is not one of fatal, error, warn, info, debug, trace, silent',
    }),
    fallback: 'info',
    example: 'info',
    description: 'Minimum level of log messages, which are JSON lines on standard output.',
  },
} satisfies Record<
  string,
  { parse: z.ZodType; fallback?: string; range?: [number, number]; example: string; description: string }
>;
