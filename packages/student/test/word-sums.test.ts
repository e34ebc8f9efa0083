import { describe, expect, it } from 'vitest';
import { loadStudent, trainStudent } from '../src/index.ts';
import { featureRows } from '../src/features/matrix.ts';
import { MAXIMUM_TOKENS, REMEMBERED_WORDS, wordReader } from '../src/features/words.ts';
import { toolScorer } from '../src/head/tool-head.ts';
import { offerTools } from '../src/head/toolset.ts';
import type { ToolHead } from '../src/head/model.ts';
import { decodeStudent } from '../src/student-file.ts';
import { decisions, options, tools } from './decisions.ts';

const rows = decisions(400);
const { artifact } = trainStudent(rows, { ...options, configuration: { epochs: 2, hidden: 8 } });
const contexts = [
  ...rows.slice(0, 50).map(({ context }) => context),
  // Repeated words and letters, unknown ones, none.
  ...['play play the banana band', 'ssss zzzz', 'qqxzv 残高 ⟨⟩', '', 'a'].map((query) => ({ query })),
];

/** linear + output · relu(embedding) of a sparse row, as the training has it. */
function scoresOf({ linear, embedding, output }: ToolHead, features: Int32Array, values: Float32Array): number[] {
  const bias = linear.scales.length - 1;
  const sums = ({ bytes, scales, columns }: ToolHead['linear']) =>
    Array.from({ length: columns }, (_, column) =>
      [...features, bias].reduce(
        (sum, row, entry) => sum + (values[entry] ?? 1) * scales[row]! * bytes[row * columns + column]!,
        0,
      ),
    );
  const units = [...sums(embedding).map((unit) => Math.max(0, unit)), 1];
  return sums(linear).map((score, column) =>
    units.reduce((sum, unit, index) => sum + unit * output[index * linear.columns + column]!, score),
  );
}

describe('what words add by themselves', () => {
  it('comes to the same scores as the features that training learnt from', () => {
    const { head } = decodeStudent(artifact);
    const { rows: sparse, known } = featureRows(contexts, head.space);
    const scorer = toolScorer(head);
    const offered = offerTools(head, tools);
    contexts.forEach((context, row) => {
      const [from, to] = [sparse.offsets[row]!, sparse.offsets[row + 1]!];
      const scores = scoresOf(head, sparse.features.subarray(from, to), sparse.values.subarray(from, to));
      const logits = scorer.logits(context, offered);
      logits.forEach((logit, index) => expect(logit).toBeCloseTo(scores[offered.classes[index]!]!, 3));
      expect(scorer.choose(context, offered).known).toBeCloseTo(known[row]!, 6);
    });
  });

  it('is the same before a word is remembered, while it is, and after it was forgotten', () => {
    const student = loadStudent(artifact);
    const answers = () => rows.slice(0, 50).map((row) => student.predict(row));
    const first = answers();
    expect(answers()).toEqual(first);
    for (let text = 0; text < REMEMBERED_WORDS / 256 + 1; text++)
      student.predict({
        context: { query: Array.from({ length: 256 }, (_, word) => `w${text}x${word}`).join(' ') },
        tools,
      });
    expect(answers()).toEqual(first);
  });

  it('is the same for a word that would be forgotten for others of its own text', () => {
    const request = (words: readonly string[]) => ({ context: { query: words.join(' ') }, tools });
    const others = (from: number, count: number) => Array.from({ length: count }, (_, index) => `z${from + index}`);
    const text = request(['weather', ...others(9000, 20)]);
    const answer = loadStudent(artifact).predict(text);
    for (const before of [1, 10, 20]) {
      const student = loadStudent(artifact);
      student.predict(request(['weather']));
      for (let word = 0; word < REMEMBERED_WORDS - before; word += 64)
        student.predict(request(others(word, Math.min(64, REMEMBERED_WORDS - before - word))));
      expect(student.predict(text)).toEqual(answer);
    }
  });
});

describe('a reader of words', () => {
  it('remembers a word while the rest of a text fits behind it, and reads it anew before it would be forgotten', () => {
    const read = wordReader();
    const first = read('card');
    const sure = REMEMBERED_WORDS - MAXIMUM_TOKENS;
    for (let other = 0; other < sure; other++) read(`other ${other}`);
    expect(read('card')).toBe(first);
    read('one more');
    const again = read('card');
    expect({ ...again, serial: first.serial, place: first.place }).toEqual(first);
    expect(again.place).toBe(sure + 2);
    // The place that it had first goes to another without it.
    for (let other = 0; other < sure; other++) read(`another ${other}`);
    expect(read('card')).toBe(again);
  });

  it('gives the words of the longest text places of their own, whatever was read before', () => {
    const read = wordReader();
    for (const step of [1, 7, 511, 512, 700]) {
      for (let text = 0; text < 20; text++) {
        const words = Array.from({ length: MAXIMUM_TOKENS }, (_, index) =>
          read(`word ${(text * step + 17 * index) % 5000}`),
        );
        const last = new Map(words.map(({ place, hash }) => [place, hash]));
        expect(words.filter(({ place, hash }) => last.get(place) !== hash)).toEqual([]);
      }
    }
  });
});
