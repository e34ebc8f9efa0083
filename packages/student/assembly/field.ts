/** A linear-chain conditional random field (Lafferty, McCallum and Pereira 2001) over the lattices of `lattice.ts`. */

import { even } from './lattice';

/** What `adjust` reads, as `FRAMES` of `src/kernels/signatures.ts` lays it out. */
@unmanaged
class Adjust {
  weights: usize;
  energies: usize;
  columns: i32;
  rows: usize;
  offsets: usize;
  labels: usize;
  slopes: usize;
  moved: usize;
}

declare function exp(x: f64): f64;

/** chances[token][place] = the probability of each label at each token; expected = how often each transition is to be expected,
 *  laid out as the transitions are. Forward and backward sums, each row scaled to one (Rabiner 1989). `factors` has room for
 *  the transitions, `potentials` for the rows and two more, `scales` for a number a token. */
export function marginals(
  emissions: usize,
  transitions: usize,
  tokens: i32,
  slots: i32,
  factors: usize,
  potentials: usize,
  scales: usize,
  chances: usize,
  expected: usize,
): void {
  const entering = even(slots + 1);
  const later = even(slots);
  const width = entering + later;
  const size = (width * entering + 2 * later) << 3;
  const inside = (width * entering) << 3;
  const row = width << 3;
  for (let at: usize = 0; at < size; at += 8) store<f64>(factors + at, exp(load<f64>(transitions + at)));
  memory.fill(expected, 0, size);
  for (let token: usize = 0; token < <usize>tokens; token++) {
    const own = potentials + token * row;
    exponentials(emissions + ((token * width) << 2), width, own);
    const to = chances + token * row;
    if (token == 0) begin(own, <usize>slots, width, to);
    else forward(to - row, own, factors, inside, entering, later, <usize>slots, to);
    store<f64>(scales + (token << 3), normalize(to, row));
  }
  // What is still to come, from each place: of the token in hand, and of the one after it with its potentials.
  const ahead = potentials + <usize>tokens * row;
  const after = ahead + row;
  for (let at: usize = 0; at < row; at += 8) store<f64>(ahead + at, 1);
  for (let token = tokens - 1; token > 0; token--) {
    const own = potentials + <usize>token * row;
    const here = chances + <usize>token * row;
    const scale = f64x2.splat(1 / load<f64>(scales + ((<usize>token) << 3)));
    for (let at: usize = 0; at < row; at += 16) {
      const come = v128.load(ahead + at);
      v128.store(after + at, f64x2.mul(scale, f64x2.mul(v128.load(own + at), come)));
      v128.store(here + at, f64x2.mul(v128.load(here + at), come));
    }
    const before = here - row;
    for (let from: usize = 0; from < width; from++) {
      let sum = f64x2.splat(0);
      const chance = f64x2.splat(load<f64>(before + (from << 3)));
      const begin = (from * entering) << 3;
      for (let to: usize = 0; to < entering << 3; to += 16) {
        const step = f64x2.mul(v128.load(factors + begin + to), v128.load(after + to));
        sum = f64x2.add(sum, step);
        const count = expected + begin + to;
        v128.store(count, f64x2.add(v128.load(count), f64x2.mul(chance, step)));
      }
      store<f64>(ahead + (from << 3), f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1));
    }
    for (let slot: usize = 0; slot < <usize>slots; slot++) {
      const come = load<f64>(after + ((entering + slot) << 3));
      follow(factors + inside + (slot << 3), come, slot + 1, before, ahead, expected + inside + (slot << 3));
      const stay = inside + ((later + slot) << 3);
      follow(factors + stay, come, entering + slot, before, ahead, expected + stay);
    }
  }
  for (let at: usize = 0; at < row; at += 16)
    v128.store(chances + at, f64x2.mul(v128.load(chances + at), v128.load(ahead + at)));
}

/** From a place to a later token of the same slot. */
function follow(factor: usize, come: f64, from: usize, before: usize, ahead: usize, expected: usize): void {
  const step = load<f64>(factor) * come;
  const at = from << 3;
  store<f64>(ahead + at, load<f64>(ahead + at) + step);
  store<f64>(expected, load<f64>(expected) + step * load<f64>(before + at));
}

