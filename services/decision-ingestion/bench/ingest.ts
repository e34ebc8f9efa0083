import { parseArgs } from 'node:util';
import { benchEventStoreDb } from './eventstoredb.ts';
import { benchHttp } from './http.ts';
import { rounded } from './report.ts';
import { benchSdk } from './sdk.ts';

const usage = `bench ingest [--mode single|batch|sdk|eventstoredb] [--connections N] [--seconds N] [--events N] [--store postgres|eventstoredb] [--privacy] [--json]
  single        decisions one a request; ${'`'}single${'`'} when no mode is said   --connections 64 --seconds 10
  batch         100 decisions a request, as NDJSON                --connections 24 --seconds 10
  sdk           record() of the SDK in this process               --events 200000
  --store eventstoredb, for single and batch: on the server at EVENTSTOREDB_URL, or on the wire-level test server, beside
  what the client alone appends one at a time and a hundred at a time
  --privacy, for single and batch on postgres: once without, once with all detectors and every decision encrypted with the
  key of one of fifteen subjects
  eventstoredb  appends through the EventStoreDB client           --connections 64 --events 60000
`;
const { values } = parseArgs({
  options: {
    mode: { type: 'string', default: 'single' },
    connections: { type: 'string' },
    seconds: { type: 'string', default: '10' },
    events: { type: 'string', default: '200000' },
    store: { type: 'string', default: 'postgres' },
    privacy: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const { mode } = values;
if (
  values.help ||
  !['postgres', 'eventstoredb'].includes(values.store) ||
  (mode !== 'single' && mode !== 'batch' && mode !== 'sdk')
) {
  process.stderr.write(usage);
  process.exit(values.help ? 0 : 2);
}
const report = mode === 'sdk' ? await benchSdk(Number(values.events)) : await overHttp(mode);
if (!values.json)
  for (const [name, value] of Object.entries(report)) process.stdout.write(`${name}: ${JSON.stringify(value)}\n`);
process.stdout.write(`${JSON.stringify(report)}\n`);

async function overHttp(mode: 'single' | 'batch') {
  const connections = Number(values.connections ?? (mode === 'single' ? 64 : 24));
  const options = { mode, connections, seconds: Number(values.seconds) };
  if (values.store === 'eventstoredb') return benchEventStoreDb(options);
  const without = await benchHttp(options);
  if (!values.privacy) return without;
  const { events_per_second, p50_ms, p99_ms, lost, duplicated } = await benchHttp({ ...options, privacy: true });
  const ratio_with_privacy = rounded(events_per_second / without.events_per_second);
  return { ...without, with_privacy: { events_per_second, p50_ms, p99_ms, lost, duplicated }, ratio_with_privacy };
}
