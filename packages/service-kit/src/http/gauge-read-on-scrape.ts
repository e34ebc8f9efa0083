import { setTimeout as delay } from 'node:timers/promises';
import { Gauge, type Registry } from 'prom-client';

export interface Reading {
  labels?: Record<string, string>;
  value: number;
}

interface GaugeReadOnScrape {
  name: string;
  help: string;
  labelNames?: string[];
  /** Asked whenever somebody scrapes. */
  read(): Promise<Reading[]>;
}

const patienceMs = 2_000;

/** A gauge whose values are elsewhere. What cannot be told now is absent: the other metrics are wanted most when the
 *  database or the bus is down. */
export function gaugeReadOnScrape(registry: Registry, { name, help, labelNames = [], read }: GaugeReadOnScrape): void {
  new Gauge({
    name,
    help,
    labelNames,
    registers: [registry],
    async collect() {
      const silence = delay(patienceMs, [], { ref: false });
      const readings = await Promise.race([read().catch(() => []), silence]);
      this.reset();
      // To reset a gauge without labels is to say 0.
      if (labelNames.length === 0) this.remove();
      for (const { labels = {}, value } of readings) this.set(labels, value);
    },
  });
}
