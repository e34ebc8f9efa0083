import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { startEmbeddedPostgres } from '@retort/postgres';
import pg from 'pg';
import { copyCeiling } from './ceiling.ts';
import { eventTemplate, idOf, tools, writeNumber, type EventTemplate } from './events.ts';
import { load, type LoadReport } from './load.ts';

export interface IngestOptions {
  mode: 'single' | 'batch';
  connections: number;
  seconds: number;
}

export interface IngestReport {
  mode: string;
  events_per_second: number;
  p50_ms: number;
  p99_ms: number;
  /** Single events only: latency at 16 connections. */
  p50_ms_at_16?: number;
  p99_ms_at_16?: number;
  connections: number;
  events: number;
  refused: number;
  /** Acknowledged and not in the log; more than once in the log. */
  lost: number;
  duplicated: number;
  /** One COPY of the same rows. */
  ceiling_events_per_second: number;
  ratio: number;
}

const batchSize = 100;

/** Drives the real service, in a process of its own on a real Postgres with fsync, from raw connections of this one; then
 *  reads the log to find what was lost. */
export async function benchIngest({ mode, connections, seconds }: IngestOptions): Promise<IngestReport> {
  const folder = await mkdtemp(join(tmpdir(), 'retort-bench-'));
  const postgres = await startEmbeddedPostgres({ folder: join(folder, 'postgres') });
  const server = fork(fileURLToPath(new URL('./server.ts', import.meta.url)), {
    env: { ...process.env, BENCH_DATABASE_URL: postgres.url(), BENCH_FOLDER: folder },
  });
  try {
    const [{ url, key }] = (await once(server, 'message')) as [{ url: string; key: string }];
    const acknowledged: [first: number, events: number][] = [];
    const requests = await requestsOf(mode, new URL(url), key);
    const run = (connections: number, seconds: number) =>
      load({
        url: new URL(url),
        connections,
        seconds,
        request: requests,
        onAcknowledged: (first, events) => acknowledged.push([first, events]),
      });
    await run(connections, Math.min(3, seconds));
    const latency: LoadReport | null = mode === 'single' ? await run(16, seconds / 2) : null;
    const report = await run(connections, seconds);
    server.send('stop');
    await once(server, 'exit');
    const client = new pg.Client(postgres.url());
    await client.connect();
    const { lost, duplicated } = await compare(client, acknowledged);
    const ceiling = await copyCeiling(client, 200_000);
    await client.end();
    const rate = report.events / report.seconds;
    return {
      mode,
      events_per_second: Math.round(rate),
      p50_ms: rounded(report.p50Ms),
      p99_ms: rounded(report.p99Ms),
      ...(latency ? { p50_ms_at_16: rounded(latency.p50Ms), p99_ms_at_16: rounded(latency.p99Ms) } : {}),
      connections,
      events: report.events,
      refused: report.refused,
      lost,
      duplicated,
      ceiling_events_per_second: Math.round(ceiling),
      ratio: rounded(rate / ceiling),
    };
  } finally {
    server.kill('SIGKILL');
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const rounded = (value: number) => Math.round(value * 1000) / 1000;

/** Each connection writes numbers into a buffer of its own: making requests must not be what is measured. */
async function requestsOf(mode: IngestOptions['mode'], url: URL, key: string) {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const response = await fetch(new URL('/api/v1/toolsets', url), {
    method: 'POST',
    headers,
    body: JSON.stringify({ tools }),
  });
  const { toolset } = (await response.json()) as { toolset: string };
  const events = mode === 'single' ? 1 : batchSize;
  const buffers: { bytes: Buffer; ids: number[] }[] = [];
  let next = 0;
  return (connection: number) => {
    const { bytes, ids } = (buffers[connection] ??= requestBuffer(eventTemplate(toolset, connection % 15), {
      mode,
      events,
      host: url.host,
      key,
    }));
    const first = next;
    next += events;
    ids.forEach((at, index) => writeNumber(bytes, at, first + index));
    return { bytes, first, events };
  };
}

function requestBuffer(
  template: EventTemplate,
  { mode, events, host, key }: { mode: IngestOptions['mode']; events: number; host: string; key: string },
): { bytes: Buffer; ids: number[] } {
  const lineBytes = template.bytes.length + (mode === 'single' ? 0 : 1);
  const head = Buffer.from(
    `POST /api/v1/decisions${mode === 'single' ? '' : ':batch'} HTTP/1.1\r\nhost: ${host}\r\n` +
      `authorization: Bearer ${key}\r\ncontent-length: ${lineBytes * events}\r\n` +
      `content-type: application/${mode === 'single' ? 'json' : 'x-ndjson'}\r\n\r\n`,
  );
  const line = mode === 'single' ? template.bytes : Buffer.concat([template.bytes, Buffer.from('\n')]);
  const bytes = Buffer.concat([head, ...Array.from({ length: events }, () => line)]);
  return { bytes, ids: Array.from({ length: events }, (_, index) => head.length + index * lineBytes + template.idAt) };
}

async function compare(client: pg.Client, acknowledged: readonly [number, number][]) {
  const { rows } = await client.query<{ id: string; copies: string }>(
    `select data->>'id' as id, count(*) as copies from event_store.events where type = 'AGENT_TOOL_SELECTED' group by 1`,
  );
  const present = new Set(rows.map(({ id }) => id));
  let lost = 0;
  for (const [first, events] of acknowledged)
    for (let number = first; number < first + events; number++) if (!present.has(idOf(number))) lost++;
  return { lost, duplicated: rows.filter(({ copies }) => Number(copies) > 1).length };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({
    options: {
      mode: { type: 'string', default: 'single' },
      connections: { type: 'string' },
      seconds: { type: 'string', default: '10' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const { mode } = values;
  if (values.help || (mode !== 'single' && mode !== 'batch')) {
    process.stderr.write('bench ingest [--mode single|batch] [--connections N] [--seconds N] [--json]\n');
    process.exit(values.help ? 0 : 2);
  }
  const report = await benchIngest({
    mode,
    connections: Number(values.connections ?? (mode === 'single' ? 64 : 8)),
    seconds: Number(values.seconds),
  });
  if (!values.json) for (const [name, value] of Object.entries(report)) process.stdout.write(`${name}: ${value}\n`);
  process.stdout.write(`${JSON.stringify(report)}\n`);
}
