// Runs the tests that need more than Node or an otherwise idle machine: `npm run soak`, `SOAK=short npm run soak`.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

if (!process.env.DATABASE_URL) {
  process.stderr.write(
    'The soak run needs PostgreSQL. Set DATABASE_URL to a server on which the role can create databases, for example DATABASE_URL=postgres://postgres@127.0.0.1:5432/postgres\n',
  );
  process.exit(1);
}
const jest = fileURLToPath(new URL('../node_modules/jest/bin/jest.js', import.meta.url));
const flags = ['--disable-proto=delete', jest, '--config', 'jest.soak.config.js', ...process.argv.slice(2)];
const { status } = spawnSync(process.execPath, flags, { stdio: 'inherit' });
process.exit(status ?? 1);
