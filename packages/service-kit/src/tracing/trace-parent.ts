const form = /^[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** A W3C `traceparent` as a header or a message brought it; undefined for anything else. */
export function traceParentOf(given: unknown): string | undefined {
  return typeof given === 'string' && form.test(given) && !given.startsWith('ff') ? given : undefined;
}

export interface SpanIdentity {
  traceId: string;
  spanId: string;
  /** Bit 0: it is recorded. */
  traceFlags: number;
}

export function parseTraceParent(traceParent: string): SpanIdentity {
  const [, traceId, spanId, flags] = traceParent.split('-');
  return { traceId: traceId!, spanId: spanId!, traceFlags: parseInt(flags!, 16) };
}

export function formatTraceParent({ traceId, spanId, traceFlags }: SpanIdentity): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}
