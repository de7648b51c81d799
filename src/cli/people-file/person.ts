import { z } from 'zod';
import { textFields } from './field-names.js';

const text = z.string('must be a string');
const statuses = ['ACTIVE', 'SUSPENDED', 'DEPROVISIONED', 'PENDING'] as const;

const email = z.strictObject(
  {
    value: text,
    type: text.nullish(),
    primary: z.boolean('must be true or false').nullish(),
  },
  'must be an object with "value", "type" and "primary"',
);

/** Schema of ImportUserInput. With it, an invalid row is rejected alone, instead of the whole request. */
const person = z.strictObject({
  ...Object.fromEntries(textFields.map((name) => [name, text.optional()])),
  userName: text,
  status: z.enum(statuses, `must be one of ${statuses.join(', ')}`).optional(),
  emails: z.array(email, 'must be a list of addresses').optional(),
  roles: z.array(text, 'must be a list of names').optional(),
  attributes: z.record(z.string(), z.unknown(), 'must be a JSON object').optional(),
});

export const personFields: readonly string[] = Object.keys(person.shape);

/** Returns the first error in a row, as a sentence, or null. */
export function personError(user: Record<string, unknown>): string | null {
  const [issue] = person.safeParse(user).error?.issues ?? [];
  if (!issue) return null;
  const path = issue.path.join('.');
  if (issue.code !== 'unrecognized_keys') return `"${path}" ${issue.message}.`;
  const [key] = issue.keys;
  return `"${path ? `${path}.` : ''}${key}" is unknown. Put a custom attribute into "attributes".`;
}
