import type { Random } from '@retort/kernel';
import { countScores, exchangeabilityTest, quantileEdges } from '../src/index.ts';

const delta = 0.05;

/** Runs in which calibration and requests are drawn alike: every alarm is a false one. */
export function simulateAlarms(random: Random, { runs, requests }: { runs: number; requests: number }) {
  const draw = (size: number) => Array.from({ length: size }, () => random.next());
  let [alarms, observed] = [0, 0];
  const before = performance.now();
  for (let run = 0; run < runs; run++) {
    const edges = quantileEdges(draw(1000));
    const test = exchangeabilityTest({
      calibration: countScores(draw(2000), edges),
      delta,
      random: random.fork(`ties-${run}`),
    });
    let alarmed = false;
    for (let request = 0; request < requests && !alarmed; request++, observed++)
      alarmed = test.observe(random.next()).alarmed;
    if (alarmed) alarms++;
  }
  const seconds = (performance.now() - before) / 1000;
  return {
    runs,
    requests,
    false_alarms: alarms,
    share: alarms / runs,
    observations_per_second: Math.round(observed / seconds),
    kept: alarms / runs <= delta,
  };
}
