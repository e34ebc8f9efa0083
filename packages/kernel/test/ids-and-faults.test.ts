import { describe, expect, it } from 'vitest';
import { assertExhaustive, digestOf, digestOfParts, fault, fold, isFault, nameBasedId, newId } from '@retort/kernel';

describe('a name-based id', () => {
  it('is the UUID version 5 of RFC 9562', () =>
    expect(nameBasedId('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com')).toBe(
      '2ed6657d-e927-568b-95e1-2665a8aea6a2',
    ));
  it('differs from a random one, which never repeats', () => expect(newId()).not.toBe(newId()));
});

describe('a digest', () => {
  it('is SHA-256 with its algorithm in front', () =>
    expect(digestOf('abc')).toBe('sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'));

  it('of parts is that of the whole', () =>
    expect(digestOfParts([Buffer.from('a'), Buffer.from('bc')])).toBe(digestOf('abc')));
});

describe('a fault', () => {
  const missing = fault('artifact.missing', { public: 'There is none.', cause: 'why' });
  it('is told by its code and keeps its cause', () => {
    expect(isFault(missing)).toBe(true);
    expect(isFault(missing, 'artifact.missing')).toBe(true);
    expect(isFault(missing, 'artifact.corrupt')).toBe(false);
    expect(isFault(new Error('artifact.missing'))).toBe(false);
    expect(missing.cause).toBe('why');
    expect(missing.message).toBe('artifact.missing: There is none.');
  });
});

describe('a decider', () => {
  const counter = {
    initial: 0,
    decide: (by: number) => [by],
    evolve: (state: number, by: number) => state + by,
  };
  it('folds its events from the beginning or from a state', () => {
    expect(fold(counter, [1, 2, 3])).toBe(6);
    expect(fold(counter, [1], 10)).toBe(11);
  });
  it('says which case was not handled', () => expect(() => assertExhaustive('new' as never)).toThrow('"new"'));
});
