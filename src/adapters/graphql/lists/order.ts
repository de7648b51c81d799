import { enumType } from '../../../kernel/node.js';

/** The enum `Direction` of the API. */
export const directions = enumType('Direction', 'Determines which end of a list comes first.', {
  ASC: 'Ascending: the lowest value first.',
  DESC: 'Descending: the highest value first.',
});

/** Order of a list as a caller requests it. */
export interface Ordering<Field extends string> {
  field: Field;
  direction: keyof typeof directions;
}
