/** A conditional log-linear choice between the candidates of an example. Candidate c has the features starts[c] …
 *  starts[c + 1] with their strengths; the state of a feature is its weight and the sum of its squared slopes. */

declare function exp(x: f64): f64;

const RATE: f64 = 0.15;
const SHRINK: f64 = 1e-5;
/** Keeps the first steps from being as large as the last are small. */
const INITIAL_SQUARES: f64 = 1e-3;
/** A candidate whose chance is off by less hardly moves. */
const LEAST_GRADIENT: f64 = 1e-3;

/** What `choose` reads, as `FRAMES` of `src/kernels/signatures.ts` lays it out. */
@unmanaged
class Choose {
  features: usize;
  strengths: usize;
  states: usize;
  chances: usize;
}

/** chances[c] = the softmax over the candidates. */
export function chances(
  features: usize,
  strengths: usize,
  starts: usize,
  candidates: i32,
  states: usize,
  chances: usize,
): void {
  let highest: f64 = -Infinity;
  let at = (<usize>load<i32>(starts)) << 2;
  for (let candidate: usize = 0; candidate < <usize>candidates; candidate++) {
    const end = (<usize>load<i32>(starts + (candidate << 2), 4)) << 2;
    let score: f64 = 0;
    for (; at < end; at += 4)
      score += load<f64>(states + ((<usize>load<i32>(features + at)) << 4)) * <f64>load<f32>(strengths + at);
    store<f64>(chances + (candidate << 3), score);
    if (score > highest) highest = score;
  }
  let sum: f64 = 0;
  for (let to = chances; to < chances + ((<usize>candidates) << 3); to += 8) {
    const chance = exp(load<f64>(to) - highest);
    store<f64>(to, chance);
    sum += chance;
  }
  for (let to = chances; to < chances + ((<usize>candidates) << 3); to += 8) store<f64>(to, load<f64>(to) / sum);
}

/** One AdaGrad step (Duchi et al. 2011) on the negative log-likelihood of the answer, whose chances are known; features of
 *  candidates that would hardly move stay as they are. */
export function choose(frame: usize, starts: usize, candidates: i32, answer: i32, importance: f64): void {
  const given = changetype<Choose>(frame);
  const features = given.features;
  const strengths = given.strengths;
  const states = given.states;
  const chances = given.chances;
  for (let candidate: usize = 0; candidate < <usize>candidates; candidate++) {
    const truth: f64 = <i32>candidate == answer ? 1 : 0;
    const gradient = (truth - load<f64>(chances + (candidate << 3))) * importance;
    if (abs(gradient) < LEAST_GRADIENT) continue;
    const end = (<usize>load<i32>(starts + (candidate << 2), 4)) << 2;
    for (let at = (<usize>load<i32>(starts + (candidate << 2))) << 2; at < end; at += 4) {
      const state = states + ((<usize>load<i32>(features + at)) << 4);
      const weight = load<f64>(state);
      const slope = gradient * <f64>load<f32>(strengths + at) - SHRINK * weight;
      const squares = load<f64>(state, 8) + slope * slope;
      store<f64>(state, squares, 8);
      store<f64>(state, weight + (RATE * slope) / sqrt(squares + INITIAL_SQUARES));
    }
  }
}
