import { setTimeout as delay } from 'node:timers/promises';
import { hash32 } from '@retort/kernel';
import fastify, { type FastifyError } from 'fastify';
import { domainAgents } from '../agents/index.ts';
import type { DomainAgent } from '../domain-agent.ts';
import { decider } from '../mind.ts';
import { complete, teacherModel } from './complete.ts';
import { chatRequestSchema, errorBody, parameterName, type ChatRequest } from './protocol.ts';

export interface TeacherOptions {
  seed: number | string;
  /** The chance that a request with two equally good readings is read the second way, in [0, 1]. */
  noise: number;
  /** Waits this long before every answer, as a real model would; 0 when absent. */
  latencyMs?: number;
  agents?: readonly DomainAgent[];
}
export interface Teacher {
  /** What an OpenAI client takes as its `baseURL`: ends in /v1. */
  url: string;
  /** Answers given so far. */
  calls(): number;
  close(): Promise<void>;
}

/** Starts the simulated teacher on a free loopback port: `POST /v1/chat/completions` (not streamed) and `GET /v1/models`,
 *  with OpenAI's error bodies. Any key is accepted: it holds no secrets and spends no money. */
export async function startTeacher({
  seed,
  noise,
  latencyMs = 0,
  agents = domainAgents,
}: TeacherOptions): Promise<Teacher> {
  const decide = decider(agents);
  const timesAsked = new Map<number, number>();
  let calls = 0;
  const server = fastify({
    bodyLimit: 4 * 1024 * 1024,
    forceCloseConnections: true,
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false, allowUnionTypes: true } },
  });
  const model = { id: teacherModel, object: 'model', created: 0, owned_by: 'retort-simulator' };

  server.get('/v1/models', () => ({ object: 'list', data: [model] }));
  server.get<{ Params: { model: string } }>('/v1/models/:model', ({ params }, reply) =>
    params.model === teacherModel ? model : reply.status(404).send(unknownModel(params.model)),
  );
  server.post<{ Body: ChatRequest }>(
    '/v1/chat/completions',
    { schema: { body: chatRequestSchema } },
    async ({ body }, reply) => {
      if (body.model !== teacherModel) return reply.status(404).send(unknownModel(body.model));
      const key = hash32(JSON.stringify(body.messages));
      const occasion = timesAsked.get(key) ?? 0;
      timesAsked.set(key, occasion + 1);
      const completion = complete(body, decide, { seed, noise, occasion, created: Math.floor(Date.now() / 1000) });
      if (!completion)
        return reply.status(400).send(
          errorBody({
            message: 'Nothing in the request leads to the tool that tool_choice demands.',
            param: 'tool_choice',
            code: 'unsupported_value',
          }),
        );
      if (latencyMs > 0) await delay(latencyMs);
      calls++;
      return completion;
    },
  );
  server.setNotFoundHandler(({ method, url }, reply) =>
    reply.status(404).send(errorBody({ message: `Unknown request URL: ${method} ${url}.`, code: 'unknown_url' })),
  );
  server.setErrorHandler<FastifyError>((error, _request, reply) => {
    const status = error.statusCode ?? 500;
    const issue = error.validation?.[0];
    const missing = issue?.params?.['missingProperty'];
    const pointer = issue && `${issue.instancePath}${typeof missing === 'string' ? `/${missing}` : ''}`;
    const type = status < 500 ? 'invalid_request_error' : 'server_error';
    return reply.status(status).send(
      errorBody({
        message: status < 500 ? error.message : 'The simulated teacher failed.',
        type,
        param: pointer ? parameterName(pointer) : null,
        code: error.code,
      }),
    );
  });

  const address = await server.listen({ host: '127.0.0.1', port: 0 });
  return { url: `${address}/v1`, calls: () => calls, close: () => server.close() };
}

function unknownModel(model: string) {
  return errorBody({ message: `The model "${model}" does not exist.`, param: 'model', code: 'model_not_found' });
}
