import type { IdOf, IdPrefix } from '../../kernel/ids.js';

declare const value: unique symbol;

/** Structure of a value in a payload. The generators of types and documents read it. */
export type Structure =
  | { readonly kind: 'string' | 'number' | 'milliseconds' | 'boolean' | 'true' | 'time' | 'cursor' | 'json' }
  | { readonly kind: 'id'; readonly prefix: IdPrefix }
  | { readonly kind: 'one of'; readonly values: readonly string[]; readonly enumName: string | null }
  | { readonly kind: 'list' | 'nullable'; readonly of: Structure }
  | { readonly kind: 'object'; readonly parts: Readonly<Record<string, Structure>> }
  | { readonly kind: 'either'; readonly of: readonly Structure[] };

/** The structure of a `T`, as an operation emits it. JSON has an id and a time as text. */
export type Type<T> = Structure & { readonly [value]?: T };
type ValueOf<S> = S extends Type<infer T> ? T : never;

/** A text. */
export const text: Type<string> = { kind: 'string' };
/** An integer below 2^31. */
export const number: Type<number> = { kind: 'number' };
/** A duration in milliseconds, which can be longer than 2^31 (25 days). */
export const milliseconds: Type<number> = { kind: 'milliseconds' };
/** A boolean. */
export const boolean: Type<boolean> = { kind: 'boolean' };
/** A boolean that is always true. */
export const yes: Type<true> = { kind: 'true' };
/** A time: ISO 8601 in JSON. */
export const time: Type<Date> = { kind: 'time' };
/** A cursor of the log. */
export const cursor: Type<string> = { kind: 'cursor' };
/** A JSON object with keys that the payload does not define, such as a profile. */
export const json: Type<object> = { kind: 'json' };

/** Returns the type of ids with this prefix. */
export const id = <P extends IdPrefix>(prefix: P): Type<IdOf<P>> => ({ kind: 'id', prefix });

/** Returns the type of ids with this prefix that operations have as text. */
export const idText = (prefix: IdPrefix): Type<string> => ({ kind: 'id', prefix });

/** Returns the type of a text that is one of `values`. In GraphQL it is a string. */
export const oneOf = <const V extends readonly string[]>(...values: V): Type<V[number]> => ({
  kind: 'one of',
  values,
  enumName: null,
});

/** Returns the type of a text that is one of `values`. In GraphQL it is the enum with this name. */
export const enumOf =
  (enumName: string) =>
  <const V extends readonly string[]>(...values: V): Type<V[number]> => ({ kind: 'one of', values, enumName });

/** Returns the type of a value that can be null. */
export const nullable = <T>(of: Type<T>): Type<T | null> => ({ kind: 'nullable', of });

/** Returns the type of a list. */
export const list = <T>(of: Type<T>): Type<readonly T[]> => ({ kind: 'list', of });

/** Returns the type of an object with these parts. */
export const object = <P extends Readonly<Record<string, Structure>>>(
  parts: P,
): Type<{ [K in keyof P]: ValueOf<P[K]> }> => ({ kind: 'object', parts });

/** Returns the union of these types. */
export const either = <T extends readonly Structure[]>(...of: T): Type<ValueOf<T[number]>> => ({ kind: 'either', of });

/** Returns a description without its links, for places that have no Markdown. */
export const plainText = (description: string): string => description.replace(/\[([^\]]+)\]\([^)]+\)/g, '$1');

/** One field of a payload. */
export interface Field<T = unknown, Optional extends boolean = boolean> {
  readonly type: Type<T>;
  /** True if an erasure removes the field from events that are in the log. */
  readonly isErased: boolean;
  readonly isOptional: Optional;
  /** Meaning of the field, for docs/events.md, the client's types and GraphQL. */
  readonly description: string;
  /** Name in GraphQL: undefined for the same name, null if only `data` contains the field. */
  readonly apiName?: string | null;
}

/** The fields of a payload, by name. Only `kept` and `erased` make one, so that each field has its mark. */
export type Fields = Readonly<Record<string, Field>>;

/** Returns a field that stays in the event after an erasure: an id, a state, a code or a number. It identifies no person by name. */
export const kept = <T>(type: Type<T>, description: string): Field<T, false> => ({
  type,
  isErased: false,
  isOptional: false,
  description,
});

/** Returns a field that an erasure removes: personal data, and what describes the organization. */
export const erased = <T>(type: Type<T>, description: string): Field<T, false> => ({
  ...kept(type, description),
  isErased: true,
});

/** Returns the field as one that can be absent. */
export const optional = <T>(field: Field<T, false>): Field<T, true> => ({ ...field, isOptional: true });

/** Returns the field with another name in GraphQL, where one name has one type in all events. */
export const named = <F extends Field>(apiName: string, field: F): F => ({ ...field, apiName });

/** Returns the field as one without a GraphQL field: another field of the event contains the value, or a related object. */
export const dataOnly = <F extends Field>(field: F): F => ({ ...field, apiName: null });

type OptionalNames<F extends Fields> = { [K in keyof F]: F[K] extends Field<unknown, true> ? K : never }[keyof F];
type Flat<T> = { [K in keyof T]: T[K] };

/** The payload that consists of these fields. */
export type PayloadOf<F extends Fields> = Flat<
  { [K in Exclude<keyof F, OptionalNames<F>>]: ValueOf<F[K]['type']> } & {
    [K in OptionalNames<F>]?: ValueOf<F[K]['type']>;
  }
>;
