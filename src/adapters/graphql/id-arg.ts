import { Arg, ID } from 'type-graphql';
import { knownId } from '../../kernel/descriptions.js';
import type { IdPrefix } from '../../kernel/ids.js';

/** Declares the argument `name` as the id of an object with this prefix. */
export const IdArg = (prefix: IdPrefix, name = 'id'): ParameterDecorator =>
  Arg(name, () => ID, { description: knownId(prefix) }) as ParameterDecorator;
