import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type DocumentNode, type FragmentDefinitionNode, Kind, parse, print, visit } from 'graphql';

/** The operations that a server takes, when it takes no others. A document is the same however it is laid out. */
export class Safelist {
  readonly #listed = new Set<string>();
  readonly #known = new WeakMap<DocumentNode, boolean>();

  /** Reads a file of GraphQL documents, or every `*.graphql` of a directory. @throws for what cannot be read or parsed */
  constructor(path: string) {
    const definitions = filesAt(path).flatMap((file) => parse(readFileSync(file, 'utf8')).definitions);
    const fragments = new Map<string, FragmentDefinitionNode>();
    for (const definition of definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    }
    for (const operation of definitions) {
      if (operation.kind !== Kind.OPERATION_DEFINITION) continue;
      this.#listed.add(normal({ kind: Kind.DOCUMENT, definitions: [operation, ...used(operation, fragments)] }));
    }
  }

  /** How many operations it holds. */
  get size(): number {
    return this.#listed.size;
  }

  has(document: DocumentNode): boolean {
    const known = this.#known.get(document) ?? this.#listed.has(normal(document));
    this.#known.set(document, known);
    return known;
  }
}

const filesAt = (path: string): string[] =>
  statSync(path).isDirectory()
    ? readdirSync(path)
        .filter((name) => name.endsWith('.graphql'))
        .map((name) => join(path, name))
    : [path];

const normal = ({ definitions }: DocumentNode): string => definitions.map(print).sort().join('\n');

/** The fragments that the operation spreads, through any depth, each once. */
function used(
  operation: Parameters<typeof visit>[0],
  fragments: Map<string, FragmentDefinitionNode>,
  found = new Set<FragmentDefinitionNode>(),
): Set<FragmentDefinitionNode> {
  visit(operation, {
    FragmentSpread({ name }) {
      const fragment = fragments.get(name.value);
      if (!fragment || found.has(fragment)) return;
      found.add(fragment);
      used(fragment, fragments, found);
    },
  });
  return found;
}
