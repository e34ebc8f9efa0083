import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  atPointer,
  canonicalJson,
  digestOfJson,
  exceededJsonBudget,
  jsonItems,
  toPointer,
  type JsonValue,
} from '@retort/kernel';

const jsonValue = fc.jsonValue() as fc.Arbitrary<JsonValue>;

describe('canonical JSON', () => {
  it('does not depend on the order in which members were written', () => {
    expect(canonicalJson({ b: 1, a: { d: [1, 2], c: null } })).toBe('{"a":{"c":null,"d":[1,2]},"b":1}');
    expect(digestOfJson({ a: 1, b: 2 })).toBe(digestOfJson({ b: 2, a: 1 }));
  });

  it('keeps the order of arrays, for there it means something', () =>
    expect(canonicalJson([2, 1])).not.toBe(canonicalJson([1, 2])));

  it('drops undefined members and writes what is no number as null, like JSON itself', () =>
    expect(canonicalJson({ a: undefined, b: Number.NaN })).toBe('{"b":null}'));

  it('reads back as the value it was made of', () =>
    fc.assert(
      fc.property(jsonValue, (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    ));
});

describe('a JSON pointer', () => {
  it('finds the value that it was built for', () => {
    const root = { 'a/b': [{ '~': 'here' }] };
    expect(atPointer(root, toPointer(['a/b', 0, '~']))).toBe('here');
    expect(atPointer(root, '')).toBe(root);
  });

  it('finds nothing where there is nothing, and nothing inherited', () => {
    expect(atPointer({ a: 1 }, '/a/b')).toBeUndefined();
    expect(atPointer([1], '/-1')).toBeUndefined();
    expect(atPointer({}, '/constructor')).toBeUndefined();
  });
});

describe('the budget of a JSON text', () => {
  const levelsOf = (value: JsonValue): number =>
    value === null || typeof value !== 'object' ? 0 : 1 + Math.max(0, ...Object.values(value).map(levelsOf));
  const valuesOf = (value: JsonValue): number =>
    value === null || typeof value !== 'object'
      ? 1
      : Object.values(value).reduce((sum: number, one) => sum + valuesOf(one), 1);

  it('is kept by a text within it, whatever its strings hold, and told without parsing', () =>
    fc.assert(
      fc.property(jsonValue, fc.boolean(), (value, indented) => {
        const text = JSON.stringify(value, null, indented ? 2 : 0);
        const budget = { levels: levelsOf(value), values: valuesOf(value) + emptyIn(value) };
        expect(exceededJsonBudget(text, budget)).toBeNull();
      }),
    ));

  it('is exceeded by one level and by one value', () => {
    const deep = '['.repeat(129) + ']'.repeat(129);
    expect(exceededJsonBudget(deep, { levels: 128, values: 1_000 })).toBe('levels');
    const many = JSON.stringify(Array.from({ length: 1_000 }, () => 1));
    expect(exceededJsonBudget(many, { levels: 128, values: 1_001 })).toBeNull();
    expect(exceededJsonBudget(many, { levels: 128, values: 1_000 })).toBe('values');
    const text = JSON.stringify({ a: ',[{\\",'.repeat(1_000) });
    expect(exceededJsonBudget(text, { levels: 1, values: 3 })).toBeNull();
  });

  /** An empty object or array counts as if something stood in it. */
  const emptyIn = (value: JsonValue): number => {
    if (value === null || typeof value !== 'object') return 0;
    const members = Object.values(value);
    return members.length === 0 ? 1 : members.reduce((sum: number, one) => sum + emptyIn(one), 0);
  };
});

describe('the items of an array', () => {
  it('are its texts, as they were written', () =>
    fc.assert(
      fc.property(fc.array(jsonValue), fc.boolean(), (values, indented) => {
        const items = jsonItems(JSON.stringify(values, null, indented ? 2 : 0));
        expect(items?.map((item) => JSON.parse(item) as unknown)).toEqual(JSON.parse(JSON.stringify(values)));
      }),
    ));

  it.each(['', '{}', '[', '[1,2', '[1]]', '[1] 2', '"[]"', '[{"a":1]'])('are not told of %j', (text) =>
    expect(jsonItems(text)).toBeNull(),
  );
});
