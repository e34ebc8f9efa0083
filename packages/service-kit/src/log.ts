import { isFault } from '@retort/kernel';
import type { IncomingHttpHeaders } from 'node:http';
import { pino, type DestinationStream, type Logger } from 'pino';
import { traceOf } from './trace.ts';
import { parseTraceParent } from './tracing/trace-parent.ts';
import type { Trace } from './types.ts';

export interface LogOptions {
  level?: string;
  destination?: DestinationStream;
}

/** One JSON object a line. Bodies, tool arguments and secrets have no business here: errors are written with their
 *  code, message and stack only (a database error's own members quote the values of the row). An error is logged as `err`,
 *  as it was caught. */
export function createLogger({ level = 'info', destination }: LogOptions = {}): Logger {
  return pino(
    {
      level,
      base: null,
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
    },
    destination ?? standardOutput(),
  );
}

const mostWaitingBytes = 4 * 1_048_576;

/** Lines wait in memory while standard output takes none (a full disk), up to a bound, and are written when it does again.
 *  That the log cannot be written is no reason to stop. */
function standardOutput(): DestinationStream {
  const output = pino.destination({ fd: 1, sync: false, maxLength: mostWaitingBytes });
  // There is nowhere to say it: the lines stay in the buffer, and the next one tries again.
  output.on('error', () => undefined).on('drop', () => output.flush());
  return output;
}

/** A logger whose lines carry the trace. */
export function traced(log: Logger, trace: Trace): Logger {
  return log.child(traceFields(trace));
}

export function traceFields({ correlationId, causationId, traceParent }: Trace): Record<string, string> {
  return {
    correlation_id: correlationId,
    ...(causationId === null ? {} : { causation_id: causationId }),
    ...(traceParent === undefined ? {} : spanFields(traceParent)),
  };
}

/** As OpenTelemetry names them in logs. */
function spanFields(traceParent: string): Record<string, string> {
  const { traceId, spanId } = parseTraceParent(traceParent);
  return { trace_id: traceId, span_id: spanId };
}

/** What every line about a request says. */
export function requestFields(bindings: Record<string, unknown>, headers: IncomingHttpHeaders): Record<string, string> {
  const requestId = String(bindings['reqId']);
  return { request_id: requestId, ...traceFields(traceOf(headers, requestId)) };
}

function describeError(error: unknown, depth = 0): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) };
  const code: unknown = 'code' in error ? error.code : undefined;
  const internal = isFault(error) ? error.detail.internal : undefined;
  return {
    type: error.name,
    message: error.message,
    ...(typeof code === 'string' ? { code } : {}),
    ...(internal ? { internal } : {}),
    stack: error.stack,
    ...(error.cause !== undefined && depth < 3 ? { cause: describeError(error.cause, depth + 1) } : {}),
  };
}
