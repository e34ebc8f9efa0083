import { predictionBatchView, servingView, type EvaluationSample } from '@retort/contracts';
import { fault, type JsonObject } from '@retort/kernel';
import type { BoundClient } from '@retort/service-kit';
import { compare } from '../domain/agreement.ts';
import type { Learnt } from '../domain/learnt.ts';

/** A labelled decision as it is compared: the request and the teacher's call. */
export interface LabelledRequest {
  id?: string | undefined;
  agent_id?: string | undefined;
  context: JsonObject;
  tools_available?: unknown;
  toolset?: string | undefined;
  tool_selected: string | null;
  /** null: not known; the tools alone are compared. */
  tool_parameters: JsonObject | null;
}

export interface StudentQuestion {
  client: BoundClient;
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
    const { predictions } = await question.client.post(
      '/api/v1/predictions:batch',
      {
        counted: false,
        predictions: batch.map(({ decision: { agent_id, context, tools_available, toolset } }) => ({
          model: question.model,
          model_version: question.modelVersion,
          agent_id,
          context,
          tools_available,
          toolset,
          fallback: 'none',
        })),
      },
      predictionBatchView,
      { signal: question.signal, timeoutMs: 120_000 },
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
  client: BoundClient,
  { model, named }: { model: string; named: string | undefined },
): Promise<string> {
  if (named !== undefined) return named;
  const { data } = await client.get('/api/v1/serving', servingView);
  const serving = data.find((loaded) => loaded.model === model);
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
