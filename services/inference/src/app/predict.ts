import { setImmediate as nextTurn } from 'node:timers/promises';
import type { predictionInput, PredictionView, ToolDefinition } from '@retort/contracts';
import { isFault, type Clock, type JsonObject } from '@retort/kernel';
import type { Trace } from '@retort/service-kit';
import { rungWithstanding } from '@retort/statistics';
import type { z } from 'zod';
import { answer, fallbackReason, type FallbackReason, type Proposal } from '../domain/answer.ts';
import { dayOf, type UsageCounter } from '../domain/usage.ts';
import type { Auditor } from './auditor.ts';
import type { PredictionMetrics } from './metrics.ts';
import type { OwnAnswers } from './own-answers.ts';
import { askCanary, askShadow, type Shadow } from './challenge.ts';
import type { Rollouts } from './rollouts.ts';
import type { Rungs } from './rungs.ts';
import type { LoadedModel, Models } from './models.ts';
import type { Teacher } from './teacher.ts';
import type { Toolsets } from './toolsets.ts';

export interface Prediction {
  tenant: string;
  trace: Trace;
  input: z.output<typeof predictionInput>;
  /** JSON pointer of the input within the body. */
  at: string;
  /** Whether it is somebody's traffic: measurements are not. */
  counted: boolean;
  /** The share of never-seen requests to withstand; absent: what the traffic asks for. */
  novelShare?: number | undefined;
}

export interface PredictPorts {
  models: Models;
  toolsets: Toolsets;
  /** Absent when none is configured. */
  teacher: Teacher | undefined;
  usage: UsageCounter;
  metrics: PredictionMetrics;
  auditor: Auditor;
  answers: OwnAnswers;
  rungs: Rungs;
  rollouts: Rollouts;
  clock: Clock;
}

interface Considered {
  prediction: Prediction;
  /** Whose proposal it is. */
  loaded: LoadedModel | undefined;
  proposal: Proposal | null;
  tools: readonly ToolDefinition[];
  /** More of the traffic is never-seen than any rung withstands. */
  isBeyondLadder: boolean;
  /** What a shadow would serve; null where it would not. */
  shadow?: Shadow | undefined;
}

/** Asks the student; when it should not serve, the teacher, if the caller wants that and there is one. */
export async function predict(ports: PredictPorts, prediction: Prediction): Promise<PredictionView> {
  return resolve(ports, await consider(ports, prediction));
}

const longestTurnMs = 5;

/** Answers in order. The event loop gets its turn every few milliseconds; teacher calls run side by side. A teacher that
 *  fails leaves its own item unanswered, not the batch. */
export async function predictBatch(
  ports: PredictPorts & { teacherConcurrency: number },
  predictions: readonly Prediction[],
): Promise<PredictionView[]> {
  const considered: Considered[] = [];
  let turnBegan = performance.now();
  for (const prediction of predictions) {
    const next = consider(ports, prediction);
    considered.push(next instanceof Promise ? await next : next);
    if (performance.now() - turnBegan < longestTurnMs) continue;
    await nextTurn();
    turnBegan = performance.now();
  }
  const answers = new Array<PredictionView>(considered.length);
  let next = 0;
  const work = async () => {
    while (next < considered.length) {
      const index = next++;
      answers[index] = await resolve(ports, considered[index]!).catch((error: unknown) => {
        if (!isFault(error, 'predictions.teacher-unavailable')) throw error;
        return unanswered(ports, considered[index]!, 'teacher-unavailable');
      });
    }
  };
  await Promise.all(Array.from({ length: ports.teacherConcurrency }, work));
  return answers;
}

/** The fast path awaits nothing: a model that serves and a toolset that is known answer at once. */
function consider(ports: PredictPorts, prediction: Prediction): Considered | Promise<Considered> {
  const { tenant, trace, input, at } = prediction;
  const { model, model_version: modelVersion } = input;
  // First what may throw at once: a model that is being looked up meanwhile would fail unnoticed.
  const tools = ports.toolsets({ tenant, trace, input, at });
  const loaded =
    modelVersion === undefined
      ? ports.models.serving(tenant, model)
      : ports.models.version({ tenant, model, modelVersion, trace });
  if (loaded instanceof Promise || tools instanceof Promise)
    return Promise.all([loaded, tools]).then(([model, tools]) => askInTurn(ports, prediction, model, tools));
  return askInTurn(ports, prediction, loaded, tools);
}

/** The challenger where the request is its own, else what serves, with a shadow beside. */
function askInTurn(
  ports: PredictPorts,
  prediction: Prediction,
  loaded: LoadedModel | undefined,
  tools: readonly ToolDefinition[],
): Considered {
  const { tenant, input } = prediction;
  const { model, agent_id: agent, session } = input;
  const asked = isTraffic(prediction) ? { tenant, model, agent, session } : null;
  const canary = asked && ports.rollouts.canaryFor(asked);
  const answered = canary && askCanary(ports.rollouts, canary, () => ask(ports, prediction, canary.loaded, tools));
  if (answered) return answered;
  const considered = ask(ports, prediction, loaded, tools);
  const shadow = asked && ports.rollouts.shadowFor(asked);
  if (!shadow) return considered;
  const besides = { ...prediction, counted: false };
  return {
    ...considered,
    shadow: askShadow(ports.rollouts, shadow, {
      served: considered.proposal,
      ask: () => ask(ports, besides, shadow.loaded, tools),
    }),
  };
}

