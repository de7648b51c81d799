#!/usr/bin/env -S node --disable-proto=delete
import { build } from './build.js';

build();
// Libraries check themselves at every step unless they are told that this is the real thing.
process.env.NODE_ENV ??= 'production';
await import('../dist/src/cli/rollcall.js');
