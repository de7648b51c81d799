#!/usr/bin/env -S node --disable-proto=delete
import { build } from './build.js';

build();
await import('../dist/src/cli/rollcall.js');
