import { describe, expect, it } from 'vitest';
import { loadStudent, trainStudent } from '../src/index.ts';
import { featureBuffer } from '../src/features/buffer.ts';
import { extract } from '../src/features/extract.ts';
import { learnFeatures } from '../src/features/matrix.ts';
import { meaningReader } from '../src/features/meaning.ts';
import { englishWordVectors } from '../src/features/word-vectors.ts';
import { wordHash } from '../src/features/words.ts';

const { unitOf } = meaningReader(englishWordVectors());
const buffer = featureBuffer();
const meaningOf = (query: string) => {
  extract({ query }, new Map(), buffer);
  return Float32Array.from(unitOf(buffer.words));
};
const cosine = (a: string, b: string) => {
  const other = meaningOf(b);
  return meaningOf(a).reduce((sum, value, dimension) => sum + value * other[dimension]!, 0);
};

describe('the meaning of a text', () => {
  it('is read from its words alone, in the order of the text', () => {
    extract({ query: 'Freeze my card', history: [{ role: 'user', content: 'hello there' }] }, new Map(), buffer);
    expect(buffer.words.map(({ named }) => named)).toEqual(['freeze', 'my', 'card'].map(wordHash));
  });

  it('is nearer to another that says the same in other words', () => {
    expect(cosine('transfer money', 'send cash')).toBeGreaterThan(cosine('transfer money', 'play music') + 0.3);
    expect(cosine('will it rain', 'weather forecast')).toBeGreaterThan(cosine('will it rain', 'book a table') + 0.2);
  });

  it('has unit length, and is zero where no word is known', () => {
    const length = (query: string) => Math.hypot(...meaningOf(query));
    expect(length('block the card')).toBeCloseTo(1, 5);
    expect(length('')).toBe(0);
    expect(length('残高 ⟨⟩ qqxzv')).toBe(0);
  });

  it('is left out where the words of the requests are not known', () => {
    const learn = (queries: string[]) =>
      learnFeatures(
        queries.map((query) => ({ query })),
        {
          minimumRows: 1,
          maximumFeatures: 1000,
          blockWeights: [1, 1, 1, 1, 1, 1],
          meaning: { vectors: englishWordVectors(), weight: 1.5 },
        },
      ).space;
    expect(learn(['pay the bill', 'open the door']).meaning).toBeDefined();
    expect(learn(['заплати по счёту', 'открой дверь']).meaning).toBeUndefined();
  });

  it('lets a student understand words that none of its decisions had', () => {
    const tools = ['transfer', 'music'].map((name) => ({ name, description: '', parameters: { type: 'object' } }));
    const said = [
      [
        'send money to my brother',
        'pay my landlord the rent',
        'transfer cash to her account',
        'wire him the payment',
        'pay the invoice',
        'send two hundred pounds',
        'move savings to checking',
        'give my sister twenty euros',
      ],
      [
        'play a song',
        'put on some jazz',
        'turn the radio up',
        'start my favourite album',
        'play something by a rock band',
        'next track',
        'shuffle my playlist',
        'some classical piano',
      ],
    ];
    const decisions = said.flatMap((queries, tool) =>
      Array.from({ length: 80 }, (_, index) => ({
        id: `${tool}-${index}`,
        context: { query: `${queries[index % 8]!} please` },
        tools,
        call: { tool: tools[tool]!.name, parameters: {} },
      })),
    );
    const student = (meaningWeight: number) =>
      loadStudent(
        trainStudent(decisions, {
          seed: 1,
          target: 0.93,
          confidence: 0.95,
          configuration: { meaningWeight, hidden: 8, networks: 1 },
        }).artifact,
      );
    const unheard = { context: { query: 'melody concert' }, tools };
    const unheardToo = { context: { query: 'deposit dollars bank' }, tools };
    const reading = student(1.5);
    expect(reading.predict(unheard).call.tool).toBe('music');
    expect(reading.predict(unheardToo).call.tool).toBe('transfer');
    const blind = student(0);
    // Without meaning both look alike: nothing in them was ever seen.
    expect(blind.predict(unheard).call.tool).toBe(blind.predict(unheardToo).call.tool);
  });
});
