import { optimizationRuns, type optimizationRun } from '@retort/contracts';
import type { NewId } from '@retort/kernel';
import type { Teacher } from '@retort/llm';
import { mountRuns, type Routes, type Run, type RunQueue } from '@retort/service-kit';
import type { z } from 'zod';
import { configured, type OptimizationInput, type OptimizationResult } from '../app/optimize.ts';

export interface OptimizationRoutePorts {
  queue: RunQueue<OptimizationInput, OptimizationResult>;
  teacher: Teacher | undefined;
  newId: NewId;
}

export function optimizationRunRoutes(app: Routes, { queue, teacher, newId }: OptimizationRoutePorts): void {
  mountRuns(app, optimizationRuns, {
    area: 'prompts',
    queue,
    view: viewOf,
    narrowedBy: ({ state, as_of, recorded_as_of }) => ({ state, finishedBy: earlier(as_of, recorded_as_of) }),
    async start({ body, caller: { tenant }, trace }) {
      configured(teacher);
      return queue.enqueue({ runId: newId(), tenant, trace, input: body });
    },
  });
}

function earlier(left: string | undefined, right: string | undefined): string | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return Date.parse(left) < Date.parse(right) ? left : right;
}

function viewOf(run: Run<OptimizationInput, OptimizationResult>): z.input<typeof optimizationRun> {
  return {
    run_id: run.runId,
    state: run.state,
    created_at: run.createdAt,
    finished_at: run.finishedAt,
    progress: run.progress,
    error: run.error,
    prompt: run.input.prompt,
    optimizer: run.input.optimizer,
    prompt_version: run.result.prompt_version ?? null,
    score: run.result.score ?? null,
    baseline: run.result.baseline ?? null,
    teacher_calls: run.result.teacher_calls ?? 0,
  };
}