function ask(
  ports: PredictPorts,
  prediction: Prediction,
  loaded: LoadedModel | undefined,
  tools: readonly ToolDefinition[],
): Considered {
  if (!loaded) return { prediction, loaded, proposal: null, tools, isBeyondLadder: false };
  const startedAt = performance.now();
  const { context, agent_id: agent, no_tool: noTool } = prediction.input;
  const request = { context: context as JsonObject, tools, noTool };
  const { novelShare, trace } = prediction;
  const asking = { key: trace.keyId ?? '', agent };
  const share =
    novelShare === undefined ? ports.rungs.shareFor(loaded, asking) : rungWithstanding(loaded.student.card, novelShare);
  const answered = loaded.student.predict(
    agent === undefined ? request : { ...request, agent },
    share === null ? {} : { share },
  );
  const seconds = (performance.now() - startedAt) / 1000;
  ports.metrics.asked(loaded.model, seconds);
  if (prediction.counted) ports.usage.add(usageKey(ports, prediction), { studentSeconds: seconds });
  if (isTraffic(prediction))
    ports.rungs.scored(loaded, { ...asking, context: request.context, novelty: answered.novelty });
  const { modelVersion, guarantee } = loaded;
  const proposal = { modelVersion, guarantee, prediction: answered };
  return { prediction, loaded, proposal, tools, isBeyondLadder: share === null };
}

async function resolve(ports: PredictPorts, considered: Considered): Promise<PredictionView> {
  const { prediction, proposal, tools, isBeyondLadder } = considered;
  const reason = fallbackReason(proposal, { isWithdrawn: isWithdrawn(ports, considered), isBeyondLadder });
  if (reason === null) {
    const saysNoTool = proposal?.prediction.answer === 'words';
    count(ports, prediction, 'student', saysNoTool ? { noToolAnswers: 1 } : { studentCalls: 1 });
    noteServed(ports, considered);
    // Words are outside the guarantee: what a caller accepts of them is no evidence about it.
    if (!saysNoTool) auditServed(ports, considered);
    return answer({ id: prediction.input.id, proposal, reason });
  }
  if (isTraffic(prediction) && proposal !== null)
    ports.answers.left({ tenant: prediction.tenant, context: prediction.input.context as JsonObject });
  if (prediction.input.fallback !== 'teacher' || !ports.teacher) return unanswered(ports, considered, reason);
  const context = prediction.input.context as JsonObject;
  const { calls, promptTokens, completionTokens } = await ports.teacher({ context, tools, parallelCalls: true });
  count(ports, prediction, 'teacher', {
    teacherCalls: 1,
    teacherPromptTokens: promptTokens,
    teacherCompletionTokens: completionTokens,
  });
  const shadow = considered.shadow;
  if (shadow) ports.auditor.left({ shadow, agent: prediction.input.agent_id, calls });
  return answer({ id: prediction.input.id, proposal, teacher: calls, reason });
}

function isWithdrawn({ auditor }: PredictPorts, { prediction, loaded, proposal }: Considered): boolean {
  if (!loaded || !proposal) return false;
  const { calls } = proposal.prediction;
  const agent = prediction.input.agent_id;
  const tools = calls.length === 0 ? [null] : calls.map(({ tool }) => tool);
  return tools.some((tool) => auditor.isWithdrawn(loaded, { tool, agent }));
}

/** Measurements are no traffic, nor are requests to a version that is only asked for. */
function isTraffic({ counted, input }: Prediction): boolean {
  return counted && input.model_version === undefined;
}

/** Measurements are made of the teacher's own decisions: what a student says to those is reported by nobody. */
function noteServed({ answers }: PredictPorts, { prediction, proposal }: Considered): void {
  if (!prediction.counted || !proposal) return;
  const { tenant, input } = prediction;
  answers.served({ tenant, id: input.id, context: input.context as JsonObject, calls: proposal.prediction.calls });
}

function auditServed(ports: PredictPorts, { prediction, loaded, proposal, tools, shadow }: Considered): void {
  if (!isTraffic(prediction) || !loaded || !proposal) return;
  const { input } = prediction;
  ports.auditor.served({
    loaded,
    trace: prediction.trace,
    agent: input.agent_id,
    context: input.context as JsonObject,
    tools,
    calls: proposal.prediction.calls,
    shadow,
    paid: ({ promptTokens, completionTokens }) =>
      ports.usage.add(usageKey(ports, prediction), {
        audits: 1,
        auditPromptTokens: promptTokens,
        auditCompletionTokens: completionTokens,
      }),
  });
}

function unanswered(ports: PredictPorts, { prediction, proposal }: Considered, reason: FallbackReason): PredictionView {
  const isCallers = prediction.input.fallback === 'caller';
  count(ports, prediction, 'none', isCallers ? { callerTeacherCalls: 1 } : { abstentions: 1 });
  return answer({ id: prediction.input.id, proposal, reason });
}

function count(
  ports: PredictPorts,
  prediction: Prediction,
  servedBy: PredictionView['served_by'],
  usage: Parameters<UsageCounter['add']>[1],
): void {
  if (!prediction.counted) return;
  ports.metrics.served(prediction.input.model, servedBy);
  ports.usage.add(usageKey(ports, prediction), usage);
}

function usageKey({ clock }: PredictPorts, { tenant, input }: Prediction) {
  return { tenant, model: input.model, day: dayOf(clock()) };
}
