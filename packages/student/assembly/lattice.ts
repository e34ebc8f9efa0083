/** The labellings of a text, scored (Viterbi). A row of the lattice has a place for every label of a tool with `slots` slots:
 *  outside, the first token of each slot, room up to an even number `entering`; then the later tokens of each slot, room up
 *  to an even number. Transitions: to the entering labels, a row for each place one comes from; then to the later tokens,
 *  from the first token of the same slot, and from a later one. Room is never entered: its transitions are -Infinity. */

export function even(count: i32): usize {
  return <usize>((count + 1) & ~1);
}

/** forward[token][place] = the best score of a labelling of the text so far that ends there. */
export function ahead(emissions: usize, transitions: usize, tokens: i32, slots: i32, forward: usize): void {
  const entering = even(slots + 1);
  const later = even(slots);
  const width = entering + later;
  const entered = (<usize>slots + 1) << 3;
  const followed = (entering + <usize>slots) << 3;
  const inside = transitions + ((width * entering) << 3);
  const lowest = f64x2.splat(-Infinity);
  for (let place: usize = 0; place < width; place++) {
    const isEntered = place <= <usize>slots;
    store<f64>(forward + (place << 3), isEntered ? <f64>load<f32>(emissions + (place << 2)) : -Infinity);
  }
  for (let token = 1; token < tokens; token++) {
    const before = forward;
    forward += width << 3;
    emissions += width << 2;
    for (let to: usize = 0; to < entering; to += 2) {
      let best = lowest;
      let column = transitions + (to << 3);
      for (let from: usize = 0; from < entered; from += 8) {
        best = f64x2.pmax(best, f64x2.add(f64x2.splat(load<f64>(before + from)), v128.load(column)));
        column += entering << 3;
      }
      column = transitions + ((entering * entering + to) << 3);
      for (let from = entering << 3; from < followed; from += 8) {
        best = f64x2.pmax(best, f64x2.add(f64x2.splat(load<f64>(before + from)), v128.load(column)));
        column += entering << 3;
      }
      const emission = f64x2.promote_low_f32x4(v128.load64_zero(emissions + (to << 2)));
      v128.store(forward + (to << 3), f64x2.add(best, emission));
    }
    for (let slot: usize = 0; slot < later; slot += 2) {
      const first = f64x2.add(v128.load(before + (slot << 3), 8), v128.load(inside + (slot << 3)));
      const stayed = f64x2.add(v128.load(before + ((entering + slot) << 3)), v128.load(inside + ((later + slot) << 3)));
      const emission = f64x2.promote_low_f32x4(v128.load64_zero(emissions + ((entering + slot) << 2)));
      v128.store(forward + ((entering + slot) << 3), f64x2.add(f64x2.pmax(first, stayed), emission));
    }
  }
}

/** Where a label lies in a row. Labels: 0 outside, 2s + 1 the first token of slot s, 2s + 2 a later one. */
function columnOf(label: i32, entering: usize): usize {
  return label == 0 ? 0 : label & 1 ? (<usize>label + 1) >> 1 : entering + ((<usize>label) >> 1) - 1;
}

/** path[token] = the label of the best labelling; of equals the lowest. Returns its score. */
export function trace(transitions: usize, tokens: i32, slots: i32, forward: usize, path: usize): f64 {
  const entering = even(slots + 1);
  const later = even(slots);
  const width = entering + later;
  const inside = transitions + ((width * entering) << 3);
  const labels = 2 * slots + 1;
  if (tokens == 0) return 0;
  let row = forward + ((<usize>(tokens - 1) * width) << 3);
  let label = 0;
  let score = load<f64>(row);
  for (let candidate = 1; candidate < labels; candidate++) {
    const reached = load<f64>(row + (columnOf(candidate, entering) << 3));
    if (reached > score) {
      score = reached;
      label = candidate;
    }
  }
  for (let token = tokens - 1; ; token--) {
    store<i32>(path + ((<usize>token) << 2), label);
    if (token == 0) break;
    row -= width << 3;
    if (label > 0 && (label & 1) == 0) {
      const slot = ((<usize>label) >> 1) - 1;
      const first = load<f64>(row + (slot << 3), 8) + load<f64>(inside + (slot << 3));
      const stayed = load<f64>(row + ((entering + slot) << 3)) + load<f64>(inside + ((later + slot) << 3));
      if (first >= stayed) label--;
    } else {
      const column = transitions + (columnOf(label, entering) << 3);
      let best: f64 = -Infinity;
      label = 0;
      for (let previous = 0; previous < labels; previous++) {
        const from = columnOf(previous, entering);
        const reached = load<f64>(row + (from << 3)) + load<f64>(column + ((from * entering) << 3));
        if (reached > best) {
          best = reached;
          label = previous;
        }
      }
    }
  }
  return score;
}

/** backward[token][place] = the best score of a labelling of the rest of the text after it was there. */
export function behind(emissions: usize, transitions: usize, tokens: i32, slots: i32, backward: usize): void {
  const entering = even(slots + 1);
  const later = even(slots);
  const width = entering + later;
  const inside = transitions + ((width * entering) << 3);
  backward += (<usize>(tokens - 1) * width) << 3;
  emissions += (<usize>(tokens - 1) * width) << 2;
  memory.fill(backward, 0, width << 3);
  for (let token = tokens - 2; token >= 0; token--) {
    const after = backward;
    backward -= width << 3;
    for (let from: usize = 0; from < width; from++) {
      let best = f64x2.splat(-Infinity);
      const row = transitions + ((from * entering) << 3);
      for (let to: usize = 0; to < entering; to += 2) {
        const emission = f64x2.promote_low_f32x4(v128.load64_zero(emissions + (to << 2)));
        const step = f64x2.add(v128.load(row + (to << 3)), emission);
        best = f64x2.pmax(best, f64x2.add(step, v128.load(after + (to << 3))));
      }
      let score = max(f64x2.extract_lane(best, 0), f64x2.extract_lane(best, 1));
      if (from > 0) {
        const slot = from < entering ? from - 1 : from - entering;
        if (slot < later) {
          const half = from < entering ? slot : later + slot;
          const step = load<f64>(inside + (half << 3)) + <f64>load<f32>(emissions + ((entering + slot) << 2));
          score = max(score, step + load<f64>(after + ((entering + slot) << 3)));
        }
      }
      store<f64>(backward + (from << 3), score);
    }
    emissions -= width << 2;
  }
}
