import {
  type ASTVisitor,
  GraphQLError,
  OperationTypeNode,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';

/**
 * Rejects `@skip` and `@include` on the root field of a subscription (GraphQL specification, section 5.2.4.1): without
 * a root field there is nothing to subscribe to.
 */
export function unconditionalRootRule(context: ValidationContext): ASTVisitor {
  const check = (selections: SelectionSetNode, seen: ReadonlySet<string>): void => {
    for (const selection of selections.selections) {
      const found = selection.directives?.find(({ name: { value } }) => value === 'skip' || value === 'include');
      if (found)
        context.reportError(
          new GraphQLError('The root field of a subscription cannot have @skip or @include.', { nodes: found }),
        );
      if (selection.kind === 'InlineFragment') check(selection.selectionSet, seen);
      if (selection.kind !== 'FragmentSpread' || seen.has(selection.name.value)) continue;
      const fragment = context.getFragment(selection.name.value);
      if (fragment) check(fragment.selectionSet, new Set([...seen, selection.name.value]));
    }
  };
  return {
    OperationDefinition({ operation, selectionSet }) {
      if (operation === OperationTypeNode.SUBSCRIPTION) check(selectionSet, new Set());
    },
  };
}
