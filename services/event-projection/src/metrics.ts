import { gaugeReadOnScrape } from '@retort/service-kit';
import { Counter, type Registry } from 'prom-client';

export interface ProjectionMetrics {
  onProjected(batch: { events: number; poison: number }): void;
  onRelayed(messages: number): void;
}

/** Reader of the log → its lag in seconds. */
export function lagMetric(registry: Registry, readers: Readonly<Record<string, () => Promise<number>>>): void {
  gaugeReadOnScrape(registry, {
    name: 'retort_reader_lag_seconds',
    help: 'Age of the first event of the log that a reader has not taken in; 0 when it has all.',
    labelNames: ['reader'],
    read: () =>
      Promise.all(Object.entries(readers).map(async ([reader, lag]) => ({ labels: { reader }, value: await lag() }))),
  });
}

/** `poisoned` tells how many events are set aside. */
export function projectionMetrics(registry: Registry, poisoned: () => Promise<number>): ProjectionMetrics {
  const registers = [registry];
  const events = new Counter({
    name: 'retort_projection_events_total',
    help: 'Events the projection has taken in.',
    registers,
  });
  const relayed = new Counter({
    name: 'retort_relay_messages_total',
    help: 'Messages the bus has acknowledged.',
    registers,
  });
  gaugeReadOnScrape(registry, {
    name: 'retort_projection_poison_events',
    help: 'Events set aside because they could not be projected.',
    read: async () => [{ value: await poisoned() }],
  });
  return {
    onProjected: (batch) => events.inc(batch.events),
    onRelayed: (messages) => relayed.inc(messages),
  };
}
