import {
  decisionOf,
  exchangeOf,
  isStudentModel,
  offeredTools,
  type Answer,
  type ChatRequest,
  type NoDecision,
} from '@retort/conversation';
import { captureError } from './capture-error.ts';
import type { DecisionInput } from './generated/api.ts';
import type { Recorder } from './recorder.ts';

export interface CaptureOptions {
  recorder: Recorder;
  agentId: string;
  /** Facts of a decision, beside the JSON objects in its system messages. */
  context?: DecisionInput['context'] | ((request: ChatRequest) => DecisionInput['context']);
  /** The session or dialogue: decisions of one group are never split between training and test. */
  group?: string | ((request: ChatRequest) => string | undefined);
  /** An answer could not be recorded. It reaches the agent all the same. */
  onError?: (error: unknown) => void;
  /** The id of each decision, to report its outcome by. */
  onDecision?: (id: string, answer: Answer) => void;
}

/** What the transport knew beside the answer. */
export interface Circumstances {
  /** Of the answer, where there were any. */
  headers?: { get(name: string): string | null } | undefined;
  /** The session that the request names itself. */
  session?: string | undefined;
}

/** A question that was asked of a model with tools. Its answer is a decision. */
export interface OpenTurn {
  answered(answer: Answer, circumstances?: Circumstances): void;
}

/** Begins where a request leaves the agent; undefined when there is nothing to decide, or the host's own functions fail.
 *  Neither this nor what it returns throws. */
export function openTurn(requestOf: () => ChatRequest, options: CaptureOptions): OpenTurn | undefined {
  const startedAt = performance.now();
  const asked = quietly(() => askedOf(requestOf(), options), options);
  if (!asked) return undefined;
  return {
    answered(answer, circumstances = {}) {
      quietly(() => {
        // Without it the stream was left before its end.
        if (answer.finishReason === null) return;
        const id = idOf(circumstances) ?? record(asked, answer, { startedAt, options, ...circumstances });
        if (id !== undefined) options.onDecision?.(id, answer);
      }, options);
    },
  };
}

type Asked = NonNullable<ReturnType<typeof askedOf>>;

function askedOf(request: ChatRequest, { agentId, context, group }: CaptureOptions) {
  if (offeredTools(request).length === 0) return undefined;
  return {
    request,
    agentId,
    facts: (typeof context === 'function' ? context(request) : context) as Facts | undefined,
    group: typeof group === 'function' ? group(request) : group,
  };
}
type Facts = NonNullable<Parameters<typeof decisionOf>[0]['facts']>;

/** The gateway records what passes it, under an id that it tells. */
const idOf = ({ headers }: Circumstances) => headers?.get('x-retort-decision-id') ?? undefined;

/** A student's answer is no evidence of what the teacher does: it is never recorded. */
function record(
  asked: Asked,
  answer: Answer,
  { headers, session, startedAt, options }: Circumstances & { startedAt: number; options: CaptureOptions },
): string | undefined {
  if (headers?.get('x-retort-served-by') === 'student') return undefined;
  if (isStudentModel(answer.model ?? asked.request.model)) return undefined;
  const decision = decisionOf({ ...asked, group: asked.group ?? session }, answer);
  if (typeof decision === 'string')
    throw captureError({ code: `capture.${decision}`, message: lost[decision], retriable: false, decisions: 1 });
  return options.recorder.record({
    ...decision,
    decided_by: { kind: 'teacher' },
    exchange: exchangeOf(answer, performance.now() - startedAt),
  });
}

const lost: Record<NoDecision, string> = {
  'incomplete-answer': 'The answer was cut off by a limit or a filter: what it would have called is not known.',
  'context-elsewhere':
    'The dialogue before this request is kept by the provider: what the model saw is not known here.',
};

export function quietly<Value>(work: () => Value, { onError }: Pick<CaptureOptions, 'onError'>): Value | undefined {
  try {
    return work();
  } catch (error) {
    tell(onError, error);
    return undefined;
  }
}

function tell(onError: CaptureOptions['onError'], error: unknown): void {
  try {
    onError?.(error);
  } catch {
    return; // the host's callback must not fail the host's agent
  }
}
