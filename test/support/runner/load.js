// Runs in each test worker before the first test file: registers the loader, and maps stacks to the TypeScript sources.
import { register } from 'node:module';

register('./typescript.js', import.meta.url);
process.setSourceMapsEnabled(true);
