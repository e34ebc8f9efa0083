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
  const { agent, session, raw, author } = asked;
  const { calls } = turn;
  const bytes = raw.byteLength;
  const modelVersion = view.model_version;
  return {
    tenant: author.tenant,
    bytes,
    // It holds what it tells and no more: the request itself would wait in memory with it.
    decision: () =>
      completeTurn({
        id,
        agent_id: agent,
        timestamp,
        context: question.context,
        tools_available: question.tools,
        tool_calls: calls.map(({ id: callId, name, arguments: text }) => ({
          id: callId,
          tool: name,
          parameters: JSON.parse(text) as Record<string, never>,
        })),
        decided_by: { kind: 'student' as const, ...(modelVersion === null ? {} : { model_version: modelVersion }) },
        exchange: {
          latency_ms: latency,
          response_id: answerId,
          prompt_tokens: 0,
          completion_tokens: 0,
          request_bytes: bytes,
          ...(insteadOf === null ? {} : { instead_of: insteadOf }),
        },
        ...(session === undefined ? {} : { group: session }),
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
  /** What the request offers. */
  tools: ToolDefinition[];
  api: DropIn;
  ports: RecordingPorts;
}

/** The teacher's answer as it comes. Read to its end, it is recorded. */
export async function* teacherDecision(answered: AnsweredByTeacher): AsyncIterable<Uint8Array> {
  const { told, answer, ports } = answered;
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  const spend = spending(answered);
  let isWhole = false;
  try {
    for await (const piece of answer.body) {
      bytes += piece.byteLength;
      if (bytes <= ports.largestRecorded) pieces.push(piece);
      yield piece;
    }
    isWhole = true;
  } finally {
    if (!isWhole) await spend(null, { bytes, isDecision: false });
  }
  const latency = performance.now() - told.startedAt;
  const read = reading(answered, { pieces, bytes, latency, spend });
  const turn = { tenant: told.asked.author.tenant, bytes: told.asked.raw.byteLength + bytes, decision: read };
  if (!ports.recorder.record(turn)) await spend(null, { bytes, isDecision: false });
}

interface WholeAnswer {
  pieces: readonly Uint8Array[];
  bytes: number;
  /** Milliseconds. */
  latency: number;
  spend: Spend;
}

/** Reads an answer when it is recorded. What it gives holds what that takes and no more: the request itself, and its connection,
 *  would wait in memory with it. */
function reading(answered: AnsweredByTeacher, { pieces, bytes, latency, spend }: WholeAnswer) {
  const { isDecision, tools, api, ports, told, answer } = answered;
  const { id, request, asked } = told;
  const { agent: agentId, session: group, author } = asked;
  const { headers } = answer;
  const timestamp = ports.clock().toISOString();
  const exchange = toldByTheGateway(answered);
  const read = async (): Promise<DecisionInput | null | undefined> => {
    const said = bytes > ports.largestRecorded ? null : await answerOf(pieces, headers, api).catch(() => null);
    const made =
      isDecision && said && said.finishReason !== null
        ? decisionOf({ request: request!, tools, agentId, group }, said)
        : null;
    const decision = typeof made === 'string' ? null : made;
    await spend(said, { bytes, isDecision: decision !== null });
    if (!isDecision) return undefined;
    if (!decision || !said) return null;
    ports.outcomes.made(
      author.tenant,
      id,
      said.calls.flatMap((call) => call.id ?? []),
    );
    if (api.goesOnById && said.id !== undefined) ports.responses.answered(author, said.id, decision);
    return { ...decision, id, timestamp, exchange: { ...exchangeOf(said, latency), ...exchange } };
  };
  if (!api.goesOnById) return read;
  // A request that goes on from this answer may come before it is recorded.
  const begun = read();
  begun.catch(() => undefined); // the recorder says so
  return () => begun;
}

const bytesPerToken = 4;

/** @param seen `bytes`: of the answer; `isDecision`: whether it is recorded, and its cost with it */
type Spend = (said: Answer | null, seen: { bytes: number; isDecision: boolean }) => Promise<void>;

/** Counts once what an answer took; by its bytes where the provider does not say. */
function spending({ told: { asked }, answer, ports }: AnsweredByTeacher): Spend {
  let isDone = answer.sharedWith !== undefined;
  const asksFor = asked.body?.['model'];
  const { keyId, agent } = asked;
  const { tenant } = asked.author;
  const bytesAsked = asked.raw.byteLength;
  return async (said, { bytes, isDecision }) => {
    if (isDone) return;
    isDone = true;
    const model = said?.model ?? (typeof asksFor === 'string' ? asksFor : '');
    const usage = said?.usage ?? null;
    const taken = usage
      ? { ...usage, cached: usage.cached ?? 0 }
      : {
          prompt: Math.ceil(bytesAsked / bytesPerToken),
          cached: 0,
          completion: Math.ceil(bytes / bytesPerToken),
        };
    const besides = isDecision ? null : { agent };
    await ports.spending.spent({ tenant, keyId }, { model, ...taken, isCounted: usage !== null, besides });
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
