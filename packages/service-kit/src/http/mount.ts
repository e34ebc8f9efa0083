import {
  contentOf,
  isRaw,
  type BodyOf,
  type Endpoint,
  type HeadersOf,
  type ParamsOf,
  type QueryOf,
  type RawBody,
} from '@retort/contracts';
import type { FastifyContextConfig, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import type { z } from 'zod';
import { linkToNext } from '../cursor.ts';
import type { Caller, Routes, Trace } from '../types.ts';
import { Answer, Bytes, Events, HandedOn, Lines, Verbatim, type Answers } from './answers.ts';
import { offered, wantedForm, type Form } from './negotiate.ts';
import { listText, type Page } from './page.ts';
import { sendEvents, sendLines } from './streams.ts';

/** What a handler is given: the parts of the request as the endpoint's schemas made them. */
export interface Requested<E extends Endpoint> {
  params: ParamsOf<E>;
  query: QueryOf<E>;
  headers: HeadersOf<E>;
  body: BodyOf<E>;
  /** Throws on a public endpoint. */
  caller: Caller;
  trace: Trace;
  /** The form of the answer that the caller wants most. */
  wanted: Form;
  request: FastifyRequest;
  reply: FastifyReply;
}
export type Handler<E extends Endpoint> = (request: Requested<E>) => Promise<Answers<E>> | Answers<E>;

export interface MountOptions {
  /** Largest body in bytes; the host's when absent. */
  bodyLimit?: number;
  /** Values of JSON that a body may hold; 50,000 when absent. */
  bodyValues?: number;
  /** Checks the body instead of its schema, where a hot path can do with less. */
  check?: (body: unknown) => { value: unknown } | { error: Error };
}

/** Serves an endpoint: what comes in is checked, what goes out is what the endpoint says. */
export function mount<E extends Endpoint>(
  app: Routes,
  endpoint: E,
  handler: Handler<E>,
  options: MountOptions = {},
): void {
  if (endpoint.body && isRaw(endpoint.body)) {
    const { raw } = endpoint.body;
    void app.register(async (scope) => {
      receiveBytes(scope as Routes, raw);
      route(scope as Routes, endpoint, handler as unknown as Handler<Endpoint>, options);
    });
    return;
  }
  route(app, endpoint, handler as unknown as Handler<Endpoint>, options);
}

function route(
  app: Routes,
  endpoint: Endpoint,
  handler: Handler<Endpoint>,
  { bodyLimit, bodyValues, check }: MountOptions,
): void {
  const { method, path, formerPath, scope, params, query, headers, body } = endpoint;
  const forms = Object.values(endpoint.response).flatMap((response) => offered(contentOf(response)));
  const audited = auditedBy(endpoint, forms);
  const answers = answersOf(endpoint);
  const definition: Omit<RouteOptions, 'url'> = {
    method,
    ...(bodyLimit !== undefined && { bodyLimit }),
    ...(check && { validatorCompiler: () => check }),
    config: {
      endpoint,
      ...(scope === 'public' ? { public: true } : { scope }),
      ...(audited && { audited }),
      ...(bodyValues !== undefined && { bodyValues }),
    },
    schema: {
      ...(params && { params }),
      ...(query && { querystring: query }),
      ...(headers && { headers }),
      ...(body && !isRaw(body) && { body }),
    },
    handler: async (request, reply) => {
      const wanted = wantedForm(forms, request.headers);
      const answer = await handler(new Request(request, reply, wanted) as unknown as Requested<Endpoint>);
      return send(answers, answer, { request, reply });
    },
  };
  for (const known of formerPath === undefined ? [path] : [path, formerPath])
    app.route({ ...definition, url: routerPath(known) });
}

function auditedBy({ audited }: Endpoint, forms: Parameters<typeof wantedForm>[0]): FastifyContextConfig['audited'] {
  if (audited === undefined || typeof audited === 'string') return audited;
  return ({ headers }) => (wantedForm(forms, headers) === 'lines' ? audited.lines : null);
}

/** (A class, so that a request costs one small object; `caller` throws when a public endpoint asks for it.) */
class Request {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly wanted: Form;
  constructor(request: FastifyRequest, reply: FastifyReply, wanted: Form) {
    this.request = request;
    this.reply = reply;
    this.wanted = wanted;
  }
  get params() {
    return this.request.params;
  }
  get query() {
    return this.request.query;
  }
  get headers() {
    return this.request.headers;
  }
  get body() {
    return this.request.body;
  }
  get caller() {
    return this.request.caller;
  }
  get trace() {
    return this.request.trace;
  }
}

interface Exchange {
  request: FastifyRequest;
  reply: FastifyReply;
}

/** What an endpoint may answer, worked out once. */
interface DeclaredAnswers {
  endpoint: Endpoint;
  /** Of an answer that names none. */
  status: number;
  paged: boolean;
  /** Status → schema of its JSON body; null where there is none. */
  json: ReadonlyMap<number, z.ZodType | null>;
}

function answersOf(endpoint: Endpoint): DeclaredAnswers {
  const declared = Object.entries(endpoint.response);
  return {
    endpoint,
    status: Number(declared[0]![0]),
    paged: endpoint.query !== undefined && 'cursor' in endpoint.query.shape,
    json: new Map(declared.map(([status, body]) => [Number(status), contentOf(body).json ?? null])),
  };
}

function send(answers: DeclaredAnswers, given: unknown, exchange: Exchange): FastifyReply | Promise<FastifyReply> {
  const { request, reply } = exchange;
  if (given instanceof HandedOn) return reply.status(given.status).headers(given.headers).send(given.content);
  const { status, body, headers } = given instanceof Answer ? (given as Answer) : new Answer(answers.status, given, {});
  reply.status(status).headers(headers);
  if (body instanceof Lines) return sendLines(request, reply, body);
  if (body instanceof Events) return sendEvents(request, reply, body);
  if (body instanceof Bytes) return reply.type(body.mediaType).send(body.content);
  const json = answers.json.get(status);
  if (json === undefined)
    throw new Error(`${answers.endpoint.id} answers ${status}, which its declaration does not name`);
  if (json === null) return reply.send(null);
  const value = body instanceof Verbatim ? (body as Verbatim).value : json.parse(body);
  if (answers.paged) linkToNext(request, reply, (value as Page<unknown>).next_cursor);
  reply.type('application/json; charset=utf-8');
  if (isList(value)) return listText(value).then((text) => reply.send(text));
  return reply.send(JSON.stringify(value));
}

function isList(value: unknown): value is { data: readonly unknown[] } {
  return typeof value === 'object' && value !== null && 'data' in value && Array.isArray(value.data);
}

/** Bodies of this scope reach their handler as the bytes they are. */
function receiveBytes(scope: Routes, raw: RawBody['raw']): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(Object.keys(raw), { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
  // A request without a body has none to parse: it is a body of no bytes.
  scope.addHook('preValidation', (request, _reply, done) => {
    request.body ??= Buffer.alloc(0);
    done();
  });
}

/** `/curation-runs/{run_id}:cancel` as the router writes it: a colon is doubled, and a parameter before one ends at it. */
export function routerPath(path: string): string {
  return path
    .replaceAll(':', '::')
    .replaceAll(/\{(\w+)\}(?=::)/g, ':$1([^:/]+)')
    .replaceAll(/\{(\w+)\}/g, ':$1');
}
