import { Counter, type Registry } from 'prom-client';
import { gaugeReadOnScrape } from '../http/gauge-read-on-scrape.ts';

const counters = {
  delivered: 'Records that were delivered.',
  refused: 'Records that were refused because the spool was full.',
  undeliverable: 'Records that were damaged, or that their receiver refused for good.',
} as const;
type Counted = keyof typeof counters;

/** Name → bytes that wait, of the spools that share a registry. */
const waiting = new WeakMap<Registry, Map<string, () => number>>();

/** The metrics of one spool among those of a registry. */
export function spoolMetrics(
  registry: Registry,
  { name, bytes }: { name: string; bytes: () => number },
): (what: Counted, records: number) => void {
  const known = waiting.get(registry) ?? new Map<string, () => number>();
  known.set(name, bytes);
  if (!waiting.has(registry)) {
    waiting.set(registry, known);
    gaugeReadOnScrape(registry, {
      name: 'retort_spool_bytes',
      help: 'Bytes on disk that wait for their delivery.',
      labelNames: ['spool'],
      read: async () => [...known].map(([spool, read]) => ({ labels: { spool }, value: read() })),
    });
    for (const what of Object.keys(counters) as Counted[])
      new Counter({
        name: `retort_spool_${what}_total`,
        help: counters[what],
        labelNames: ['spool'],
        registers: [registry],
      });
  }
  return (what, records) => {
    (registry.getSingleMetric(`retort_spool_${what}_total`) as Counter).inc({ spool: name }, records);
  };
}
