import { seededRandom, type Random } from '@retort/kernel';
import { ladder, LADDER_SHARES, type KnownTurn } from '@retort/statistics';
import { describe, expect, it } from 'vitest';

const known = (turns: number, wrong: number, confidence: number): KnownTurn[] =>
  Array.from({ length: turns }, (_, index) => ({ confidence, wrong: index < wrong }));
const novel = (turns: number, confidence: number) => Array.from({ length: turns }, () => ({ confidence }));
const guarantee = { target: 0.93, delta: 0.05 };
const rung = (found: ReturnType<typeof ladder>, share: number) => found.rungs.find((one) => one.share === share)!;

describe('a ladder', () => {
  const calibration = [...known(1500, 30, 0.985), ...known(400, 60, 0.705), ...known(100, 50, 0.305)];
  const kinds = new Map([
    ['out of scope', [...novel(20, 0.985), ...novel(480, 0.705), ...novel(500, 0.1)]],
    ['random text', novel(1000, 0.05)],
  ]);

  it('serves less, the more never-seen requests it has to withstand', () => {
    const found = ladder({ known: calibration, novel: kinds, ...guarantee });
    expect(found.rungs.map(({ share }) => share)).toEqual(LADDER_SHARES);
    expect(rung(found, 0)).toMatchObject({ threshold: 0.31, served: 1900, wrong: 90, coverage: 0.95 });
    expect(rung(found, 0.05)).toMatchObject({ threshold: 0.71, served: 1500, worstKind: 'out of scope' });
    expect(rung(found, 0.05).novelServed).toBeCloseTo(0.02);
    expect(rung(found, 0.5).threshold).toBeNull();
    const thresholds = found.rungs.map(({ threshold }) => threshold ?? Infinity);
    expect(thresholds).toEqual([...thresholds].sort((a, b) => a - b));
  });

  it('gives everything to the teacher where even the surest turns are too often wrong or never-seen ones too often served', () => {
    const wrong = ladder({ known: known(500, 40, 0.9), novel: kinds, ...guarantee });
    const served = ladder({ known: known(500, 0, 0.9), novel: new Map([['joined', novel(300, 0.95)]]), ...guarantee });
    expect(wrong.rungs.every(({ threshold }) => threshold === null)).toBe(true);
    expect(served.rungs.filter(({ threshold }) => threshold !== null).map(({ share }) => share)).toEqual([
      0, 0.01, 0.02, 0.05,
    ]);
  });

  it('lends a rung the lower threshold of a higher one: its guarantee covers fewer never-seen requests too', () => {
    // 78 wrong of 1,500: few enough for δ/2, and too many for δ/6.
    const sample = {
      known: [...known(1000, 0, 0.99), ...known(500, 78, 0.505)],
      novel: new Map([['random text', novel(3000, 0.105)]]),
    };
    const found = ladder({ ...sample, ...guarantee, shares: [0.0005, 0.001, 0.0015, 0.002], defaultShare: 0.002 });
    expect(rung(found, 0.002)).toMatchObject({ threshold: 0, served: 1500 });
    expect(rung(found, 0.001)).toMatchObject({ threshold: 0, served: 1500 });
    expect(rung(ladder({ ...sample, target: 0.93, delta: 0.05 / 6, shares: [0.001] }), 0.001).threshold).toBe(0.51);
  });

  it('starts where turns apart from the calibration are surest: slips among the few at the top end no walk', () => {
    const slips = [...known(100, 6, 0.995), ...known(1900, 38, 0.85)];
    const few = new Map([['random text', novel(1000, 0.105)]]);
    expect(rung(ladder({ known: slips, novel: few, ...guarantee }), 0.05).threshold).toBeNull();
    const tune = { known: [...known(25, 1, 0.995), ...known(475, 9, 0.85)], novel: few };
    expect(rung(ladder({ known: slips, novel: few, tune, ...guarantee }), 0.05)).toMatchObject({
      threshold: 0.11,
      served: 2000,
    });
  });

  it('never serves a turn without a confidence, and nothing when there are no turns', () => {
    const found = ladder({ known: [...calibration, ...known(50, 50, NaN)], novel: kinds, ...guarantee });
    expect(rung(found, 0).served).toBe(1900);
    expect(ladder({ known: [], novel: kinds, ...guarantee }).rungs.every(({ threshold }) => threshold === null)).toBe(
      true,
    );
  });

  it('walks through 20,000 known and 50,000 never-seen turns of 50 kinds', () => {
    const random = seededRandom('ladder-size');
    const many = draw(random, 20_000);
    const proxies = new Map(Array.from({ length: 50 }, (_, kind) => [`tool ${kind}`, drawNovel(random, 1000, 0.02)]));
    const found = ladder({ known: many, novel: proxies, ...guarantee });
    expect(rung(found, 0.05).served).toBeGreaterThan(5000);
  });
});

