import {
  answerOf,
  completeTurn,
  getDataset,
  getModelVersion,
  getPredictionUsage,
  getServing,
  listDatasetRows,
  listDecisions,
  listExchangeTotals,
  predictBatch,
  type DecisionView,
  type ExchangeTotal,
  type TrainingRow,
} from '@retort/contracts';
import { digestOfJson, fault, newId, type JsonObject } from '@retort/kernel';
import { answer, lines } from '@retort/service-kit';
import { startService, stub, type Stub } from '@retort/service-testing';
import { service } from '../../src/service.ts';

const published = '2026-01-02T00:00:00.000Z';
const digest = digestOfJson('any');
const guarantee = { kind: 'ltt' as const, target: 0.93, confidence: 0.95, threshold: 0.7 };

/** What the neighbours have: a student that answers `word → tool`, and the teacher's decisions. */
export interface World {
  serving: string | null;
  answers: Map<string, string>;
  decisions: DecisionView[];
  /** What every version learnt from. */
  learnt: object[];
  counted: boolean[];
  /** Of the version, and novelty by what is asked; others have none. */
  card: JsonObject;
  novelty: Map<string, number>;
  novelShares: (number | undefined)[];
  /** What turns took that the gateway recorded. */
  exchanges: ExchangeTotal[];
  /** Of the newest day. */
  studentCalls: number;
}

export function decision(index: number, { word, tool, at }: { word: string; tool: string; at: string }): DecisionView {
  return completeTurn({
    id: `d${index}`,
    event_id: newId(),
    tenant: 'acme',
    agent_id: 'customer',
    context: { query: word },
    toolset: digest,
    tool_selected: tool,
    tool_parameters: {},
    decided_by: { kind: 'teacher' },
    occurred_at: at,
    recorded_at: at,
    position: String(index),
  });
}

function neighbourStubs(world: World): Stub[] {
  async function* learnt() {
    // What is told of a row is all that is read of it.
    yield* world.learnt as TrainingRow[];
  }
  return [
    stub(getServing, () => ({
      data: world.serving
        ? [{ model: 'tool-calling', model_version: world.serving, loaded_at: published, guarantee }]
        : [],
    })),
    stub(getModelVersion, ({ params: { model, version } }) => {
      if (version === 'nowhere') throw fault('model.unknown-version', { public: 'There is no such version.' });
      return {
        model,
        model_version: version,
        stage: 'serving' as const,
        created_at: published,
        artifact: digest,
        artifact_bytes: 1,
        dataset_version: 'ds1',
        dataset_digest: digest,
        rows: 1,
        tools: 2,
        train_seconds: 1,
        guarantee,
        evaluation: null,
        card: world.card,
      };
    }),
    stub(listDatasetRows, () => lines(learnt())),
    stub(getDataset, () =>
      answer(200, {
        dataset_version: 'ds1',
        digest,
        purpose: 'policy' as const,
        created_at: published,
        rows: 1,
        log_position: '1',
        manifest: digest,
        summary: {
          run_id: 'r',
          product: 'distillation_training_data',
          dataset_version: 'ds1',
          digest,
          log_position: '1',
          rows: 1,
          considered: 1,
          duplicates: 0,
          conflicts: 0,
          rejected: {},
          deduplication_rate: 0,
          quality: {},
        },
        quality: {},
      }),
    ),
    stub(listDecisions, ({ query }) => {
      const after = query['filter[recorded_at][gt]'];
      const until = query['filter[recorded_at][lte]'];
      const found = world.decisions.filter(
        ({ recorded_at }) =>
          (after === undefined || recorded_at > after) && (until === undefined || recorded_at <= until),
      );
      return { data: found.slice(0, query.limit), next_cursor: null, has_more: false };
    }),
    stub(predictBatch, ({ body }) => {
      world.counted.push(body.counted);
      world.novelShares.push(body.novel_share);
      return {
        predictions: body.predictions.map(({ context, model_version }) => {
          const tool = world.answers.get(String(context['query'])) ?? null;
          const calls = tool === null ? [] : [{ tool, parameters: {} }];
          const proposal = {
            tool_selected: tool,
            tool_parameters: {},
            tool_calls: calls,
            answer: answerOf(calls),
          };
          return {
            id: null,
            call: tool ? proposal : null,
            served_by: tool ? ('student' as const) : ('none' as const),
            fallback_reason: tool ? null : 'below-threshold',
            confidence: tool ? 0.9 : 0.3,
            tool_confidence: 0.9,
            novelty: world.novelty.get(String(context['query'])) ?? null,
            proposal,
            model_version: model_version ?? null,
            threshold: 0.7,
          };
        }),
      };
    }),
    stub(listExchangeTotals, () => ({ data: world.exchanges })),
    stub(getPredictionUsage, () => ({
      data: ['2026-01-03', '2026-01-02'].map((day) => ({
        day,
        model: 'tool-calling',
        student_calls: day === '2026-01-03' ? world.studentCalls : 90,
        teacher_calls: 10,
        abstentions: 0,
        no_tool_answers: 0,
        student_seconds: 0.01,
        caller_teacher_calls: 0,
        audits: 0,
        audit_prompt_tokens: 0,
        audit_completion_tokens: 0,
        teacher_prompt_tokens: 20_000,
        teacher_completion_tokens: 1_000,
      })),
    })),
  ];
}

export async function startPlatform(settings: Record<string, unknown> = {}) {
  const world: World = {
    serving: 'v1',
    answers: new Map(),
    decisions: [],
    learnt: [],
    exchanges: [],
    counted: [],
    studentCalls: 90,
    card: {},
    novelty: new Map(),
    novelShares: [],
  };
  const platform = await startService(service, { stubs: neighbourStubs(world), settings });
  return {
    ...platform,
    world,
    deployed: (version: string) =>
      platform.announce({
        type: 'MODEL_DEPLOYED',
        tenant: 'acme',
        aggregateId: 'tool-calling',
        trace: { correlationId: 'loop-1', causationId: null },
        data: {
          model: 'tool-calling',
          model_version: version,
          artifact: digest,
          strategy: 'full',
          percent: 100,
          reason: 'The gate held.',
        },
      }),
    events: () => platform.stream('evaluation-acme.tool-calling'),
  };
}
export type Platform = Awaited<ReturnType<typeof startPlatform>>;
