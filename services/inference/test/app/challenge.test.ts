import { describe, expect, it } from 'vitest';
import { askCanary } from '../../src/app/challenge.ts';
import type { Challenger } from '../../src/app/models.ts';
import { rollouts, type KeptRevert } from '../../src/app/rollouts.ts';

const guards = { errors: 0.01, slow: 0.05, slow_ms: 1000 };
const challenger = {
  loaded: { tenant: 'acme', model: 'tool-calling', modelVersion: 'v2' },
  rollout: { id: 'r1', modelVersion: 'v2', artifact: 'a', strategy: 'canary', percent: 100, agents: null, guards },
} as unknown as Challenger;

describe('a canary that throws', () => {
  it('costs nobody an answer, and is reverted once, with its figures and no word of the request', async () => {
    const kept: KeptRevert[] = [];
    const logged: unknown[] = [];
    const log = (fields: unknown) => void logged.push(fields);
    const rollout = rollouts({
      models: { challenging: () => challenger, challengers: () => [challenger] },
      audits: { ofVersion: async () => [] },
      spool: { append: async (records) => void kept.push(...records.map(({ data }) => data as unknown as KeptRevert)) },
      clock: () => new Date(0),
      log: { warn: log, error: log } as never,
      random: () => 0,
    });
    const asked = { tenant: 'acme', model: 'tool-calling', agent: undefined, session: undefined };
    let requests = 0;
    for (; rollout.canaryFor(asked); requests++)
      expect(
        askCanary(rollout, challenger, () => {
          throw new TypeError('IBAN DE02 is not a number');
        }),
      ).toBeUndefined();
    expect(requests).toBeLessThan(10);
    const controller = new AbortController();
    const running = rollout.loop.run(controller.signal);
    await new Promise(setImmediate);
    controller.abort();
    await running;
    expect(kept).toMatchObject([{ guard: 'errors', figures: { requests, violations: requests } }]);
    expect(JSON.stringify(logged)).not.toContain('IBAN');
  });
});
