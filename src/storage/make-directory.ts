import { accessSync, constants, existsSync, mkdirSync, statfsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { codeOf } from './error-code.js';

/** The directory of the embedded database cannot be used. */
export class DirectoryUnusable extends Error {}

const reasons: Record<string, string> = {
  EROFS: 'its file system is mounted read-only (EROFS). Mount it for writing',
  EACCES: 'this process may not write there (EACCES). Give it the right',
  EPERM: 'this process may not write there (EPERM). Give it the right',
  ENOSPC: 'the disk is full (ENOSPC). Make room',
  ENOENT: 'no directory can be made there (ENOENT). Check its file system',
  ENOTDIR: 'a part of its path is a file (ENOTDIR). Remove the file',
};

/** Creates the directory if it does not exist. @throws DirectoryUnusable with the reason, if it is not writable */
export function makeDirectory(directory: string): void {
  if (existsSync(directory) && !statSync(directory).isDirectory())
    throw new DirectoryUnusable(`DATA_DIR is "${directory}", which is a file. Set DATA_DIR to a directory.`);
  try {
    makeEach(resolve(directory));
    accessSync(directory, constants.W_OK);
  } catch (error) {
    // On a read-only file system, Node.js reports ENOENT for the directory that it could not create.
    const code = codeOf(error) === 'ENOENT' ? whyNot(directory) : codeOf(error);
    const reason = reasons[code];
    if (!reason) throw error;
    throw new DirectoryUnusable(
      `The directory ${directory} cannot be used: ${reason}, or set DATA_DIR to another directory.`,
    );
  }
}

// The recursive form of `mkdirSync` never returns below a file system that does not support directories, such as /proc.
function makeEach(directory: string): void {
  if (existsSync(directory)) return;
  if (dirname(directory) !== directory) makeEach(dirname(directory));
  try {
    mkdirSync(directory);
  } catch (error) {
    // Another process has created it first.
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

function nearest(directory: string): string {
  let above = dirname(resolve(directory));
  while (!existsSync(above) && above !== dirname(above)) above = dirname(above);
  return above;
}

/** Returns why nothing can be created in the nearest existing parent directory. */
function whyNot(directory: string): string {
  try {
    accessSync(nearest(directory), constants.W_OK);
    return 'ENOENT';
  } catch (error) {
    return codeOf(error);
  }
}

/** File system types of /proc, /sys and control groups, in which root can write but not create directories. */
const withoutFiles = new Set([0x9fa0, 0x62656572, 0x63677270]);

/**
 * Returns why `makeDirectory` would fail, with the path that causes it; null if no reason is known. Creates nothing.
 */
export function whyNotMakeable(directory: string): string | null {
  const above = existsSync(directory) ? directory : nearest(directory);
  if (!statSync(above).isDirectory()) return `${above} is a file.`;
  if (withoutFiles.has(statfsSync(above).type)) return `the file system of ${above} cannot hold files.`;
  try {
    accessSync(above, constants.W_OK);
    return null;
  } catch (error) {
    return `${above} may not be written to (${codeOf(error)}).`;
  }
}
