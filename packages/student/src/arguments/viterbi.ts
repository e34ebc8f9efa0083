/** A chunk that the tagger found: a slot of the tool (its index), tokens `first..last`, and by how much the best
 *  labelling that has it beats the best one that has not (negative: it lost by that much). */
export interface Span {
  slot: number;
  first: number;
  last: number;
  margin: number;
}

/** Labels of a tool with S slots: 0 outside, 2s+1 the first token of slot s, 2s+2 a later one. */
export interface Lattice {
  length: number;
  labels: number;
  /** length × labels. */
  emissions: Float32Array;
  /** labels × labels, from × to. */
  transitions: Float64Array;
}

const scratch = { forward: new Float64Array(4096), backward: new Float64Array(4096), pointers: new Int16Array(4096) };

/** The best labelling (Viterbi), written into `path`. A later token of a slot only follows a token of that slot. */
export function bestPath(lattice: Lattice, path: Int16Array): number {
  const { length, labels, transitions, emissions } = lattice;
  reserve(length * labels);
  const { forward, pointers } = scratch;
  for (let label = 0; label < labels; label++)
    forward[label] = label > 0 && label % 2 === 0 ? -Infinity : emissions[label]!;
  for (let token = 1; token < length; token++) {
    const before = (token - 1) * labels;
    const at = token * labels;
    for (let to = 0; to < labels; to++) {
      let best = -Infinity;
      let from = 0;
      if (to > 0 && to % 2 === 0) {
        const first = forward[before + to - 1]! + transitions[(to - 1) * labels + to]!;
        const later = forward[before + to]! + transitions[to * labels + to]!;
        from = first >= later ? to - 1 : to;
        best = first >= later ? first : later;
      } else
        for (let previous = 0; previous < labels; previous++) {
          const score = forward[before + previous]! + transitions[previous * labels + to]!;
          if (score > best) {
            best = score;
            from = previous;
          }
        }
      forward[at + to] = best + emissions[at + to]!;
      pointers[at + to] = from;
    }
  }
  if (length === 0) return 0;
  const end = (length - 1) * labels;
  let label = 0;
  for (let candidate = 1; candidate < labels; candidate++)
    if (forward[end + candidate]! > forward[end + label]!) label = candidate;
  const score = forward[end + label]!;
  for (let token = length - 1; token >= 0; token--) {
    path[token] = label;
    label = pointers[token * labels + label]!;
  }
  return score;
}

/** The spans of the best labelling with their margins, and for every slot without one its best losing span when it lost
 *  by less than `reach`. Margins are differences of max-marginals: the least over the span's tokens and the one after. */
export function bestSpans(lattice: Lattice, path: Int16Array, reach: number): Span[] {
  const { length, labels } = lattice;
  const best = bestPath(lattice, path);
  backwardScores(lattice);
  const { forward, backward } = scratch;
  const spans: Span[] = [];
  const found = new Uint8Array(labels);
  for (let token = 0; token < length; token++) {
    const label = path[token]!;
    if (label % 2 === 0) continue;
    let last = token;
    while (last + 1 < length && path[last + 1] === label + 1) last++;
    let margin = Infinity;
    for (let inside = token; inside <= Math.min(last + 1, length - 1); inside++) {
      const at = inside * labels;
      for (let other = 0; other < labels; other++)
        if (other !== path[inside]) margin = Math.min(margin, best - forward[at + other]! - backward[at + other]!);
    }
    found[label] = 1;
    spans.push({ slot: (label - 1) / 2, first: token, last, margin });
  }
  for (let label = 1; label < labels; label += 2) {
    if (found[label] === 1) continue;
    let first = -1;
    let score = best - reach;
    for (let token = 0; token < length; token++) {
      const through = forward[token * labels + label]! + backward[token * labels + label]!;
      if (through > score) {
        score = through;
        first = token;
      }
    }
    if (first >= 0)
      spans.push({ slot: (label - 1) / 2, first, last: losingEnd(lattice, first, label), margin: score - best });
  }
  return spans;
}

function losingEnd(lattice: Lattice, first: number, label: number): number {
  const { length, labels, transitions, emissions } = lattice;
  const { backward } = scratch;
  let current = label;
  for (let token = first + 1; token < length; token++) {
    const at = token * labels;
    const inside = transitions[current * labels + label + 1]! + emissions[at + label + 1]! + backward[at + label + 1]!;
    for (let to = 0; to < labels; to = to === 0 ? 1 : to + 2)
      if (transitions[current * labels + to]! + emissions[at + to]! + backward[at + to]! > inside) return token - 1;
    current = label + 1;
  }
  return length - 1;
}

function backwardScores(lattice: Lattice): void {
  const { length, labels, transitions, emissions } = lattice;
  const { backward } = scratch;
  if (length === 0) return;
  backward.fill(0, (length - 1) * labels, length * labels);
  for (let token = length - 2; token >= 0; token--) {
    const next = (token + 1) * labels;
    for (let from = 0; from < labels; from++) {
      let best = -Infinity;
      const row = from * labels;
      for (let to = 0; to < labels; to = to === 0 ? 1 : to + 2) {
        const score = transitions[row + to]! + emissions[next + to]! + backward[next + to]!;
        if (score > best) best = score;
      }
      if (from > 0) {
        const inside = from % 2 === 1 ? from + 1 : from;
        best = Math.max(best, transitions[row + inside]! + emissions[next + inside]! + backward[next + inside]!);
      }
      backward[token * labels + from] = best;
    }
  }
}

function reserve(size: number): void {
  if (scratch.forward.length >= size) return;
  scratch.forward = new Float64Array(size * 2);
  scratch.backward = new Float64Array(size * 2);
  scratch.pointers = new Int16Array(size * 2);
}
