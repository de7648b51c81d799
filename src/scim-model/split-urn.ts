import type { ResourceType } from './definition.js';
import { attributeName } from './parse-filter.js';

/** Qualified name, split into the schema's URN and the attribute below it. */
export interface QualifiedName {
  urn: string;
  /** Null if the text refers to the whole schema. */
  name: string | null;
  sub: string | null;
  /** True if the end of the URN is unknown and the name was split at the last ":". */
  assumed: boolean;
}

/**
 * Splits a qualified attribute name into URN and attribute (RFC 7644 section 3.10). The first rule that matches
 * applies:
 *
 * 1. a URN of the resource type: its core schema or a declared extension;
 * 2. a URN in `stored`, which contains the URNs of the resource's extensions in lower case;
 * 3. a URN in the form of RFC 7643 section 10.2.1, which ends with a version and a resource name;
 * 4. everything before the last ":".
 *
 * A "." after a URN of the first three kinds is treated as ":", because IdPs send it (`urn:...:User.department`).
 * Returns null if the rest after the URN is not an attribute.
 */
export function splitUrn(type: ResourceType, text: string, stored: ReadonlyMap<string, string>): QualifiedName | null {
  const known = [type.core.id, ...type.extensions.map(({ id }) => id)];
  return startsWithOneOf(known, text) ?? startsWithStored(stored, text) ?? byConvention(text) ?? atLastColon(text);
}

function startsWithOneOf(urns: readonly string[], text: string): QualifiedName | null {
  const lower = text.toLowerCase();
  const fitting = urns
    .filter((urn) => lower.startsWith(urn.toLowerCase()))
    .flatMap((urn) => below(urn, text.slice(urn.length)) ?? []);
  return fitting.reduce<QualifiedName | null>(
    (longest, next) => (longest && longest.urn.length >= next.urn.length ? longest : next),
    null,
  );
}

function startsWithStored(stored: ReadonlyMap<string, string>, text: string): QualifiedName | null {
  if (stored.size === 0) return null;
  const lower = text.toLowerCase();
  for (let end = text.length; end > 0; end--) {
    const next = text[end];
    if (next !== undefined && next !== ':' && next !== '.') continue;
    // The rest is checked first: few ends of a long text have an attribute after them, and its start is long to look up.
    const found = below('', text.slice(end));
    const urn = found ? stored.get(lower.slice(0, end)) : undefined;
    if (found && urn !== undefined) return { ...found, urn };
  }
  return null;
}

/** Parses the rest after a URN: nothing, or ":" or "." with an attribute and at most one sub-attribute. */
function below(urn: string, rest: string): QualifiedName | null {
  if (rest === '') return { urn, name: null, sub: null, assumed: false };
  const [, name, sub = null] = attributeBelow.exec(rest) ?? [];
  return name === undefined ? null : { urn, name, sub, assumed: false };
}

const bareName = attributeName.source.slice(1, -1);
const attributeBelow = new RegExp(`^[:.](${bareName})(?:\\.(${bareName}))?$`);

const version = /^v?\d+(\.\d+)*$/;
const resourceName = /^[A-Z][A-Za-z0-9_-]*/;

function byConvention(text: string): QualifiedName | null {
  const segments = text.split(':');
  let length = 0;
  for (const [n, segment] of segments.entries()) {
    const [name] = resourceName.exec(segment) ?? [];
    const isResource =
      name !== undefined && (name === 'User' || name === 'Group' || version.test(segments[n - 1] ?? ''));
    if (isResource && n >= 2) {
      const end = length + name.length;
      const found = below(text.slice(0, end), text.slice(end));
      if (found) return found;
    }
    length += segment.length + 1;
  }
  return null;
}

function atLastColon(text: string): QualifiedName | null {
  const colon = text.lastIndexOf(':');
  const found = below(text.slice(0, colon), text.slice(colon));
  return found?.name && found.urn.split(':').every(Boolean) ? { ...found, assumed: true } : null;
}
