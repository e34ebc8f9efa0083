import type { DecisionView } from '@retort/contracts';
import { canonicalJson, digestOf } from '@retort/kernel';
import { proportion, qualityCounter, rate, type QualityMetric } from './data-quality.ts';
import type { Neighbourhood } from './neighbours.ts';

/** Cells a decision needs to be worth learning from and accountable. */
const requiredCells: readonly ((decision: DecisionView) => boolean)[] = [
  (decision) => Object.keys(decision.context).length > 0,
  (decision) => decision.toolset.length > 0,
  (decision) => (decision.teacher_model ?? null) !== null,
  (decision) => decision.outcome?.success !== undefined,
];

export interface Assessment {
  /** `valid`: the call, as far as it is known, fits a tool that was offered. */
  observe(decision: DecisionView, valid: boolean): void;
  metrics(neighbourhood: Pick<Neighbourhood, 'pairs' | 'differing'>): Record<string, QualityMetric>;
}

/** The DAMA dimensions of all decisions a run looked at, kept or not. A decision is timely when the log learnt of it
 *  within `timelinessMs`. */
export function assessHistory({ timelinessMs }: { timelinessMs: number }): Assessment {
  const completeness = qualityCounter();
  const validity = qualityCounter();
  const timeliness = qualityCounter();
  const failures: string[] = [];
  const distinct = new Set<string>();
  let rows = 0;
  let known = 0;
  let successes = 0;
  let wholeCalls = 0;
  return {
    observe(decision, valid) {
      rows++;
      completeness.count(
        decision.id,
        requiredCells.filter((present) => present(decision)).length,
        requiredCells.length,
      );
      validity.count(decision.id, valid ? 1 : 0);
      const lag = Date.parse(decision.recorded_at) - Date.parse(decision.occurred_at);
      timeliness.count(decision.id, lag <= timelinessMs ? 1 : 0);
      if (decision.outcome?.success !== undefined) {
        known++;
        if (decision.outcome.success) successes++;
        else if (failures.length < 20) failures.push(decision.id);
      }
      if (decision.tool_parameters !== null) wholeCalls++;
      distinct.add(contentKey(decision));
    },
    metrics: ({ pairs, differing }) => ({
      completeness: completeness.metric(),
      validity: validity.metric(),
      accuracy: { ...proportion(successes, known), offenders: failures },
      outcome_known: { ...rate(known, rows), offenders: [] },
      arguments_known: { ...rate(wholeCalls, rows), offenders: [] },
      timeliness: timeliness.metric(),
      consistency: { ...rate(pairs - differing, pairs), offenders: [] },
      uniqueness: { ...rate(distinct.size, rows), offenders: [] },
    }),
  };
}

/** Context and call, and nothing else: what makes two decisions the same one made twice. */
function contentKey({ context, tool_selected, tool_parameters, known_parameters = null }: DecisionView): string {
  return digestOf(canonicalJson([context, tool_selected, tool_parameters, known_parameters])).slice(7, 31);
}
