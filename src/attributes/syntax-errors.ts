/** The filter cannot be read, or asks for what cannot be compared. The door says `invalidFilter`. */
export class FilterSyntax extends Error {
  constructor(fault: string, at?: number) {
    super(`The filter cannot be used: ${fault}${at === undefined ? '' : ` (at character ${at + 1})`}.`);
  }
}

/** `sortBy` names an attribute that has no order. The door says `invalidValue`. */
export class NotSortable extends Error {
  constructor(name: string) {
    super(
      `A list cannot be sorted by "${name.slice(0, 100)}". Sort by an attribute or sub-attribute with one simple value.`,
    );
  }
}

/** The path of a PATCH operation cannot be read, or names nothing that can be patched. The door says `invalidPath`. */
export class PathSyntax extends Error {
  constructor(fault: string) {
    super(`The path cannot be used: ${fault}.`);
  }
}
