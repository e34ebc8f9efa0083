import {
  decisionReplayResult,
  decisionReplays,
  type DecisionReplay,
  type DecisionReplayInput,
  type DecisionReplayResult,
} from '@retort/contracts';
import type { NewId } from '@retort/kernel';
import { mountRuns, type Routes, type RunQueue } from '@retort/service-kit';
import { versionToReplay, type ReplayRun, type VersionToReplayPorts } from '../app/replay.ts';

export interface ReplayRoutePorts extends VersionToReplayPorts {
  replays: RunQueue<DecisionReplayInput, DecisionReplayResult>;
  newId: NewId;
}

export function replayRoutes(app: Routes, ports: ReplayRoutePorts): void {
  const { replays, newId } = ports;
  mountRuns(app, decisionReplays, {
    area: 'curation',
    queue: replays,
    view: viewOf,
    async start({ body, caller: { tenant }, trace }) {
      await versionToReplay(ports, { tenant, input: body });
      return replays.enqueue({ tenant, runId: newId(), input: body, trace });
    },
  });
}

function viewOf({ runId, createdAt, finishedAt, input, result, ...run }: ReplayRun): DecisionReplay {
  return {
    run_id: runId,
    state: run.state,
    created_at: createdAt,
    finished_at: finishedAt,
    progress: run.progress,
    error: run.error,
    parameters: input,
    result: run.state === 'succeeded' ? decisionReplayResult.parse(result) : null,
  };
}
