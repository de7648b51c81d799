import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  isSpecifiedScalarType,
  Kind,
  type NamedTypeNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

/** FEDERATION_PREFIX cannot be used. */
export class PrefixRefused extends Error {}

const roots = new Set(['Query', 'Mutation', 'Subscription']);

/**
 * Prefix of the names of types in a subgraph, such as RollcallUser for User. A gateway sends and reads prefixed names.
 * Documents can also contain the names of schema.graphql.
 */
export class TypePrefix {
  readonly #plain = new WeakMap<DocumentNode, DocumentNode>();

  /** @throws PrefixRefused if a name of the schema starts with the prefix, because such a name would be ambiguous */
  constructor(
    readonly prefix: string,
    readonly schema: GraphQLSchema,
  ) {
    const taken = Object.keys(schema.getTypeMap()).find((name) => name.startsWith(prefix));
    if (taken === undefined) return;
    throw new PrefixRefused(
      `Rollcall cannot start. FEDERATION_PREFIX cannot be "${prefix}", because the type ${taken} starts with it. Set it to another name, such as Rollcall.`,
    );
  }

  /** Returns a document of definitions with the prefix before the names of types, except root and built-in types. */
  prefixed(document: DocumentNode): DocumentNode {
    return renamed(document, (name) => (this.#isRenamed(name) ? `${this.prefix}${name}` : name));
  }

  /** Returns the document of a request without the prefix before the names of types. It is computed once. */
  plain(document: DocumentNode): DocumentNode {
    const known = this.#plain.get(document);
    if (known) return known;
    const plain = renamed(document, (name) => this.#plainName(name));
    this.#plain.set(document, plain);
    // A plain document stays as it is.
    this.#plain.set(plain, plain);
    return plain;
  }

  /** Adds the prefix to each `__typename` of a result, in place. */
  mark({ definitions }: DocumentNode, { selectionSet }: OperationDefinitionNode, data: unknown): void {
    const fragments = new Map<string, FragmentDefinitionNode>();
    for (const definition of definitions)
      if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    this.#markSet(selectionSet, fragments, data);
  }

  #markSet(set: SelectionSetNode, fragments: Fragments, value: unknown): void {
    if (Array.isArray(value)) for (const each of value) this.#markSet(set, fragments, each);
    else if (typeof value === 'object' && value !== null)
      this.#markObject(set, fragments, value as Record<string, unknown>, new Set());
  }

  /** `seen` contains the fragments that are applied to the object already: nested ones can repeat many times. */
  #markObject(set: SelectionSetNode, fragments: Fragments, object: Record<string, unknown>, seen: Set<string>): void {
    for (const node of set.selections) {
      if (node.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = fragments.get(node.name.value);
        if (!fragment || seen.has(node.name.value)) continue;
        seen.add(node.name.value);
        this.#markObject(fragment.selectionSet, fragments, object, seen);
      } else if (node.kind === Kind.INLINE_FRAGMENT) this.#markObject(node.selectionSet, fragments, object, seen);
      else {
        const key = (node.alias ?? node.name).value;
        const found = object[key];
        if (node.selectionSet) this.#markSet(node.selectionSet, fragments, found);
        // The field of another fragment can have the same key, so that the name is marked already.
        else if (node.name.value === '__typename' && typeof found === 'string' && this.#isRenamed(found))
          object[key] = `${this.prefix}${found}`;
      }
    }
  }

  #plainName(name: string): string {
    const plain = name.slice(this.prefix.length);
    return name.startsWith(this.prefix) && this.#isRenamed(plain) ? plain : name;
  }

  #isRenamed(name: string): boolean {
    const type = this.schema.getType(name);
    return type !== undefined && !name.startsWith('__') && !roots.has(name) && !isSpecifiedScalarType(type);
  }
}

/** Returns the document with the names of the types that it defines, extends or refers to changed. */
function renamed(document: DocumentNode, rename: (name: string) => string): DocumentNode {
  const change = <T extends NamedNode>(node: T): T | undefined => {
    const value = rename(node.name.value);
    return value === node.name.value ? undefined : { ...node, name: { ...node.name, value } };
  };
  return visit(document, {
    NamedType: { leave: change },
    ScalarTypeDefinition: { leave: change },
    ObjectTypeDefinition: { leave: change },
    ObjectTypeExtension: { leave: change },
    InterfaceTypeDefinition: { leave: change },
    UnionTypeDefinition: { leave: change },
    EnumTypeDefinition: { leave: change },
    InputObjectTypeDefinition: { leave: change },
  });
}

/** Node of a document with a name. */
type NamedNode = Pick<NamedTypeNode, 'name'>;
