import type { Definition, State } from '../../src/events/payloads/define.js';
import type { Field, Fields, Structure } from '../../src/events/payloads/field.js';
import { eventDefinitions } from '../../src/events/payloads.js';

const definitions = Object.entries<Definition>(eventDefinitions);
const nameOf = (type: string) => type.toUpperCase().replace('.', '_');
const anchorOf = ({ description }: State) => `[${description}](#state-of-${description.replaceAll(' ', '-')})`;

const nameIn = (name: string, { isErased, apiName }: Field) =>
  `\`${name}\`${isErased ? '\\*' : ''}${apiName ? ` (GraphQL: \`${apiName}\`)` : ''}`;

/** Returns the description of a field, with its list of values unless the description explains them. */
function meaningOf({ type, description }: Field): string {
  const of = type.kind === 'nullable' ? type.of : type;
  const values = of.kind === 'one of' ? of.values.map((value) => `\`${value}\``) : [];
  if (values.every((value) => description.includes(value))) return description;
  return `${description} One of ${values.join(', ')}.`;
}
const shapeOf = (fields: Fields) =>
  Object.entries(fields).map(([name, field]) => `${nameIn(name, field)}: ${meaningOf(field)}`);

/** Returns the fields of alternatives: first the common ones, then those of each alternative. */
function alternativesOf(shapes: readonly Fields[]): string[] {
  const [first = {}] = shapes;
  const common = Object.entries(first).filter(([name, field]) => shapes.every((shape) => shape[name] === field));
  const names = new Set(shapes.length > 1 ? common.map(([name]) => name) : []);
  const own = shapes.map((shape) => Object.entries(shape).filter(([name]) => !names.has(name)));
  const lines = own.map((fields) => shapeOf(Object.fromEntries(fields)).join('<br>')).filter((text) => text !== '');
  return [...shapeOf(Object.fromEntries(common.filter(([name]) => names.has(name)))), lines.join('<br>or<br>')].filter(
    (text) => text !== '',
  );
}

function rowOf([type, { description, state, shapes }]: [string, Definition]): string {
  const data = [...(state ? [anchorOf(state)] : []), ...alternativesOf(shapes)];
  return `| \`${nameOf(type)}\` | ${description} | ${data.join('<br>')} |`;
}

function stateOf(state: State): string {
  const rows = Object.entries(state.fields).map(([name, field]) => `| ${nameIn(name, field)} | ${meaningOf(field)} |`);
  return [`### State of ${state.description}`, '', '| field | meaning |', '| --- | --- |', ...rows].join('\n');
}

/** Returns the catalogue of docs/events.md: a row for each type of event, and the states that payloads contain. */
export function catalogue(): string {
  const states = new Set(definitions.flatMap(([, { state }]) => (state ? [state] : [])));
  const table = ['| type | when | `data` |', '| --- | --- | --- |', ...definitions.map(rowOf)].join('\n');
  return [table, ...[...states].map(stateOf)].join('\n\n');
}

/** Returns true if a value in JSON has the structure. */
function fits(type: Structure, value: unknown): boolean {
  if (type.kind === 'nullable') return value === null || fits(type.of, value);
  if (type.kind === 'list') return Array.isArray(value) && value.every((one) => fits(type.of, one));
  if (type.kind === 'either') return type.of.some((one) => fits(one, value));
  if (type.kind === 'one of') return type.values.includes(value as string);
  if (type.kind === 'id') return typeof value === 'string' && value.startsWith(`${type.prefix}_`);
  if (type.kind === 'time') return typeof value === 'string' && !Number.isNaN(Date.parse(value));
  if (type.kind === 'true') return value === true;
  if (type.kind === 'cursor') return typeof value === 'string';
  if (type.kind === 'milliseconds') return typeof value === 'number';
  if (typeof value !== 'object' || value === null) return typeof value === type.kind;
  if (type.kind === 'json') return !Array.isArray(value);
  return type.kind === 'object' && differences(type.parts, value as Record<string, unknown>).length === 0;
}

const differences = (parts: Readonly<Record<string, Structure>>, value: Record<string, unknown>) =>
  [...new Set([...Object.keys(parts), ...Object.keys(value)])].filter((name) => {
    const type = parts[name];
    return !type || !fits(type, value[name]);
  });

/**
 * Returns the fields in which `data` differs from the closest alternative of the definition of its type. An event
 * that was scrubbed has only the fields that an erasure keeps.
 */
export function departures(type: string, { scrubbed, ...data }: Record<string, unknown>): string[] {
  const definition = definitions.find(([name]) => name === type)?.[1];
  if (!definition) return [`The type ${type} is not defined.`];
  const found = definition.shapes.map((shape) => {
    const fields = { ...definition.state?.fields, ...shape };
    const left = Object.entries(fields).filter(([, { isErased }]) => !(scrubbed && isErased));
    const present = left.filter(([name, { isOptional }]) => !isOptional || name in data);
    return differences(Object.fromEntries(present.map(([name, field]) => [name, field.type])), data);
  });
  return found.sort((one, other) => one.length - other.length)[0] ?? [];
}
