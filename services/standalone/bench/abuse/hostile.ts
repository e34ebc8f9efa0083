/** Values that break what was not written for them, and bodies that cost the most that is still accepted. */
const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

export const hostileTexts = [
  '',
  '0',
  '-1',
  '2147483648',
  '9223372036854775808',
  '1e309',
  'NaN',
  'null',
  '\0',
  '%00',
  '../../etc/passwd',
  "' or 1=1 --",
  '$where',
  '__proto__',
  'constructor',
  'x'.repeat(300),
  '\u{1F600}'.repeat(40),
  '2026-02-30T00:00:00Z',
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999999999+15:59',
  'sha256:' + '0'.repeat(64),
];

export const hostileValues: readonly unknown[] = [
  ...hostileTexts,
  null,
  true,
  -1,
  2_147_483_648,
  Number.MAX_SAFE_INTEGER,
  1e308,
  [],
  {},
  [[]],
  { __proto__x: 1 },
  'a'.repeat(200_000),
  JSON.parse(deep(100)) as unknown,
  Array.from({ length: 50_000 }, (_, index) => index),
  Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`k${index}`, index])),
];

const twice = { allOf: [{ items: { $ref: '#/$defs/node' } }, { items: { $ref: '#/$defs/node' } }] };
const members = (count: number) => Object.fromEntries(many(count).map((index) => [`k${index}`, index]));
const many = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Schemas with the arguments that make checking them slow. */
export const hostileSchemas: readonly { schema: object; value: unknown }[] = [
  { schema: { $async: true }, value: 1 },
  { schema: { pattern: '^(a+)+$' }, value: `${'a'.repeat(100_000)}!` },
  { schema: { pattern: '^(?:[a-z]{0,30}){0,30}$' }, value: 'a'.repeat(8_000) },
  { schema: { pattern: '^(?=a)(?:a+)+$' }, value: `${'a'.repeat(100_000)}!` },
  { schema: { patternProperties: { '^(a+)+$': {} } }, value: { [`${'a'.repeat(100_000)}!`]: 1 } },
  { schema: { uniqueItems: true }, value: many(100_000) },
  { schema: { items: { type: 'integer', minimum: 0 } }, value: many(90_000) },
  { schema: { items: { type: 'integer', minimum: 1e6 } }, value: many(90_000) },
  { schema: { items: { $ref: '#/$defs/n' }, $defs: { n: { type: 'string' } } }, value: many(90_000) },
  { schema: { $ref: '#/$defs/node', $defs: { node: twice } }, value: JSON.parse('['.repeat(60) + ']'.repeat(60)) },
  { schema: { items: { enum: many(900).map((index) => ({ index })) } }, value: many(2_000).map(() => ({})) },
  { schema: { enum: many(19_000) }, value: 1 },
  {
    schema: { properties: Object.fromEntries(many(490).map((n) => [`p${n}`, { type: 'string', maxLength: n }])) },
    value: {},
  },
  { schema: { anyOf: many(320).map((n) => ({ properties: { [`p${n}`]: { const: n } } })) }, value: { p1: 2 } },
  { schema: { format: 'uri-template' }, value: '{a}'.repeat(30_000) },
  { schema: { format: 'json-pointer' }, value: '/a'.repeat(150_000) },
  { schema: { items: { format: 'date-time' } }, value: many(9_000).map(() => '2026-01-01T00:00:00Z') },
  { schema: { patternProperties: { '^a': { type: 'string' }, b$: {} } }, value: members(20_000) },
  { schema: { allOf: many(990).map(() => ({ minimum: 0 })) }, value: 1 },
  {
    schema: { unevaluatedProperties: false, allOf: many(300).map((n) => ({ properties: { [`k${n}`]: {} } })) },
    value: members(300),
  },
  { schema: { format: 'email' }, value: 'a@'.repeat(30_000) },
  { schema: JSON.parse(deep(100)) as object, value: 1 },
  { schema: { allOf: [{ $ref: '#' }] }, value: 1 },
];

/** Bodies that are not what they say, or not JSON. */
export const hostileBodies: readonly { type: string; body: string; headers?: Record<string, string> }[] = [
  { type: 'application/json', body: '' },
  { type: 'application/json', body: '{"a":' },
  { type: 'application/json', body: 'null' },
  { type: 'application/json', body: '[]' },
  { type: 'application/json', body: deep(3_000) },
  { type: 'application/json', body: '['.repeat(200_000) },
  { type: 'application/json', body: '{"__proto__":{"a":1}}' },
  { type: 'application/json', body: '{}', headers: { 'content-encoding': 'gzip' } },
  { type: 'application/x-ndjson', body: '{}\n{}\n[' },
  { type: 'text/plain', body: 'hello' },
  { type: 'application/xml', body: '<a/>' },
];
