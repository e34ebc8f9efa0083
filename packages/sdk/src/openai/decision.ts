import type { DecisionInput } from '@retort/contracts';
import { decisionOf as decisionIn, type Answer, type Asked, type NoDecision } from '@retort/conversation';
import { captureError } from '../capture-error.ts';

/** The answer of a model as one decision.
 *  @throws `capture.context-elsewhere`, `capture.incomplete-answer` */
export function decisionOf(asked: Asked, answer: Answer): DecisionInput {
  const decision = decisionIn(asked, answer);
  if (typeof decision === 'object') return decision;
  throw captureError({ code: `capture.${decision}`, message: lost[decision], retriable: false, decisions: 1 });
}

const lost: Record<NoDecision, string> = {
  'incomplete-answer': 'The answer was cut off by a limit or a filter: what it would have called is not known.',
  'context-elsewhere':
    'The dialogue before this request is kept by the provider: what the model saw is not known here.',
};
