import { seededRandom } from '@retort/kernel';
import { benchmarkOptions } from '@retort/testing';
import { planFor, type Assumptions, type Demand } from './scale/plan.ts';
import { bytesOfDecision, stations } from './scale/stations.ts';

/** What four demands would take, by a simulation of queues whose service times the other benchmarks measured. **Simulated.** */
const values = benchmarkOptions(
  `Simulates what larger demands would take, from what the other benchmarks measured.

  --peak N                a peak is so many times the average (default 4)
  --burst N               within it, a tenth of the time, so many times as many come (default 3)
  --p99-ms N              that requests may take (default 20)
  --days N                that decisions are kept (default 365)
  --core-per-hour N       price of a core (default 0.04)
  --gigabyte-per-month N  price of storage (default 0.1)
  --json                  one JSON object on the last line`,
  {
    peak: { type: 'string', default: '4' },
    burst: { type: 'string', default: '3' },
    'p99-ms': { type: 'string', default: '20' },
    days: { type: 'string', default: '365' },
    'core-per-hour': { type: 'string', default: '0.04' },
    'gigabyte-per-month': { type: 'string', default: '0.1' },
    json: { type: 'boolean', default: false },
  },
);
const peak = Number(values.peak);
const assumptions: Assumptions = {
  utilisation: 0.7,
  burst: Number(values.burst),
  spell: 0.5,
  p99Ms: Number(values['p99-ms']),
  bytesOfDecision,
  days: Number(values.days),
  corePerHour: Number(values['core-per-hour']),
  gigabytePerMonth: Number(values['gigabyte-per-month']),
};
const daily = (decisions: number, name: string): Demand => ({
  name,
  daily: decisions,
  peakRate: (decisions / 86_400) * peak,
});
const demands = [
  daily(10_000, '10 thousand a day'),
  daily(1_000_000, '1 million a day'),
  daily(100_000_000, '100 million a day'),
  { name: '10 million a second', daily: 10_000_000 * 86_400, peakRate: 10_000_000 },
];
const random = seededRandom('scale');
const plans = demands.map((demand) => planFor(demand, assumptions, random));
const report = { simulated: true, peak, assumptions, stations, plans };
process.stdout.write(`${JSON.stringify(report, null, values.json ? 0 : 2)}\n`);
