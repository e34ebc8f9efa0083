import type { EvaluationSample, PredictionInput, ToolCall } from '@retort/contracts';
import { fault, type JsonObject } from '@retort/kernel';
import { afterRequest, DEFAULT_WINDOW } from '@retort/statistics';
import { compare } from '../domain/agreement.ts';
import type { FollowedLadder } from '../domain/ladder.ts';
import type { Learnt } from '../domain/learnt.ts';
import type { Students } from './students.ts';

/** A labelled decision as it is compared: the request and the teacher's call. */
export interface LabelledRequest {
  id?: string | undefined;
  agent_id?: string | undefined;
  context: JsonObject;
  tools_available?: PredictionInput['tools_available'];
  toolset?: string | undefined;
  tool_selected: string | null;
  /** null: not known; the tools alone are compared. */
  tool_parameters: JsonObject | null;
  /** All calls of the answer; absent where it was kept by an earlier release, which knew one. */
  tool_calls?: ToolCall[] | undefined;
}

export interface StudentQuestion {
  students: Pick<Students, 'propose'>;
  model: string;
  modelVersion: string;
  batchSize: number;
  signal: AbortSignal;
  /** What the version learnt from; absent or null where that is not known. */
  learnt?: Learnt | null;
  /** Absent or null: the rung in use answers. Else the one that the requests before ask for, as in serving. */
  ladder?: FollowedLadder | null;
}

/** A serving rung changes when a block of the window is full, and so does that of an evaluation. */
const blockSize = DEFAULT_WINDOW.requests / DEFAULT_WINDOW.blocks;

export interface AskedBatch {
  samples: EvaluationSample[];
  /** Seconds between the request and its answer. */
  seconds: number;
}

/** Asks a version for its proposals over HTTP, as an agent would, but counted as nobody's traffic, and compares them with
 *  what the teacher did. */
export async function* askStudent(
  question: StudentQuestion,
  decisions: AsyncIterable<{ index: number; decision: LabelledRequest }>,
): AsyncIterable<AskedBatch> {
  const { card } = question.ladder ?? {};
  let traffic = question.ladder?.traffic;
  const size = traffic ? Math.min(blockSize, question.batchSize) : question.batchSize;
  for await (const batch of inBatches(decisions, size)) {
    const startedAt = performance.now();
    const rung = traffic?.rung;
    const predictions = await question.students.propose(
      batch.map(({ decision: { agent_id, context, tools_available, toolset } }) => ({
        model: question.model,
        model_version: question.modelVersion,
        agent_id,
        context,
        tools_available,
        toolset,
        fallback: 'none',
      })),
      // More than any rung withstands is more than all requests.
      { signal: question.signal, ...(rung !== undefined && { novelShare: rung ?? 1 }) },
    );
    const seconds = (performance.now() - startedAt) / 1000;
    const samples = batch.map(({ index, decision }, place): EvaluationSample => {
      const compared = compare(
        {
          ...decision,
          index,
          id: decision.id ?? String(index),
          ...(question.learnt && { learnt: question.learnt.has(decision) }),
        },
        predictions[place]!,
      );
      return rung === undefined ? compared : { ...compared, rung };
    });
    for (const { novelty } of predictions)
      if (card && traffic && typeof novelty === 'number') ({ traffic } = afterRequest(traffic, novelty, card));
    yield { samples, seconds };
  }
}

/** The version to evaluate: the one named, else the one that serves.
 *  @throws `evaluation.nothing-serves` (409) */
export async function versionToAsk(
  students: Pick<Students, 'serving'>,
  { model, named }: { model: string; named: string | undefined },
): Promise<string> {
  if (named !== undefined) return named;
  const serving = (await students.serving()).find((loaded) => loaded.model === model);
  if (serving) return serving.model_version;
  throw fault('evaluation.nothing-serves', {
    public: `No version of ${model} serves. Name one by model_version, or deploy one first.`,
  });
}

/** A batch of predictions is bounded in bytes, which are up to three a character, and in values; one prediction more fits. */
const charactersOfBatch = 262_144;

async function* inBatches<Item>(items: AsyncIterable<Item>, size: number): AsyncIterable<Item[]> {
  let batch: Item[] = [];
  let characters = 0;
  for await (const item of items) {
    batch.push(item);
    characters += JSON.stringify(item).length;
    if (batch.length < size && characters < charactersOfBatch) continue;
    yield batch;
    batch = [];
    characters = 0;
  }
  if (batch.length > 0) yield batch;
}
