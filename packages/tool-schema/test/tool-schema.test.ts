import { describe, expect, it } from 'vitest';
import { toolSchemas, type Objection } from '../src/index.ts';
import { toolSchemaLimits } from '../src/limits.ts';

const schemas = toolSchemas();
const refusalsOf = (schema: Record<string, unknown>) => schemas.of(schema).refusals.map(({ pointer }) => pointer);
const check = (schema: Record<string, unknown>, value: unknown): Objection['kind'] | 'fits' =>
  schemas.of(schema).check(value)?.kind ?? 'fits';
const nested = (levels: number, within: unknown = []) => {
  let value = within;
  for (let level = 0; level < levels; level++) value = [value];
  return value;
};

describe('a tool schema', () => {
  it('is read in the draft that $schema names, and in 2020-12 where it names none', () => {
    const tuple = { items: [{ type: 'string' }] };
    const exclusive = { minimum: 1, exclusiveMinimum: true };
    const draft = (name: string) => ({ $schema: name });
    expect(check({ ...draft('http://json-schema.org/draft-07/schema#'), ...tuple }, [1])).toBe('violated');
    expect(check({ ...draft('https://json-schema.org/draft/2019-09/schema'), ...tuple }, [1])).toBe('violated');
    expect(refusalsOf(tuple)).not.toEqual([]);
    expect(check({ ...draft('http://json-schema.org/draft-04/schema#'), ...exclusive }, 1)).toBe('violated');
    expect(refusalsOf({ ...draft('https://unknown.example/draft'), ...exclusive })).toEqual(['/exclusiveMinimum']);
    for (const schema of [{ dependentRequired: { a: ['b'] } }, { properties: { b: {} }, unevaluatedProperties: false }])
      expect(check(schema, { a: 1 })).toBe('violated');
  });

  it('is refused by pointer where it is no JSON Schema that can be checked', () => {
    const within = (member: object) => ({ type: 'object', properties: { a: member } });
    expect(refusalsOf({ $async: true, minimum: 1 })).toEqual(['/$async']);
    expect(refusalsOf(within({ $async: true }))).toEqual(['/properties/a/$async']);
    expect(refusalsOf(within({ format: 'telephone' }))).toEqual(['/properties/a/format']);
    expect(refusalsOf(within({ format: 'constructor' }))).toEqual(['/properties/a/format']);
    expect(refusalsOf(within({ minLength: -1 }))).toEqual(['/properties/a/minLength']);
    for (const schema of [{ pattern: '(' }, { properties: [] }, { type: 'text' }])
      expect(refusalsOf(schema)).not.toEqual([]);
  });

  it('refers to nothing outside of itself', () => {
    for (const $ref of ['https://elsewhere.example/', 'http://json-schema.org/draft-07/schema#', 'file:///etc/passwd'])
      expect(refusalsOf({ $ref })).not.toEqual([]);
    expect(refusalsOf({ $defs: { b: { $id: 'b' } }, properties: { a: { $ref: 'b' } } })).toEqual([]);
  });

  it('defines identifiers for itself alone', () => {
    const named = (type: string) => ({
      $defs: { shared: { $id: 'https://agent.example/shared', type } },
      properties: { a: { $ref: 'https://agent.example/shared' } },
    });
    expect(check(named('string'), { a: 'x' })).toBe('fits');
    expect(check(named('number'), { a: 'x' })).toBe('violated');
    expect(refusalsOf({ properties: { a: { $ref: 'https://agent.example/shared' } } })).not.toEqual([]);
  });

  it('is refused where it is larger than the limits', () => {
    let deep: object = {};
    for (let level = 0; level < 3_000; level++) deep = { properties: { a: deep } };
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, {}]));
    for (const schema of [
      deep as Record<string, unknown>,
      { enum: Array.from({ length: toolSchemaLimits.values }, (_, index) => index) },
      { description: 'x'.repeat(toolSchemaLimits.characters) },
      { anyOf: Array.from({ length: toolSchemaLimits.keywords }, (_, index) => ({ minimum: index })) },
      { patternProperties: many(200) },
    ])
      expect(refusalsOf(schema)).toEqual(['']);
  });

  it('that is refused and in use all the same checks nothing, and says so', () => {
    const schema = schemas.of({ $async: true, minimum: 1 });
    expect([schema.check({}), schema.checkInPart({}), schema.unchecked]).toEqual([null, null, schema.refusals]);
  });
});

