import { createServer } from 'node:http';
import { postgraphile } from 'postgraphile';
import { makePgService } from 'postgraphile/adaptors/pg';
import { grafserv } from 'postgraphile/grafserv/node';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';

// PostGraphile on the product's tables, started as in its documentation. It has no callers and no tenants. Its packages
// are installed by `npm ci --prefix bench`, separate from those of the product.
const [, , connectionString = ''] = process.argv;
// PostGraphile 5.1 requires Node 22; this is the only function that Node 20 lacks.
if (!('withResolvers' in Promise)) {
  const withResolvers = () => {
    const parts = {};
    parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
    return parts;
  };
  Object.assign(Promise, { withResolvers });
}
const server = createServer();
const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ connectionString, schemas: ['public'] })],
  grafserv: { graphiql: false },
});
await instance.createServ(grafserv).addTo(server);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`listens on http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}\n`);
});
