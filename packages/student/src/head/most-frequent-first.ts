import { ascending } from '../features/order.ts';
import type { ToolHead } from './model.ts';
import type { QuantizedMatrix } from './quantize.ts';

/** The same head with its features by descending frequency, which is by ascending idf: what requests need the most often then
 *  stands together in memory. */
export function mostFrequentFirst(head: ToolHead): ToolHead {
  const { vocabulary } = head.space;
  const { hashes, idf } = vocabulary;
  // The bits of numbers that are not negative are in the numbers' order.
  const order = ascending(new Int32Array(idf.buffer, idf.byteOffset, idf.length));
  return {
    ...head,
    space: {
      ...head.space,
      vocabulary: {
        ...vocabulary,
        hashes: order.map((feature) => hashes[feature]!),
        idf: Float32Array.from(order, (feature) => idf[feature]!),
      },
    },
    linear: reordered(head.linear, order),
    embedding: reordered(head.embedding, order),
  };
}

/** Rows behind the vocabulary's (what words mean, and the bias) stay where they are. */
function reordered({ columns, bytes, scales }: QuantizedMatrix, order: Int32Array): QuantizedMatrix {
  const moved = { columns, bytes: bytes.slice(), scales: scales.slice() };
  order.forEach((feature, place) => {
    moved.bytes.set(bytes.subarray(feature * columns, (feature + 1) * columns), place * columns);
    moved.scales[place] = scales[feature]!;
  });
  return moved;
}
