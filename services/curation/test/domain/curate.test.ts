import type { DecisionView } from '@retort/contracts';
import { seededRandom } from '@retort/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clusterCount, ranking, selectByClusterAndRank } from '../../src/domain/car.ts';
import { curate } from '../../src/domain/curate.ts';
import { embedContext, embeddingDimensions } from '../../src/domain/embedding.ts';
import { recipeOf } from '../../src/domain/recipe.ts';
import { allocateVectors, normalise, rowOf } from '../../src/domain/vectors/vectors.ts';
import { decision, tools, toolset } from '../history-stub.ts';

function embedding(context: DecisionView['context']): Float32Array {
  const into = new Float32Array(embeddingDimensions);
  embedContext(context, into);
  return into;
}
const cosine = (left: DecisionView['context'], right: DecisionView['context']) =>
  embedding(left).reduce((sum, value, index) => sum + value * embedding(right)[index]!, 0);

describe('the embedding of a context', () => {
  it('is a unit vector, and nothing for an empty context', () => {
    expect(Math.hypot(...embedding({ query: 'hello' }))).toBeCloseTo(1, 5);
    expect(embedContext({}, new Float32Array(embeddingDimensions))).toBe(false);
    expect(embedContext({ history: [], query: '' }, new Float32Array(embeddingDimensions))).toBe(false);
  });

  it('overlooks case, punctuation and the order of keys', () => {
    expect(cosine({ query: 'What is my balance?', a: 1 }, { a: 1, query: 'what is my  balance' })).toBeCloseTo(1, 5);
  });

  it('sees another number, another name, another flag', () => {
    expect(cosine({ query: 'send 100 to Ada' }, { query: 'send 200 to Ada' })).toBeLessThan(0.95);
    expect(cosine({ amount: 100, vip: true }, { amount: 101, vip: true })).toBeLessThan(0.95);
    expect(cosine({ amount: 100, vip: true }, { amount: 100, vip: false })).toBeLessThan(0.95);
  });

  it('holds near numbers for more alike than far ones', () => {
    const base = { amount: 100, query: 'pay' };
    expect(cosine(base, { ...base, amount: 101 })).toBeGreaterThan(cosine(base, { ...base, amount: 90_000 }));
  });

  it('is not drowned by a long history: another question is another context', () => {
    const history = Array.from({ length: 40 }, (_, turn) => ({ role: 'user', content: `turn ${turn} about my loan` }));
    expect(cosine({ query: 'yes please', history }, { query: 'no, cancel it', history })).toBeLessThan(0.95);
  });

  it('keeps the numbers it gave: a stored threshold means the same for ever', () => {
    expect(cosine({ query: 'freeze my card' }, { query: 'please freeze my card now' })).toBeCloseTo(0.7, 0);
  });
});

describe('CaR', () => {
  const random = seededRandom(5);
  const vectors = (count: number) => {
    const made = allocateVectors(count, 8);
    for (let index = 0; index < count; index++) {
      rowOf(made, index).forEach((_, place, row) => (row[place] = random.normal()));
      normalise(rowOf(made, index));
    }
    return made;
  };

  it('makes ⌊√(n/2)⌋ clusters: 2 for 8', () => expect([8, 200, 10_000].map(clusterCount)).toEqual([2, 10, 70]));

  it('ranks the unknown last and ties by index', () => {
    expect(ranking([null, 0.2, 0.9, 0.2])).toEqual([2, 1, 3, 0]);
  });

  it('takes all of fewer than 8, and all within the budget', () => {
    const quality = Array.from({ length: 7 }, () => null);
    const request = { vectors: vectors(7), quality, tools: quality.map(() => 0), random };
    expect(selectByClusterAndRank({ ...request, budget: 2 }).selected).toHaveLength(7);
  });

  it('keeps to its budget, keeps the best, and at least one of every tool', () => {
    fc.assert(
      fc.property(fc.integer({ min: 8, max: 80 }), fc.integer({ min: 4, max: 8 }), (count, budget) => {
        const quality = Array.from({ length: count }, (_, index) => (index % 7) / 7);
        const ofTools = Array.from({ length: count }, (_, index) => (index === count - 1 ? 3 : index % 3));
        const { selected } = selectByClusterAndRank({
          vectors: vectors(count),
          quality,
          tools: ofTools,
          budget,
          random,
        });
        expect(selected).toHaveLength(Math.min(budget, count));
        expect(selected).toContain(ranking(quality)[0]);
        expect(new Set(selected.map((index) => ofTools[index])).size).toBe(4);
      }),
      { numRuns: 25 },
    );
  });
});

