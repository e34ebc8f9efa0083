import { describe, expect, it } from 'vitest';
import { mostFrequentFirst } from '../src/head/most-frequent-first.ts';
import type { ToolHead } from '../src/head/model.ts';
import { NO_PROTOTYPES } from '../src/head/prototypes.ts';
import { DEFAULT_TEXT_SCALE } from '../src/head/text-scale.ts';

describe('a head with its most frequent features first', () => {
  it('keeps each feature’s hash, idf and weights together, and what is no feature where it is', () => {
    const rows = [7, 8, 9, 100];
    const matrix = (columns: number) => ({
      columns,
      bytes: Int8Array.from(rows.flatMap((row) => Array<number>(columns).fill(row))),
      scales: Float32Array.from(rows),
    });
    const head: ToolHead = {
      space: {
        vocabulary: { hashes: Int32Array.of(7, 8, 9), idf: Float32Array.of(2.5, 1.5, 2), unseenIdf: 3 },
        structure: new Map(),
        blockWeights: [],
      },
      classes: ['pay'],
      classOf: new Map([['pay', 0]]),
      support: [1],
      temperature: 1,
      networks: 2,
      neverCalled: new Map(),
      prototypes: NO_PROTOTYPES,
      textScale: DEFAULT_TEXT_SCALE,
      linear: matrix(16),
      embedding: matrix(32),
      output: new Float32Array(),
    };
    const { space, linear, embedding } = mostFrequentFirst(head);
    expect([...space.vocabulary.idf]).toEqual([1.5, 2, 2.5]);
    expect([...space.vocabulary.hashes]).toEqual([8, 9, 7]);
    for (const { columns, bytes, scales } of [linear, embedding]) {
      expect([...scales]).toEqual([8, 9, 7, 100]);
      expect([...bytes].filter((_, at) => at % columns === columns - 1)).toEqual([8, 9, 7, 100]);
    }
  });
});
