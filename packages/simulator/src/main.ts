import { setTimeout as delay } from 'node:timers/promises';
import { recordDecisions } from '@retort/contracts';
import { z } from 'zod';
import { simulateDecision } from './decision.ts';
import { createTraffic } from './traffic.ts';

/** Records the decisions of the simulated fleet at a platform, at a steady rate, until it is ended. Read from
 *  `RETORT_SIMULATOR_<KEY>`. */
const settings = z.object({
  URL: z.url(),
  API_KEY: z.string().min(1),
  DECISIONS_PER_SECOND: z.coerce.number().positive().default(1),
  SEED: z.string().default('simulator'),
});

const config = settings.parse(
  Object.fromEntries(Object.keys(settings.shape).map((key) => [key, process.env[`RETORT_SIMULATOR_${key}`]])),
);
const traffic = createTraffic({ seed: `${config.SEED} ${Date.now()}` });
const headers = { authorization: `Bearer ${config.API_KEY}`, 'content-type': 'application/json' };
const perRequest = Math.max(1, Math.round(config.DECISIONS_PER_SECOND));

for (;;) {
  const decisions = Array.from({ length: perRequest }, () => {
    const request = traffic.next();
    return simulateDecision(request, { call: request.truth, timestamp: new Date().toISOString() });
  });
  const body = JSON.stringify(decisions);
  // Decisions have ids: what was not acknowledged is sent again.
  while (!(await acknowledged(body))) await delay(1_000);
  await delay((1_000 * perRequest) / config.DECISIONS_PER_SECOND);
}

async function acknowledged(body: string): Promise<boolean> {
  try {
    const answer = await fetch(new URL(recordDecisions.path, config.URL), { method: 'POST', headers, body });
    await answer.arrayBuffer();
    if (!answer.ok) process.stderr.write(`the platform answered ${answer.status}\n`);
    return answer.ok;
  } catch (error) {
    process.stderr.write(`the platform does not answer: ${String(error)}\n`);
    return false;
  }
}
