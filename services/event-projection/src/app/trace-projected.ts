import type { RecordedEvent } from '@retort/event-store';
import type { Tracing } from '@retort/service-kit';

/** A span for each event that was recorded under one: a batch is of many traces, and from now on each can be read. */
export function traceProjected(
  tracing: Tracing,
  { events, since }: { events: readonly RecordedEvent[]; since: number },
): void {
  for (const { id, type, correlationId, traceParent } of events)
    if (traceParent !== undefined)
      tracing
        .begin({
          name: `project ${type}`,
          kind: 'consumer',
          trace: { correlationId, causationId: id, traceParent },
          attributes: { 'messaging.message.id': id, 'messaging.batch.message_count': events.length },
          startedAt: since,
        })
        ?.end();
}
