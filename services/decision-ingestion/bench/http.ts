import { decisionEventId, recordDecision, recordDecisions, registerToolset } from '@retort/contracts';
import type pg from 'pg';
import { copyCeiling } from './ceiling.ts';
import { eventTemplate, idOf, tools, writeNumber, type EventTemplate } from './events.ts';
import { load, type LoadReport } from './load.ts';
import { rounded, type IngestReport } from './report.ts';
import { withIngestion, type Subject } from './subject.ts';

export interface HttpOptions {
  mode: 'single' | 'batch';
  connections: number;
  seconds: number;
  /** All detectors, and every decision encrypted with a subject's key. */
  privacy?: boolean;
  /** Latencies at 16 connections too, for singles; true when absent. */
  latencies?: boolean;
}

const batchSize = 100;
/** Another load has other code compiled, which takes the cores away from the service and from the database for so long. */
const warmUpSeconds = 3;

export interface Driven {
  report: LoadReport;
  acknowledged: [first: number, events: number][];
  shown: Pick<
    IngestReport,
    | 'mode'
    | 'events_per_second'
    | 'p50_ms'
    | 'p99_ms'
    | 'p50_ms_at_16'
    | 'p99_ms_at_16'
    | 'connections'
    | 'events'
    | 'refused'
  >;
}

/** Drives the service from raw connections of this process. */
export async function drive(
  { url, key }: Subject,
  { mode, connections, seconds, latencies = true }: HttpOptions,
): Promise<Driven> {
  const acknowledged: [first: number, events: number][] = [];
  const request = await requestsOf(mode, url, key);
  const run = (connections: number, seconds: number) =>
    load({
      url,
      connections,
      seconds,
      request,
      onAcknowledged: (first, events) => acknowledged.push([first, events]),
    });
  await run(connections, Math.min(warmUpSeconds, seconds));
  let latency: LoadReport | null = null;
  if (mode === 'single' && latencies) {
    await run(16, Math.min(warmUpSeconds, seconds));
    latency = await run(16, seconds / 2);
  }
  const report = await run(connections, seconds);
  const shown = {
    mode,
    events_per_second: Math.round(report.events / report.seconds),
    p50_ms: rounded(report.p50Ms),
    p99_ms: rounded(report.p99Ms),
    ...(latency ? { p50_ms_at_16: rounded(latency.p50Ms), p99_ms_at_16: rounded(latency.p99Ms) } : {}),
    connections,
    events: report.events,
    refused: report.refused,
  };
  return { report, acknowledged, shown };
}

/** The service on Postgres, whose log is read afterwards to find what was lost. */
export function benchHttp(options: HttpOptions): Promise<IngestReport> {
  return withIngestion(async (subject) => {
    const { report, acknowledged, shown } = await drive(subject, options);
    return subject.inspect(async (log) => {
      const { lost, duplicated } = await compare(log, acknowledged, options);
      const ceiling = await copyCeiling(log, 200_000);
      const ratio = rounded(report.events / report.seconds / ceiling);
      return { ...shown, lost, duplicated, ceiling_events_per_second: Math.round(ceiling), ratio };
    });
  }, options);
}

/** Each connection writes numbers into a buffer of its own: making requests must not be what is measured. */
async function requestsOf(mode: HttpOptions['mode'], url: URL, key: string) {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const response = await fetch(new URL(registerToolset.path, url), {
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
      key,
      host: url.host,
    }));
    const first = next;
    next += events;
    ids.forEach((at, index) => writeNumber(bytes, at, first + index));
    return { bytes, first, events };
  };
}

function requestBuffer(
  template: EventTemplate,
  { mode, events, host, key }: { mode: HttpOptions['mode']; events: number; host: string; key: string },
): { bytes: Buffer; ids: number[] } {
  const lineBytes = template.bytes.length + (mode === 'single' ? 0 : 1);
  const head = Buffer.from(
    `POST ${(mode === 'single' ? recordDecision : recordDecisions).path} HTTP/1.1\r\nhost: ${host}\r\n` +
      `authorization: Bearer ${key}\r\ncontent-length: ${lineBytes * events}\r\n` +
      `content-type: application/${mode === 'single' ? 'json' : 'x-ndjson'}\r\n\r\n`,
  );
  const line = mode === 'single' ? template.bytes : Buffer.concat([template.bytes, Buffer.from('\n')]);
  const bytes = Buffer.concat([head, ...Array.from({ length: events }, () => line)]);
  return { bytes, ids: Array.from({ length: events }, (_, index) => head.length + index * lineBytes + template.idAt) };
}

async function compare(log: pg.Client, acknowledged: readonly [number, number][], { privacy = false }: HttpOptions) {
  const { rows } = await log.query<{ id: string; copies: string }>(
    `select ${privacy ? 'event_id' : "data->>'id'"} as id, count(*) as copies
     from event_store.events where type = 'AGENT_TOOL_SELECTED' group by 1`,
  );
  const present = new Set(rows.map(({ id }) => id));
  // Of what is encrypted, the log tells the event only.
  const storedAs = (number: number) => (privacy ? decisionEventId('bench', idOf(number)) : idOf(number));
  let lost = 0;
  for (const [first, events] of acknowledged)
    for (let number = first; number < first + events; number++) if (!present.has(storedAs(number))) lost++;
  return { lost, duplicated: rows.filter(({ copies }) => Number(copies) > 1).length };
}
