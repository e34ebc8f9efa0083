import { contextOf, type ChatRequest } from '@retort/conversation';
import type { PredictionView } from '@retort/contracts';
import { isFault, timedId } from '@retort/kernel';
import type { ServiceContext } from '@retort/service-kit';
import { callId } from '../domain/call-id.ts';
import { callResults } from '../domain/call-results.ts';
import { isDeterministic, mayBeOld, sharingKey } from '../domain/sharing.ts';
import type { StudentTurn } from '../domain/student-turn.ts';
import type { Body, DropIn } from './drop-in.ts';
import type { KnownTools } from './known-tools.ts';
import type { AskStudent } from './ports.ts';
import type { RenderPrompt } from './prompts.ts';
import { studentDecision, teacherDecision, type Question, type RecordingPorts, type Told } from './recorded-turn.ts';
import type { AskShared, Sharing } from './shared-answers.ts';
import type { TeacherAnswer } from './teacher.ts';
import type { AskedTurn } from './asked-turn.ts';

/** What is said of an answer beside it. */
export interface Provenance {
  /** `cache`: the teacher, a while ago. */
  servedBy: 'student' | 'teacher' | 'cache';
  /** Why the teacher answered, or the student although it does not guarantee the answer; null when the student just did. */
  reason: string | null;
  modelVersion: string | null;
  confidence: number | null;
  /** null: the turn is not recorded. */
  decisionId: string | null;
}
export type AnsweredBy =
  | { provenance: Provenance; whole: Body }
  | { provenance: Provenance; stream: string }
  | { provenance: Provenance; handedOn: TeacherAnswer };

export interface AnswerPorts extends RecordingPorts {
  student: AskStudent;
  teacher: AskShared;
  prompts: RenderPrompt;
  toolsOf: KnownTools;
  whenTeacherIsDown(agent: string): 'error' | 'student';
  onAnswered(provenance: Provenance): void;
  log: Pick<ServiceContext<unknown>['log'], 'warn'>;
}

interface Considered {
  /** null where the body is not one. */
  request: ChatRequest | null;
  /** What the student was asked; absent where it was not. */
  question?: Question;
  /** null where it was not asked, or failed. */
  view: PredictionView | null;
  reason: string | null;
}

/** The student where it may answer, else the teacher. */
export async function answerTurn(ports: AnswerPorts, api: DropIn, asked: AskedTurn): Promise<AnsweredBy> {
  const startedAt = performance.now();
  const considered = await consider(ports, api, asked);
  if (asked.isRecorded && considered.request)
    ports.outcomes.told(asked.author, callResults(considered.request.messages));
  const told: Told = { asked, request: considered.request, id: timedId(ports.clock()), startedAt };
  if (considered.reason === null) return byStudent(ports, api, told, considered);
  try {
    return await byTeacher(ports, api, told, considered);
  } catch (error) {
    const isDown = isFault(error) && error.code.startsWith('gateway.teacher-');
    const { view } = considered;
    if (!isDown || asked.signal().aborted || !view || callsOf(view).length === 0) throw error;
    if (ports.whenTeacherIsDown(asked.agent) === 'error') throw error;
    return byStudent(ports, api, told, { ...considered, reason: 'teacher-unavailable' });
  }
}

async function consider(ports: AnswerPorts, api: DropIn, { body, mode, ...asked }: AskedTurn): Promise<Considered> {
  const request = body && requestOf(api, body);
  if (!body || !request) return { request: null, view: null, reason: 'unreadable' };
  if (mode === 'teacher-only') return { request, view: null, reason: mode };
  const unserved = api.unserved(body, request);
  if (unserved !== null) return { request, view: null, reason: unserved };
  try {
    const question = { context: contextOf(request.messages), tools: ports.toolsOf(request) };
    const isCounted = mode !== 'shadow';
    const view = await ports.student(asked.author, {
      ...question,
      agent: asked.agent,
      session: asked.session,
      isCounted,
    });
    return { request, question, view, reason: mode === 'shadow' ? mode : reasonOf(view, body) };
  } catch (error) {
    if (!isFault(error) || error.detail.status >= 500)
      ports.log.warn({ err: error }, 'the student could not be asked: the teacher answers');
    return { request, view: null, reason: 'student-unavailable' };
  }
}

