import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formats } from '@retort/import';
import { benchmarkOptions } from '@retort/testing';
import { importLog } from '../src/import/import.ts';

interface ImportBenchReport {
  lines: number;
  megabytes: number;
  seconds: number;
  lines_per_second: number;
  /** Of the whole process, Node and the loader of TypeScript included. */
  peak_memory_mb: number;
  /** Before the first line was read. */
  memory_before_mb: number;
}

const tools = ['get_balance', 'transfer', 'block_card'].map((name) => ({ type: 'function', function: { name } }));

/** A request of 700 bytes and its answer. */
function line(index: number): string {
  const call = {
    id: `call-${index}`,
    type: 'function',
    function: { name: 'get_balance', arguments: '{"account":"AT61"}' },
  };
  const content = `What is on account ${index}? ${'It is about the invoice of last week. '.repeat(5)}`;
  return JSON.stringify({
    id: `r-${index}`,
    request: { model: 'teacher', messages: [{ role: 'user', content }], tools, user: `session-${index % 1000}` },
    response: {
      choices: [{ index: 0, finish_reason: 'tool_calls', message: { role: 'assistant', tool_calls: [call] } }],
      usage: { prompt_tokens: 120, completion_tokens: 12 },
    },
  });
}

async function writeLog(path: string, lines: number): Promise<void> {
  const file = createWriteStream(path);
  for (let index = 0; index < lines; index++) if (!file.write(`${line(index)}\n`)) await once(file, 'drain');
  await once(file.end(), 'finish');
}

/** Reads a log of so many lines and makes decisions of them, as a dry run of `retort import` does: what is posted after that
 *  is `bench ingest`. */
async function benchImport(lines: number): Promise<ImportBenchReport> {
  const folder = await mkdtemp(join(tmpdir(), 'retort-bench-'));
  const path = join(folder, 'log.jsonl');
  try {
    await writeLog(path, lines);
    const before = process.memoryUsage.rss();
    let peak = before;
    const sample = () => (peak = Math.max(peak, process.memoryUsage.rss()));
    const { seconds, decisions } = await importLog(
      { format: formats.find(({ name }) => name === 'openai-chat-jsonl')!, path, agentId: 'bench', tools: null },
      { api: null, progress: { step: sample, done: sample }, signal: new AbortController().signal },
    );
    if (decisions !== lines) throw new Error(`${decisions} of ${lines} lines became decisions`);
    return {
      lines,
      megabytes: Math.round((await stat(path)).size / 1e6),
      seconds: Number(seconds.toFixed(2)),
      lines_per_second: Math.round(lines / seconds),
      peak_memory_mb: Math.round(peak / 1e6),
      memory_before_mb: Math.round(before / 1e6),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const values = benchmarkOptions(
  `Measures how fast a log is read and made decisions, and the memory it takes.

  --lines N   lines of the log (default 1000000)
  --json      one JSON object on the last line`,
  { lines: { type: 'string', default: '1000000' }, json: { type: 'boolean', default: false } },
);
const report = await benchImport(Number(values.lines));
console.log(
  values.json
    ? JSON.stringify(report)
    : Object.entries(report)
        .map(([name, value]) => `${name.padEnd(20)} ${String(value)}`)
        .join('\n'),
);
