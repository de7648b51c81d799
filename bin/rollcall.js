#!/usr/bin/env -S node --disable-proto=delete
import { build } from './build.js';
import { requireOpenFiles } from './open-files.js';

// First: with too few, the program fails in the middle of being loaded, with a text that says nothing of the limit.
requireOpenFiles();
build();
// Libraries check themselves at every step unless they are told that this is the real thing.
process.env.NODE_ENV ??= 'production';
await import('../dist/src/cli/rollcall.js');
