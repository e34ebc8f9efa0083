import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fineTuningState, type FineTuningState, type JobStatus } from './jobs.ts';
import { answerLike } from './tuned-model.ts';

export interface FineTuningServer extends Pick<FineTuningState, 'jobs' | 'files'> {
  /** `…/v1` */
  baseUrl: string;
  apiKey: string;
  /** Jobs go no further than this state until they are let go on. */
  hold(status: JobStatus): void;
  release(): void;
  /** Requests answered so far, e.g. `POST /v1/files`. */
  requests: string[];
  close(): Promise<void>;
}

/** A **test server** that speaks the fine-tuning part of OpenAI's API over real HTTP: files (multipart), jobs with their
 *  states, events, checkpoints, cancelling, pausing, and chat completions of the models it made. It is faithful in what a
 *  client must get right: credentials, unknown files and models, a training file that is refused while it is validated,
 *  states that take their time. A job comes one state further whenever somebody looks at it.
 *
 *  It tunes nothing: a model answers as the training line whose request has the most words in common with the question. */
export async function startFineTuningServer(): Promise<FineTuningServer> {
  const apiKey = 'sk-test-fine-tuning';
  const state = fineTuningState();
  const requests: string[] = [];
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    void respond(request, response).catch((error: unknown) => fail(response, 500, 'server_error', String(error)));
  });

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const body = await bodyOf(request);
    requests.push(`${request.method} ${url.pathname}`);
    if (request.headers.authorization !== `Bearer ${apiKey}`)
      return fail(response, 401, 'invalid_api_key', 'Incorrect API key provided.');
    const answer = await route(`${request.method} ${url.pathname.replace(/^\/v1/, '')}`, { url, request, body });
    if (answer === undefined) return fail(response, 404, 'not_found', `There is no ${url.pathname}.`);
    if ('refused' in answer) return fail(response, answer.status, answer.refused, answer.message);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
  }

  interface Asked {
    url: URL;
    request: IncomingMessage;
    body: Buffer;
  }
  type Answer = { body: unknown } | { status: number; refused: string; message: string };
  async function route(target: string, { url, request, body }: Asked): Promise<Answer | undefined> {
    const json = () => JSON.parse(body.toString()) as Record<string, unknown>;
    if (target === 'POST /files') {
      const form = await new Response(new Uint8Array(body), {
        headers: { 'content-type': request.headers['content-type'] ?? '' },
      }).formData();
      const file = form.get('file');
      if (!(file instanceof File) || form.get('purpose') !== 'fine-tune')
        return {
          status: 400,
          refused: 'invalid_request_error',
          message: 'A file and the purpose fine-tune are needed.',
        };
      return { body: state.addFile(file.name, await file.text()) };
    }
    if (target === 'POST /fine_tuning/jobs') return state.create(json());
    if (target === 'GET /fine_tuning/jobs') {
      const reference = url.searchParams.get('metadata[reference]');
      return { body: { object: 'list', has_more: false, data: state.list(reference) } };
    }
    if (target === 'POST /chat/completions') {
      const asked = json();
      const lines = state.linesOf(String(asked['model']));
      if (!lines)
        return {
          status: 404,
          refused: 'model_not_found',
          message: `The model ${String(asked['model'])} does not exist.`,
        };
      return { body: answerLike(lines, asked) };
    }
    const [, method, id, action] = /^(GET|POST) \/fine_tuning\/jobs\/([^/]+)(?:\/(\w+))?$/.exec(target) ?? [];
    if (id === undefined || !state.jobs.has(id)) return undefined;
    if (method === 'GET' && action === undefined) return { body: state.look(id) };
    if (method === 'GET' && action === 'checkpoints')
      return { body: { object: 'list', has_more: false, data: state.checkpoints(id) } };
    if (method === 'GET' && action === 'events')
      return { body: { object: 'list', has_more: false, data: state.events(id) } };
    if (method === 'POST' && action === 'cancel') return { body: state.set(id, 'cancelled') };
    if (method === 'POST' && action === 'pause') return { body: state.set(id, 'paused') };
    if (method === 'POST' && action === 'resume') return { body: state.set(id, 'running') };
    return undefined;
  }

  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    apiKey,
    jobs: state.jobs,
    files: state.files,
    hold: state.hold,
    release: state.release,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function fail(response: ServerResponse, status: number, code: string, message: string): void {
  response
    .writeHead(status, { 'content-type': 'application/json' })
    .end(JSON.stringify({ error: { message, type: code, code, param: null } }));
}
