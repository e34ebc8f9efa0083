import { predict, type DecisionInput, type PredictionInput, type PredictionView } from '@retort/contracts';
import type { Teacher } from '@retort/llm';
import { simulateDecision, type SimulatedRequest, type Traffic } from '@retort/simulator';
import type { Api } from '../api.ts';
import type { DecisionLine } from '../decision-file.ts';

/** So many requests are put to the teacher at once. */
const conversations = 16;

/** The simulated fleet at work without Retort: each agent asks the teacher, acts, and reports what was decided.
 *  Decisions come in the order of the traffic. */
export async function* askTeacher(
  traffic: Traffic,
  teacher: Teacher,
  options: { decisions: number; signal: AbortSignal; now: () => Date },
): AsyncGenerator<DecisionLine> {
  const pending: Promise<DecisionLine>[] = [];
  let asked = 0;
  while (asked < options.decisions || pending.length > 0) {
    options.signal.throwIfAborted();
    while (asked < options.decisions && pending.length < conversations) {
      asked += 1;
      const answer = decideOne(traffic.next(), teacher, asked, options);
      // Each is waited for in its turn; one that fails before then must not be taken for an error that nobody minds.
      answer.catch(() => undefined);
      pending.push(answer);
    }
    yield await pending.shift()!;
  }
}

async function decideOne(
  request: SimulatedRequest,
  teacher: Teacher,
  line: number,
  options: { signal: AbortSignal; now: () => Date },
): Promise<DecisionLine> {
  const answer = await teacher.decide({ context: request.context, tools: request.tools, signal: options.signal });
  const decision: DecisionInput = simulateDecision(request, {
    call: answer.call,
    ...(answer.confidence !== null && { confidence: answer.confidence }),
    timestamp: options.now().toISOString(),
  });
  return { line, decision: decision as DecisionLine['decision'] };
}

/** The same fleet with Retort in front: the student answers what it may, the teacher the rest. */
export async function askRetort(api: Api, request: SimulatedRequest): Promise<PredictionView> {
  const prediction: PredictionInput = {
    id: request.id,
    agent_id: request.agentId,
    context: request.context,
    tools_available: [...request.tools],
    fallback: 'teacher',
  };
  return api.call(predict, { body: prediction });
}
