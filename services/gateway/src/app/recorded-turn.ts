import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import {
  completeTurn,
  type DecisionInput,
  type Exchange,
  type PredictionView,
  type ToolDefinition,
} from '@retort/contracts';
import { answerIn, decisionOf, exchangeOf, type Answer, type ChatRequest } from '@retort/conversation';
import { ownMember, type Clock, type JsonObject } from '@retort/kernel';
import type { StudentTurn } from '../domain/student-turn.ts';
import type { AskedTurn } from './asked-turn.ts';
import type { Budgets } from './budgets.ts';
import type { CallOutcomes } from './call-outcomes.ts';
import type { DropIn } from './drop-in.ts';
import type { EarlierResponses } from './earlier-responses.ts';
import type { SharedAnswer } from './shared-answers.ts';
import type { TeacherAnswer } from './teacher.ts';
import type { AnsweredTurn, TurnRecorder } from './turn-recorder.ts';

/** A request, and what is told of it already. */
export interface Told {
  asked: AskedTurn;
  request: ChatRequest | null;
  /** Of the decision. */
  id: string;
  /** Milliseconds. */
  startedAt: number;
}

/** What a student is asked. */
export interface Question {
  context: JsonObject;
  tools: ToolDefinition[];
}

export interface RecordingPorts {
  recorder: Pick<TurnRecorder, 'record'>;
  outcomes: Pick<CallOutcomes, 'made' | 'told'>;
  responses: Pick<EarlierResponses, 'answered'>;
  spending: Pick<Budgets, 'admit' | 'spent'>;
  clock: Clock;
  /** Bytes of an answer that are kept to be recorded. */
  largestRecorded: number;
}

/** What the student answered, to be recorded. */
export function studentDecision(answered: {
  told: Told;
  question: Question;
  turn: StudentTurn;
  view: PredictionView;
  /** Of the answer. */
  answerId: string;
  /** The model that would have been asked; null where the teacher could not have answered. */
  insteadOf: string | null;
  ports: RecordingPorts;
}): Omit<AnsweredTurn, 'decision'> & { decision(): DecisionInput } {
  const { told, question, turn, view, answerId, insteadOf, ports } = answered;
  const { asked, id, startedAt } = told;
  const latency = performance.now() - startedAt;
  const timestamp = ports.clock().toISOString();
  return {
    tenant: asked.author.tenant,
    bytes: asked.raw.byteLength,
    decision: () =>
      completeTurn({
        id,
        agent_id: asked.agent,
        timestamp,
        context: question.context,
        tools_available: question.tools,
        tool_calls: turn.calls.map(({ id: callId, name, arguments: text }) => ({
          id: callId,
          tool: name,
          parameters: JSON.parse(text) as Record<string, never>,
        })),
        decided_by: {
          kind: 'student' as const,
          ...(view.model_version === null ? {} : { model_version: view.model_version }),
        },
        exchange: {
          latency_ms: latency,
          response_id: answerId,
          prompt_tokens: 0,
          completion_tokens: 0,
          request_bytes: asked.raw.byteLength,
          ...(insteadOf === null ? {} : { instead_of: insteadOf }),
        },
        ...(asked.session === undefined ? {} : { group: asked.session }),
      }),
  };
}

interface AnsweredByTeacher {
  told: Told;
  answer: SharedAnswer;
  view: PredictionView | null;
  reason: string | null;
  /** What the teacher was told besides, `name@version`. */
  prompt: string | null;
  /** Whether it is recorded; what it took is counted in any case. */
  isDecision: boolean;
  api: DropIn;
  ports: RecordingPorts;
}

