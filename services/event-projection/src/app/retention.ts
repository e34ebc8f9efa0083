import { setTimeout as delay } from 'node:timers/promises';
import type { EventBus } from '@retort/event-bus';
import type { Clock } from '@retort/kernel';
import type { Loop } from '@retort/service-kit';

const pauseMs = 3_600_000;
const hourMs = 3_600_000;

/** Takes from the bus, every hour, what every group has handled and no new group needs: the log keeps it. */
export function retentionLoop({
  bus,
  clock,
  retentionHours,
  onTrimmed,
}: {
  bus: Pick<EventBus, 'trim'>;
  clock: Clock;
  retentionHours: number;
  onTrimmed?: (messages: number) => void;
}): Loop {
  return {
    name: 'bus-retention',
    async run(signal) {
      while (!signal.aborted) {
        const trimmed = await bus.trim(new Date(clock().getTime() - retentionHours * hourMs));
        if (trimmed > 0) onTrimmed?.(trimmed);
        await delay(pauseMs, undefined, { signal }).catch(() => undefined); // ended: the loop sees it
      }
    },
  };
}
