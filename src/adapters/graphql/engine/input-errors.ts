import {
  coerceInputValue,
  type DocumentNode,
  type EnumValueNode,
  GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  isRequiredInputField,
  type OperationDefinitionNode,
  TypeInfo,
  typeFromAST,
  type VariableDefinitionNode,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { pathOf } from './field-path.js';

type Path = readonly (string | number)[];

interface Fault {
  /** Path within the variable; empty for the variable itself. */
  path: Path;
  message: string;
  /** Values of the expected enum; null for other types. */
  allowed: string[] | null;
}

/** Maximum number of errors that the library reports. */
const maximumFaults = 50;

/**
 * Returns the errors in the variables of an operation (GraphQL section 6.1.2). Each error has the code BAD_INPUT, in
 * `field` the path within the variable (or its name), and in `allowed` the values of an enum.
 */
export function faultsOfVariables(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): GraphQLError[] {
  const errors: GraphQLError[] = [];
  for (const definition of variableDefinitions) {
    const name = definition.variable.name.value;
    for (const { path, message, allowed } of faultsOf(schema, definition, variables, maximumFaults - errors.length)) {
      const field = typeof path[0] === 'string' ? printed(path) : printed([name, ...path]);
      const code = 'BAD_INPUT';
      const details = [{ code, field: pathOf(field), message, ...(allowed && { allowed }) }];
      const extensions = { code, field, ...(allowed && { allowed }), errors: details };
      errors.push(new GraphQLError(`Variable "$${name}", "${field}": ${message}`, { nodes: definition, extensions }));
    }
    if (errors.length >= maximumFaults) break;
  }
  return errors;
}

const enough = new Error('The maximum number of errors has been found.');

function faultsOf(
  schema: GraphQLSchema,
  { variable, type: node, defaultValue }: VariableDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
  most: number,
): Fault[] {
  const name = variable.name.value;
  const type = typeFromAST(schema, node);
  if (!isInputType(type)) return [];
  const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
  if (value === undefined) {
    const isMissing = isNonNullType(type) && defaultValue === undefined;
    return isMissing ? [{ path: [], message: `A value of type "${type}" is required.`, allowed: null }] : [];
  }
  const faults: Fault[] = [];
  const named = new Map<unknown, string[]>();
  const note = (at: Path, found: unknown, { message }: GraphQLError) => {
    // The library would go through the rest of the value, and each error costs a stack trace.
    if (faults.length >= most) throw enough;
    const expected = typeAt(type, at);
    if (isInputObjectType(expected) && isRecord(found)) {
      // The library reports the object: first once for each missing field, then once for each unknown one.
      const names = named.get(found) ?? namesAtFault(expected, found);
      named.set(found, names);
      const field = names.shift();
      return void faults.push({ path: field === undefined ? at : [...at, field], message, allowed: null });
    }
    faults.push({ path: at, message, allowed: isEnumType(expected) ? valuesOf(expected) : null });
  };
  try {
    coerceInputValue(value, type, note);
  } catch (error) {
    if (error !== enough) throw error;
  }
  return faults;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const valuesOf = (type: { getValues(): readonly { name: string }[] }) => type.getValues().map(({ name }) => name);
const printed = (path: Path): string =>
  path.reduce<string>((text, key) => (typeof key === 'number' ? `${text}[${key}]` : text ? `${text}.${key}` : key), '');

function namesAtFault(type: GraphQLInputType & { getFields(): object }, value: Record<string, unknown>): string[] {
  const fields = Object.values(isInputObjectType(type) ? type.getFields() : {});
  const missing = fields.filter((field) => value[field.name] === undefined && isRequiredInputField(field));
  const known = new Set(fields.map(({ name }) => name));
  return [...missing.map(({ name }) => name), ...Object.keys(value).filter((name) => !known.has(name))];
}

/** Returns the nullable type of the value at the path; null if the type does not contain the path. */
function typeAt(type: GraphQLInputType, [key, ...rest]: Path): GraphQLInputType | null {
  const nullable = getNullableType(type);
  if (key === undefined) return isListType(nullable) ? typeAt(nullable.ofType, []) : nullable;
  if (isListType(nullable)) return typeAt(nullable.ofType, typeof key === 'number' ? rest : [key, ...rest]);
  const field = isInputObjectType(nullable) ? nullable.getFields()[key] : undefined;
  return field ? typeAt(field.type, rest) : null;
}

/** Returns, for each value node in the document whose expected type is an enum, the values of that enum. */
export function enumsOfValues(schema: GraphQLSchema, document: DocumentNode): ReadonlyMap<unknown, string[]> {
  const info = new TypeInfo(schema);
  const enums = new Map<unknown, string[]>();
  const note = (node: EnumValueNode | object) => {
    const type = getNamedType(info.getInputType());
    if (isEnumType(type)) enums.set(node, valuesOf(type));
  };
  const kinds = { EnumValue: note, StringValue: note, IntValue: note, FloatValue: note, BooleanValue: note };
  visit(document, visitWithTypeInfo(info, kinds));
  return enums;
}