/** The teacher's answer as it comes. Read to its end, it is recorded. */
export async function* teacherDecision(answered: AnsweredByTeacher): AsyncIterable<Uint8Array> {
  const { told, answer, isDecision, api, ports } = answered;
  const { asked, id, startedAt } = told;
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  const spend = spending(answered, () => bytes);
  let isWhole = false;
  try {
    for await (const piece of answer.body) {
      bytes += piece.byteLength;
      if (bytes <= ports.largestRecorded) pieces.push(piece);
      yield piece;
    }
    isWhole = true;
  } finally {
    if (!isWhole) await spend(null);
  }
  const latency = performance.now() - startedAt;
  const timestamp = ports.clock().toISOString();
  const read = async (): Promise<DecisionInput | null | undefined> => {
    const said = bytes > ports.largestRecorded ? null : await answerOf(pieces, answer.headers, api).catch(() => null);
    await spend(said);
    if (!isDecision) return undefined;
    if (!said || said.finishReason === null) return null;
    const { agent: agentId, session: group, author } = asked;
    const decision = decisionOf({ request: told.request!, agentId, group }, said);
    if (typeof decision === 'string') return null;
    ports.outcomes.made(
      author.tenant,
      id,
      said.calls.flatMap((call) => call.id ?? []),
    );
    if (api.goesOnById && said.id !== undefined) ports.responses.answered(author, said.id, decision);
    return { ...decision, id, timestamp, exchange: { ...exchangeOf(said, latency), ...toldByTheGateway(answered) } };
  };
  // A request that goes on from this answer may come before it is recorded.
  const reading = api.goesOnById ? read() : undefined;
  reading?.catch(() => undefined); // the recorder says so
  const decision = () => reading ?? read();
  const turn = { tenant: asked.author.tenant, bytes: asked.raw.byteLength + bytes, decision };
  if (!ports.recorder.record(turn)) await spend(null);
}

const bytesPerToken = 4;

/** Counts once what an answer took; by its bytes where the provider does not say. */
function spending({ told: { asked }, answer, ports }: AnsweredByTeacher, bytes: () => number) {
  let isCounted = answer.sharedWith !== undefined;
  return async (said: Answer | null): Promise<void> => {
    if (isCounted) return;
    isCounted = true;
    const asksFor = asked.body?.['model'];
    const model = said?.model ?? (typeof asksFor === 'string' ? asksFor : '');
    const taken = said?.usage
      ? { ...said.usage, cached: said.usage.cached ?? 0 }
      : {
          prompt: Math.ceil(asked.raw.byteLength / bytesPerToken),
          cached: 0,
          completion: Math.ceil(bytes() / bytesPerToken),
        };
    await ports.spending.spent({ tenant: asked.author.tenant, keyId: asked.keyId }, { model, ...taken });
  };
}

function toldByTheGateway({ told, view, reason, prompt, answer }: AnsweredByTeacher): Exchange {
  return {
    upstream: answer.upstream,
    request_bytes: told.asked.raw.byteLength,
    ...(prompt === null ? {} : { prompt }),
    ...(answer.sharedWith ? { cost: { amount: 0, currency: 'USD', basis: 'cache' } } : {}),
    ...(view && reason !== null
      ? { abstained: { reason, model_version: view.model_version, confidence: view.confidence } }
      : {}),
  };
}

const largestDecoded = { maxOutputLength: 64 * 1_048_576 };
const decoders: Record<string, (bytes: Uint8Array) => Promise<Uint8Array>> = {
  gzip: (bytes) => promisify(gunzip)(bytes, largestDecoded),
  br: (bytes) => promisify(brotliDecompress)(bytes, largestDecoded),
  deflate: (bytes) => promisify(inflate)(bytes, largestDecoded),
};

/** @throws SyntaxError, TypeError for what is no answer */
async function answerOf(
  pieces: readonly Uint8Array[],
  headers: TeacherAnswer['headers'],
  { protocol }: DropIn,
): Promise<Answer> {
  const encoded = Buffer.concat(pieces);
  const decode = ownMember(decoders, String(headers['content-encoding']));
  const text = Buffer.from(decode ? await decode(encoded) : encoded).toString('utf8');
  return answerIn(text, isEventStream(headers), protocol);
}

export const isEventStream = (headers: TeacherAnswer['headers']): boolean =>
  String(headers['content-type'] ?? '').startsWith('text/event-stream');
