import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLResolveInfo,
  Kind,
  type SelectionSetNode,
} from 'graphql';

type Info = Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments'>;

const known = new WeakMap<FieldNode, ReadonlySet<string>>();

/**
 * Returns the names of the fields that a query selects of a page's nodes, under `nodes` and `edges { node }`,
 * including those of `access`. Fields with `@skip` or `@include` count as selected.
 */
export function nodeFields(info: Info): ReadonlySet<string> {
  const [node, ...others] = info.fieldNodes;
  const remembered = node && others.length === 0 ? known.get(node) : undefined;
  if (remembered) return remembered;
  const direct = below(info, info.fieldNodes, 'nodes');
  const edges = below(info, info.fieldNodes, 'edges');
  const nodes = [...direct, ...below(info, edges, 'node')];
  // The fields of `access` are those of the user itself.
  const fields = namesOf(info, [...nodes, ...below(info, nodes, 'access')]);
  // Parsed documents are cached, so the fields are computed only once for each.
  if (node && others.length === 0) known.set(node, fields);
  return fields;
}

/** Returns the names of the fields that a query selects of an object. Fields with `@skip` or `@include` count as selected. */
export const objectFields = (info: Info): ReadonlySet<string> => namesOf(info, info.fieldNodes);

const namesOf = (info: Info, nodes: readonly FieldNode[]): ReadonlySet<string> =>
  new Set(nodes.flatMap(({ selectionSet }) => [...fieldsIn(info, selectionSet)]).map(({ name }) => name.value));

const below = (info: Info, nodes: readonly FieldNode[], name: string): FieldNode[] =>
  nodes.flatMap(({ selectionSet }) => [...fieldsIn(info, selectionSet)].filter((field) => field.name.value === name));

function* fieldsIn({ fragments }: Info, set: SelectionSetNode | undefined): Generator<FieldNode> {
  for (const selection of set?.selections ?? []) {
    if (selection.kind === Kind.FIELD) yield selection;
    else if (selection.kind === Kind.INLINE_FRAGMENT) yield* fieldsIn({ fragments } as Info, selection.selectionSet);
    else {
      const fragment: FragmentDefinitionNode | undefined = fragments[selection.name.value];
      yield* fieldsIn({ fragments } as Info, fragment?.selectionSet);
    }
  }
}
