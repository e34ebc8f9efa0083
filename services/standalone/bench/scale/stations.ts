/** What a decision passes through, and what it takes there on one core: measured by the benchmark that is named, on the
 *  machine of docs/reference/targets.md. */
export interface Station {
  name: string;
  /** Seconds of one core for one decision. */
  seconds: number;
  /** Cores of one replica. */
  cores: number;
  /** Of how many replicas one does the work at a time; null where they share it. */
  atOnce: number | null;
  measuredBy: string;
}

export const stations: readonly Station[] = [
  {
    name: 'edge',
    seconds: 60e-6,
    cores: 1,
    atOnce: null,
    measuredBy: 'assumed: a reverse proxy, half of a bare route',
  },
  {
    name: 'decision-ingestion',
    seconds: 1 / 15_500,
    cores: 1,
    atOnce: null,
    measuredBy: 'pnpm bench ingest (15,500/s singly, load and database beside it)',
  },
  {
    name: 'event store',
    seconds: 1 / 13_300,
    cores: 1,
    atOnce: 1,
    measuredBy: 'pnpm bench ingest --mode batch --store eventstoredb (13,300/s against the wire-level test server)',
  },
  {
    name: 'event-projection',
    seconds: 1 / 20_500,
    cores: 1,
    atOnce: 1,
    measuredBy: 'pnpm bench rebuild (20,500 events/s into every read model)',
  },
  {
    name: 'gateway',
    seconds: 460e-6,
    cores: 1,
    atOnce: null,
    measuredBy: 'pnpm bench gateway (270 µs to answer a turn from the student, 190 to record it)',
  },
];

/** Bytes of one decision: measured by pnpm bench queries (`bytes_per_decision`), simulated agents. */
export const bytesOfDecision = 4_300;
