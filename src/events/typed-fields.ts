import type { Definition, State } from './payloads/define.js';
import { type Field, type Fields, plainText, type Structure } from './payloads/field.js';
import { eventDefinitions } from './payloads.js';
import type { EventType } from './types.js';

/** A field of a type of event, or of a state, as GraphQL shows it. */
export interface TypedField {
  /** Name in GraphQL. */
  readonly name: string;
  /** Names in `data`. An event has at most one of them. */
  readonly sources: readonly string[];
  readonly type: Structure;
  /**
   * True if events can lack the value: an erasure removes it, it can be null, or only some events of the type have it.
   * Only ids and lists are never null: an event of an older release can lack any other value.
   */
  readonly isNullable: boolean;
  readonly description: string;
}

const definitions = Object.entries<Definition>(eventDefinitions) as [EventType, Definition][];

const bare = (type: Structure): Structure => (type.kind === 'nullable' ? bare(type.of) : type);

/** Returns true if each event with this field has a value. */
const isCertain = ({ isErased, isOptional, type }: Field) => !isErased && !isOptional && type.kind !== 'nullable';

const merged = (types: readonly Structure[]): Structure => {
  const [first = { kind: 'json' }] = types;
  if (first.kind !== 'one of') return first;
  const values = types.flatMap((type) => (type.kind === 'one of' ? type.values : []));
  return { ...first, values: [...new Set(values)] };
};

/** Returns the fields of one type of event before other types are considered. */
function ownFields({ shapes }: Pick<Definition, 'shapes'>): TypedField[] {
  const shown = shapes.flatMap((shape) => Object.entries(shape).map(([source, field]) => ({ source, field })));
  const nameOf = ({ source, field }: { source: string; field: Field }) => field.apiName ?? source;
  const listed = shown.filter(({ field }) => field.apiName !== null);
  return [...new Set(listed.map(nameOf))].map((name) => {
    const same = listed.filter((one) => nameOf(one) === name);
    const has = (shape: Fields) => same.some(({ source, field }) => shape[source] === field && isCertain(field));
    const type = merged(same.map(({ field }) => bare(field.type)));
    return {
      name,
      sources: [...new Set(same.map(({ source }) => source))],
      type,
      isNullable: (type.kind !== 'id' && type.kind !== 'list') || !shapes.every(has),
      description: plainText([...new Set(same.map(({ field }) => field.description))].join(' ')),
    };
  });
}

const own = definitions.map(([type, definition]) => [type, ownFields(definition)] as const);
const nullable = new Set(
  own.flatMap(([, fields]) => fields.filter(({ isNullable }) => isNullable).map(({ name }) => name)),
);
// The interface of events about connections has a nullable field of this name.
nullable.add('connectionId');

/**
 * The fields of each type of event in GraphQL, from its definition. A name that is nullable in one type is nullable in
 * all: otherwise a document could not select it from two of them.
 */
export const typedFields: ReadonlyMap<EventType, readonly TypedField[]> = new Map(
  own.map(([type, fields]) => [type, fields.map((field) => ({ ...field, isNullable: nullable.has(field.name) }))]),
);

/** Returns the fields of a state in GraphQL. An erasure removes the whole state, so its marks have no effect here. */
export const stateFields = ({ fields }: State): TypedField[] =>
  Object.entries(fields).map(([name, { type, isOptional, description }]) => ({
    name,
    sources: [name],
    type: bare(type),
    isNullable: isOptional || type.kind === 'nullable',
    description: plainText(description),
  }));

/** Returns the name of a type of event in GraphQL: `UserSuspendedEvent` for `user.suspended`. */
export const typeNameOf = (type: string): string =>
  `${type.replace(/(?:^|[._])(\w)/g, (_, letter: string) => letter.toUpperCase())}Event`;

/** Returns the value of a field in the data of an event; null if the event lacks it. */
export function valueIn(data: Record<string, unknown>, { sources }: Pick<TypedField, 'sources'>): unknown {
  const source = sources.find((name) => data[name] !== undefined);
  return source === undefined ? null : data[source];
}
