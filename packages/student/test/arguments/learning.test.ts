import { isFault } from '@retort/kernel';
import { describe, expect, it } from 'vitest';
import { compileArguments, crossFitArguments, decodeArguments, encodeArguments } from '../../src/arguments/index.ts';
import { decision, learnt, tools } from './helpers.ts';

describe('an argument', () => {
  it('is the first match of the shape that two examples show', () => {
    const predictor = learnt([
      decision(1, { query: 'move AB-12 to done' }, { key: 'AB-12' }),
      decision(2, { query: 'close XY-9' }, { key: 'XY-9' }),
    ]);
    expect(predictor.predict({ context: { query: 'reopen QQ-314 and tell KL-2' }, tools }, 'act').parameters).toEqual({
      key: 'QQ-314',
    });
  });

  it('is constant, copied by path or written as a number, with the type the teacher writes', () => {
    const rows = Array.from({ length: 60 }, (_, index) => {
      const id = `C-${1000 + index * 7}`;
      const amount = 50 + index * 13;
      return decision(
        index,
        { query: `send ${amount} euros to the customer`, customer: { id }, n: index },
        { channel: 'sepa', customer: { id }, amount },
      );
    });
    const predicted = learnt(rows).predict(
      { context: { query: 'send 7,777 euros to the customer', customer: { id: 'C-9' }, n: 4 }, tools },
      'act',
    );
    expect(predicted).toMatchObject({
      complete: true,
      parameters: { channel: 'sepa', customer: { id: 'C-9' }, amount: 7777 },
    });
  });
});

describe('encoded programs', () => {
  it('are refused when a byte is changed, cut off, or foreign', () => {
    const bytes = encodeArguments(
      crossFitArguments([decision(1, { query: 'close AB-1' }, { key: 'AB-1' })], { seed: 1 }).programs,
    );
    const broken = [
      bytes.slice(0, -9),
      new Uint8Array(0),
      new Uint8Array(64),
      ...[5, 40, bytes.length - 2].map((at) => bytes.map((byte, index) => (index === at ? byte ^ 4 : byte))),
    ];
    for (const candidate of broken)
      expect(() => decodeArguments(candidate)).toThrowError(
        expect.toSatisfy((error: unknown) => isFault(error, 'student.artifact-corrupt')) as Error,
      );
  });
});

describe('a predictor', () => {
  it('leaves the arguments of a tool it never saw to the teacher, unless the tool takes none', () => {
    const predictor = learnt([decision(1, { query: 'close AB-1' }, { key: 'AB-1' })]);
    const schema = { type: 'object', properties: { city: { type: 'string' } } };
    const request = {
      context: { query: 'weather in Oslo' },
      tools: [{ name: 'weather', parameters: schema }, { name: 'ping' }],
    };
    expect(predictor.predict(request, 'weather')).toMatchObject({ complete: false, unknown: ['/city'], confidence: 0 });
    expect(predictor.predict(request, 'ping')).toEqual({ parameters: {}, confidence: 1, complete: true });
  });

  it('says which required argument it could not produce', () => {
    const rows = Array.from({ length: 30 }, (_, index) =>
      decision(index, { query: `close AB-${index}` }, { key: `AB-${index}` }),
    );
    const offered = [
      { name: 'act', parameters: { type: 'object', required: ['key'], properties: { key: { type: 'string' } } } },
    ];
    expect(learnt(rows).predict({ context: { query: 'hello there' }, tools: offered }, 'act')).toMatchObject({
      complete: false,
      unknown: ['/key'],
    });
  });

  it('answers bad input without failing: nothing learnt, no text, a long text, emoji, NaN, strange keys', () => {
    const rows = [
      decision(1, { query: '', n: Number.NaN, deep: { a: [{ b: [] }] } }, {}),
      decision(2, { query: '😀 send 5 🎉', n: 4 }, { amount: 5, ['__proto__x']: { y: null } }),
      decision(3, { query: '😀 send 5 🎉', n: 4 }, { amount: 6 }),
      decision(
        4,
        { n: '4', history: [{ role: 'tool', content: '{broken' }, 'plain', null] },
        { list: [], 'a/b': ['x', 'y'] },
      ),
    ];
    for (const learning of [[], rows.slice(0, 1), rows.slice(1, 2), rows]) {
      const predictor = learnt(learning);
      const contexts = [
        {},
        { query: 'x'.repeat(100_000) },
        { query: '1 '.repeat(50_000) },
        { query: '👩‍👩‍👧 你好 \ud83d' },
        { query: 7, n: Number.NaN },
        ...rows.map((row) => row.context),
      ];
      for (const context of contexts) {
        const predicted = predictor.predict({ context, tools }, 'act');
        expect(predicted.confidence).toBeGreaterThanOrEqual(0);
        expect(predicted.confidence).toBeLessThanOrEqual(1);
      }
    }
  });

  it('is less sure where the same request was answered in two ways', () => {
    const split = Array.from({ length: 60 }, (_, index) =>
      decision(index, { query: 'raise the limit' }, { level: index % 2 === 0 ? 'low' : 'high' }),
    );
    const agreed = split.map((row) => ({ ...row, call: { tool: 'act', parameters: { level: 'low' } } }));
    const request = { context: { query: 'raise the limit' }, tools };
    expect(learnt(split).predict(request, 'act').confidence).toBeLessThan(0.7);
    expect(learnt(agreed).predict(request, 'act').confidence).toBeGreaterThan(0.9);
  });

  it('gives the same bytes and the same answers for the same decisions and seed', () => {
    const rows = Array.from({ length: 40 }, (_, index) =>
      decision(index, { query: `pay ${index} to Ann ${index}` }, { amount: index, to: `Ann ${index}` }),
    );
    const bytes = encodeArguments(crossFitArguments(rows, { seed: 3 }).programs);
    expect(encodeArguments(crossFitArguments(rows, { seed: 3 }).programs)).toEqual(bytes);
    const request = { context: { query: 'pay 12 to Ann 77' }, tools };
    expect(compileArguments(decodeArguments(bytes)).predict(request, 'act')).toEqual(
      compileArguments(decodeArguments(bytes)).predict(request, 'act'),
    );
  });
});
