/** JSON object with keys from callers. The keys are data and must not be used as property names. */
export type Json = Record<string, unknown>;

/** Returns true if the value is a JSON object: neither a list nor null. */
export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