describe('checking arguments', () => {
  it('runs patterns that would take a backtracking engine years', () => {
    const text = `${'a'.repeat(30_000)}!`;
    for (const pattern of ['^(a+)+$', '^(a|a)*$', '^(a|aa)+$', '(x+x+)+y', '^(?:a?){30}a{30}$'])
      expect(check({ pattern }, text)).toBe('violated');
    expect(check({ patternProperties: { '^(a+)+$': false } }, { [text]: 1 })).toBe('fits');
    expect(check({ patternProperties: { '^(a+)+$': false } }, { aaa: 1 })).toBe('violated');
  });

  it('finds duplicates among 50,000 items in linear steps', () => {
    const items = Array.from({ length: 50_000 }, (_, index) => ({ index, of: [index] }));
    expect(check({ uniqueItems: true }, items)).toBe('fits');
    expect(check({ uniqueItems: true }, [...items, { of: [7], index: 7 }])).toBe('violated');
    expect(check({ uniqueItems: true }, [1, '1', true, null, 'null', [1], { a: 1 }])).toBe('fits');
    expect(check({ uniqueItems: true }, [0, -0])).toBe('violated');
    expect(check({ uniqueItems: false }, [1, 1])).toBe('fits');
  });

  it('ends where it would take more steps than the budget', () => {
    const twice = {
      $ref: '#/$defs/node',
      $defs: { node: { allOf: Array(2).fill({ items: { $ref: '#/$defs/node' } }) } },
    };
    expect(check(twice, nested(60))).toBe('over-budget');
    const doubling: Record<string, unknown> = { z0: { type: 'number' } };
    for (let index = 1; index < 60; index++)
      doubling[`z${index}`] = { anyOf: Array(2).fill({ $ref: `#/$defs/z${index - 1}` }) };
    expect(check({ $ref: '#/$defs/z59', $defs: doubling }, 'x')).toBe('over-budget');
    expect(check({ items: { pattern: '^(?:[a-z]{0,30}){0,30}$' } }, Array(500).fill('a'.repeat(1_000)))).toBe(
      'over-budget',
    );
    expect(
      check({ items: { enum: Array.from({ length: 900 }, (_, index) => ({ index })) } }, Array(9_000).fill({})),
    ).toBe('over-budget');
  });

  it('survives a schema that refers to itself without end', () => {
    for (const schema of [
      { allOf: [{ $ref: '#' }] },
      { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/a' } } },
      { $dynamicAnchor: 'self', anyOf: [{ $dynamicRef: '#self' }] },
    ])
      expect([schemas.of(schema).refusals.length > 0, check(schema, {})]).not.toEqual([false, 'fits']);
  });

  it('leaves a pattern that the linear engine cannot run unchecked, and checks the rest', () => {
    const schema = schemas.of({
      type: 'object',
      properties: { code: { type: 'string', pattern: '^(?=.*\\d)\\w+$' }, same: { pattern: '(a)\\1' } },
      required: ['code'],
    });
    expect(schema.refusals).toEqual([]);
    expect(schema.unchecked.map(({ pointer }) => pointer)).toEqual([
      '/properties/code/pattern',
      '/properties/same/pattern',
    ]);
    expect(schema.check({ code: 'x' })).toBeNull();
    expect(schema.check({ code: 5 })?.kind).toBe('violated');
    expect(schema.check({})?.kind).toBe('violated');
    expect(schema.checkInPart({})).toBeNull();
  });

  it('refuses nothing because of what it leaves unchecked', () => {
    const lookahead = { pattern: '^(?=a)' };
    for (const schema of [
      { not: lookahead },
      { oneOf: [lookahead, { type: 'string' }] },
      { if: lookahead, then: false },
      { patternProperties: { '^(?=a)': {} }, additionalProperties: false },
      { items: { format: 'iri', not: { format: 'iri' } } },
    ])
      for (const value of ['b', { b: 1 }, ['b']]) expect([schema, check(schema, value)]).toEqual([schema, 'fits']);
  });

  it('agrees with the language of ECMA-262 on white space, line ends and Unicode', () => {
    for (const [pattern, text] of [
      ['^\\s$', '\u00a0'],
      ['^[\\s\\d]+$', '\ufeff1\u2003'],
      ['^\\S$', '\u00a0'],
      ['^.$', '\u2028'],
      ['^[.]$', '\u2028'],
      ['^\\u0041\\u{1F600}$', 'A😀'],
      ['^(?<year>\\d{4})$', '2026'],
      ['^\\p{L}+$', 'Ünïcödé'],
      ['^[^]$', '\n'],
      ['^a$', 'a\n'],
      ['[\\]\\s]', '\u00a0'],
    ] as const)
      expect([pattern, check({ pattern }, text)]).toEqual([
        pattern,
        new RegExp(pattern, 'u').test(text) ? 'fits' : 'violated',
      ]);
  });

  it('may refer to itself as a whole', () => {
    const tree = { properties: { children: { items: { $ref: '#' } }, name: { type: 'string' } }, required: ['name'] };
    expect(refusalsOf(tree)).toEqual([]);
    const leaf = { name: 'leaf' };
    expect(check(tree, { name: 'root', children: [leaf, leaf] })).toBe('fits');
    expect(check(tree, { name: 'root', children: [leaf, { name: 1 }] })).toBe('violated');
  });

  it('is checked within one budget by all calls of a turn', () => {
    const schema = { items: { type: 'integer', minimum: 0 } };
    const items = Array.from({ length: 50_000 }, (_, index) => index);
    expect(schemas.of(schema).check(items)).toBeNull();
    expect(schemas.of(schema).check(items, 128)).toEqual({ kind: 'over-budget' });
  });

  it('names the members that are at fault', () => {
    const objection = schemas
      .of({ properties: { a: { minimum: 1 } }, required: ['a/b'], additionalProperties: false })
      .check({ a: 0, c: 1 });
    expect(objection).toMatchObject({
      kind: 'violated',
      violations: expect.arrayContaining([
        expect.objectContaining({ pointer: '/a' }),
        expect.objectContaining({ pointer: '/a~1b' }),
        expect.objectContaining({ pointer: '/c' }),
      ]) as unknown,
    });
  });

  it('gives the same verdict after the compiled schema was forgotten', () => {
    const small = toolSchemas({ capacity: 100 });
    const list = Array.from({ length: 20 }, (_, index) => ({ type: 'object', required: [`p${index}`] }));
    for (let round = 0; round < 2; round++)
      for (const [index, schema] of list.entries()) {
        expect(small.of(schema).check({ [`p${index}`]: 1 })).toBeNull();
        expect(small.of(schema).check({})?.kind).toBe('violated');
      }
  });
});
