import { until } from '@retort/testing';
import { expect, it, vi } from 'vitest';
import { startReplicas } from './replicas.ts';

vi.setConfig({ testTimeout: 120_000 });

it('a promotion and a roll-back take effect on every replica, without a failed request meanwhile', async () => {
  const { replicas, deploy, rollBack, isServedByAll, ask, close } = await startReplicas();
  const served = (version: string) => until(`all serve ${version}`, () => isServedByAll(version));
  await deploy('v1');
  await served('v1');
  let isOver = false;
  const answered = replicas.map(() => new Set<unknown>());
  const load = replicas.map(async (replica, index) => {
    while (!isOver) {
      const { status, body } = await ask(replica);
      answered[index]!.add(status === 200 ? (body as { model_version: string }).model_version : status);
    }
  });
  await deploy('v2');
  await served('v2');
  await rollBack('v2', 'v1');
  await served('v1');
  isOver = true;
  await Promise.all(load);
  for (const answers of answered) expect([...answers].sort()).toEqual(['v1', 'v2']);
  await close();
});
