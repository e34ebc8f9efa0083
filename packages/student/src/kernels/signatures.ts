/** The kernels of `assembly/`; pointers are `byteOffset`s of arrays of the same arena. */
export interface Kernels {
  product(weights: number, bases: number, values: number, length: number, columns: number, sums: number): void;
  productOfBytes(
    bytes: number,
    scales: number,
    stride: number,
    rows: number,
    values: number,
    length: number,
    columns: number,
    sums: number,
  ): void;
  dots(weights: number, bases: number, length: number, slopes: number, columns: number, results: number): void;
  descend(
    weights: number,
    energies: number,
    bases: number,
    values: number,
    length: number,
    slopes: number,
    blocks: number,
    blockCount: number,
    rate: number,
  ): void;
  emissions(
    weights: number,
    columns: number,
    rows: number,
    offsets: number,
    tokens: number,
    labels: number,
    labelCount: number,
    sums: number,
  ): void;
  phrases(frame: number, ownLength: number, tokens: number): void;
  describe(
    words: number,
    shapes: number,
    affixes: number,
    phrases: number,
    tokens: number,
    tool: number,
    place: number,
    hashes: number,
    offsets: number,
  ): void;
  tally(frame: number, step: number, groups: number, width: number): void;
  vote(
    table: number,
    mask: number,
    hashes: number,
    candidates: number,
    strengths: number,
    length: number,
    scores: number,
  ): void;
  sentence(
    table: number,
    mask: number,
    word: number,
    pair: number,
    words: number,
    length: number,
    strength: number,
    score: number,
  ): void;
  weigh(frame: number, hashes: number, count: number, additive: boolean, entry: number): number;
  addMeaning(
    table: number,
    mask: number,
    bytes: number,
    scales: number,
    dimensions: number,
    hash: number,
    sums: number,
  ): void;
  chances(
    features: number,
    strengths: number,
    starts: number,
    candidates: number,
    states: number,
    chances: number,
  ): void;
  choose(frame: number, starts: number, candidates: number, answer: number, importance: number): void;
  ahead(emissions: number, transitions: number, tokens: number, slots: number, forward: number): void;
  trace(transitions: number, tokens: number, slots: number, forward: number, path: number): number;
  marginals(
    emissions: number,
    transitions: number,
    tokens: number,
    slots: number,
    factors: number,
    potentials: number,
    scales: number,
    chances: number,
    expected: number,
  ): void;
  adjust(frame: number, tokens: number, width: number, rate: number): number;
  behind(emissions: number, transitions: number, tokens: number, slots: number, backward: number): void;
}

/** What a kernel of many arguments finds in its frame: one pointer to 32-bit integers, in the order of the class of that name in
 *  `assembly/`. They stay the same from call to call. */
export const FRAMES = {
  weigh: ['table', 'mask', 'idf', 'unseenIdf', 'features', 'values', 'squares'],
  choose: ['features', 'strengths', 'states', 'chances'],
  tally: ['table', 'mask', 'numbers', 'rowLabels', 'hashes', 'offsets', 'rows', 'fours', 'row', 'labels', 'sums'],
  phrases: ['table', 'mask', 'lists', 'own', 'words', 'slotIndex', 'slots', 'covered', 'open', 'features'],
  adjust: ['weights', 'energies', 'columns', 'rows', 'offsets', 'labels', 'slopes', 'moved'],
} as const;

export type FrameName = keyof typeof FRAMES;

/** Writes a frame; every member has a value. */
export function writeFrame<Name extends FrameName>(
  name: Name,
  frame: Int32Array,
  values: Readonly<Record<(typeof FRAMES)[Name][number], number>>,
): void {
  FRAMES[name].forEach((member, index) => (frame[index] = values[member as keyof typeof values]));
}
