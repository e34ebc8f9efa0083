import type { DecisionView } from '@retort/contracts';
import { proportion, qualityCounter, rate, type QualityMetric } from './data-quality.ts';
import type { Neighbourhood } from './neighbours.ts';
import type { Deduplication } from './semdedup.ts';

/** Cells a decision needs to be worth learning from and accountable. */
const requiredCells: readonly ((decision: DecisionView) => boolean)[] = [
  (decision) => Object.keys(decision.context).length > 0,
  (decision) => decision.toolset.length > 0,
  (decision) => (decision.teacher_model ?? null) !== null,
  (decision) => decision.outcome?.success !== undefined,
];

export interface Assessment {
  /** `valid`: every call, as far as it is known, fits a tool that was offered. */
  observe(decision: DecisionView, valid: boolean): void;
  metrics(
    found: Pick<Neighbourhood, 'pairs' | 'differing'> & Pick<Deduplication, 'kept' | 'considered'>,
  ): Record<string, QualityMetric>;
}

/** The DAMA dimensions of all decisions a run looked at, kept or not. A decision is timely when the log learnt of it
 *  within `timelinessMs`. */
export function assessHistory({ timelinessMs }: { timelinessMs: number }): Assessment {
  const completeness = qualityCounter();
  const validity = qualityCounter();
  const timeliness = qualityCounter();
  const failures: string[] = [];
  let rows = 0;
  let known = 0;
  let successes = 0;
  let wholeTurns = 0;
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
      if (decision.tool_calls.every(({ parameters }) => parameters !== null)) wholeTurns++;
    },
    metrics: ({ pairs, differing, kept, considered }) => ({
      completeness: completeness.metric(),
      validity: validity.metric(),
      accuracy: { ...proportion(successes, known), offenders: failures },
      outcome_known: { ...rate(known, rows), offenders: [] },
      arguments_known: { ...rate(wholeTurns, rows), offenders: [] },
      timeliness: timeliness.metric(),
      consistency: { ...rate(pairs - differing, pairs), offenders: [] },
      // Of what is fit to learn from: 1 − deduplication_rate.
      uniqueness: { ...rate(kept, considered), offenders: [] },
    }),
  };
}
