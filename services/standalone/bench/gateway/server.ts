import { scopes, predict, topics, type EventData } from '@retort/contracts';
import { newId } from '@retort/kernel';
import { connectInfrastructure, createLogger, hostServices, infrastructureConfig } from '@retort/service-kit';
import { startEmbeddedPostgres } from '@retort/postgres';
import { trainStudent } from '@retort/student';
import { temporaryFolder, until } from '@retort/testing';
import fastify from 'fastify';
import { Agent } from 'undici';
import { services } from '../../src/services.ts';
import { contextOfQuestion, offered, word, words } from './question.ts';

/** The whole platform in a process of its own, with a student deployed, and beside it what bounds it: a bare route, and a bare
 *  reverse proxy. Tells its parent where they are. */
const teacherUrl = process.env['BENCH_TEACHER_URL']!;
const tenant = 'bench';
const folder = await temporaryFolder('gateway-bench');
const postgres = await startEmbeddedPostgres({ folder: `${folder.path}/postgres` });
const log = createLogger({ level: 'error' });
const infrastructure = await connectInfrastructure(
  infrastructureConfig.parse({ databaseUrl: postgres.url(), dataFolder: folder.path, drainDelayMs: 0 }),
  log,
);
const host = await hostServices({
  services,
  infrastructure,
  listen: { host: '127.0.0.1', port: 0 },
  env: { RETORT_GATEWAY_TEACHER_BASE_URL: `${teacherUrl}/v1` },
  log,
});
const { secret: key } = await host.keys.create({ tenant, name: 'bench', scopes: [...scopes] });

const decisions = Array.from({ length: 240 }, (_, index) => ({
  id: `d${index}`,
  context: contextOfQuestion(words[index % words.length]!, index),
  tools: offered,
  call: { tool: offered[index % words.length]!.name, parameters: {} },
}));
const { artifact } = trainStudent(decisions, {
  seed: 1,
  target: 0.93,
  confidence: 0.95,
  configuration: { epochs: 3, hidden: 8, folds: 2 },
});
const { digest } = await infrastructure.artifacts.put(artifact);
await infrastructure.bus.publish([
  {
    topic: topics.models,
    key: `model-${tenant}.tool-calling`,
    attributes: {
      id: newId(),
      source: '/training-orchestration',
      type: 'MODEL_DEPLOYED',
      subject: 'tool-calling',
      tenant,
      time: new Date().toISOString(),
      correlationid: newId(),
      schemaversion: '1',
      logposition: '1/0',
    },
    data: JSON.stringify({
      model: 'tool-calling',
      model_version: 'v1',
      artifact: digest,
      strategy: 'full',
      percent: 100,
      reason: 'bench',
    } satisfies EventData<'MODEL_DEPLOYED'>),
  },
]);
await until('the student to serve', async () => {
  const response = await fetch(new URL(predict.path, host.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ context: contextOfQuestion(word, 7), tools_available: offered, fallback: 'none' }),
  });
  return ((await response.json()) as { served_by?: string }).served_by === 'student';
});

const bare = fastify();
bare.post('/bare', ({ body }) => ({
  id: null,
  received: Object.keys(body as object).length,
  padding: 'x'.repeat(600),
}));
const agent = new Agent();
const proxy = fastify();
proxy.removeAllContentTypeParsers();
proxy.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_, body, done) => {
  done(null, body);
});
proxy.post('/v1/chat/completions', async ({ body, headers }, reply) => {
  const answer = await agent.request({
    origin: teacherUrl,
    path: '/v1/chat/completions',
    method: 'POST',
    body: body as Buffer,
    headers: { 'content-type': headers['content-type'], authorization: headers.authorization },
  });
  return reply
    .status(answer.statusCode)
    .header('content-type', answer.headers['content-type'])
    .header('openai-processing-ms', answer.headers['openai-processing-ms'])
    .send(Buffer.from(await answer.body.arrayBuffer()));
});
const [bareUrl, proxyUrl] = [
  await bare.listen({ port: 0, host: '127.0.0.1' }),
  await proxy.listen({ port: 0, host: '127.0.0.1' }),
];
process.send?.({ url: host.url, key, bareUrl, proxyUrl });
process.on('message', () => {
  void Promise.all([bare.close(), proxy.close(), host.close()])
    .then(() => infrastructure.close())
    .then(() => postgres.stop())
    .then(() => folder.remove())
    .then(() => process.exit(0));
});
