import type { EventBus } from '@retort/event-bus';
import type { Registry } from 'prom-client';
import { gaugeReadOnScrape } from '../http/gauge-read-on-scrape.ts';

export function lagMetric(registry: Registry, { bus, group }: { bus: EventBus; group: string }): void {
  gaugeReadOnScrape(registry, {
    name: 'retort_consumer_lag_messages',
    help: 'Messages on the bus that the service has not handled yet.',
    labelNames: ['topic', 'partition'],
    read: async () =>
      (await bus.lag(group)).map(({ topic, partition, lag }) => ({
        labels: { topic, partition: String(partition) },
        value: Number(lag),
      })),
  });
}
