import fc from 'fast-check';

const pieces = ['(', ')', '[', ']', '"', '\\', ' ', 'and', 'not', 'eq', 'a.b', ':', '1', 'x'];

/** Random text, and random sequences of filter tokens. Most of it is not a valid filter. */
export const filterSoup = fc.oneof(
  fc.string({ maxLength: 300, unit: 'binary' }),
  fc.array(fc.constantFrom(...pieces), { maxLength: 400 }).map((parts) => parts.join('')),
);
