import {
  type ASTVisitor,
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValidationContext,
  type ValueNode,
} from 'graphql';

/** What one document may ask for. The names stand in the errors, so that a caller knows which limit it has met. */
export const limits = { tokens: 2_000, depth: 12, aliases: 50, rootFields: 20, directives: 20, cost: 20_000 } as const;
const defaultPage = 50;

interface Weight {
  depth: number;
  aliases: number;
  directives: number;
  cost: number;
}
type Fragments = Map<string, FragmentDefinitionNode>;

/**
 * Refuses documents that cost too much, before they run. Each fragment is weighed once, so the check itself is linear in
 * the document. The cost is the number of objects asked for: `first` multiplies what stands below it.
 */
export function withinLimits(context: ValidationContext): ASTVisitor {
  return {
    Document(document) {
      for (const fault of faultsOf(document)) {
        context.reportError(new GraphQLError(fault, { extensions: { code: 'LIMIT_EXCEEDED' } }));
      }
      return false;
    },
  };
}

function faultsOf(document: DocumentNode): string[] {
  const fragments: Fragments = new Map();
  const operations: OperationDefinitionNode[] = [];
  for (const definition of document.definitions) {
    if (definition.kind === 'FragmentDefinition') fragments.set(definition.name.value, definition);
    if (definition.kind === 'OperationDefinition') operations.push(definition);
  }
  const weigh = scales(fragments);
  return operations.flatMap((operation) => {
    const weight = weigh(operation.selectionSet, 0);
    const measured = { ...weight, rootFields: operation.selectionSet.selections.length };
    return (Object.keys(measured) as (keyof typeof measured)[]).flatMap((name) =>
      measured[name] > limits[name]
        ? [`The document exceeds the limit "${name}" of ${limits[name]} with ${measured[name]}.`]
        : [],
    );
  });
}

const none: Weight = { depth: 0, aliases: 0, directives: 0, cost: 0 };
const sum = (a: Weight, b: Weight): Weight => ({
  depth: Math.max(a.depth, b.depth),
  aliases: a.aliases + b.aliases,
  directives: a.directives + b.directives,
  cost: a.cost + b.cost,
});

function scales(fragments: Fragments) {
  const known = new Map<string, Weight>();
  const ofFragment = (name: string): Weight => {
    const weighed = known.get(name);
    if (weighed) return weighed;
    // A cycle weighs nothing here: validation refuses it anyway.
    known.set(name, none);
    const fragment = fragments.get(name);
    const weight = fragment ? weigh(fragment.selectionSet, 0) : none;
    known.set(name, weight);
    return weight;
  };
  function weigh({ selections }: SelectionSetNode, level: number): Weight {
    if (level > 100) return { ...none, depth: level };
    return selections
      .map((selection): Weight => {
        const own = { ...none, directives: selection.directives?.length ?? 0 };
        if (selection.kind === 'FragmentSpread') return sum(own, ofFragment(selection.name.value));
        if (selection.kind === 'InlineFragment') return sum(own, weigh(selection.selectionSet, level + 1));
        // Introspection is deep by nature, and costs no database.
        if (selection.name.value.startsWith('__') || !selection.selectionSet)
          return sum(own, { ...none, aliases: selection.alias ? 1 : 0 });
        const below = weigh(selection.selectionSet, level + 1);
        const times = pageSize(selection.arguments?.map(({ name, value }) => [name.value, value]) ?? []);
        return {
          depth: below.depth + 1,
          aliases: below.aliases + (selection.alias ? 1 : 0),
          directives: own.directives + below.directives,
          cost: times * (1 + below.cost),
        };
      })
      .reduce(sum, none);
  }
  return weigh;
}

function pageSize(given: [string, ValueNode][]): number {
  const size = given.find(([name]) => name === 'first' || name === 'last')?.[1];
  if (!size) return 1;
  // A variable may be anything up to the maximum that pages allow.
  return size.kind === 'IntValue' ? Math.max(1, Number(size.value)) : defaultPage;
}
