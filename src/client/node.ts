import { readFile, rename, writeFile } from 'node:fs/promises';
import type { CursorStore } from './cursor-stores.js';

/** Keeps the cursor in a file, whole at any moment. For one process: two that share it would overtake each other. */
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
