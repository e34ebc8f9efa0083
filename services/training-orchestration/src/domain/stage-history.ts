import { fold } from '@retort/kernel';
import { modelLifecycle } from './model-lifecycle.ts';
import { evolve, type ModelEvent, type Stage } from './model-state.ts';

export interface StageTransition {
  stage: Stage;
  /** ISO 8601. */
  at: string;
  /** Why, in words; null where the event says nothing more than that it happened. */
  reason: string | null;
}

export interface DatedEvent {
  event: ModelEvent;
  at: string;
}

/** Every stage a version went through, the first first: what the events did to it, not what they were meant for. */
export function stageHistory(history: readonly DatedEvent[], version: string): StageTransition[] {
  const transitions: StageTransition[] = [];
  let state = fold(modelLifecycle, []);
  for (const { event, at } of history) {
    const before = state.versions.get(version)?.stage;
    state = evolve(state, event);
    const stage = state.versions.get(version)?.stage;
    if (stage !== undefined && stage !== before) transitions.push({ stage, at, reason: reasonOf(event) });
  }
  return transitions;
}

function reasonOf(event: ModelEvent): string | null {
  switch (event.type) {
    case 'MODEL_TRAINED':
      return `Trained on ${event.data.dataset_version}.`;
    case 'MODEL_EVALUATED':
      return `Compared with the teacher: ${event.data.source}.`;
    case 'MODEL_DEPLOYED':
      return event.data.reason;
    case 'MODEL_DEPLOYMENT_REFUSED':
      return event.data.reasons.map(({ message }) => message).join(' ');
    case 'MODEL_DATA_ERASED':
      return `Some of ${event.data.dataset_version} has been erased.`;
    case 'MODEL_ROLLED_BACK':
      return `Rolled back from ${event.data.from} to ${event.data.to ?? 'the teacher'}: ${event.data.reason}`;
    case 'MODEL_ROLLOUT_STARTED':
      return `Challenges ${event.data.champion ?? 'the teacher'} (${event.data.strategy}): ${event.data.reason}`;
    case 'MODEL_ROLLOUT_ENDED':
      return `The challenge is over: ${event.data.reason}`;
  }
}
