import type { Trace } from './trace.ts';

export interface SpanAbout {
  /** Of few values: `POST /api/v1/decisions`, `curation AGENT_TOOL_SELECTED`. */
  name: string;
  /** What it does for whoever waits: it answers a request, handles a message, or neither. */
  kind: 'server' | 'consumer' | 'internal';
  /** What it belongs to; beneath no span it begins a trace. */
  trace: Trace;
  attributes?: Record<string, string | number>;
  /** Milliseconds since 1970; now when absent. */
  startedAt?: number;
}

export interface OpenSpan {
  /** The trace that goes on beneath the span. */
  trace: Trace;
  end(outcome?: { failed?: boolean; attributes?: Record<string, string | number> }): void;
}

/** Where spans go. Whoever works on behalf of somebody opens one, and hands the trace on that it gets. */
export interface Tracing {
  /** Null where nobody traces: then nothing is to be done. */
  begin(about: SpanAbout): OpenSpan | null;
  /** Sends what waits, as far as it can. */
  close(): Promise<void>;
}

export const noTracing: Tracing = { begin: () => null, close: async () => undefined };

/** Does a piece of work in a span, which fails as the work does. */
export async function inSpan<Result>(
  tracing: Tracing,
  about: SpanAbout,
  work: (trace: Trace) => Promise<Result>,
): Promise<Result> {
  const span = tracing.begin(about);
  if (!span) return work(about.trace);
  try {
    const result = await work(span.trace);
    span.end();
    return result;
  } catch (error) {
    span.end({ failed: true });
    throw error;
  }
}
