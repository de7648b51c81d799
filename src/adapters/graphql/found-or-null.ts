import { NotFound } from '../../kernel/errors.js';

/** Returns the object; null if it does not exist or belongs to another organization. */
export async function foundOrNull<T>(find: () => Promise<T>): Promise<T | null> {
  try {
    return await find();
  } catch (error) {
    if (error instanceof NotFound) return null;
    throw error;
  }
}
