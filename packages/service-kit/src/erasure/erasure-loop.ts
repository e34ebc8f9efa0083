import { setTimeout as delay } from 'node:timers/promises';
import { isEventType, type ErasureStep, type EventData } from '@retort/contracts';
import type { RecordedEvent } from '@retort/event-store';
import { commandHandler } from '../events/command-handler.ts';
import { fromLog } from '../events/received.ts';
import type { Loop, ReceivedEvent, ServiceContext, Trace } from '../types.ts';
import { erasure, erasureEventTypes, type ErasureCommand, type ErasureEvent, type ErasureState } from './erasure.ts';

/** An erasure that is under way. */
export interface Erasure {
  tenant: string;
  id: string;
  request: EventData<'ERASURE_REQUESTED'>;
  /** Where in the log it was asked for. */
  position: string;
  /** What the steps before have found. */
  steps: ReadonlyMap<ErasureStep, EventData<'ERASURE_STEP_COMPLETED'>>;
  trace: Trace;
}

export interface ErasurePart {
  step: ErasureStep;
  /** Steps that have to be done before. */
  after: readonly ErasureStep[];
  /** May be done again, also by two at once: what was done half is done anew. */
  erase(
    erasure: Erasure,
    signal: AbortSignal,
  ): Promise<{ counts: Record<string, number>; versions?: readonly string[] }>;
}

type Context = Pick<ServiceContext<unknown>, 'events' | 'clock' | 'newId' | 'log'>;

export const erasures = (context: Pick<Context, 'events' | 'clock' | 'newId'>) =>
  commandHandler<ErasureCommand, ErasureState, ErasureEvent>({
    context,
    aggregate: 'erasure',
    decider: erasure,
    types: erasureEventTypes,
  });

const pauseMs = 2_000;

/** Does a service's part in every erasure. What is to be done is what the log says and no table remembers: whatever kills the
 *  process, the next one finds the step missing and does it. */
export function erasureLoop(context: Context, part: ErasurePart): Loop {
  return {
    name: `erasure-${part.step}`,
    async run(signal) {
      const open = new Map<string, Erasure>();
      const filter = { types: [...erasureEventTypes] };
      for await (const { events, caughtUp } of context.events.subscribe({ after: null, filter, signal })) {
        for (const event of events) take(open, event);
        if (!caughtUp) continue;
        for (const one of [...open.values()])
          if (!one.steps.has(part.step) && part.after.every((step) => one.steps.has(step)))
            await complete(context, { part, erasure: one, signal });
      }
    },
  };
}

/** Tried until it is done: nobody else would do it. */
async function complete(
  context: Context,
  { part, erasure: one, signal }: { part: ErasurePart; erasure: Erasure; signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    try {
      const { counts, versions = [] } = await part.erase(one, signal);
      const step = { erasure_id: one.id, step: part.step, counts, versions: [...versions] };
      await erasures(context).handle(one.tenant, one.id, { type: 'CompleteStep', step }, one.trace);
      return;
    } catch (error) {
      context.log.warn({ erasure_id: one.id, step: part.step, err: error }, 'an erasure will be tried again');
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

function take(open: Map<string, Erasure>, recorded: RecordedEvent): void {
  if (!isEventType(recorded.type)) return;
  const event = fromLog(recorded) as ReceivedEvent<ErasureEvent['type']>;
  const { tenant, aggregateId: id, position, trace } = event;
  if (event.type === 'ERASURE_COMPLETED') open.delete(id);
  else if (event.type === 'ERASURE_REQUESTED')
    open.set(id, {
      tenant,
      id,
      position,
      trace,
      steps: new Map(),
      request: event.data as EventData<'ERASURE_REQUESTED'>,
    });
  else {
    const step = event.data as EventData<'ERASURE_STEP_COMPLETED'>;
    const one = open.get(id);
    if (one) open.set(id, { ...one, steps: new Map(one.steps).set(step.step, step) });
  }
}
