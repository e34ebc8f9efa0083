import { setTimeout as delay } from 'node:timers/promises';
import { createChatCompletion, reportCallOutcome, urlOf, type DecisionInput } from '@retort/contracts';
import { answerIn, chat, messagesOf, objectOf, type AnsweredCall } from '@retort/conversation';
import { fault, isFault, type Call } from '@retort/kernel';
import type { Teacher } from '@retort/llm';
import { simulateDecision, teacherModel, type SimulatedRequest, type Traffic } from '@retort/simulator';
import { until, type Api } from '../api.ts';
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

export interface Answered {
  servedBy: string;
  /** Of the student; null where none answered. */
  confidence: number | null;
  /** What came of its calls is on the record. */
  reported: Promise<void>;
}
/** Asks for a request of the fleet, and acts on the answer. */
export type Agents = (request: SimulatedRequest) => Promise<Answered>;

/** The same fleet at work with Retort in front of its teacher. To an agent the gateway is its teacher: it executes what the
 *  answer says, whoever gave it, and reports what came of each call. */
export function agentsBehind(platform: { url: string; apiKey: string }, api: Api, signal: AbortSignal): Agents {
  return async (request) => {
    const response = await fetch(new URL(urlOf(createChatCompletion), platform.url), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        // The teacher's own key, and Retort's.
        authorization: 'Bearer simulated',
        'x-retort-key': platform.apiKey,
        'x-retort-agent': request.agentId,
        'x-retort-session': request.group,
      },
      body: JSON.stringify({
        model: teacherModel,
        messages: messagesOf(request.context),
        tools: request.tools.map((tool) => ({ type: 'function', function: tool })),
      }),
      signal,
    });
    const text = await response.text();
    if (!response.ok)
      throw fault('cli.request-failed', { public: `The gateway answered ${response.status}: ${text.slice(0, 500)}` });
    const { headers } = response;
    const { calls } = answerIn(text, false, chat);
    const reported = Promise.all(calls.map((call) => report(api, request, call))).then(() => undefined);
    // Whoever needs to know waits for it.
    reported.catch(() => undefined);
    const confidence = headers.get('x-retort-confidence');
    return {
      servedBy: headers.get('x-retort-served-by') ?? 'teacher',
      confidence: confidence === null ? null : Number(confidence),
      reported,
    };
  };
}

/** Turns are recorded beside the requests. */
const recordedAfterMs = 600;
const notYetRecorded = 404;

/** Executes a call and tells what came of it, once its turn is on the record. */
async function report(api: Api, request: SimulatedRequest, { id, name, arguments: text }: AnsweredCall): Promise<void> {
  if (id === undefined) return;
  const call: Call = { tool: name, parameters: objectOf(text) ?? {} };
  await delay(recordedAfterMs);
  const { outcome } = simulateDecision(request, { call, timestamp: new Date().toISOString() });
  await until(
    async () => {
      try {
        return await api.call(reportCallOutcome, { params: { call_id: id }, body: outcome! });
      } catch (error) {
        if (isFault(error) && error.detail.status === notYetRecorded) return undefined;
        throw error;
      }
    },
    { waitingFor: 'the turn to be recorded', timeoutMs: 20_000 },
  );
}
