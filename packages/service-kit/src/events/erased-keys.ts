import type { RecordedEvent } from '@retort/event-store';

/** The keys that an event says are destroyed. */
export function erasedKeys(event: RecordedEvent): readonly string[] {
  return event.type === 'ERASURE_REQUESTED' ? (JSON.parse(event.json) as { keys: string[] }).keys : [];
}
