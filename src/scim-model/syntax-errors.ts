/**
 * The filter cannot be parsed, or contains an unsupported comparison. The SCIM response has scimType `invalidFilter`.
 */
export class FilterSyntax extends Error {
  constructor(fault: string, at?: number) {
    super(`The filter cannot be used${at === undefined ? '' : ` at character ${at + 1}`}: ${fault}.`);
  }
}

/** `sortBy` contains an attribute without an order. The SCIM response has scimType `invalidValue`. */
export class NotSortable extends Error {
  constructor(name: string) {
    super(
      `A list cannot be sorted by "${name.slice(0, 100)}". Sort by an attribute or sub-attribute with one simple value.`,
    );
  }
}

/**
 * The path of a PATCH operation cannot be parsed, or refers to nothing that can be patched. The SCIM response has
 * scimType `invalidPath`.
 */
export class PathSyntax extends Error {
  constructor(fault: string) {
    super(`The path cannot be used: ${fault}.`);
  }
}
