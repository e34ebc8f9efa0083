import { seededRandom, type Random } from '@retort/kernel';
import { countScores, exchangeabilityTest, quantileEdges } from '@retort/statistics';
import { describe, expect, it } from 'vitest';

const scores = (random: Random, size: number) => Array.from({ length: size }, () => random.normal());
const begin = (seed: string, calibration = 500) => {
  const random = seededRandom(seed);
  const edges = quantileEdges(scores(random, 1000));
  const question = { calibration: countScores(scores(random, calibration), edges), delta: 0.05 };
  return { random, question, test: exchangeabilityTest({ ...question, random: random.fork('ties') }) };
};

describe('the exchangeability test', () => {
  it('gives uniform p-values although scores are counted in bins', () => {
    const { random, test } = begin('p-values');
    const pValues = Array.from({ length: 20_000 }, () => test.observe(random.normal()).pValue).sort((a, b) => a - b);
    const distance = Math.max(...pValues.map((p, index) => Math.abs(p - (index + 0.5) / pValues.length)));
    // The 99.9% quantile of the Kolmogorov–Smirnov distance.
    expect(distance).toBeLessThan(1.95 / Math.sqrt(pValues.length));
  });

  it('alarms in at most δ of 100 runs of 20,000 requests without a change', () => {
    let alarms = 0;
    for (let run = 0; run < 100; run++) {
      const { random, test } = begin(`stable-${run}`);
      let alarmed = false;
      for (let request = 0; request < 20_000 && !alarmed; request++) alarmed = test.observe(random.normal()).alarmed;
      if (alarmed) alarms++;
    }
    expect(alarms).toBeLessThanOrEqual(5);
  });

  it('alarms soon after 10% of the requests become novel, early as well as after 20,000 requests', () => {
    for (const before of [0, 20_000]) {
      const { random, test } = begin(`changed-${before}`);
      for (let request = 0; request < before; request++) test.observe(random.normal());
      let requests = 0;
      while (!test.observe(random.normal() + (random.next() < 0.1 ? 4 : 0)).alarmed) requests++;
      expect(requests).toBeLessThan(2000);
    }
  });

  it('alarms when scores become lower than they were too', () => {
    const { random, test } = begin('lower');
    let requests = 0;
    while (!test.observe(random.normal() - 1).alarmed) requests++;
    expect(requests).toBeLessThan(200);
  });

  it('resumes from its state as if it had never stopped, and stays alarmed', () => {
    const { random, question, test } = begin('resumed');
    for (let request = 0; request < 1000; request++) test.observe(random.normal());
    const state = structuredClone(test.state());
    const resumed = exchangeabilityTest({ ...question, random: seededRandom('other ties'), resume: state });
    expect(resumed.state()).toEqual(state);
    while (!resumed.observe(9).alarmed);
    for (let request = 0; request < 100; request++) expect(resumed.observe(random.normal()).alarmed).toBe(true);
  });

  it('against higher scores alone takes lower ones for no change, and is as quick to see higher ones', () => {
    const { random, question } = begin('higher');
    const test = exchangeabilityTest({ ...question, against: 'higher', random: random.fork('ties') });
    for (let request = 0; request < 20_000; request++) expect(test.observe(random.normal() - 1).alarmed).toBe(false);
    let requests = 0;
    while (!test.observe(random.normal() + (random.next() < 0.1 ? 4 : 0)).alarmed) requests++;
    expect(requests).toBeLessThan(2000);
  });

  it('takes every score, also beyond those it knew and without edges', () => {
    const test = exchangeabilityTest({ calibration: countScores([], []), delta: 0.05, random: seededRandom('alone') });
    for (const score of [-1e9, 0, 1e9, Infinity]) {
      const { pValue } = test.observe(score);
      expect(pValue).toBeGreaterThan(0);
      expect(pValue).toBeLessThan(1);
    }
  });

  it('has evidence that stays within 1e100 however long requests are other', () => {
    const { question } = begin('endless');
    const test = exchangeabilityTest({ ...question, random: seededRandom('endless ties') });
    let evidence = 0;
    for (let request = 0; request < 20_000; request++) evidence = Math.max(evidence, test.observe(request).evidence);
    expect(evidence).toBe(1e100);
    expect(JSON.parse(JSON.stringify(test.state()))).toEqual(test.state());
  });
});
