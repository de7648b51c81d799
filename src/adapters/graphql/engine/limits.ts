import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLError,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { protocolError } from './errors.js';

/** Limits of one document. Errors contain the names, so that a caller knows which limit was exceeded. */
export const limits = {
  /** Checked by the parser, before all other limits. */
  tokens: 2_000,
  depth: 12,
  aliases: 50,
  rootFields: 20,
  directives: 20,
  repeats: 50,
  cost: 20_000,
} as const;
/** Maximum number of errors in a response. */
export const maximumErrors = 20;
const defaultPage = 50;
/** Assumed length of a list without pages. */
const plainList = 10;
/** Maximum lengths of lists without pages that are longer. */
const longLists: Readonly<Record<string, number>> = { 'Activity.buckets': 1_000, 'ChangeUsersPayload.results': 500 };

/**
 * Cost of a field in addition to its results. Its work does not depend on the selection, and at most four fit into one
 * document.
 */
const ownCost: Readonly<Record<string, number>> = { 'Mutation.changeUsers': 4_000, 'Mutation.importUsers': 4_000 };

/** Measured size of a document, by the names of the limits. */
export type Weight = Record<Exclude<keyof typeof limits, 'tokens'>, number>;
type Variables = Record<string, unknown> | null;

/**
 * Returns an error for each limit that a document exceeds. Called before validation, which costs more. Each fragment is
 * measured once, so that the check is linear in the document. The cost is the number of requested objects: `first`
 * multiplies the cost of its selection. A page of which only the count is selected counts as one object. If the page size is a variable, the request is measured again with its value.
 */
export function beyondLimits(schema: GraphQLSchema, document: DocumentNode): GraphQLError[] {
  const operations = document.definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION);
  return operations
    .flatMap((operation) => excesses(weigh(schema, document, { operation, variables: null })))
    .slice(0, maximumErrors);
}

/** Returns an error for each exceeded limit. */
export const excesses = (weight: Weight): GraphQLError[] =>
  (Object.keys(weight) as (keyof Weight)[])
    .filter((limit) => weight[limit] > limits[limit])
    .map((limit) => {
      const [maximum, measured] = [limits[limit], weight[limit]];
      const message = `The document exceeds the limit "${limit}" of ${maximum} with ${measured}.`;
      return protocolError('LIMIT_EXCEEDED', message, { limit, maximum, measured });
    });

/** Returns the measured size of an operation with these variables. */
export function weigh(
  schema: GraphQLSchema,
  document: DocumentNode,
  { operation, variables }: { operation: OperationDefinitionNode; variables: Variables },
): Weight {
  const weight = new Scales(schema, document, variables && withDefaults(operation, variables)).ofSet(
    operation.selectionSet,
    rootOf(schema, operation),
    0,
  );
  return { ...weight, rootFields: operation.selectionSet.selections.length };
}

/** Adds the default values of integer variables, which apply if no value is given. */
function withDefaults({ variableDefinitions = [] }: OperationDefinitionNode, given: Record<string, unknown>) {
  const all: Record<string, unknown> = {};
  for (const { variable, defaultValue } of variableDefinitions) {
    if (defaultValue?.kind === Kind.INT) all[variable.name.value] = Number(defaultValue.value);
  }
  return { ...all, ...given };
}

const rootOf = (schema: GraphQLSchema, { operation }: OperationDefinitionNode) => schema.getRootType(operation);

const none: Weight = { depth: 0, aliases: 0, rootFields: 0, directives: 0, repeats: 0, cost: 0 };
const sum = (a: Weight, b: Weight): Weight => ({
  depth: Math.max(a.depth, b.depth),
  aliases: a.aliases + b.aliases,
  rootFields: 0,
  directives: a.directives + b.directives,
  repeats: Math.max(a.repeats, b.repeats),
  cost: a.cost + b.cost,
});

class Scales {
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  readonly #weighed = new Map<string, Weight>();

