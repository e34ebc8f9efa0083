import { isFault, type Clock, type JsonValue } from '@retort/kernel';
import type { AgentDefinition, Run } from './agent.ts';
import type { RunUpdate } from './runs.ts';

export interface Failure {
  state: 'failed';
  error: unknown;
  retriable: boolean;
}

/** Where a run is written down as it goes. The failure comes with the update that records it, so that what follows from it
 *  can be written with it. */
export type Journal = (update: RunUpdate, failure?: Failure) => Promise<void>;

export type RunOutcome = { state: 'succeeded' | 'nothing-to-do' } | Failure;

/** One turn of perceive → decide → act. Each step is on the record before the next begins; a failure is part of the
 *  record and not thrown. */
export async function runAgent<Perception, Decision>(
  agent: AgentDefinition<Perception, Decision>,
  run: Run,
  { journal, clock }: { journal: Journal; clock: Clock },
): Promise<RunOutcome> {
  try {
    const perception = await agent.perceive(run);
    run.signal.throwIfAborted();
    await journal({
      perception: agent.record?.perception?.(perception) ?? asJson(perception),
      perceivedAt: clock(),
      progress: { fraction: 0, step: 'decide' },
    });
    const { decision, why } = agent.decide(perception);
    if (decision === null) {
      const now = clock();
      await journal({ state: 'nothing-to-do', why, decidedAt: now, finishedAt: now, progress: done });
      return { state: 'nothing-to-do' };
    }
    await journal({
      decision: agent.record?.decision?.(decision) ?? asJson(decision),
      why,
      decidedAt: clock(),
      progress: { fraction: 0, step: 'act' },
    });
    // Writing the decision down took its time.
    run.signal.throwIfAborted();
    const outcome = await agent.act(decision, run);
    await journal({ state: 'succeeded', outcome, finishedAt: clock(), progress: done });
    return { state: 'succeeded' };
  } catch (error) {
    const failure: Failure = { state: 'failed', error, retriable: isFault(error) ? error.detail.retriable : true };
    await journal({ state: 'failed', error: describe(error), finishedAt: clock() }, failure);
    return failure;
  }
}

const done = { fraction: 1, step: 'done' };

/** A fault says what may be told; of anything else only the kind is. */
function describe(error: unknown): { code: string; message: string } {
  if (isFault(error)) return { code: error.code, message: error.detail.public };
  return { code: 'agent.unexpected', message: error instanceof Error ? error.name : 'unknown error' };
}

function asJson(value: unknown): JsonValue {
  return JSON.parse(
    JSON.stringify(value ?? null, (_key, member: unknown) => (typeof member === 'bigint' ? member.toString() : member)),
  ) as JsonValue;
}
