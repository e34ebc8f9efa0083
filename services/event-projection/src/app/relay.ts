import { eventCatalog, isEventType } from '@retort/contracts';
import { toBusMessage, type EventBus } from '@retort/event-bus';
import type { EventStore } from '@retort/event-store';
import type { Loop } from '@retort/service-kit';
import type { Checkpoint } from './checkpoint.ts';
import { follow } from './follow.ts';
import { parseStoredPosition } from './position.ts';

export interface RelayPorts {
  store: Pick<EventStore, 'subscribe'>;
  bus: Pick<EventBus, 'publish'>;
  checkpoint: Checkpoint;
  batchSize: number;
  onRelayed?: (messages: number) => void;
  onInterruption?: (error: unknown) => void;
}

/** Carries the log to the bus: in its order, at least once, keyed by stream. The checkpoint moves after the bus has
 *  acknowledged, while the next batch is on its way; what was published after it moved last is published again after a
 *  crash, and consumers know an event by its id. */
export function relayLoop({ store, bus, checkpoint, batchSize, onRelayed, onInterruption }: RelayPorts): Loop {
  return {
    name: 'relay',
    async run(signal) {
      let from = await checkpoint.read();
      // A checkpoint that could not be moved ends the reading: the next batch, which would ask, may be long in coming.
      const stuck = new AbortController();
      const batches = follow(store, {
        after: parseStoredPosition(from),
        batchSize,
        signal: AbortSignal.any([signal, stuck.signal]),
        ...(onInterruption ? { onInterruption } : {}),
      });
      let moved: Promise<void> = Promise.resolve();
      for await (const { events, position } of batches) {
        if (position === from) continue;
        // An event type that this release does not know has no topic; the log keeps it.
        const messages = events.flatMap((event) =>
          isEventType(event.type)
            ? [toBusMessage(event, { topic: eventCatalog[event.type].topic, source: '/retort/event-projection' })]
            : [],
        );
        if (messages.length > 0) await bus.publish(messages);
        await moved;
        moved = checkpoint.advance(from, position);
        moved.catch(() => {
          stuck.abort();
        });
        onRelayed?.(messages.length);
        from = position;
      }
      await moved;
    },
  };
}