  constructor(
    readonly schema: GraphQLSchema,
    document: DocumentNode,
    readonly variables: Variables,
  ) {
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) this.#fragments.set(definition.name.value, definition);
    }
  }

  ofSet({ selections }: SelectionSetNode, parent: GraphQLNamedType | null | undefined, level: number): Weight {
    if (level > 100) return { ...none, depth: level };
    let whole = none;
    const times = new Map<string, number>();
    for (const selection of selections) {
      const directives = selection.directives?.length ?? 0;
      if (directives > 0) whole = sum(whole, { ...none, directives });
      if (selection.kind === Kind.FRAGMENT_SPREAD) whole = sum(whole, this.#ofFragment(selection.name.value));
      else if (selection.kind === Kind.INLINE_FRAGMENT) {
        const on = selection.typeCondition ? this.schema.getType(selection.typeCondition.name.value) : parent;
        whole = sum(whole, this.ofSet(selection.selectionSet, on, level + 1));
      } else {
        const { value } = selection.name;
        times.set(value, (times.get(value) ?? 0) + 1);
        whole = sum(whole, this.#ofField(selection, parent, level));
      }
    }
    return { ...whole, repeats: Math.max(whole.repeats, ...times.values()) };
  }

  #ofFragment(name: string): Weight {
    const weighed = this.#weighed.get(name);
    if (weighed) return weighed;
    // A fragment cycle counts as zero here, because validation rejects it.
    this.#weighed.set(name, none);
    const fragment = this.#fragments.get(name);
    const on = fragment && this.schema.getType(fragment.typeCondition.name.value);
    const weight = fragment ? this.ofSet(fragment.selectionSet, on, 0) : none;
    this.#weighed.set(name, weight);
    return weight;
  }

  #ofField(node: FieldNode, parent: GraphQLNamedType | null | undefined, level: number): Weight {
    const aliases = node.alias ? 1 : 0;
    // Introspection is deeply nested by design, and does not query the database.
    if (!node.selectionSet || node.name.value.startsWith('__')) return { ...none, aliases };
    const field = fieldOf(parent, node.name.value);
    const below = this.ofSet(node.selectionSet, field && getNamedType(field.type), level + 1);
    const own = ownCost[`${parent?.name}.${node.name.value}`] ?? 0;
    const cost = own + this.#timesOf(node, field, parent) * (1 + below.cost);
    return { ...below, depth: below.depth + 1, aliases: below.aliases + aliases, cost };
  }

  /** Returns the number of objects that the field can return. */
  #timesOf(node: FieldNode, field: Field | undefined, parent: GraphQLNamedType | null | undefined): number {
    const paged = field?.args.some(({ name }) => name === 'first') ?? false;
    if (paged) return isOnlyCounted(node) ? 1 : this.#pageSize(node);
    // The page size was already counted at the field that returns the page.
    if (/(.Connection|Snapshot)$/.test(parent?.name ?? '')) return 1;
    const isList = field && isListType(getNullableType(field.type)) && isCompositeType(getNamedType(field.type));
    return isList ? (longLists[`${parent?.name}.${field.name}`] ?? plainList) : 1;
  }

  #pageSize({ arguments: given = [] }: FieldNode): number {
    const size = given.find(({ name }) => name.value === 'first' || name.value === 'last')?.value;
    if (size?.kind === Kind.INT) return Math.max(1, Number(size.value));
    if (size?.kind === Kind.VARIABLE && this.variables === null) return 1;
    const value = size?.kind === Kind.VARIABLE ? this.variables?.[size.name.value] : undefined;
    return typeof value === 'number' ? Math.max(1, value) : defaultPage;
  }
}

/** Returns true if the selection of a page contains its count only. Then the page size does not matter. */
const isOnlyCounted = ({ selectionSet }: FieldNode): boolean =>
  selectionSet?.selections.every(
    (selection) => selection.kind === Kind.FIELD && ['totalCount', '__typename'].includes(selection.name.value),
  ) ?? false;

type Field = GraphQLField<unknown, unknown>;
const fieldOf = (parent: GraphQLNamedType | null | undefined, name: string): Field | undefined =>
  isObjectType(parent) || isInterfaceType(parent)
    ? (parent as Exclude<GraphQLCompositeType, { getTypes: unknown }>).getFields()[name]
    : undefined;
