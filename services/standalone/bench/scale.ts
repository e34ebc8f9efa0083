import { parseArgs } from 'node:util';
import { seededRandom } from '@retort/kernel';
import { planFor, type Assumptions, type Demand } from './scale/plan.ts';
import { bytesOfDecision, stations } from './scale/stations.ts';

/** What four demands would take, by a simulation of queues whose service times the other benchmarks measured. **Simulated.** */
const { values } = parseArgs({
  options: {
    peak: { type: 'string', default: '4' },
    burst: { type: 'string', default: '3' },
    'p99-ms': { type: 'string', default: '20' },
    days: { type: 'string', default: '365' },
    'core-per-hour': { type: 'string', default: '0.04' },
    'gigabyte-per-month': { type: 'string', default: '0.1' },
    json: { type: 'boolean', default: false },
  },
});
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
