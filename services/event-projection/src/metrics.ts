import { gaugeReadOnScrape } from '@retort/service-kit';
import { Counter, type Registry } from 'prom-client';

export interface ProjectionMetrics {
  onProjected(batch: { events: readonly unknown[] }): void;
  onRelayed(messages: number): void;
  onExpired(rows: number): void;
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

/** `poisoned` tells how many events are set aside, `shredded` how many nobody can read any more. */
export function projectionMetrics(
  registry: Registry,
  { poisoned, shredded }: { poisoned: () => Promise<number>; shredded: () => Promise<number> },
): ProjectionMetrics {
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
  const expired = new Counter({
    name: 'retort_projection_expired_rows_total',
    help: 'Decisions that were taken out because they had been kept for long enough.',
    registers,
  });
  gaugeReadOnScrape(registry, {
    name: 'retort_projection_poison_events',
    help: 'Events set aside because they could not be projected.',
    read: async () => [{ value: await poisoned() }],
  });
  gaugeReadOnScrape(registry, {
    name: 'retort_projection_shredded_events',
    help: 'Events that nobody can read any more: the subjects that they are about have been erased.',
    read: async () => [{ value: await shredded() }],
  });
  return {
    onProjected: (batch) => events.inc(batch.events.length),
    onRelayed: (messages) => relayed.inc(messages),
    onExpired: (rows) => expired.inc(rows),
  };
}
