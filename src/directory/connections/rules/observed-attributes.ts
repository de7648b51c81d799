import type { Read } from '../../../access/write.js';
import { isObject, type Json } from '../../../kernel/json.js';
import { requestsWithBodies } from '../../requests/find-requests.js';
import type { Protocol, ProvisioningRequest } from '../../requests/provisioning-request.js';
import type { Connection } from '../connection.js';

/** An attribute or claim that the IdP has sent. */
export interface ObservedAttribute {
  /** The source as a mapping names it: a SCIM path, or the name of a claim. */
  source: string;
  protocol: Protocol;
  /** Number of the examined requests that contain it. */
  count: number;
  lastSeenAt: Date;
  /** The most recent value. */
  example: unknown;
  /** The target of the connection's mapping for this source; null if there is none. */
  mappedTo: string | null;
}

const requestsLookedAt = 1_000;
const mostAttributes = 1_000;
const envelope = new Set(['schemas', 'operations', 'id', 'meta', 'password']);

/** Returns the attributes and claims of users that the IdP has sent recently, most frequent first: at most 1,000. @throws Forbidden */
export async function observedAttributes(read: Read, connection: Connection): Promise<ObservedAttribute[]> {
  const requests = await requestsWithBodies(read, connection.id, requestsLookedAt);
  const targets = new Map(connection.attributeMappings.map(({ source, target }) => [source.toLowerCase(), target]));
  const found = new Map<string, ObservedAttribute>();
  for (const request of requests) {
    for (const [source, example] of valuesIn(request)) {
      const { protocol, at: lastSeenAt } = request;
      const key = `${protocol} ${source.toLowerCase()}`;
      const mappedTo = targets.get(source.toLowerCase()) ?? null;
      const seen = found.get(key) ?? { source, protocol, count: 0, lastSeenAt, example, mappedTo };
      found.set(key, { ...seen, count: seen.count + 1 });
    }
  }
  const ordered = [...found.values()].sort((a, b) => b.count - a.count || (a.source < b.source ? -1 : 1));
  return ordered.slice(0, mostAttributes);
}

function valuesIn({ protocol, path, requestBody }: ProvisioningRequest): Map<string, unknown> {
  const values = new Map<string, unknown>();
  if (!isObject(requestBody)) return values;
  if (protocol !== 'SCIM') {
    const claims = isObject(requestBody.claims) ? requestBody.claims : {};
    for (const [name, value] of Object.entries(claims)) values.set(name, value);
  } else if (/^\/Users\b/i.test(path)) ofResource(requestBody, values);
  return values;
}

function ofResource(body: Json, values: Map<string, unknown>): void {
  const operations = Object.entries(body).find(([key]) => key.toLowerCase() === 'operations')?.[1];
  if (!Array.isArray(operations)) flatten(body, '', values);
  for (const operation of Array.isArray(operations) ? operations.filter(isObject) : []) {
    const { path, value } = operation;
    if (typeof path === 'string' && isObject(value)) flatten(value, path, values);
    else if (typeof path === 'string') values.set(path, value);
    else if (isObject(value)) flatten(value, '', values);
  }
}

/**
 * Collects one path per value: complex attributes by sub-attribute, extensions after their URN, list values by type.
 */
function flatten(object: Json, prefix: string, values: Map<string, unknown>): void {
  for (const [name, value] of Object.entries(object)) {
    if (prefix === '' && envelope.has(name.toLowerCase())) continue;
    const separator = prefix.toLowerCase().startsWith('urn:') && !prefix.includes('.') ? ':' : '.';
    const path = prefix === '' ? name : `${prefix}${separator}${name}`;
    if (isObject(value)) flatten(value, path, values);
    else if (Array.isArray(value) && value.some(isObject)) ofList(value.filter(isObject), path, values);
    else if (value !== null && value !== undefined && value !== '') values.set(path, value);
  }
}

function ofList(items: readonly Json[], path: string, values: Map<string, unknown>): void {
  for (const item of items) {
    const place = typeof item.type === 'string' ? `${path}[type eq ${JSON.stringify(item.type)}]` : path;
    for (const [name, value] of Object.entries(item)) {
      if (name !== 'type' && name !== 'primary') values.set(`${place}.${name}`, value);
    }
  }
}
