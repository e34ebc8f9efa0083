import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { benchmarkOptions } from '@retort/testing';
import {
  getDataProduct,
  getDataProductLineage,
  getDataProductQuality,
  listDataProductRows,
  listDataProducts,
  listDataProductVersions,
  listDecisions,
  urlOf,
} from '@retort/contracts';
import { load, rounded, type Measured } from './gateway/load.ts';

/** Queries of data products a second, through the whole platform on a database of its own. The load shares the machine with
 *  it. The ceiling is a bare route that answers 50 rows from memory. */
const values = benchmarkOptions(
  `Measures queries of data products a second, of each kind, through the whole platform on a database of its own.

  --seconds N      of load for each kind (default 5)
  --decisions N    in the log before (default 20000)
  --connections N  that ask at once (default 16)
  --json           one JSON object on the last line

The ceiling, of the same run: a bare route that answers 50 rows from memory.`,
  {
    seconds: { type: 'string', default: '5' },
    decisions: { type: 'string', default: '20000' },
    connections: { type: 'string', default: '16' },
    json: { type: 'boolean', default: false },
  },
);
const seconds = Number(values.seconds);
const connections = Number(values.connections);

const server = fork(fileURLToPath(new URL('./queries/server.ts', import.meta.url)), {
  env: { ...process.env, BENCH_DECISIONS: values.decisions },
});
const exited = once(server, 'exit');
const [subject] = (await Promise.race([
  once(server, 'message'),
  exited.then(() => Promise.reject(new Error('the platform ended'))),
])) as [Record<'url' | 'key' | 'bareUrl', string> & { bytesOfDecision: number }];
const headers = { authorization: `Bearer ${subject.key}` };

async function measure(path: string, url = new URL(subject.url)): Promise<Measured> {
  const what = { url, path, headers, connections };
  await load({ ...what, seconds: 1 });
  return load({ ...what, seconds });
}

const params = { name: 'distillation_training_data' };
const bare = await measure('/bare', new URL(subject.bareUrl));
const queries = {
  list: listDataProducts.path,
  product: urlOf(getDataProduct, { params }),
  versions: urlOf(listDataProductVersions, { params }),
  quality: urlOf(getDataProductQuality, { params }),
  lineage: urlOf(getDataProductLineage, { params }),
  page_of_50_rows: urlOf(listDataProductRows, { params, query: { limit: 50 } }),
  page_of_50_decisions: urlOf(listDecisions, { query: { limit: 50 } }),
};
const measured: Record<string, Measured & { ratio: number }> = {};
for (const [name, path] of Object.entries(queries)) {
  const found = await measure(path);
  measured[name] = { ...found, ratio: rounded(found.per_second / bare.per_second) };
}
server.send('stop');
await exited;

const report = {
  decisions: Number(values.decisions),
  connections,
  bytes_per_decision: subject.bytesOfDecision,
  bare_route: bare,
  ...measured,
  slowest_per_second: Math.min(...Object.values(measured).map(({ per_second }) => per_second)),
};
process.stdout.write(`${JSON.stringify(report, null, values.json ? 0 : 2)}\n`);
if (Object.values(measured).some(({ refused }) => refused > 0)) process.exitCode = 1;
