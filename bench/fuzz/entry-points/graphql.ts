import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLOutputType,
  getNamedType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { pick, type Random, text } from '../mutate.js';
import { bearer, chance, json, type Make, odd, query } from '../request.js';
import { canary, domain, type Scene } from '../scene.js';

const schema = buildSchema(readFileSync(new URL('../../../../schema/schema.graphql', import.meta.url), 'utf8'));
const roots = {
  query: Object.values(schema.getQueryType()?.getFields() ?? {}),
  mutation: Object.values(schema.getMutationType()?.getFields() ?? {}),
  subscription: Object.values(schema.getSubscriptionType()?.getFields() ?? {}),
};
type Kind = keyof typeof roots;
type Field = GraphQLField<unknown, unknown>;

/** Returns a literal of the type: usually valid, sometimes of another type. */
function literal(scene: Scene, random: Random, type: GraphQLInputType, depth: number): string {
  if (chance(random, 0.02)) return pick(random, ['null', '1', '"x"', '{}', '[]', 'X', '-1e400'] as const);
  if (isNonNullType(type)) return literal(scene, random, type.ofType, depth);
  if (chance(random, 0.05)) return 'null';
  if (isListType(type)) {
    const items = Array.from({ length: Math.floor(random() * 3) }, () => literal(scene, random, type.ofType, depth));
    return `[${items.join(', ')}]`;
  }
  if (isEnumType(type)) return pick(random, type.getValues().map(({ name }) => name) as [string, ...string[]]);
  if (isInputObjectType(type)) {
    const given = Object.values(type.getFields()).filter(
      (field) => isNonNullType(field.type) || (depth < 4 && chance(random, 0.4)),
    );
    return `{${given.map(({ name, type: of }) => `${name}: ${literal(scene, random, of, depth + 1)}`).join(', ')}}`;
  }
  return scalar(scene, random, type.name);
}

function scalar({ ids, cursors }: Scene, random: Random, name: string): string {
  switch (name) {
    case 'Boolean':
      return pick(random, ['true', 'false'] as const);
    case 'Int':
    case 'Float':
      return pick(random, ['0', '1', '10', '-1', '2147483647', '99999999999'] as const);
    case 'ID':
      return JSON.stringify(chance(random, 0.8) ? pick(random, ids) : odd(random));
    case 'Cursor':
      return JSON.stringify(chance(random, 0.7) ? pick(random, cursors) : odd(random));
    case 'DateTime':
      return JSON.stringify(pick(random, ['2026-01-01T00:00:00Z', '1e99', '0000-00-00', '+275760-09-13T00:00:00Z']));
    case 'JSON':
      return `{a: ${JSON.stringify(odd(random))}}`;
    default: {
      const texts = [odd(random), canary, `${Math.floor(random() * 300)}@${domain}`, `${canary}.${domain}`] as const;
      return JSON.stringify(pick(random, [...texts, 'https://hooks.example/x']));
    }
  }
}

function call(scene: Scene, random: Random, field: Field, depth: number): string {
  const args = field.args
    .filter(({ type }) => isNonNullType(type) || chance(random, 0.4))
    .map(({ name, type }) => `${name}: ${literal(scene, random, type, 0)}`);
  return `${field.name}${args.length > 0 ? `(${args.join(', ')})` : ''}${selection(scene, random, field.type, depth)}`;
}

function selection(scene: Scene, random: Random, type: GraphQLOutputType, depth: number): string {
  const named = getNamedType(type);
  if (isLeafType(named)) return '';
  if (isAbstractType(named)) {
    const one = pick(random, schema.getPossibleTypes(named) as unknown as [GraphQLOutputType, ...GraphQLOutputType[]]);
    return ` { __typename ... on ${String(one)}${selection(scene, random, one, depth + 1) || ' { __typename }'} }`;
  }
  if (!isObjectType(named)) return '';
  const all = Object.values(named.getFields()).filter(
    ({ type: of }) => isLeafType(getNamedType(of)) || (depth < 3 && chance(random, 0.4)),
  );
  const some = all.filter(() => chance(random, 0.5)).slice(0, 8);
  return ` { __typename ${some.map((field) => call(scene, random, field, depth + 1)).join(' ')} }`;
}

function document(scene: Scene, random: Random, kind: Kind): string {
  const field = pick(random, roots[kind] as unknown as [Field, ...Field[]]);
  const written = `${kind} { ${call(scene, random, field, 0)} }`;
  return chance(random, 0.1) ? text(random, written) : written;
}

/** Makes GraphQL requests by POST, GET and as an event stream. */
export const graphql: Make = (scene, random) => {
  const kind = pick(random, ['query', 'query', 'query', 'mutation', 'mutation', 'subscription'] as const);
  const extensions = chance(random, 0.03)
    ? { extensions: { persistedQuery: { version: 1, sha256Hash: odd(random) } } }
    : {};
  const request = {
    query: document(scene, random, kind),
    ...(chance(random, 0.1) && { variables: { [canary]: odd(random) } }),
    ...(chance(random, 0.05) && { operationName: odd(random) }),
    ...extensions,
  };
  const headers = {
    ...bearer(random, scene.keys),
    ...(chance(random, 0.1) && { 'idempotency-key': chance(random, 0.5) ? 'again' : odd(random) }),
    ...(chance(random, 0.05) && { origin: 'https://elsewhere.test' }),
    ...(chance(random, 0.05) && { 'last-event-id': odd(random) }),
  };
  const path = kind === 'subscription' || chance(random, 0.1) ? '/graphql/stream' : '/graphql';
  if (chance(random, 0.1)) {
    const parameters = { query: request.query, variables: '{}', operationName: '' };
    return { method: 'GET', path: `${path}${query(random, parameters, 0.8)}`, headers };
  }
  const body = json(random, chance(random, 0.03) ? [request, request] : request);
  return { method: 'POST', path, ...body, headers: { ...headers, ...body.headers } };
};
