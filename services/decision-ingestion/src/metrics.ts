import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export interface IngestionMetrics {
  decisions: Counter<'result'>;
  uncheckedKeywords: Counter;
  observeCommit(lane: string): (group: { events: number; seconds: number }) => void;
}

/** `depth` tells how many events wait or are in flight, a lane each. */
export function ingestionMetrics(registry: Registry, depth: () => Record<string, number>): IngestionMetrics {
  const registers = [registry];
  new Gauge({
    name: 'retort_ingestion_queue_events',
    help: 'Events waiting for a commit or in one.',
    labelNames: ['lane'],
    registers,
    collect() {
      for (const [lane, events] of Object.entries(depth())) this.set({ lane }, events);
    },
  });
  const groups = new Histogram({
    name: 'retort_ingestion_group_events',
    help: 'Events that became durable in one commit.',
    labelNames: ['lane'],
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048],
    registers,
  });
  const seconds = new Histogram({
    name: 'retort_ingestion_commit_seconds',
    help: 'Time from handing a group to the event store until it is durable.',
    labelNames: ['lane'],
    buckets: [0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.125, 0.25, 0.5, 1, 5],
    registers,
  });
  return {
    decisions: new Counter({
      name: 'retort_decisions_ingested_total',
      help: 'Decisions answered: recorded, duplicate, or rejected.',
      labelNames: ['result'],
      registers,
    }),
    uncheckedKeywords: new Counter({
      name: 'retort_ingestion_unchecked_keywords_total',
      help: 'Keywords in the schemas of new toolsets that cannot be checked in linear time: no student calls their tools.',
      registers,
    }),
    observeCommit: (lane) => (group) => {
      groups.observe({ lane }, group.events);
      seconds.observe({ lane }, group.seconds);
    },
  };
}
