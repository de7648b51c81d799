import { readFile, rename, writeFile } from 'node:fs/promises';
import type { CursorStore } from './cursor-store.js';

/**
 * Returns a store that keeps the cursor in a file, which is always complete. For one process only: two processes would
 * overwrite each other's cursor.
 */
export function fileStore(path: string): CursorStore {
  return {
    async load() {
      try {
        return (await readFile(path, 'utf8')).trim() || null;
      } catch (error) {
        if ((error as { code?: string }).code === 'ENOENT') return null;
        throw error;
      }
    },
    async save(cursor) {
      await writeFile(`${path}.next`, cursor);
      await rename(`${path}.next`, path);
    },
  };
}
