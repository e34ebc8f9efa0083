import type { DomainEvent, EventData } from '@retort/contracts';
import type { Decider } from '@retort/kernel';

/** What one evaluation of a version came to. */
export interface RecordEvaluation {
  evaluation: EventData<'MODEL_EVALUATED'>;
  drift?: EventData<'DRIFT_DETECTED'> | undefined;
  retrain?: EventData<'RETRAIN_TRIGGERED'> | undefined;
}

export const evaluationEventTypes = ['MODEL_EVALUATED', 'DRIFT_DETECTED', 'RETRAIN_TRIGGERED'] as const;
export type EvaluationEvent = DomainEvent<(typeof evaluationEventTypes)[number]>;

/** The evaluations of one model. */
export interface EvaluationState {
  /** Their ids, the newest first, as a linked list: a model is evaluated every hour for years, and a set would be copied for
   *  each event. */
  evaluated: Evaluated | null;
  /** Versions that a retraining was asked for. */
  retrained: ReadonlySet<string>;
}
interface Evaluated {
  id: string;
  earlier: Evaluated | null;
}

/** An evaluation is recorded once; a retraining is asked for once a version. */
export const evaluationRecord: Decider<RecordEvaluation, EvaluationState, EvaluationEvent> = {
  initial: { evaluated: null, retrained: new Set() },
  decide({ evaluation, drift, retrain }, state) {
    if (isRecorded(evaluation.evaluation_id, state)) return [];
    const events: EvaluationEvent[] = [{ type: 'MODEL_EVALUATED', data: evaluation }];
    if (drift) events.push({ type: 'DRIFT_DETECTED', data: drift });
    if (retrain && !state.retrained.has(evaluation.model_version))
      events.push({ type: 'RETRAIN_TRIGGERED', data: retrain });
    return events;
  },
  evolve(state, event) {
    switch (event.type) {
      case 'MODEL_EVALUATED':
        return { ...state, evaluated: { id: event.data.evaluation_id, earlier: state.evaluated } };
      case 'DRIFT_DETECTED':
        return state;
      case 'RETRAIN_TRIGGERED': {
        // Events of earlier releases do not say which version gave rise to them.
        const { model_version } = event.data;
        return model_version === undefined
          ? state
          : { ...state, retrained: new Set(state.retrained).add(model_version) };
      }
    }
  },
};

function isRecorded(id: string, { evaluated }: EvaluationState): boolean {
  for (let one = evaluated; one !== null; one = one.earlier) if (one.id === id) return true;
  return false;
}
