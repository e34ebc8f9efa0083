import type { FeatureSpace } from '../features/space.ts';
import type { QuantizedMatrix } from './quantize.ts';

/** What chooses the tool: the sum of a linear softmax and a small network over the same
 *  features (they err differently), and the tools' own words where experience is thin. */
export interface ToolHead {
  space: FeatureSpace;
  /** The answers training saw; `null` is "no tool". */
  classes: readonly (string | null)[];
  classOf: ReadonlyMap<string | null, number>;
  /** Training decisions per class. */
  support: readonly number[];
  /** One row of classes per feature, the bias last. */
  linear: QuantizedMatrix;
  /** One row of hidden units per feature, the bias last. */
  embedding: QuantizedMatrix;
  /** One row of classes per hidden unit, the bias last. */
  output: Float32Array;
  temperature: number;
  /** Temperature of the softmax over cosines with the tools' texts. */
  similarityTemperature: number;
}
