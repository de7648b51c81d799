const nested = (open: string, close: string, depth: number, core: string) =>
  `{ ${open.repeat(depth)}${core}${close.repeat(depth)} }`;
export const times = (count: number, make: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => make(n)).join(' ');
const bodyOf = (query: string) => JSON.stringify({ query });

/** Documents that exceed a limit. All are smaller than the maximum body. */
export const hostileDocuments: [name: string, body: string][] = [
  ['a depth of 1,000', bodyOf(nested('organization(id: "x") { connections { ', '} }', 500, 'id'))],
  ['a depth of 100, within the tokens', bodyOf(nested('connection(id: "x") { organization { ', '} }', 50, 'id'))],
  ['10,000 aliases', bodyOf(`{ ${times(10_000, (n) => `a${n}: viewer { kind }`)} }`)],
  ['300 aliases, within the tokens', bodyOf(`{ ${times(300, (n) => `a${n}: viewer { kind }`)} }`)],
  ['a cycle of fragments', bodyOf('{ viewer { ...A } } fragment A on Viewer { ...B } fragment B on Viewer { ...A }')],
  [
    'a cycle of 150 fragments',
    bodyOf(`{ viewer { ...F0 } } ${times(150, (n) => `fragment F${n} on Viewer { ...F${(n + 1) % 150} }`)}`),
  ],
  ['5 MB of a document', bodyOf(`{ viewer { kind } } # ${'x'.repeat(5_000_000)}`)],
  ['a megabyte of a comment, within the body', bodyOf(`{ nothing } # ${'x'.repeat(1_000_000)}`)],
  ['a string of a megabyte', bodyOf(`{ organization(id: "${'x'.repeat(1_000_000)}") { nothing } }`)],
  ['a batch of 1,000', JSON.stringify(Array.from({ length: 1_000 }, () => ({ query: '{ viewer { kind } }' })))],
  ['one field 600 times', bodyOf(`{ ${times(600, () => 'viewer { kind }')} }`)],
  ['one field 600 times with arguments', bodyOf(`{ ${times(120, (n) => `organization(id: "${n}") { id }`)} }`)],
  ['400 operations of one name', bodyOf(times(400, () => 'query A { viewer { kind } }'))],
  ['400 operations', bodyOf(times(400, (n) => `query A${n} { viewer { kind } }`))],
  [
    'an introspection bomb',
    bodyOf(`{ __schema { types { fields { type { ${'fields { type { '.repeat(12)} name ${'} }'.repeat(12)} } } } } }`),
  ],
  ['200 introspections', bodyOf(`{ ${times(200, (n) => `a${n}: __schema { types { name } }`)} }`)],
  ['1,000 directives', bodyOf(`{ viewer { kind ${'@skip(if: false) '.repeat(400)} } }`)],
  [
    'pages of pages of pages',
    bodyOf(
      '{ organization(id: "x") { users(first: 200) { nodes { groups(first: 200) { nodes { members(first: 200) { nodes { id } } } } } } } }',
    ),
  ],
  [
    'plain lists of plain lists',
    bodyOf(
      '{ group(id: "x") { childGroups { parentGroups { childGroups { parentGroups { childGroups { id } } } } } } }',
    ),
  ],
  ['an input of 100 levels', bodyOf(`{ organization(id: ${'['.repeat(600)}1${']'.repeat(600)}) { id } }`)],
  [
    'a variable of 5,000 levels',
    JSON.stringify({ query: 'query($x: ID!) { organization(id: $x) { id } }', variables: { x: 0 } }).replace(
      ':0}',
      `:${'['.repeat(5_000)}${']'.repeat(5_000)}}`,
    ),
  ],
  ['unknown fields with suggestions', bodyOf(`{ ${times(300, (n) => `organizatoin${n}`)} }`)],
  ['a page size beyond integers', bodyOf('{ organizations(first: 99999999999) { totalCount } }')],
];
