import type { Guarantee } from '@retort/contracts';
import { sliceKey, type Sliced } from './slices.ts';
import type { AbstentionReason, SliceGuaranteeCard } from './types.ts';

/** From which confidence on a proposal is served, or why it never is. */
export type ServingRule = (proposal: Sliced) => number | AbstentionReason;

/** The one place that says what the guarantee lets through: training measures with it, serving obeys it. */
export function servingRule(
  { threshold }: Pick<Guarantee, 'threshold'>,
  slices: SliceGuaranteeCard | undefined,
): ServingRule {
  if (threshold === null) return () => 'no-threshold';
  if (slices?.policy === 'required') return requiredRule(slices);
  const withheld = new Set(slices?.of.flatMap(({ by, name, withheld }) => (by === 'tool' && withheld ? [name] : [])));
  if (withheld.size === 0) return () => threshold;
  return ({ tool }) => (withheld.has(tool) ? 'tool-below-floor' : threshold);
}

/** The tool must hold by itself, and so must the agent, where the request names one. */
function requiredRule(slices: SliceGuaranteeCard): ServingRule {
  const thresholds = new Map(slices.of.map(({ by, name, threshold }) => [sliceKey(by, name), threshold]));
  return ({ tool, agent }) => {
    const ofTool = thresholds.get(sliceKey('tool', tool)) ?? null;
    if (ofTool === null) return 'slice-without-promise';
    if (agent === undefined) return ofTool;
    const ofAgent = thresholds.get(sliceKey('agent', agent)) ?? null;
    return ofAgent === null ? 'slice-without-promise' : Math.max(ofTool, ofAgent);
  };
}
