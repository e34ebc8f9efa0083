import type { Random } from '@retort/kernel';
import { ladder, type KnownTurn, type LadderSample } from '../src/index.ts';

const [target, delta] = [0.93, 0.05];
/** Kinds never seen, and the share of each that is as sure as a known turn. */
const kinds = { hard: 0.2, easy: 0.01 };

/** Calibrations of an overconfident student: the confidence says c, the truth is c^1.5. A rung breaks its guarantee when
 *  the true error exceeds what is allowed in a mix that holds its share of the hard kind. */
export function simulateGuarantees(random: Random, { calibrations }: { calibrations: number }) {
  let [guaranteed, broken, worst] = [0, 0, 0];
  const coverage: number[] = [];
  for (let run = 0; run < calibrations; run++) {
    const { rungs } = ladder({ ...draw(random, 2000), tune: draw(random, 500), target, delta });
    const errors = rungs.flatMap(({ share, threshold }) => (threshold === null ? [] : [trueError(threshold, share)]));
    const ofDefault = rungs.find(({ share }) => share === 0.05);
    if (typeof ofDefault?.threshold === 'number') guaranteed++;
    coverage.push(ofDefault?.coverage ?? 0);
    worst = Math.max(worst, ...errors);
    if (errors.some((error) => error > 1 - target)) broken++;
  }
  return {
    calibrations,
    with_a_default_rung: guaranteed,
    mean_coverage_of_default_rung: coverage.reduce((sum, one) => sum + one, 0) / calibrations,
    broken,
    share: broken / calibrations,
    worst_true_error: worst,
    kept: broken / calibrations <= delta,
  };
}

function draw(random: Random, size: number): LadderSample {
  const known = Array.from({ length: size }, (): KnownTurn => {
    const confidence = sureConfidence(random);
    return { confidence, wrong: random.next() >= confidence ** 1.5 };
  });
  const unsure = () => random.next() * 0.8;
  const novelTurns = (sure: number) =>
    Array.from({ length: size }, () => ({ confidence: random.next() < sure ? sureConfidence(random) : unsure() }));
  return { known, novel: new Map(Object.entries(kinds).map(([kind, sure]) => [kind, novelTurns(sure)])) };
}

const sureConfidence = (random: Random) => 1 - 0.6 * random.next() ** 2;

/** In closed form: confidences are 1 − .6·U², so c or more has probability √((1 − c)/.6) within [.4, 1]. */
function trueError(threshold: number, share: number): number {
  const served = Math.min(1, Math.sqrt((1 - threshold) / 0.6));
  const right = integrate((u) => (1 - 0.6 * u * u) ** 1.5, served);
  const unsureServed = Math.max(0, (0.8 - threshold) / 0.8);
  const novel = share * (kinds.hard * served + (1 - kinds.hard) * unsureServed);
  return ((1 - share) * (served - right) + novel) / ((1 - share) * served + novel);
}

/** ∫ f from 0 to `end` by Simpson's rule. */
function integrate(f: (x: number) => number, end: number): number {
  const steps = 200;
  const width = end / steps;
  let sum = f(0) + f(end);
  for (let step = 1; step < steps; step++) sum += (step % 2 === 1 ? 4 : 2) * f(step * width);
  return (sum * width) / 3;
}
