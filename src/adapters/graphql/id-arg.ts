import { Arg, ID } from 'type-graphql';
import { knownId, soughtId } from '../../kernel/descriptions.js';
import type { IdPrefix } from '../../kernel/ids.js';

/** Declares the argument `name` as the id of an object with this prefix. */
export const IdArg = (prefix: IdPrefix, name = 'id'): ParameterDecorator =>
  Arg(name, () => ID, { description: knownId(prefix) }) as ParameterDecorator;

/** Declares the argument `id` of a query that is null if it finds no object. */
export const SoughtIdArg = (prefix: IdPrefix): ParameterDecorator =>
  Arg('id', () => ID, { description: soughtId(prefix) }) as ParameterDecorator;
