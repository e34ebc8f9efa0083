import { float32, float64, int32, type Kernels } from '../../kernels/arena.ts';

/** A chunk that the tagger found: a slot of the tool (its index), tokens `first..last`, and by how much the best
 *  labelling that has it beats the best one that has not (negative: it lost by that much). */
export interface Span {
  slot: number;
  first: number;
  last: number;
  margin: number;
}

/** How the labels of a tool with so many slots lie in a row of the lattice, which the kernels read (`assembly/lattice.ts`).
 *  Labels: 0 outside, 2s+1 the first token of slot s, 2s+2 a later one, which only follows a token of that slot. */
export interface LatticeShape {
  slots: number;
  /** Places of outside and of first tokens, made even. */
  entering: number;
  /** Places of a row. */
  width: number;
  /** Numbers that say what every transition scores. */
  transitions: number;
}

export function latticeShape(slots: number): LatticeShape {
  const entering = (slots + 2) & ~1;
  const later = (slots + 1) & ~1;
  const width = entering + later;
  return { slots, entering, width, transitions: width * entering + 2 * later };
}

export function columnOf({ entering }: LatticeShape, label: number): number {
  return label === 0 ? 0 : label % 2 === 1 ? (label + 1) / 2 : entering + label / 2 - 1;
}

/** Calls `visit` with every transition that there is and where its score lies. */
export function visitTransitions(
  shape: LatticeShape,
  visit: (transition: { from: number; to: number; at: number }) => void,
): void {
  const { slots, entering, width, transitions } = shape;
  const inside = width * entering;
  const later = (transitions - inside) / 2;
  for (let from = 0; from <= 2 * slots; from++)
    for (let to = 0; to <= 2 * slots; to++)
      if (to === 0 || to % 2 === 1) visit({ from, to, at: columnOf(shape, from) * entering + columnOf(shape, to) });
      else if (from === to) visit({ from, to, at: inside + later + to / 2 - 1 });
      else if (from === to - 1) visit({ from, to, at: inside + to / 2 - 1 });
}

/** What a lattice of at most so many tokens and slots takes of an arena. Transitions that there are not score -Infinity. */
export function latticePlaces(most: { tokens: number; slots: number }) {
  const { width, transitions } = latticeShape(most.slots);
  return {
    emissions: float32(most.tokens * width),
    transitions: float64(transitions),
    forward: float64(most.tokens * width),
    path: int32(most.tokens),
  };
}

export interface LatticeArena {
  kernels: Kernels;
  arrays: { emissions: Float32Array; transitions: Float64Array; forward: Float64Array; path: Int32Array };
}

/** The best labelling (Viterbi), written into `path`; returns its score. */
function bestPath({ kernels, arrays }: LatticeArena, { slots }: LatticeShape, tokens: number): number {
  const { emissions, transitions, forward, path } = arrays;
  if (tokens === 0) return 0;
  kernels.ahead(emissions.byteOffset, transitions.byteOffset, tokens, slots, forward.byteOffset);
  return kernels.trace(transitions.byteOffset, tokens, slots, forward.byteOffset, path.byteOffset);
}

type SpanArena = LatticeArena & { arrays: { backward: Float64Array } };

/** The spans of the best labelling with their margins, and for every slot without one its best losing span when it lost
 *  by less than `reach`. Margins are differences of max-marginals: the least over the span's tokens and the one after. */
export function bestSpans(arena: SpanArena, shape: LatticeShape, tokens: number, reach: number): Span[] {
  const best = bestPath(arena, shape, tokens);
  const { emissions, transitions, forward, backward, path } = arena.arrays;
  const { slots, width } = shape;
  arena.kernels.behind(emissions.byteOffset, transitions.byteOffset, tokens, slots, backward.byteOffset);
  const spans: Span[] = [];
  for (let token = 0; token < tokens; token++) {
    const label = path[token]!;
    if (label % 2 === 0) continue;
    let last = token;
    while (last + 1 < tokens && path[last + 1] === label + 1) last++;
    let margin = Infinity;
    for (let inside = token; inside <= Math.min(last + 1, tokens - 1); inside++)
      margin = Math.min(margin, marginAt(arena, shape, inside, best));
    spans.push({ slot: (label - 1) / 2, first: token, last, margin });
  }
  const found = spans.length;
  for (let slot = 0; slot < slots; slot++) {
    if (hasSlot(spans, found, slot)) continue;
    let first = -1;
    let score = best - reach;
    for (let token = 0; token < tokens; token++) {
      const at = token * width + slot + 1;
      const through = forward[at]! + backward[at]!;
      if (through > score) {
        score = through;
        first = token;
      }
    }
    if (first >= 0)
      spans.push({ slot, first, last: losingEnd(arena, shape, { tokens, first, slot }), margin: score - best });
  }
  return spans;
}

/** By how much the best labelling beats the best with another label at this token. */
function marginAt(
  { arrays }: SpanArena,
  { slots, entering, width }: LatticeShape,
  token: number,
  best: number,
): number {
  const { forward, backward, path } = arrays;
  const row = token * width;
  const own = path[token]!;
  let margin = Infinity;
  for (let label = 0; label <= 2 * slots; label++) {
    if (label === own) continue;
    const at = row + (label === 0 ? 0 : label % 2 === 1 ? (label + 1) / 2 : entering + label / 2 - 1);
    const lost = best - forward[at]! - backward[at]!;
    if (lost < margin) margin = lost;
  }
  return margin;
}

function hasSlot(spans: readonly Span[], found: number, slot: number): boolean {
  for (let index = 0; index < found; index++) if (spans[index]!.slot === slot) return true;
  return false;
}

function losingEnd(
  { arrays }: SpanArena,
  { slots, entering, width, transitions: size }: LatticeShape,
  { tokens, first, slot }: { tokens: number; first: number; slot: number },
): number {
  const { emissions, transitions, backward } = arrays;
  const inside = width * entering;
  const later = (size - inside) / 2;
  const follows = entering + slot;
  let current = slot + 1;
  for (let token = first + 1; token < tokens; token++) {
    const row = token * width;
    const step = transitions[inside + (current === follows ? later : 0) + slot]!;
    const stayed = step + emissions[row + follows]! + backward[row + follows]!;
    for (let to = 0; to <= slots; to++)
      if (transitions[current * entering + to]! + emissions[row + to]! + backward[row + to]! > stayed) return token - 1;
    current = follows;
  }
  return tokens - 1;
}
