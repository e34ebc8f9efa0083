import { recordDecisions } from '@retort/contracts';
import { setImmediate as turn } from 'node:timers/promises';
import { createRecorder } from '@retort/sdk';
import type pg from 'pg';
import { bankDecision } from './bank-decision.ts';
import { rounded, type IngestReport } from './report.ts';
import { withIngestion, type Subject } from './subject.ts';

export interface SdkReport extends IngestReport {
  /** Microseconds that `record()` took of the agent's thread. */
  p50_us: number;
  p99_us: number;
  /** The same of arithmetic that takes as long: what the machine adds while others use it. */
  control_p99_us: number;
  /** CPU time of the whole agent a decision, sending included, in microseconds. */
  cpu_us: number;
  bytes: number;
}

const batchSize = 100;

/** Records as fast as the queue takes it, to the real service; then reads the log to find what was lost. */
export function benchSdk(events: number): Promise<SdkReport> {
  return withIngestion(async (subject) => {
    await recordAll(subject, { events: Math.min(20_000, events), run: 'warm-up' });
    const { times, seconds, cpuUs, sent } = await recordAll(subject, { events, run: 'measured' });
    const ceiling = await postAll(subject, events);
    times.sort();
    const quantile = (share: number) => times[Math.floor(events * share)]! / 1000;
    const control = await timesOfArithmetic(times[Math.floor(events * 0.5)]!);
    return subject.inspect(async (log) => {
      const { rows, distinct } = await countOf(log);
      const rate = events / seconds;
      return {
        mode: 'sdk',
        events_per_second: Math.round(rate),
        p50_ms: rounded(quantile(0.5) / 1000),
        p99_ms: rounded(quantile(0.99) / 1000),
        p50_us: rounded(quantile(0.5)),
        p99_us: rounded(quantile(0.99)),
        control_p99_us: rounded(control[Math.floor(control.length * 0.99)]! / 1000),
        cpu_us: rounded(cpuUs / events),
        bytes: Buffer.byteLength(JSON.stringify(bankDecision(0))),
        connections: 1,
        events,
        refused: events - sent,
        lost: events - distinct,
        duplicated: rows - distinct,
        ceiling_events_per_second: Math.round(ceiling),
        ratio: rounded(rate / ceiling),
      };
    });
  });
}

async function recordAll({ url, key }: Subject, { events, run }: { events: number; run: string }) {
  const queueSize = 1000;
  const recorder = createRecorder({ url: url.origin, apiKey: key, queueSize, batchSize });
  const times = new Float64Array(events);
  const cpu = process.cpuUsage();
  const start = performance.now();
  for (let number = 0; number < events; number++) {
    // An agent that recorded faster than the sink takes would measure how fast decisions are dropped.
    if (recorder.stats().queued >= queueSize) await recorder.flush();
    const decision = { ...bankDecision(number), group: run };
    const before = process.hrtime.bigint();
    recorder.record(decision);
    times[number] = Number(process.hrtime.bigint() - before);
  }
  await recorder.shutdown(60_000);
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { times, seconds, cpuUs: user + system, sent: recorder.stats().sent };
}

/** Nanoseconds, sorted, of loops that allocate nothing and take about as long as asked. */
async function timesOfArithmetic(nanoseconds: number): Promise<Float64Array> {
  const timeOf = (rounds: number) => {
    const before = process.hrtime.bigint();
    let sum = 0;
    for (let round = 0; round < rounds; round++) sum += round * round;
    const time = Number(process.hrtime.bigint() - before);
    return sum < 0 ? 0 : time;
  };
  const trials = Float64Array.from({ length: 2000 }, () => timeOf(1000)).sort();
  const rounds = Math.round((1000 * nanoseconds) / trials[1000]!);
  const times = new Float64Array(50_000);
  for (let index = 0; index < times.length; index++) {
    if (index % batchSize === 0) await turn();
    times[index] = timeOf(rounds);
  }
  return times.sort();
}

/** Decisions a second of batches that are made beforehand, but for their ids. */
async function postAll({ url, key }: Subject, events: number): Promise<number> {
  const target = new URL(recordDecisions.path, url);
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' };
  const bodyOf = (sent: number) =>
    Array.from({ length: batchSize }, (_, index) =>
      JSON.stringify({ id: `ceiling-${sent + index}`, ...bankDecision(index) }),
    ).join('\n');
  const bodies = Array.from({ length: Math.ceil(events / batchSize) }, (_, batch) => bodyOf(batch * batchSize));
  const start = performance.now();
  for (const body of bodies) await (await fetch(target, { method: 'POST', headers, body })).text();
  return events / ((performance.now() - start) / 1000);
}

/** Decisions of the measured run in the log, and how many different ones they are. */
async function countOf(log: pg.Client): Promise<{ rows: number; distinct: number }> {
  const { rows } = await log.query<{ rows: string; distinct: string }>(
    `select count(*) as rows, count(distinct data->'tool_parameters'->>'amount') as distinct
       from event_store.events where type = 'AGENT_TOOL_SELECTED' and data->>'group' = 'measured'`,
  );
  return { rows: Number(rows[0]!.rows), distinct: Number(rows[0]!.distinct) };
}
