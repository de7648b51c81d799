import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { codeOf } from './error-code.js';

/** The directory of the embedded database cannot be used. */
export class DirectoryUnusable extends Error {}

const reasons: Record<string, string> = {
  EROFS: 'its file system is mounted read-only (EROFS). Mount it for writing',
  EACCES: 'this process may not write there (EACCES). Give it the right',
  EPERM: 'this process may not write there (EPERM). Give it the right',
  ENOSPC: 'the disk is full (ENOSPC). Make room',
  ENOTDIR: 'a part of its path is a file (ENOTDIR). Remove the file',
};

/** Makes the directory unless it is there. @throws DirectoryUnusable with the reason, if it cannot be written to */
export function makeDirectory(directory: string): void {
  try {
    makeEach(resolve(directory));
    accessSync(directory, constants.W_OK);
  } catch (error) {
    // On a read-only file system Node.js reports ENOENT for the directory that it did not make.
    const code = codeOf(error) === 'ENOENT' ? whyNot(directory) : codeOf(error);
    const reason = reasons[code];
    if (!reason) throw error;
    throw new DirectoryUnusable(
      `The directory ${directory} cannot be used: ${reason}, or set DATA_DIR to another directory.`,
    );
  }
}

// The recursive form of `mkdirSync` never ends below a file system that has no directories to make, such as /proc.
function makeEach(directory: string): void {
  if (existsSync(directory)) return;
  if (dirname(directory) !== directory) makeEach(dirname(directory));
  try {
    mkdirSync(directory);
  } catch (error) {
    // Another process was faster.
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

/** Returns why nothing can be made in the nearest directory above that exists. */
function whyNot(directory: string): string {
  let above = dirname(directory);
  while (!existsSync(above) && above !== dirname(above)) above = dirname(above);
  try {
    accessSync(above, constants.W_OK);
    return 'ENOENT';
  } catch (error) {
    return codeOf(error);
  }
}
