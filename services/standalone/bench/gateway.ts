import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setPriority } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createChatCompletion, predict, predictBatch } from '@retort/contracts';
import { benchmarkOptions } from '@retort/testing';
import { load, rounded, type Measured } from './gateway/load.ts';
import { contextOfQuestion, messages, offered, word } from './gateway/question.ts';

/** Answers a second and their latency, through the whole platform, recording on. The load, the teacher and the platform share
 *  the machine. */
const values = benchmarkOptions(
  `Measures answers of the student a second over HTTP, recording on, and what the gateway adds to a call of the teacher.

  --seconds N  of load for each kind (default 6)
  --json       one JSON object on the last line

The ceilings, of the same run: a bare route with the same payload, and a plain reverse proxy.`,
  { seconds: { type: 'string', default: '6' }, json: { type: 'boolean', default: false } },
);
const seconds = Number(values.seconds);
const connections = 32;
const few = 4;
/** A teacher thinks, for up to twice as long: what is told of its calls is told without it, and they do not come in step. */
const teacherMs = 50;
const patient = 16;
/** What is compiled while it is measured is measured half as fast: some ten thousand requests go before, at a patient teacher
 *  over more connections, and are recorded before. */
const warming = { connections: 96, seconds: 5 };
const recordedAfterMs = 3_000;
/** Load and teacher give way to what they ask: else they take its core from it in the midst of an answer. */
const lowPriority = 10;

const answer = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1764526000,
  model: 'teacher',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Good morning. '.repeat(40) }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 100, completion_tokens: 90, total_tokens: 190 },
});
const teacher = createServer((request, response) => {
  request.resume().on('end', () => {
    const arrived = performance.now();
    setTimeout(
      () => {
        const took = (performance.now() - arrived).toFixed(3);
        response
          .writeHead(200, {
            'content-type': 'application/json',
            'content-length': answer.length,
            'openai-processing-ms': took,
          })
          .end(answer);
      },
      2 * teacherMs * Math.random(),
    );
  });
});
teacher.listen(0, '127.0.0.1');
await once(teacher, 'listening');
const teacherUrl = new URL(`http://127.0.0.1:${(teacher.address() as AddressInfo).port}`);

const server = fork(fileURLToPath(new URL('./gateway/server.ts', import.meta.url)), {
  env: { ...process.env, BENCH_TEACHER_URL: teacherUrl.origin },
});
const exited = once(server, 'exit');
const [subject] = (await Promise.race([
  once(server, 'message'),
  exited.then(() => Promise.reject(new Error('the platform ended'))),
])) as [Record<'url' | 'key' | 'bareUrl' | 'proxyUrl', string>];
const url = new URL(subject.url);
const headers = { authorization: `Bearer ${subject.key}` };

const tools = offered.map((tool) => ({ type: 'function', function: tool }));
const chat = JSON.stringify({ model: 'teacher', messages: messages(word, 7), tools });
const single = { context: contextOfQuestion(word, 7), tools_available: offered, fallback: 'none' };
const batch = 16;

setPriority(lowPriority);

async function measure(what: Parameters<typeof load>[0], before = what.connections): Promise<Measured> {
  await load({ ...what, connections: before, seconds: Math.min(warming.seconds, seconds) });
  await delay(recordedAfterMs);
  return load(what);
}
const chatOf = (origin: string, more: Record<string, string>, many: number) =>
  measure(
    {
      path: createChatCompletion.path,
      body: chat,
      connections: many,
      seconds,
      url: new URL(origin),
      headers: more,
    },
    warming.connections,
  );
const upstream = { authorization: 'Bearer sk-bench' };
const ours = { ...upstream, 'x-retort-key': subject.key };

const bare = await measure({ url: new URL(subject.bareUrl), path: '/bare', headers, body: chat, connections, seconds });
const predictions = await measure({
  url,
  headers,
  connections,
  seconds,
  path: predict.path,
  body: JSON.stringify(single),
});
const batched = await measure({
  url,
  headers,
  connections: few,
  seconds,
  path: predictBatch.path,
  body: JSON.stringify({ predictions: Array.from({ length: batch }, () => single) }),
});
const direct = await chatOf(teacherUrl.origin, upstream, patient);
const proxy = await chatOf(subject.proxyUrl, upstream, patient);
const passed = await chatOf(subject.url, { ...ours, 'x-retort-mode': 'teacher-only' }, patient);
// Last: what it leaves to be recorded would weigh on the others.
const student = await chatOf(subject.url, ours, connections);
const text = await (await fetch(new URL('/metrics', url))).text();
server.send('stop');
await exited;
teacher.closeAllConnections();
teacher.close();

const ratio = ({ per_second }: Measured) => rounded(per_second / bare.per_second);
const turns = Object.fromEntries(
  [...text.matchAll(/^retort_gateway_turns_total\{.*outcome="(\w+)".*\} (\d+)$/gm)].map(([, outcome, count]) => [
    outcome,
    Number(count),
  ]),
);
const report = {
  bare_route: bare,
  predictions: { ...predictions, ratio: ratio(predictions) },
  predictions_batch: { ...batched, predictions_per_second: batched.per_second * batch, batch },
  chat_from_student: { ...student, ratio: ratio(student) },
  teacher_direct: direct,
  reverse_proxy: proxy,
  pass_through: { ...passed, ratio: rounded(passed.per_second / proxy.per_second) },
  pass_through_overhead: {
    p50_ms: rounded(passed.p50_ms - direct.p50_ms),
    p99_ms: rounded(passed.p99_ms - direct.p99_ms),
  },
  reverse_proxy_overhead: {
    p50_ms: rounded(proxy.p50_ms - direct.p50_ms),
    p99_ms: rounded(proxy.p99_ms - direct.p99_ms),
  },
  /** What became of the turns that the gateway answered, by the end of the run. */
  turns,
};
process.stdout.write(`${JSON.stringify(report, null, values.json ? 0 : 2)}\n`);
