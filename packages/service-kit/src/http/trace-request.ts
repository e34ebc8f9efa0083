import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Tracing } from '../tracing/tracing.ts';

/** A span from the head of a request of an endpoint until its answer is out, or its connection gone. From here on the request
 *  is as one that came with this span: so its lines in the log say, and whoever passes it on. */
export function traceRequest(tracing: Tracing, request: FastifyRequest, reply: FastifyReply): void {
  const { endpoint, service } = request.routeOptions.config;
  if (!endpoint) return;
  const span = tracing.begin({
    name: `${endpoint.method} ${endpoint.path}`,
    kind: 'server',
    trace: request.trace,
    attributes: {
      'http.request.method': endpoint.method,
      'http.route': endpoint.path,
      ...(service !== undefined && { 'retort.service': service }),
    },
  });
  if (!span) return;
  request.trace = span.trace;
  request.raw.headers['traceparent'] = span.trace.traceParent;
  reply.raw.once('close', () => {
    const status = reply.raw.statusCode;
    span.end({ failed: status >= 500, attributes: { 'http.response.status_code': status } });
  });
}
