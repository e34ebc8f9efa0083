import { erasureSteps, type DomainEvent, type ErasureStep, type EventData } from '@retort/contracts';
import { assertExhaustive, type Decider } from '@retort/kernel';

type Request = EventData<'ERASURE_REQUESTED'>;
type Step = EventData<'ERASURE_STEP_COMPLETED'>;

export type ErasureCommand = { type: 'Request'; request: Request } | { type: 'CompleteStep'; step: Step };
export const erasureEventTypes = ['ERASURE_REQUESTED', 'ERASURE_STEP_COMPLETED', 'ERASURE_COMPLETED'] as const;
export type ErasureEvent = DomainEvent<(typeof erasureEventTypes)[number]>;

export interface ErasureState {
  request: Request | null;
  steps: ReadonlyMap<ErasureStep, Step>;
}

/** Every command may be repeated: a step that is done is done once. */
export const erasure: Decider<ErasureCommand, ErasureState, ErasureEvent> = {
  initial: { request: null, steps: new Map() },
  decide(command, { request, steps }) {
    switch (command.type) {
      case 'Request':
        return request ? [] : [{ type: 'ERASURE_REQUESTED', data: command.request }];
      case 'CompleteStep': {
        const { step } = command;
        if (!request || steps.has(step.step)) return [];
        const isLast = erasureSteps.every((one) => one === step.step || steps.has(one));
        return [
          { type: 'ERASURE_STEP_COMPLETED', data: step },
          ...(isLast ? [{ type: 'ERASURE_COMPLETED', data: { erasure_id: step.erasure_id } } as const] : []),
        ];
      }
      default:
        return assertExhaustive(command);
    }
  },
  evolve(state, event) {
    if (event.type === 'ERASURE_REQUESTED') return { ...state, request: event.data };
    if (event.type === 'ERASURE_COMPLETED') return state;
    return { ...state, steps: new Map(state.steps).set(event.data.step, event.data) };
  },
};