/** The confidence says c and is right with probability c^1.5. */
function draw(random: Random, size: number): KnownTurn[] {
  return Array.from({ length: size }, () => {
    const confidence = 1 - random.next() ** 2 * 0.6;
    return { confidence, wrong: random.next() >= confidence ** 1.5 };
  });
}

/** Kinds never seen: a share of them is as sure as a known turn, the rest is not. */
function drawNovel(random: Random, size: number, sure: number) {
  return Array.from({ length: size }, () => ({
    confidence: random.next() < sure ? 1 - random.next() ** 2 * 0.6 : random.next() * 0.8,
  }));
}

describe('in 300 calibrations, the true error among what is served', () => {
  const random = seededRandom('ladder-simulation');
  const sures = new Map([
    ['hard', 0.2],
    ['easy', 0.01],
  ]);
  const sample = (size: number) => ({
    known: draw(random, size),
    novel: new Map([...sures].map(([name, sure]) => [name, drawNovel(random, size, sure)])),
  });
  const population = sample(200_000);
  const servedOf = (turns: readonly { confidence: number }[], threshold: number) =>
    turns.filter(({ confidence }) => confidence >= threshold).length / 200_000;
  const wrongTurns = population.known.filter(({ wrong }) => wrong);
  const truths = new Map<number, { served: number; wrong: number; novel: number }>();
  const truthAt = (threshold: number) => {
    const found = truths.get(threshold) ?? {
      served: servedOf(population.known, threshold),
      wrong: servedOf(wrongTurns, threshold),
      novel: servedOf(population.novel.get('hard')!, threshold),
    };
    truths.set(threshold, found);
    return found;
  };
  /** In a mix that holds this share of the hard kind. */
  const trueError = (threshold: number, share: number) => {
    const { served, wrong, novel: novelServed } = truthAt(threshold);
    const unseen = share * novelServed;
    return ((1 - share) * wrong + unseen) / ((1 - share) * served + unseen);
  };

  it('exceeds 7% at any rung in no more than δ of them', () => {
    let [guaranteed, broken] = [0, 0];
    for (let run = 0; run < 300; run++) {
      const { rungs } = ladder({ ...sample(1500), tune: sample(400), ...guarantee });
      if (rungs.some(({ share, threshold }) => share === 0.05 && threshold !== null)) guaranteed++;
      if (rungs.some(({ share, threshold }) => threshold !== null && trueError(threshold, share) > 0.07)) broken++;
    }
    expect(guaranteed).toBeGreaterThan(200);
    expect(broken).toBeLessThanOrEqual(15);
  });

  it('would exceed it with 5% never-seen requests by a threshold that knows of none', () => {
    let broken = 0;
    for (let run = 0; run < 300; run++) {
      const { rungs } = ladder({ ...sample(1500), tune: sample(400), ...guarantee, shares: [0] });
      const { threshold } = rungs[0]!;
      if (threshold !== null && trueError(threshold, 0.05) > 0.07) broken++;
    }
    expect(broken).toBeGreaterThan(60);
  });
});
