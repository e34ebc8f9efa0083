import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { atPointer, canonicalJson, digestOfJson, toPointer, type JsonValue } from '@retort/kernel';

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
