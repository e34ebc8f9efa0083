import { describe, expect, it } from 'vitest';
import { loadStudent, trainStudent } from '../src/index.ts';
import { confidenceOf, fitNovel, noveltyOf, weighTurn, type TurnEvidence } from '../src/confidence.ts';
import { fitTextScale } from '../src/head/text-scale.ts';
import { toolGroups } from '../src/novelty/groups.ts';
import { makeProxies } from '../src/novelty/proxies.ts';
import { joinRequests } from '../src/novelty/several.ts';
import { decisions, options, tools } from './decisions.ts';

const rows = decisions(300);
const answers = rows.map(({ call }) => call.tool);
const fold = Int32Array.from(rows, (_, index) => index % 3);
const groups = toolGroups(
  tools.map(({ name }) => name),
  1,
);

describe('proxies of never-seen requests', () => {
  const joined = joinRequests(rows, { answers, fold, seed: 1 });
  const proxies = makeProxies({
    decisions: rows,
    answers,
    joined,
    fold,
    groups,
    seed: 1,
    measured: Int32Array.from(rows.keys()),
  });

  it('leave every tool out of at most one round, and two at least in every head', () => {
    expect(groups.rounds).toBe(2);
    expect(new Set(groups.roundOf.values()).size).toBe(2);
    for (let round = 0; round < groups.rounds; round++)
      expect(tools.filter(({ name }) => groups.roundOf.get(name) !== round).length).toBeGreaterThanOrEqual(2);
    expect(toolGroups(['one', 'two'], 1).rounds).toBe(0);
  });

  it('belong to the group of their tool: none is fitted and tested on', () => {
    for (const { kind, tool, group } of proxies) if (tool !== null) expect(group, kind).toBe(groups.groupOf(tool));
  });

  it('never offer the right answer', () => {
    for (const { kind, request, tool } of proxies) {
      const offered = request.tools.some(({ name }) => name === tool);
      if (kind === 'out-of-scope' || kind === 'right-tool-missing' || kind === 'renamed-tool')
        expect(offered, kind).toBe(false);
    }
  });

  it('are joined of one fold, so that who learnt from either has seen the request', () => {
    expect(joined.length).toBeGreaterThan(20);
    for (const { of } of joined) expect(of[0]).not.toBe(of[1]);
  });

  it('are so many of each kind that none served is bounded by little', () => {
    const many = decisions(4000);
    const answers = many.map(({ call }) => call.tool);
    const fold = Int32Array.from(many, (_, index) => index % 3);
    const rows = Int32Array.from(many.keys());
    const some = makeProxies({ decisions: many, answers, joined: [], fold, groups, seed: 1, measured: rows });
    const counts = new Map<string, number>();
    for (const { kind } of some) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    for (const kind of ['right-tool-missing', 'renamed-tool', 'added-requirement', 'nonsense', 'empty'])
      expect(counts.get(kind), kind).toBeGreaterThanOrEqual(900);
    for (const kind of ['out-of-scope', 'new-tool']) expect(counts.get(kind), kind).toBeGreaterThan(1800);
    const foreign = some
      .filter(({ kind }) => kind === 'foreign-language')
      .map(({ request }) => request.context['query']);
    expect(new Set(foreign).size).toBeGreaterThan(350);
  });

  it('are the same for the same decisions and seed', () =>
    expect(
      makeProxies({
        decisions: rows,
        answers,
        joined,
        fold,
        groups,
        seed: 1,
        measured: Int32Array.from(rows.keys()),
      }),
    ).toEqual(proxies));
});

describe('a novelty score', () => {
  const evidence = (near: number, index: number): TurnEvidence => ({
    toolProbability: 0.9,
    argumentConfidence: 1,
    known: 0.8,
    familiarity: { offered: 0, margin: 2, centre: near - 0.1 + (index % 10) / 100, nearest: near },
  });
  const many = (near: number, count: number) => Array.from({ length: count }, (_, index) => evidence(near, index));

  it('weighs kinds by how hard they are, not by how many requests they have', () => {
    const known = many(0.9, 300);
    const model = fitNovel(known, [many(0.1, 2000), many(0.75, 60)]);
    const calibration = { right: null, novel: model };
    const hard = noveltyOf(weighTurn(calibration, evidence(0.75, 5)), 0.5);
    expect(hard).toBeGreaterThan(0.5);
    expect(noveltyOf(weighTurn(calibration, evidence(0.9, 5)), 0.5)).toBeLessThan(0.3);
  });

  it('makes confidences fall as more of the traffic is never seen, and says nothing where none is', () => {
    const calibration = { right: null, novel: fitNovel(many(0.9, 300), [many(0.5, 300)]) };
    const one = evidence(0.7, 3);
    const confidences = [0, 0.01, 0.05, 0.2, 0.5].map((share) => confidenceOf(weighTurn(calibration, one), share));
    expect(confidences).toEqual([...confidences].sort((a, b) => b - a));
    expect(confidences[0]).toBeCloseTo(0.9, 9);
  });

  it('is not fitted on too little', () => expect(fitNovel(many(0.9, 10), [many(0.5, 300)])).toBeNull());
});

describe('the scale of tools’ own texts', () => {
  it('makes the tool whose text is near win against one that was learnt and is not meant', () => {
    const examples = Array.from({ length: 80 }, (_, index) =>
      index % 2 === 0
        ? { logits: Float64Array.of(-2, -Infinity), similar: Float64Array.of(0.1, 0.6), reference: 0.1, label: 1 }
        : { logits: Float64Array.of(6, -Infinity), similar: Float64Array.of(0.5, 0.1), reference: 0.5, label: 0 },
    );
    const { intercept, similarity, relative } = fitTextScale(examples);
    const score = (similar: number, reference: number) =>
      intercept + similarity * similar + relative * (similar - reference);
    expect(score(0.6, 0.1)).toBeGreaterThan(-2);
    expect(score(0.1, 0.5)).toBeLessThan(6);
  });
});

describe('a ladder', () => {
  const { artifact, card } = trainStudent(decisions(900), { ...options, configuration: { epochs: 6 } });
  const student = loadStudent(artifact);

  it('has a rung for every share, serves no more as the share grows, and says by which it serves', () => {
    expect(card.ladder.rungs.map(({ share }) => share)).toEqual([0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5]);
    expect(card.ladder.share).toBe(0.05);
    const asked = decisions(200, { seed: 4 });
    const served = [0, 0.05, 0.2, 0.5].map(
      (share) => asked.filter((one) => student.predict(one, { share }).served).length,
    );
    expect(served).toEqual([...served].sort((a, b) => b - a));
    expect(served[1]).toBeGreaterThan(150);
  });

  it('is served by what the request’s share asks for, and by the guarantee’s own otherwise', () => {
    const one = decisions(1, { seed: 4 })[0]!;
    expect(student.predict(one)).toEqual(student.predict(one, { share: 0.05 }));
    expect(student.predict(one, { share: 0.03 })).toEqual(student.predict(one, { share: 0.05 }));
  });

  it('comes with the tails that the share of never-seen requests is estimated from', () => {
    const { cut, known, novel, kinds } = card.novelty;
    expect(cut).toBeGreaterThan(0);
    expect(novel.successes / novel.trials).toBeGreaterThan(known.successes / known.trials);
    expect(kinds.map(({ kind }) => kind)).toContain('out-of-scope');
  });
});
