import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createRecorder } from '../src/index.ts';
import { bankDecision } from './decision.ts';

export interface RecordReport {
  mode: 'sdk';
  /** Microseconds that `record()` took of the agent's thread. */
  p50_us: number;
  p99_us: number;
  /** The same of arithmetic that takes as long: what the machine adds while others use it. */
  control_p99_us: number;
  /** CPU time of the whole process a decision, sending included, in microseconds. */
  cpu_us: number;
  bytes: number;
  events: number;
  lost: number;
  duplicated: number;
  events_per_second: number;
  /** The same bytes in the same batches, made beforehand and posted one after the other. */
  ceiling_events_per_second: number;
  ratio: number;
}

const batchSize = 100;

/** Records as fast as the queue takes it, to a sink over real HTTP; then finds what was lost. */
export async function benchRecord(events: number): Promise<RecordReport> {
  const sink = fork(fileURLToPath(new URL('./sink.ts', import.meta.url)));
  try {
    const [{ port }] = (await once(sink, 'message')) as [{ port: number }];
    const url = `http://127.0.0.1:${port}`;
    await recordAll(url, Math.min(20_000, events));
    await countOf(sink);
    const { times, seconds, cpuUs } = await recordAll(url, events);
    const { received, distinct } = await countOf(sink);
    const ceiling = await postAll(url, events);
    times.sort();
    const control = await timesOfArithmetic(times[Math.floor(events * 0.5)]!);
    const rate = events / seconds;
    return {
      mode: 'sdk',
      p50_us: rounded(times[Math.floor(events * 0.5)]! / 1000),
      p99_us: rounded(times[Math.floor(events * 0.99)]! / 1000),
      control_p99_us: rounded(control[Math.floor(control.length * 0.99)]! / 1000),
      cpu_us: rounded(cpuUs / events),
      bytes: Buffer.byteLength(JSON.stringify(bankDecision(0))),
      events,
      lost: events - distinct,
      duplicated: received - distinct,
      events_per_second: Math.round(rate),
      ceiling_events_per_second: Math.round(ceiling),
      ratio: rounded(rate / ceiling),
    };
  } finally {
    sink.disconnect();
  }
}

async function recordAll(url: string, events: number) {
  const queueSize = 1000;
  const recorder = createRecorder({ url, apiKey: 'bench', queueSize, batchSize });
  const times = new Float64Array(events);
  const cpu = process.cpuUsage();
  const start = performance.now();
  for (let number = 0; number < events; number++) {
    // An agent that recorded faster than the sink takes would measure how fast decisions are dropped.
    if (recorder.stats().queued >= queueSize) await recorder.flush();
    const decision = bankDecision(number);
    const before = process.hrtime.bigint();
    recorder.record(decision);
    times[number] = Number(process.hrtime.bigint() - before);
  }
  await recorder.shutdown(60_000);
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { times, seconds, cpuUs: user + system };
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

async function postAll(url: string, events: number): Promise<number> {
  const lines = Array.from({ length: batchSize }, (_, index) =>
    JSON.stringify({ id: String(index), ...bankDecision(index) }),
  );
  const body = lines.join('\n');
  const start = performance.now();
  for (let sent = 0; sent < events; sent += batchSize) {
    const response = await fetch(url, { method: 'POST', body });
    await response.text();
  }
  return events / ((performance.now() - start) / 1000);
}

async function countOf(sink: ChildProcess): Promise<{ received: number; distinct: number }> {
  sink.send('count');
  const [counts] = (await once(sink, 'message')) as [{ received: number; distinct: number }];
  return counts;
}

const rounded = (value: number) => Math.round(value * 1000) / 1000;

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '200000' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const events = Number(values.events);
if (values.help || !Number.isInteger(events) || events < batchSize) {
  process.stderr.write('bench record [--events N] [--json]\n');
  process.exit(values.help ? 0 : 2);
}
const report = await benchRecord(events);
if (!values.json) for (const [name, value] of Object.entries(report)) process.stdout.write(`${name}: ${value}\n`);
process.stdout.write(`${JSON.stringify(report)}\n`);
