import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  type DefinitionNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLError,
  Kind,
  parse,
  print,
  visit,
} from 'graphql';

/** The file or directory of GRAPHQL_SAFELIST cannot be used. */
export class SafelistRefused extends Error {
  constructor(
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(
      `Rollcall cannot start. GRAPHQL_SAFELIST cannot be used: ${reason} Set it to a file of GraphQL documents, or to a directory of *.graphql files.`,
      options,
    );
  }
}

/**
 * Operations that a server with a safelist executes; others are rejected. Documents are compared regardless of
 * formatting.
 */
export class Safelist {
  readonly #listed = new Set<string>();
  readonly #known = new WeakMap<DocumentNode, boolean>();

  /**
   * Reads a file of GraphQL documents, or every `*.graphql` of a directory.
   *
   * @throws SafelistRefused if one cannot be read or parsed, or if none contains an operation
   */
  constructor(path: string) {
    const definitions = filesIn(path).flatMap(definitionsIn);
    const fragments = new Map<string, FragmentDefinitionNode>();
    for (const definition of definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    }
    for (const operation of definitions) {
      if (operation.kind !== Kind.OPERATION_DEFINITION) continue;
      this.#listed.add(normal({ kind: Kind.DOCUMENT, definitions: [operation, ...used(operation, fragments)] }));
    }
    if (this.size === 0)
      throw new SafelistRefused(`${path} contains no operation, so every request would be rejected.`);
  }

  /** Number of listed operations. */
  get size(): number {
    return this.#listed.size;
  }

  has(document: DocumentNode): boolean {
    const known = this.#known.get(document) ?? this.#listed.has(normal(document));
    this.#known.set(document, known);
    return known;
  }
}

function filesIn(path: string): string[] {
  try {
    return filesAt(path);
  } catch (error) {
    const { code } = error as { code?: unknown };
    const reason = code === 'ENOENT' ? `The path ${path} does not exist.` : `${path} cannot be read (${code}).`;
    throw new SafelistRefused(reason, { cause: error });
  }
}

function definitionsIn(file: string): readonly DefinitionNode[] {
  try {
    return parse(readFileSync(file, 'utf8')).definitions;
  } catch (error) {
    const { message, locations } = error as Partial<GraphQLError>;
    const [at] = locations ?? [];
    const place = at ? ` (line ${at.line}, column ${at.column})` : '';
    throw new SafelistRefused(`${file} cannot be parsed: ${message}${place}`, { cause: error });
  }
}

const filesAt = (path: string): string[] =>
  statSync(path).isDirectory()
    ? readdirSync(path)
        .filter((name) => name.endsWith('.graphql'))
        .map((name) => join(path, name))
    : [path];

const normal = ({ definitions }: DocumentNode): string => definitions.map(print).sort().join('\n');

/** Returns the fragments that the operation uses, at any depth, each once. */
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
