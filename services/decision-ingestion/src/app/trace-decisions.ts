import type { DecisionInput } from '@retort/contracts';
import { decisionOf, formats, isUnusable, reasons, type Reason } from '@retort/import';

/** The decisions that traces hold, and how many model calls hold none, by why. */
export interface TraceDecisions {
  decisions: DecisionInput[];
  unusable: ReadonlyMap<Reason, number>;
}

const otel = formats.find(({ name }) => name === 'otel-genai')!;
/** Of spans whose service has no name. */
const nameless = 'otel';

/** Read as `retort import` reads a file of them: a trace that comes both ways is recorded once. */
export function decisionsOfTraces(traces: unknown): TraceDecisions {
  const decisions: DecisionInput[] = [];
  const unusable = new Map<Reason, number>();
  for (const exchange of otel.read(traces)) {
    const reading = isUnusable(exchange)
      ? exchange
      : decisionOf(exchange, { source: otel.name, agentId: nameless, tools: [] });
    if (!('reason' in reading)) decisions.push(reading);
    else if (reading.reason !== 'not-a-model-call')
      unusable.set(reading.reason, (unusable.get(reading.reason) ?? 0) + 1);
  }
  return { decisions, unusable };
}

/** `2 model calls: does not hold the messages the model was given` */
export function unusableInWords(unusable: TraceDecisions['unusable']): string[] {
  return [...unusable].map(([reason, count]) => `${count} model calls: ${reasons[reason]}`);
}
