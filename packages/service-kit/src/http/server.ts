import Fastify, { LogController, type FastifyBaseLogger, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { fault, isFault } from '@retort/kernel';
import { auditRoutes, type Audit } from '../access/audit.ts';
import { authenticate, type Access } from '../access/authenticate.ts';
import { lazyLog } from '../lazy-log.ts';
import { requestFields } from '../log.ts';
import { sparingLog } from '../sparing-log.ts';
import { keyIdOf, requestIdOf, traceOf } from '../trace.ts';
import type { Caller, Routes } from '../types.ts';
import { describeErrors } from './error-page.ts';
import { noTracing, type Tracing } from '../tracing/tracing.ts';
import { traceRequest } from './trace-request.ts';
import { allowedMethods, routeTable } from './methods.ts';
import type { HostMetrics } from './metrics.ts';
import { receiveJson } from './json-body.ts';
import { renderProblem } from './problem.ts';
import { rawAnswerTo } from './raw-answers.ts';
import { validateRequest } from './validation.ts';

export interface ServerOptions {
  log: Logger;
  /** Who may call, and what of it is put on record. Absent where whoever is behind the server says it: then every route is
   *  public. */
  access?: Access;
  audit?: Audit;
  metrics: HostMetrics;
  /** Absent: nobody traces. */
  tracing?: Tracing;
  /** Proxies whose word about the caller's address is taken: addresses or networks. */
  trustedProxies?: readonly string[];
  /** Largest body in bytes a route takes unless it says otherwise; 1 MiB when absent. */
  bodyLimit?: number;
}

const headTimeoutMs = 25_000;

/** The one HTTP server of a process: every answer that is not the route's own is a problem, every route says who may
 *  call it, every request has an id and a trace. */
export function createServer(options: ServerOptions): Routes {
  const { log, access, audit, metrics, tracing = noTracing, trustedProxies = [], bodyLimit = 1_048_576 } = options;
  const logger: FastifyBaseLogger = log;
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit,
    // A request must have arrived within this time: a slow sender cannot hold a connection for ever.
    requestTimeout: 30_000,
    http: {
      // Node looks for late requests only so often: a head would have up to a minute.
      headersTimeout: headTimeoutMs,
      connectionsCheckingInterval: 2_000,
      // Node itself would answer a request without a host with no words.
      requireHostHeader: false,
    },
    connectionTimeout: 120_000,
    keepAliveTimeout: 72_000,
    forceCloseConnections: 'idle',
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    // While we drain, whoever still has a connection is served; readiness has told the balancer already.
    return503OnClosing: false,
    requestIdHeader: false,
    genReqId: (request) => requestIdOf(request.headers),
    childLoggerFactory: (parent, bindings, options, request) =>
      lazyLog(() => parent.child(requestFields(bindings, request.headers), options)),
    routerOptions: { maxParamLength: 512 },
    frameworkErrors: (error, request, reply) => {
      const { status, headers, body } = renderProblem(error, { id: request.id, url: request.url });
      reply.hijack();
      reply.raw.writeHead(status, headers).end(JSON.stringify(body));
    },
    clientErrorHandler: (error, socket) => {
      if (socket.writable) socket.end(rawAnswerTo(error));
    },
  });

  app.removeContentTypeParser('text/plain');
  receiveJson(app);
  app.setValidatorCompiler(validateRequest);
  const routes = routeTable(app);
  const said = sparingLog(log);
  decorate(app);

  app.addHook('onRoute', ({ method, url, config }) => {
    if (config?.scope === undefined && config?.public !== true)
      throw new Error(`${[method].flat().join(',')} ${url} names no scope; say config.scope, or config.public`);
    if (!access && config?.public !== true)
      throw new Error(`${[method].flat().join(',')} ${url} names a scope, and this server knows nobody`);
  });
  if (audit) auditRoutes(app, audit);
  app.addHook('onRequest', (request, reply, done) => {
    request.trace = traceOf(request.headers, request.id);
    traceRequest(tracing, request, reply);
    reply.header('x-request-id', request.id);
    reply.header('x-correlation-id', request.trace.correlationId);
    if (request.headers.host === undefined && request.raw.httpVersion === '1.1') throw withoutHost();
    if (request.is404) throw unmatched(request, reply);
    refuseEncoded(request);
    if (request.routeOptions.config.public || !access) return done();
    const caller = authenticate(access, request, reply);
    if (caller instanceof Promise) {
      caller.then((found) => {
        admit(request, found);
        done();
      }, done);
      return;
    }
    admit(request, caller);
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    metrics.observe(request, reply);
    if (log.isLevelEnabled('debug'))
      request.log.debug(
        {
          method: request.method,
          route: request.routeOptions.url,
          status: reply.statusCode,
          milliseconds: Math.round(reply.elapsedTime * 100) / 100,
        },
        'request',
      );
    done();
  });

  app.setErrorHandler((error, request, reply) => {
    const { code, status, headers, body } = renderProblem(error, request);
    const line = { code, status, method: request.method, route: request.routeOptions.url };
    // A 503 is expected under pressure: a line for each request would bury what is not.
    if (status >= 500 && status !== 503) request.log.error({ ...line, err: error }, 'request failed');
    else if (status === 503) said.trouble(`${code} ${line.route}`, `request refused: ${body.detail}`, line);
    else if (status === 401 || status === 403)
      request.log.warn({ ...line, ...whoAsks(request, error) }, 'request refused');
    else request.log.warn(line, 'request refused');
    if (status === 401) reply.header('www-authenticate', 'Bearer');
    if (request.url.startsWith('/v1/')) {
      // The OpenAI SDK reads `error`, drops every other member, and retries a 409 unless it is told not to.
      if (status === 409) reply.header('x-should-retry', 'false');
      const error = { message: body.detail, type: code, code, param: body.errors?.[0]?.pointer ?? null };
      return reply
        .status(status)
        .headers(headers)
        .send(Buffer.from(JSON.stringify({ ...body, error })));
    }
    return reply
      .status(status)
      .headers(headers)
      .send(Buffer.from(JSON.stringify(body)));
  });
  const unmatched = (request: FastifyRequest, reply: FastifyReply) => {
    const allowed = allowedMethods(routes, request.url);
    if (allowed.length === 0) return fault('request.not-found', { public: 'There is nothing at this path.' });
    reply.header('allow', allowed.join(', '));
    return fault('request.method-not-allowed', { public: `This resource answers ${allowed.join(', ')}.` });
  };
  describeErrors(app);
  return app;
}

/** As far as it is known: who was refused before it was known who asks has an address alone. */
function whoAsks(request: FastifyRequest, error: unknown): Record<string, unknown> {
  return { address: request.ip, ...(isFault(error) && error.detail.internal) };
}

function withoutHost() {
  return fault('request.malformed', { public: 'A request of HTTP/1.1 names its host.' });
}

/** Nothing here decodes a body: compressed bytes would be read as what they are not. */
function refuseEncoded({ headers }: FastifyRequest): void {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
    throw fault('request.unsupported-content-encoding', { public: 'This resource takes no encoded bodies.' });
}

function admit(request: FastifyRequest, caller: Caller): void {
  request.caller = caller;
  const keyId = caller.isService ? keyIdOf(request.headers) : caller.keyId;
  if (keyId !== undefined) request.trace.keyId = keyId;
}

const callers = new WeakMap<object, Caller>();

function decorate(app: Routes): void {
  app.decorateRequest('trace');
  app.decorateRequest('caller', {
    getter() {
      const caller = callers.get(this);
      if (!caller) throw new Error('a public route has no caller');
      return caller;
    },
    setter(caller: Caller) {
      callers.set(this, caller);
    },
  });
}
