import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { traceParentOf } from './tracing/trace-parent.ts';
import type { Trace } from './types.ts';

const identifier = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The caller's `x-request-id` when it is fit for a log and a header, else a new one. */
export function requestIdOf(headers: IncomingHttpHeaders): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && identifier.test(given) ? given : randomUUID();
}

/** The trace a request belongs to: `x-correlation-id`, `x-causation-id` and `traceparent` where they are valid. A request
 *  that belongs to none starts one under its own id. */
export function traceOf(headers: IncomingHttpHeaders, requestId: string): Trace {
  const correlation = headers['x-correlation-id'];
  const causation = headers['x-causation-id'];
  const traceParent = headers.traceparent === undefined ? undefined : traceParentOf(headers.traceparent);
  return {
    correlationId: typeof correlation === 'string' && identifier.test(correlation) ? correlation : requestId,
    causationId: typeof causation === 'string' && uuid.test(causation) ? causation : null,
    ...(traceParent !== undefined && { traceParent }),
  };
}

/** The key that one of our services says a request began with. Nobody else's word is taken for it. */
export function keyIdOf({ 'x-retort-key-id': given }: IncomingHttpHeaders): string | undefined {
  return typeof given === 'string' && identifier.test(given) ? given : undefined;
}
