import type { EvaluationSample, PredictionInput } from '@retort/contracts';
import { fault, type JsonObject } from '@retort/kernel';
import { compare } from '../domain/agreement.ts';
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
}

export interface StudentQuestion {
  students: Pick<Students, 'propose'>;
  model: string;
  modelVersion: string;
  batchSize: number;
  signal: AbortSignal;
  /** What the version learnt from; absent or null where that is not known. */
  learnt?: Learnt | null;
}

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
  for await (const batch of inBatches(decisions, question.batchSize)) {
    const startedAt = performance.now();
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
      question.signal,
    );
    const seconds = (performance.now() - startedAt) / 1000;
    const samples = batch.map(({ index, decision }, place) =>
      compare(
        {
          ...decision,
          index,
          id: decision.id ?? String(index),
          ...(question.learnt && { learnt: question.learnt.has(decision) }),
        },
        predictions[place]!,
      ),
    );
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

async function* inBatches<Item>(items: AsyncIterable<Item>, size: number): AsyncIterable<Item[]> {
  let batch: Item[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
