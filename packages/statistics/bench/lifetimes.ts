import { parseArgs } from 'node:util';
import { seededRandom } from '@retort/kernel';
import { simulateAlarms } from './alarms.ts';
import { simulateDetection, simulateLifetimes } from './lives.ts';
import { simulateGuarantees } from './guarantees.ts';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const usage = `Simulates what the guarantee claims over time, against truths that are known.

  --lifetimes N  lifetimes of a model (default 500), of 20 versions each, with a drifting mix and audits at 5%
  --seed S       of every random number (default 1)
  --json         one JSON object on the last line

lifetimes        in how many of them a sound slice is withdrawn (at most δ)
detection        audits until a slice is withdrawn, by its true error, at first and after 2,000 audits of 4% wrong
guarantees       in how many calibrations a rung of the ladder does not keep the target under its mix (at most δ)
exchangeability  in how many runs of 200,000 unchanged requests the conformal test alarms (at most δ), and its speed`;

const { values } = parseArgs({
  options: {
    lifetimes: { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) print(usage);
else measure(Number(values.lifetimes), values.seed);

function measure(lifetimes: number, seed: string): void {
  const random = seededRandom(`lifetimes-${seed}`);
  const figures = {
    seed,
    delta: 0.05,
    target: 0.93,
    lifetimes: simulateLifetimes(random.fork('lives'), { lifetimes, versions: 20, probability: 0.05 }),
    detection: [0.1, 0.14, 0.2].flatMap((error) =>
      [0, 2000].map((soundAudits) => simulateDetection(random.fork(`error-${error}`), { error, soundAudits })),
    ),
    guarantees: simulateGuarantees(random.fork('guarantees'), { calibrations: 2 * lifetimes }),
    exchangeability: simulateAlarms(random.fork('alarms'), { runs: Math.ceil(lifetimes / 5), requests: 200_000 }),
  };
  if (values.json) print(JSON.stringify(figures));
  else print(JSON.stringify(figures, null, 2));
}
