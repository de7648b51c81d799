#!/usr/bin/env -S node --disable-proto=delete
import { build } from './build.js';
import { requireOpenFiles } from './open-files.js';

// Check this first: with a low limit, loading the program fails halfway with an error that does not mention the limit.
requireOpenFiles();
build();
// Libraries run additional checks unless the environment is production.
process.env.NODE_ENV ??= 'production';
await import('../dist/src/cli/rollcall.js');
