import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLIncludeDirective,
  type GraphQLNamedType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getDirectiveValues,
  getNamedType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { authorize, ownTarget } from '../../../access/authorize.js';
import type { Principal } from '../../../access/principal.js';
import { Forbidden } from '../../../kernel/errors.js';
import { actionsOfField } from '../lists/guarded-fields.js';

interface Asked {
  document: DocumentNode;
  operation: OperationDefinitionNode;
  variables?: Record<string, unknown> | null | undefined;
}

/**
 * Checks, before a mutation is executed, that the caller can read the non-null fields that its result selects. A refusal
 * after the commit would make the result null, and a secret that is shown only once would be lost.
 *
 * @throws Forbidden
 */
export function checkResultFields(schema: GraphQLSchema, asked: Asked, principal: Principal): void {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of asked.document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const variables = asked.variables ?? {};
  const isSkipped = (node: SelectionNode): boolean =>
    getDirectiveValues(GraphQLSkipDirective, node, variables)?.if === true ||
    getDirectiveValues(GraphQLIncludeDirective, node, variables)?.if === false;

  const checkSet = ({ selections }: SelectionSetNode, parent: GraphQLNamedType | null | undefined): void => {
    for (const node of selections) {
      if (isSkipped(node)) continue;
      if (node.kind === Kind.FIELD) checkField(node.name.value, node.selectionSet, parent);
      else {
        const fragment = node.kind === Kind.FRAGMENT_SPREAD ? fragments.get(node.name.value) : node;
        const on = fragment?.typeCondition ? schema.getType(fragment.typeCondition.name.value) : parent;
        if (fragment) checkSet(fragment.selectionSet, on);
      }
    }
  };
  const checkField = (
    name: string,
    selected: SelectionSetNode | undefined,
    parent: GraphQLNamedType | null | undefined,
  ) => {
    const field = isObjectType(parent) ? parent.getFields()[name] : undefined;
    if (field && isNonNullType(field.type)) checkReadable(principal, parent?.name ?? '', name);
    if (selected) checkSet(selected, field && getNamedType(field.type));
  };
  checkSet(asked.operation.selectionSet, schema.getMutationType());
}

function checkReadable(principal: Principal, type: string, field: string): void {
  for (const action of actionsOfField(type, field, principal.kind)) {
    try {
      authorize({ principal }, action, ownTarget(principal));
    } catch (error) {
      if (!(error instanceof Forbidden)) throw error;
      throw new Forbidden(`read "${type}.${field}", which the result of the mutation selects`, error.need);
    }
  }
}
