import { canonicalJson } from '@retort/kernel';
import { objectOf, type Answer } from '@retort/conversation';
import type { OutcomeInput } from './generated/api.ts';
import type { Recorder } from './recorder.ts';

/** What became of one call. */
export type CallOutcome = Pick<OutcomeInput, 'success' | 'execution_time_ms'>;

/** Calls that were decided and not made yet. */
export interface OpenCalls {
  /** To be given to an adapter as its `onDecision`. */
  opened(decisionId: string, answer: Answer): void;
  /** Reports what became of a call: the outcome of its decision is sent when all its calls are made. false: no decision
   *  made this call. */
  made(tool: string, parameters: unknown, outcome: CallOutcome): boolean;
}

interface Decided {
  id: string;
  /** In the form in which calls are compared. */
  open: string[];
  outcomes: CallOutcome[];
}

/** Decisions whose calls are never made do not pile up. */
const mostOpen = 1000;

/** Tells outcomes of decisions by the calls that are made.
 *  @public */
export function openCalls(recorder: Pick<Recorder, 'outcome'>): OpenCalls {
  const decided = new Set<Decided>();
  return {
    opened(id, { calls }) {
      if (calls.length === 0) return;
      const open = calls.map(({ name, arguments: text, custom }) =>
        keyOf(name, custom ? { input: text } : (objectOf(text) ?? {})),
      );
      decided.add({ id, open, outcomes: [] });
      for (const oldest of decided) if (decided.size > mostOpen) decided.delete(oldest);
    },
    made(tool, parameters, outcome) {
      const key = keyOf(tool, parameters ?? {});
      const decision = [...decided].findLast(({ open }) => open.includes(key));
      if (!decision) return false;
      decision.open.splice(decision.open.indexOf(key), 1);
      decision.outcomes.push(outcome);
      if (decision.open.length > 0) return true;
      decided.delete(decision);
      recorder.outcome(decision.id, {
        success: decision.outcomes.every(({ success }) => success !== false),
        execution_time_ms: decision.outcomes.reduce((sum, { execution_time_ms: ms = 0 }) => sum + ms, 0),
      });
      return true;
    },
  };
}

function keyOf(tool: string, parameters: unknown): string {
  return canonicalJson([tool, parameters]);
}
