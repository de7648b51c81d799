import { BadInput } from '../kernel/errors.js';
import { lengthError } from '../kernel/text-limits.js';

/** Checks the length of an `externalId`, or of another id of an IdP that is indexed. @throws BadInput */
export function checkExternalId(id: string | null, field = 'externalId'): void {
  const fault = id === null ? null : lengthError(id);
  if (fault) throw new BadInput(`"${field}" ${fault}.`);
}
