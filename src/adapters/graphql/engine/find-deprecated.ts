import {
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  type OperationDefinitionNode,
  separateOperations,
  TypeInfo,
  typeFromAST,
  visit,
  visitWithTypeInfo,
} from 'graphql';

interface Operation {
  document: DocumentNode;
  operation: OperationDefinitionNode;
  variables?: Record<string, unknown> | null | undefined;
}

/** Deprecated parts of the schema that an operation uses in its text, and its variables that can contain more. */
interface Found {
  names: readonly string[];
  variables: readonly [name: string, type: GraphQLInputType][];
}

/**
 * Finds the deprecated parts of the schema that operations use: fields, arguments, input fields and values of enums.
 * The text of an operation is searched once. Variables are searched only if their type has a deprecated part.
 */
export class DeprecatedParts {
  readonly #found = new WeakMap<OperationDefinitionNode, Found>();

  constructor(readonly schema: GraphQLSchema) {}

  /** Returns the schema coordinates of the parts, such as `User.roles` or `Organization.events(since:)`, each once. */
  usedBy({ document, operation, variables }: Operation): readonly string[] {
    const known = this.#found.get(operation);
    const found = known ?? this.#search(document, operation);
    if (!known) this.#found.set(operation, found);
    if (found.variables.length === 0) return found.names;
    const names = new Set(found.names);
    for (const [name, type] of found.variables) addFromValue(type, variables?.[name], names);
    return [...names];
  }

  #search(document: DocumentNode, operation: OperationDefinitionNode): Found {
    const own = separateOperations(document)[operation.name?.value ?? ''] ?? document;
    const variables = (operation.variableDefinitions ?? []).flatMap(({ variable, type }) => {
      const given = typeFromAST(this.schema, type) as GraphQLInputType | undefined;
      return given && hasDeprecated(given) ? [[variable.name.value, given] as [string, GraphQLInputType]] : [];
    });
    return { names: [...inText(this.schema, own)], variables };
  }
}

function inText(schema: GraphQLSchema, document: DocumentNode): Set<string> {
  const names = new Set<string>();
  const info = new TypeInfo(schema);
  const add = (part: { deprecationReason?: string | null | undefined } | null | undefined, name: string) => {
    if (part?.deprecationReason != null) names.add(name);
  };
  const visitor = {
    Field: () => add(info.getFieldDef(), fieldName(info)),
    Argument: () => add(info.getArgument(), `${fieldName(info)}(${info.getArgument()?.name}:)`),
    ObjectField: ({ name: { value } }: { name: { value: string } }) => {
      const type = getNamedType(info.getParentInputType());
      if (isInputObjectType(type)) add(type.getFields()[value], `${type.name}.${value}`);
    },
    EnumValue: () => {
      const value = info.getEnumValue();
      add(value, `${getNamedType(info.getInputType())}.${value?.name}`);
    },
  };
  visit(document, visitWithTypeInfo(info, visitor));
  return names;
}

const fieldName = (info: TypeInfo) => `${info.getParentType()}.${info.getFieldDef()?.name}`;

/** Returns true if a value of the type can use a deprecated input field or value of an enum. */
function hasDeprecated(given: GraphQLInputType, known = new Set<unknown>()): boolean {
  const type = getNamedType(given);
  if (known.has(type)) return false;
  known.add(type);
  if (isEnumType(type)) return type.getValues().some(({ deprecationReason }) => deprecationReason != null);
  if (!isInputObjectType(type)) return false;
  return Object.values(type.getFields()).some(
    (field) => field.deprecationReason != null || hasDeprecated(field.type, known),
  );
}

function addFromValue(given: GraphQLInputType, value: unknown, names: Set<string>): void {
  if (value === null || value === undefined) return;
  const type = getNullableType(given);
  if (isListType(type)) {
    for (const item of Array.isArray(value) ? value : [value]) addFromValue(type.ofType, item, names);
  } else if (isEnumType(type)) {
    const used = type.getValue(String(value));
    if (used?.deprecationReason != null) names.add(`${type.name}.${used.name}`);
  } else if (isInputObjectType(type) && typeof value === 'object') {
    for (const field of Object.values(type.getFields())) {
      if (!Object.hasOwn(value, field.name)) continue;
      if (field.deprecationReason != null) names.add(`${type.name}.${field.name}`);
      addFromValue(field.type, (value as Record<string, unknown>)[field.name], names);
    }
  }
}