/** Bodies of any shape arrive: one that is not read is the teacher's. */
function requestOf(api: DropIn, body: Body): ChatRequest | null {
  try {
    return api.protocol.requestOf(body);
  } catch {
    return null;
  }
}

function reasonOf(view: PredictionView, body: Body): string | null {
  if (view.served_by !== 'student') return view.fallback_reason ?? 'abstained';
  const calls = callsOf(view);
  if (calls.length === 0) return 'words';
  return calls.length > 1 && body['parallel_tool_calls'] === false ? 'several-calls' : null;
}

const callsOf = ({ call, proposal }: PredictionView) => (call ?? proposal)?.tool_calls ?? [];

function byStudent(ports: AnswerPorts, api: DropIn, told: Told, considered: Considered): AnsweredBy {
  const { view, reason, question } = considered;
  const { asked, id } = told;
  const body = asked.body!;
  const turn: StudentTurn = {
    id,
    model: typeof body['model'] === 'string' ? body['model'] : 'student',
    created: Math.floor(ports.clock().getTime() / 1000),
    calls: callsOf(view!).map(({ tool: name, parameters }, index) => ({
      id: callId(id, index),
      name,
      arguments: JSON.stringify(parameters),
    })),
  };
  const provenance = provenanceOf({ servedBy: 'student', reason, view, decisionId: asked.isRecorded ? id : null });
  ports.onAnswered(provenance);
  const recorded = studentDecision({
    told,
    turn,
    ports,
    question: question!,
    view: view!,
    answerId: api.idOf(id),
    insteadOf: reason === null && typeof body['model'] === 'string' ? body['model'].slice(0, 256) : null,
  });
  if (asked.isRecorded) ports.recorder.record(recorded);
  if (api.goesOnById) ports.responses.answered(asked.author, api.idOf(id), recorded.decision());
  if (body['stream'] === true) return { provenance, stream: api.stream(turn, body) };
  return { provenance, whole: api.whole(turn, body) };
}

async function byTeacher(ports: AnswerPorts, api: DropIn, told: Told, considered: Considered): Promise<AnsweredBy> {
  const { asked, id, request } = told;
  const model = asked.body?.['model'];
  const { headers } = asked;
  const { raw, prompt } = await prompted(ports, api, asked);
  const call = { method: 'POST' as const, path: api.path, headers, body: raw, signal: asked.signal() };
  const sharing = sharingOf(ports, api, { ...asked, raw });
  const answer = await ports.teacher(typeof model === 'string' ? model : '', call, sharing);
  const { reason, view, question } = considered;
  const tools = question?.tools ?? (request ? ports.toolsOf(request) : []);
  const isDecision = asked.isRecorded && answer.status === 200 && tools.length > 0;
  const servedBy = answer.sharedWith === 'cache' ? 'cache' : 'teacher';
  const provenance = provenanceOf({ servedBy, reason, view, decisionId: isDecision ? id : null });
  ports.onAnswered(provenance);
  if (answer.status !== 200) return { provenance, handedOn: answer };
  const watched = teacherDecision({ told, answer, view, reason, prompt, isDecision, tools, api, ports });
  return { provenance, handedOn: { ...answer, body: watched } };
}

/** The bytes that the teacher is sent: the caller's, unless a prompt is asked for. */
async function prompted(
  ports: Pick<AnswerPorts, 'prompts'>,
  api: DropIn,
  { author, body, raw, prompt: named }: AskedTurn,
): Promise<{ raw: Uint8Array; prompt: string | null }> {
  if (!named || !body) return { raw, prompt: null };
  const { version, text } = await ports.prompts(author, named);
  return { raw: Buffer.from(JSON.stringify(api.instructed(body, text))), prompt: version };
}

function sharingOf(ports: AnswerPorts, { path }: DropIn, { author, keyId, body, headers, raw }: AskedTurn): Sharing {
  const { tenant } = author;
  return {
    // A stream is each caller's own.
    key: body === null || body['stream'] === true ? null : () => sharingKey({ tenant, path, headers, raw }),
    isDeterministic: body !== null && isDeterministic(body),
    mayBeOld: mayBeOld(headers),
    admit: () => ports.spending.admit({ tenant, keyId }),
  };
}

function provenanceOf({
  view,
  ...known
}: Pick<Provenance, 'servedBy' | 'reason' | 'decisionId'> & { view: PredictionView | null }): Provenance {
  return { ...known, modelVersion: view?.model_version ?? null, confidence: view?.confidence ?? null };
}
