import type { FeatureSpace } from '../features/space.ts';
import type { Prototypes } from './prototypes.ts';
import type { QuantizedMatrix } from './quantize.ts';

/** Several calls in one answer, as one of the answers that a head tells apart. No tool can have this name. */
export const SEVERAL_CALLS = ' several calls';

/** What chooses the tool: the sum of a linear softmax and a small network over the same
 *  features (they err differently), and the tools' own words where experience is thin. */
export interface ToolHead {
  space: FeatureSpace;
  /** The answers training saw: tools, `null` for no call, and `SEVERAL_CALLS`. */
  classes: readonly (string | null)[];
  classOf: ReadonlyMap<string | null, number>;
  /** Training decisions per class. */
  support: readonly number[];
  /** How often training saw each tool on offer that was never called: no tool is less likely to be than one that never was. */
  neverCalled: ReadonlyMap<string, number>;
  /** One row of classes per feature, the bias last. */
  linear: QuantizedMatrix;
  /** One row of hidden units per feature, the bias last. */
  embedding: QuantizedMatrix;
  /** One row of classes per hidden unit, the bias last. */
  output: Float32Array;
  /** Networks whose units stand side by side. */
  networks: number;
  prototypes: Prototypes;
  temperature: number;
  textScale: TextScale;
}

/** Puts how near a request is to the text of a tool with few or no decisions on the scale of the head's logits:
 *  intercept + similarity · s + relative · (s − the highest of the trained tools on offer). */
export interface TextScale {
  intercept: number;
  similarity: number;
  relative: number;
}