function exponentials(emissions: usize, width: usize, to: usize): void {
  let highest: f32 = -Infinity;
  for (let place: usize = 0; place < width << 2; place += 4) highest = max(highest, load<f32>(emissions + place));
  for (let place: usize = 0; place < width; place++)
    store<f64>(to + (place << 3), exp(<f64>load<f32>(emissions + (place << 2)) - <f64>highest));
}

/** A text begins outside or with the first token of a slot. */
function begin(potentials: usize, slots: usize, width: usize, to: usize): void {
  for (let place: usize = 0; place < width; place++)
    store<f64>(to + (place << 3), place <= slots ? load<f64>(potentials + (place << 3)) : 0);
}

function forward(
  before: usize,
  potentials: usize,
  factors: usize,
  inside: usize,
  entering: usize,
  later: usize,
  slots: usize,
  into: usize,
): void {
  for (let to: usize = 0; to < entering << 3; to += 16) {
    let sum = f64x2.splat(0);
    for (let from: usize = 0; from <= slots; from++) {
      const step = v128.load(factors + ((from * entering) << 3) + to);
      sum = f64x2.add(sum, f64x2.mul(f64x2.splat(load<f64>(before + (from << 3))), step));
    }
    for (let from = entering; from < entering + slots; from++) {
      const step = v128.load(factors + ((from * entering) << 3) + to);
      sum = f64x2.add(sum, f64x2.mul(f64x2.splat(load<f64>(before + (from << 3))), step));
    }
    v128.store(into + to, f64x2.mul(sum, v128.load(potentials + to)));
  }
  for (let slot: usize = 0; slot < later << 3; slot += 16) {
    const first = f64x2.mul(v128.load(before + slot, 8), v128.load(factors + inside + slot));
    const at = (entering << 3) + slot;
    const stayed = f64x2.mul(v128.load(before + at), v128.load(factors + inside + (later << 3) + slot));
    v128.store(into + at, f64x2.mul(f64x2.add(first, stayed), v128.load(potentials + at)));
  }
}

function normalize(row: usize, bytes: usize): f64 {
  let sum: f64 = 0;
  for (let at: usize = 0; at < bytes; at += 8) sum += load<f64>(row + at);
  for (let at: usize = 0; at < bytes; at += 8) store<f64>(row + at, load<f64>(row + at) / sum);
  return sum;
}

/** One AdaGrad step (Duchi et al. 2011) of the weights of each token's rows, `columns` of weights each, for the slopes of its
 *  places, whose columns `labels` names. A place that would hardly move stays as it is. `moved` has room for two numbers a
 *  place. Returns how many places moved. */
export function adjust(frame: usize, tokens: i32, width: i32, rate: f32): i32 {
  const given = changetype<Adjust>(frame);
  const weights = given.weights;
  const energies = given.energies;
  const columns = given.columns;
  const rows = given.rows;
  const offsets = given.offsets;
  const labels = given.labels;
  const slopes = given.slopes;
  const moved = given.moved;
  let count = 0;
  for (let token: usize = 0; token < <usize>tokens; token++) {
    let last = moved;
    for (let place: usize = 0; place < <usize>width; place++) {
      const slope = load<f64>(slopes + ((token * <usize>width + place) << 3));
      if (abs(slope) < 2e-3) continue;
      store<i32>(last, load<i32>(labels + (place << 2)) << 2);
      store<f32>(last, <f32>slope, 4);
      last += 8;
    }
    if (last == moved) continue;
    count += <i32>((last - moved) >> 3);
    const end = rows + ((<usize>load<i32>(offsets + (token << 2), 4)) << 2);
    for (let at = rows + ((<usize>load<i32>(offsets + (token << 2))) << 2); at < end; at += 4) {
      const row = (<usize>load<i32>(at) * <usize>columns) << 2;
      for (let entry = moved; entry < last; entry += 8) {
        const column = row + <usize>load<i32>(entry);
        const slope = load<f32>(entry, 4);
        const energy = load<f32>(energies + column) + slope * slope;
        store<f32>(energies + column, energy);
        const weight = load<f32>(weights + column);
        store<f32>(weights + column, weight - (rate * slope) / sqrt(energy));
      }
    }
  }
  return count;
}
