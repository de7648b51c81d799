/** A JSON object whose keys are the caller's words: data, never walked as properties. */
export type Json = Record<string, unknown>;

/** Whether the value is a JSON object: neither a list nor null. */
export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
