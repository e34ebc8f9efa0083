import type { Random } from '@retort/kernel';
import { burstyArrivals, exponential, simulateQueue } from './queue.ts';
import { stations, type Station } from './stations.ts';

export interface Demand {
  name: string;
  /** Decisions a second when most come. */
  peakRate: number;
  /** Decisions a day. */
  daily: number;
}

export interface Assumptions {
  /** Share of a replica's time that is planned for. */
  utilisation: number;
  /** Within a peak, a tenth of the time, so many times as many come... */
  burst: number;
  /** ...for so many seconds on average. */
  spell: number;
  /** Of a decision at one station, in milliseconds. */
  p99Ms: number;
  /** Bytes of a decision on disk: in the log and in the read models. */
  bytesOfDecision: number;
  /** Days that they are kept. */
  days: number;
  corePerHour: number;
  gigabytePerMonth: number;
}

export interface Plan {
  demand: string;
  peak_per_second: number;
  /** Platforms side by side, each with a log of its own: as many as the station needs that does the work alone. */
  cells: number;
  /** The station for which one cell is not enough, or would be the first not to be. */
  breaks_first: string;
  stations: { name: string; replicas: number; utilisation: number; p99_ms: number }[];
  cores: number;
  terabytes: number;
  cost_per_month: number;
}

/** What a demand takes. Stations that share their work get replicas until the simulated p99 is kept; those that do it alone get
 *  cells, until theirs is. */
export function planFor(demand: Demand, given: Assumptions, random: Random): Plan {
  const at = stationUnder({ given, random });
  const loads = stations.map((station) => ({ station, load: demand.peakRate * station.seconds }));
  const alone = loads.filter(({ station }) => station.atOnce !== null).toSorted((a, b) => b.load - a.load);
  const within = (cells: number) =>
    alone.every(({ station }) => at(station, demand.peakRate / cells, 1).p99_ms <= given.p99Ms);
  let cells = Math.max(1, Math.ceil(alone[0]!.load / given.utilisation));
  while (!within(cells)) cells += Math.ceil(cells / 10);
  const planned = stations.map((station) => {
    const rate = demand.peakRate / cells;
    let servers = station.atOnce ?? Math.max(1, Math.ceil((rate * station.seconds) / given.utilisation));
    while (at(station, rate, servers).p99_ms > given.p99Ms) servers += Math.ceil(servers / 10);
    return at(station, rate, servers);
  });
  const cores = cells * stations.reduce((sum, { cores }, index) => sum + cores * planned[index]!.replicas, 0);
  const terabytes = (demand.daily * given.days * given.bytesOfDecision) / 1e12;
  return {
    demand: demand.name,
    peak_per_second: Math.round(demand.peakRate),
    cells,
    breaks_first: alone[0]!.station.name,
    stations: planned,
    cores,
    terabytes: rounded(terabytes),
    cost_per_month: Math.round(cores * given.corePerHour * 730 + terabytes * 1000 * given.gigabytePerMonth),
  };
}

const simulated = 100_000;

/** A station under a rate, as it was simulated. */
function stationUnder({ given, random }: { given: Assumptions; random: Random }) {
  return (station: Station, rate: number, servers: number) => {
    const uniform = random.fork(`${station.name} ${rate} ${servers}`);
    const { p99, utilisation } = simulateQueue({
      arrivals: burstyArrivals({ ...given, rate, count: simulated }, () => uniform.next()),
      serve: exponential(station.seconds, () => uniform.next()),
      servers,
    });
    return {
      name: station.name,
      replicas: servers,
      utilisation: rounded(utilisation),
      p99_ms: rounded(p99 * 1000),
    };
  };
}

const rounded = (value: number) => Math.round(value * 1000) / 1000;