describe('a curation', () => {
  const words = ['balance', 'of', 'my', 'account', 'loan', 'card', 'send', 'freeze', 'ada', 'bob'];
  const history = (seed: number, count: number) => {
    const random = seededRandom(seed);
    return Array.from({ length: count }, (_, index) => {
      const query = Array.from({ length: 3 }, () => random.pick(words)).join(' ');
      const call =
        random.next() < 0.5
          ? { tool_selected: 'balance', tool_parameters: {} }
          : { tool_selected: 'transfer', tool_parameters: { amount: random.integer(2) } };
      const outcome = { success: random.next() < 0.9, execution_time_ms: random.integer(50) };
      return decision(`d-${index}`, { context: { query }, position: `1/${index}`, outcome, ...call });
    });
  };
  const run = (decisions: DecisionView[], parameters = {}) =>
    curate({
      decisions,
      count: decisions.length,
      toolsets: new Map([[toolset, tools]]),
      recipe: recipeOf(parameters),
    });

  it('gives the same digest in whatever order the decisions come', () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom({}, { budget: 20 }, { keep_ratio: 0.6 }), (seed, parameters) => {
        const decisions = history(seed, 60);
        const shuffled = seededRandom(seed).shuffle(decisions);
        expect(run(shuffled, parameters).digest).toBe(run(decisions, parameters).digest);
      }),
      { numRuns: 6 },
    );
  });

  it('never drops a call that had a fit example, accounts for every decision, and weighs what it dropped', () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0, max: 0.4, noNaN: true }), (seed, epsilon) => {
        const decisions = history(seed, 60);
        const { rows, rejections, report } = run(decisions, { epsilon });
        const kept = new Set(rows.map(({ id }) => id));
        const callOf = (one: DecisionView) => JSON.stringify([one.tool_selected, one.tool_parameters]);
        const fit = decisions.filter(({ outcome }) => outcome?.success);
        expect(new Set(decisions.filter(({ id }) => kept.has(id)).map(callOf))).toEqual(new Set(fit.map(callOf)));
        expect([...kept, ...rejections.map(({ decisionId }) => decisionId)].sort()).toEqual(
          decisions.map(({ id }) => id).sort(),
        );
        expect(rows.reduce((sum, { weight }) => sum + weight, 0)).toBe(fit.length);
        expect(report.considered).toBe(60);
      }),
      { numRuns: 12 },
    );
  });

  it('keeps contradictions and names them; another tool that was not offered is none', () => {
    const context = { query: 'do the usual' };
    const other = decision('b', { context, tool_selected: null });
    expect(run([decision('a', { context }), other]).report).toMatchObject({
      conflicts: 2,
      duplicates: 0,
      conflict_pairs: [{ left: 'a', right: 'b', similarity: 1 }],
    });
    const elsewhere = curate({
      decisions: [
        decision('a', { context, toolset: 'sha256:1' }),
        decision('b', { context, toolset: 'sha256:2', tool_selected: 'transfer', tool_parameters: { amount: 1 } }),
      ],
      count: 2,
      toolsets: new Map([
        ['sha256:1', [tools[1]!]],
        ['sha256:2', [tools[0]!]],
      ]),
      recipe: recipeOf({}),
    });
    expect(elsewhere.report).toMatchObject({ conflicts: 0, duplicates: 0 });
  });

  it('takes a call whose arguments are not known for no contradiction of one that says them, and for no copy', () => {
    const context = { query: 'send it to Ada' };
    const transfer = { context, tool_selected: 'transfer' };
    const decisions = [
      decision('a', { ...transfer, tool_parameters: { amount: 1 } }),
      decision('b', { ...transfer, tool_parameters: null }),
      decision('c', { ...transfer, tool_parameters: null }),
    ];
    const { rows, rejections, report } = run(decisions);
    expect(rows.map(({ id, weight }) => [id, weight])).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
    expect(rejections).toEqual([{ decisionId: 'c', reason: 'duplicate', keeper: 'b' }]);
    expect(report).toMatchObject({ conflicts: 0 });
    expect(report.quality).toMatchObject({
      arguments_known: { numerator: 1, denominator: 3 },
      consistency: { numerator: 3, denominator: 3 },
      validity: { numerator: 3, denominator: 3 },
    });
    const other = decision('d', { context, tool_selected: 'balance' });
    expect(run([decisions[1]!, other]).report.conflict_pairs).toMatchObject([{ left: 'b', right: 'd' }]);
  });

  it('takes for no copy what tells of other arguments, where those are known in part', () => {
    const transfer = { context: { query: 'send it to Ada' }, tool_selected: 'transfer', tool_parameters: null };
    const known = { ...transfer, known_parameters: { amount: 1 } };
    const whole = { ...transfer, tool_parameters: { amount: 1 } };
    const { rows, report } = run([
      decision('a', transfer),
      decision('b', known),
      decision('c', known),
      decision('d', whole),
      decision('e', { ...transfer, known_parameters: { amount: 2 } }),
    ]);
    expect(rows.map(({ id, weight }) => [id, weight])).toEqual([
      ['a', 1],
      ['b', 2],
      ['d', 1],
      ['e', 1],
    ]);
    expect(report).toMatchObject({ conflicts: 0, quality: { uniqueness: { numerator: 4, denominator: 5 } } });
  });

  it('counts turns: the order of parallel calls makes no other turn, a second call does', () => {
    const context = { query: 'my balance, and send 1 to Ada' };
    const balance = { tool: 'balance', parameters: {} };
    const transfer = (amount: number) => ({ tool: 'transfer', parameters: { amount } });
    const decisions = [
      decision('a', { context, tool_calls: [balance, transfer(1)] }),
      decision('b', { context, tool_calls: [transfer(1), balance] }),
      decision('c', { context, tool_calls: [balance, transfer(2)] }),
      decision('d', { context, tool_calls: [balance] }),
    ];
    const { rows, rejections, report } = run(decisions);
    expect(rows.map(({ id, weight }) => [id, weight])).toEqual([
      ['a', 2],
      ['c', 1],
      ['d', 1],
    ]);
    expect(rejections).toEqual([{ decisionId: 'b', reason: 'duplicate', keeper: 'a' }]);
    expect(report).toMatchObject({ duplicates: 1, conflicts: 3 });
    expect(report.quality['consistency']).toMatchObject({ numerator: 1, denominator: 6 });
  });

  it('takes no turn of which one call does not fit', () => {
    const calls = [
      { tool: 'balance', parameters: {} },
      { tool: 'transfer', parameters: { amount: 'twelve' } },
    ];
    expect(run([decision('a', { tool_calls: calls })]).rejections).toMatchObject([{ reason: 'schema-invalid' }]);
  });

  it('covers no more tools than there are, however many turns are words', () => {
    const { tool_coverage } = run([
      decision('a', { tool_calls: [] }),
      decision('b', {
        tool_calls: [
          { tool: 'balance', parameters: {} },
          { tool: 'transfer', parameters: { amount: 1 } },
        ],
      }),
    ]).report.quality;
    expect(tool_coverage).toMatchObject({ value: 1, numerator: 2, denominator: 2 });
  });

  it('calls unique what deduplication keeps: near copies, failures and what is unfit count in both alike', () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom({}, { epsilon: 0.3 }, { keep_ratio: 0.6 }), (seed, parameters) => {
        const { deduplication_rate, duplicates, quality } = run(history(seed, 60), parameters).report;
        const { value, numerator, denominator } = quality['uniqueness']!;
        expect(value! + deduplication_rate).toBeCloseTo(1, 12);
        expect(denominator - numerator).toBe(duplicates);
      }),
      { numRuns: 6 },
    );
  });

  it('does not take a tool that was not offered, its arguments known or not', () => {
    const { rejections } = run([decision('a', { tool_selected: 'delete', tool_parameters: null })]);
    expect(rejections).toEqual([{ decisionId: 'a', reason: 'schema-invalid', keeper: null }]);
  });

  it('measures completeness and uniqueness as the definitions say: 3 cells missing of 40, 8 distinct of 10', () => {
    const decisions = Array.from({ length: 10 }, (_, index) =>
      decision(`d-${index}`, {
        context: { query: `question ${Math.min(index, 7)}` },
        ...(index < 2 ? { teacher_model: null } : {}),
        ...(index === 5 ? { outcome: null } : {}),
      }),
    );
    const { completeness, uniqueness } = run(decisions).report.quality;
    expect(completeness).toMatchObject({
      value: 0.925,
      numerator: 37,
      denominator: 40,
      offenders: ['d-0', 'd-1', 'd-5'],
    });
    expect(uniqueness).toMatchObject({ value: 0.8, numerator: 8, denominator: 10 });
  });
});
