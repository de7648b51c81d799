import { typedFields, typeNameOf } from '../../src/events/typed-fields.js';

/** A selection with every payload field of every type of event. */
export const everyEventField = [...typedFields]
  .map(([type, fields]) => `... on ${typeNameOf(type)} { __typename ${fields.map(({ name }) => name).join(' ')} }`)
  .join('\n');
