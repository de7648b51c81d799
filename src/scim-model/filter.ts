/** Comparison value: a scalar of JSON. */
export type Value = string | number | boolean | null;
export const comparisons = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'] as const;
export type Comparison = (typeof comparisons)[number];

/** Path of an attribute as it was sent: a schema URN, an attribute and a sub-attribute (RFC 7644 section 3.10). */
export interface AttributePath {
  urn: string | null;
  name: string;
  sub: string | null;
}

/** Filter (RFC 7644 section 3.4.2.2, with errata 4690 and 7322). */
export type Filter =
  | { kind: 'compare'; path: AttributePath; op: Comparison; value: Value }
  | { kind: 'present'; path: AttributePath }
  | { kind: 'and' | 'or'; left: Filter; right: Filter }
  | { kind: 'not'; filter: Filter }
  /**
   * `attr[filter]`: one element matches the complete filter. With `also`, its sub-attribute also matches a comparison.
   */
  | { kind: 'element'; path: AttributePath; filter: Filter; also: Filter | null };

/** Returns the filter as text. `parseFilter(printFilter(f))` equals `f`. */
export function printFilter(filter: Filter): string {
  switch (filter.kind) {
    case 'compare':
      return `${printPath(filter.path)} ${filter.op} ${JSON.stringify(filter.value)}`;
    case 'present':
      return `${printPath(filter.path)} pr`;
    case 'not':
      return `not (${printFilter(filter.filter)})`;
    case 'element':
      return `${printPath(filter.path)}[${printFilter(filter.filter)}]${filter.also ? `.${printFilter(filter.also)}` : ''}`;
    default:
      return `(${printFilter(filter.left)}) ${filter.kind} (${printFilter(filter.right)})`;
  }
}

/** Returns the path as text. */
export function printPath({ urn, name, sub }: AttributePath): string {
  return `${urn ? `${urn}:` : ''}${name}${sub ? `.${sub}` : ''}`;
}
