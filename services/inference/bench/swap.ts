import { setTimeout as delay } from 'node:timers/promises';
import { startEmbeddedPostgres } from '@retort/postgres';
import { benchmarkOptions, temporaryFolder, type TestDatabase } from '@retort/testing';
import { startReplicas } from '../test/http/replicas.ts';

/** From the event of a promotion or a roll-back until both of two replicas serve by it, while both are asked without pause. */
const values = benchmarkOptions(
  `Measures milliseconds from the event of a promotion or a roll-back until both of two replicas serve by it, asked without pause.

  --rounds N  of either (default 20)
  --json      one JSON object on the last line`,
  { rounds: { type: 'string', default: '20' }, json: { type: 'boolean', default: false } },
);
const pollMs = 5;
const folder = await temporaryFolder('swap-bench');
const postgres = await startEmbeddedPostgres({ folder: `${folder.path}/postgres` });
// A database of the run's own: nothing else of a test's is asked of it.
const database = { url: postgres.url() } as TestDatabase;
const { replicas, deploy, rollBack, isServedByAll, ask, close } = await startReplicas(database);

async function timed(change: () => Promise<unknown>, version: string): Promise<number> {
  const began = performance.now();
  await change();
  while (!(await isServedByAll(version))) await delay(pollMs);
  return performance.now() - began;
}

await timed(() => deploy('v1'), 'v1');
let isOver = false;
const asked = { answers: 0, failed: 0 };
const load = replicas.map(async (replica) => {
  while (!isOver) {
    const { status } = await ask(replica);
    asked.answers++;
    if (status !== 200) asked.failed++;
  }
});
const promoted: number[] = [];
const rolledBack: number[] = [];
for (let round = 0; round < Number(values.rounds); round++) {
  promoted.push(await timed(() => deploy('v2'), 'v2'));
  rolledBack.push(await timed(() => rollBack('v2', 'v1'), 'v1'));
}
isOver = true;
await Promise.all(load);
await close();
await postgres.stop();
await folder.remove();

const figures = (milliseconds: readonly number[]) => {
  const sorted = [...milliseconds].sort((a, b) => a - b);
  return { median_ms: Math.round(sorted[sorted.length >> 1]!), worst_ms: Math.round(sorted.at(-1)!) };
};
const report = { replicas: replicas.length, promoted: figures(promoted), rolled_back: figures(rolledBack), ...asked };
process.stdout.write(`${JSON.stringify(report, null, values.json ? 0 : 2)}\n`);
process.exit(0);
