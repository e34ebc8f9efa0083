import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '@retort/kernel';
import { BLOCKS } from '../src/features/buffer.ts';
import { featureRows, learnFeatures } from '../src/features/matrix.ts';
import { identifierWords, normalizeText, tokens } from '../src/features/tokens.ts';
import { extract, extractCharacters, featureBuffer, readContext } from '../src/index.ts';
import { bucketOf, learnStructure } from '../src/features/structure.ts';

const hashesOf = (context: JsonObject) => {
  const buffer = featureBuffer();
  extract(context, new Map(), buffer);
  extractCharacters(buffer);
  return { all: [...buffer.hashes.subarray(0, buffer.length)], ends: [...buffer.ends] };
};

describe('text', () => {
  it('reads spelling variants as one: case, width, apostrophes', () => {
    expect(tokens(normalizeText("What's UP"))).toEqual(['whats', 'up']);
    expect(tokens(normalizeText('ｗｈａｔ’ｓ up'))).toEqual(tokens(normalizeText('what’s up')));
  });

  it('keeps words of other scripts, marks and emoji', () => {
    expect(tokens(normalizeText('Où est-ce? 🎉'))).toEqual(['où', 'est', '-', 'ce', '?', '🎉']);
    expect(tokens(normalizeText('天気は?'))).toEqual(['天', '気', 'は', '?']);
    expect(tokens(normalizeText('привет мир'))).toEqual(['привет', 'мир']);
  });

  it('reads identifiers as phrases', () => {
    expect(identifierWords('getWeather_v2.byCity')).toBe('get Weather v2 by City');
  });
});

describe('a context', () => {
  it('is read as text, turns and leaves', () => {
    const parts = readContext({
      query: 'and now?',
      history: [{ role: 'user', content: 'hello' }],
      state: { basket: [{ price: 3 }], open: true },
    });
    expect(parts.text).toBe('and now?');
    expect(parts.turns).toEqual([{ role: 'user', content: 'hello' }]);
    expect(parts.leaves).toEqual([
      { path: 'state.basket[].price', value: 3 },
      { path: 'state.open', value: true },
    ]);
  });

  it('without a query takes what the user said last as its text', () => {
    const messages = [
      { role: 'user', content: 'first' },
      { role: 'assistant', content: 'reply' },
      { role: 'user', content: 'last' },
    ];
    expect(readContext({ messages }).text).toBe('last');
    expect(readContext({ messages }).turns).toHaveLength(2);
  });

  it('hashes the same words apart when another role said them', () => {
    const said = (role: string) => hashesOf({ query: '', history: [{ role, content: 'cancel it' }] }).all;
    const shared = said('user').filter((hash) => said('assistant').includes(hash));
    expect(said('user').length).toBeGreaterThan(4);
    // Only the number of turns is the same for both.
    expect(shared).toHaveLength(1);
  });

  it('costs bounded work, whatever is sent', () => {
    const long = 'word '.repeat(20_000);
    const wide = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`key${index}`, long]));
    const turns = Array.from({ length: 500 }, () => ({ role: 'user', content: long }));
    expect(hashesOf({ query: 'x'.repeat(100_000) }).all.length).toBeLessThan(200);
    expect(hashesOf({ query: long }).all.length).toBeLessThan(15_000);
    expect(hashesOf({ query: '', history: turns }).all.length).toBeLessThan(20_000);
    expect(hashesOf(wide).all.length).toBeLessThan(100_000);
  });

  it('of any JSON is read without a failure, and always the same way', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (context) => {
        const first = hashesOf(context as JsonObject);
        expect(hashesOf(context as JsonObject)).toEqual(first);
      }),
      { numRuns: 200 },
    );
  });
});

describe('numbers', () => {
  it('fall into quantile buckets of their own path', () => {
    const structure = learnStructure(Array.from({ length: 1000 }, (_, amount) => ({ amount })));
    const amount = structure.get('amount')!;
    expect(bucketOf(amount, -5)).toBe(0);
    expect(bucketOf(amount, 1e9)).toBe(12);
    expect(bucketOf(amount, 500)).toBe(6);
    expect(bucketOf(amount, NaN)).toBe(-1);
    expect(structure.has('other')).toBe(false);
  });

  it('are parted where two tools part, at the roundest number between them', () => {
    const contexts = Array.from({ length: 400 }, (_, index) => ({ amount: 7 + index * 50, age: index % 40 }));
    const tools = contexts.map(({ amount }) => (amount > 10_000 ? 'ask_approval' : 'pay'));
    const structure = learnStructure(contexts, tools);
    expect(structure.get('amount')!.thresholds).toEqual([10_000]);
    expect(structure.get('age')!.thresholds).toEqual([]);
  });

  it('on a side of a threshold are read with every word', () => {
    const place = { edges: [10], thresholds: [10], category: false };
    const buffer = featureBuffer();
    const crossed = (query: string, amount: number) => {
      extract({ query, amount }, new Map([['amount', place]]), buffer);
      const end = BLOCKS.indexOf('crossed');
      return [...buffer.hashes.subarray(buffer.ends[end - 1], buffer.ends[end])];
    };
    expect(crossed('pay the bill', 11)).toHaveLength(3);
    expect(crossed('pay the bill', 11)).toEqual(crossed('pay the bill', 12));
    expect(crossed('pay the bill', 11)).not.toEqual(crossed('pay the bill', 9));
  });
});

describe('a row of features', () => {
  const contexts = ['pay the bill', 'pay the rent', 'open the door'].map((query) => ({ query }));
  const learn = (minimumRows: number, of = contexts) => {
    const options = { minimumRows, maximumFeatures: 1000, blockWeights: [1, 1, 1, 1, 1, 1] };
    const { space, scarceIdf } = learnFeatures(of, options);
    return { ...featureRows(of, space), space, scarceIdf };
  };

  it('has unit length per block when the vocabulary knows everything', () => {
    const { rows, known } = learn(1);
    for (let row = 0; row < 3; row++) {
      const values = rows.values.subarray(rows.offsets[row], rows.offsets[row + 1]);
      expect(values.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(4, 5);
      expect(known[row]).toBeCloseTo(1, 6);
    }
  });

  it('says how much of it is unknown', () => {
    const { known } = learn(2);
    expect(known[0]).toBeGreaterThan(known[2]!);
    expect(known[2]).toBeLessThan(0.6);
  });

  it('is known to the others as it would be to a vocabulary without it', () => {
    const repeated = [...contexts, ...contexts, { query: 'pay the tax' }];
    const { space, scarceIdf } = learn(2, repeated);
    const others = learn(2, repeated.slice(1)).space;
    const known = (of: typeof space, from?: number) => featureRows([repeated[0]!], of, from).known[0]!;
    expect(known(space)).toBeCloseTo(1, 6);
    expect(known(others)).toBeLessThan(0.9);
    expect(known(space, scarceIdf)).toBeCloseTo(known(others), 1);
  });

  it('keeps the most frequent features when there are too many', () => {
    const { space } = learnFeatures(contexts, { minimumRows: 1, maximumFeatures: 5, blockWeights: [1, 1, 1, 1, 1, 1] });
    expect(space.vocabulary.hashes).toHaveLength(5);
    expect(Math.max(...space.vocabulary.idf)).toBeLessThan(space.vocabulary.unseenIdf);
  });
});
