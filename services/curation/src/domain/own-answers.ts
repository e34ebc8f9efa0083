import { teacherDecisionId, type DecisionView, type OwnAnswer } from '@retort/contracts';
import { answerKey, hash32, type JsonObject } from '@retort/kernel';

/** What the platform answered itself: what of a history is a student's answer, and what of it represents the traffic. */
export interface OwnAnswers {
  /** A student answered this before it was recorded: it teaches nothing about the teacher, whoever is said to have decided. What
   *  the platform itself asked the teacher for is the teacher's, whatever a student said before. */
  isStudents(decision: DecisionView): boolean;
  /** Whether a guarantee may be calibrated on it. Once a student serves, the requests it leaves to the teacher are the harder ones:
   *  they represent the traffic only beside audits of what it serves, thinned to the same probability. */
  represents(decision: DecisionView): boolean;
}

export interface OwnAnswersRead {
  answers: Iterable<OwnAnswer>;
  /** Decisions that are a student's by what they say themselves. */
  studentDecisions: Iterable<string>;
}

/** Clocks of two machines may differ by so much. */
const toleranceMs = 5_000;

export function ownAnswers({ answers, studentDecisions }: OwnAnswersRead): OwnAnswers {
  const known = { served: new Map<string, number>(), named: new Map<string, number>() };
  const left = new Map<string, { at: number; probability: number }>();
  const audits = new Set<string>();
  for (const { kind, key, at, probability } of answers)
    if (kind === 'audit') audits.add(key);
    else if (kind === 'left') left.set(key, { at: Date.parse(at), probability: probability ?? 0 });
    else known[kind].set(key, Date.parse(at));
  // What the teacher was asked for afterwards is the teacher's: the latest requests, whatever they are, as audits are.
  const relabelled = new Set([...studentDecisions].map(teacherDecisionId));
  const isAfter = ({ recorded_at }: DecisionView, at: number | undefined) =>
    at !== undefined && at - toleranceMs <= Date.parse(recorded_at);
  return {
    isStudents(decision) {
      const { id, decided_by, exchange, tool_calls: calls } = decision;
      if (decided_by.kind === 'student') return true;
      if (audits.has(id) || relabelled.has(id)) return false;
      // Our own gateway had it from a provider, and says so itself: that a student said the same before does not make it less.
      if (exchange?.upstream !== undefined) return false;
      if (isAfter(decision, known.named.get(id))) return true;
      if (known.served.size === 0) return false;
      const told = calls.map(({ tool, parameters }) => ({ tool, parameters: parameters as JsonObject | null }));
      return isAfter(decision, known.served.get(answerKey(decision.context as JsonObject, told)));
    },
    represents(decision) {
      const { id, teaches_only: teachesOnly = false, context } = decision;
      if (teachesOnly) return false;
      if (audits.has(id) || relabelled.has(id) || left.size === 0) return true;
      const abstained = left.get(answerKey(context as JsonObject));
      if (!abstained || !isAfter(decision, abstained.at)) return true;
      return hash32(id, thinning) / 2 ** 32 < abstained.probability;
    },
  };
}

const thinning = 0x7e1d;
