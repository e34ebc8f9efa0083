/** The thread that runs through everything one request or message sets off. */
export interface Trace {
  correlationId: string;
  /** The event that caused what happens now. */
  causationId: string | null;
  /** The key of the request that it began with; absent where it began with none. It goes with calls between services. */
  keyId?: string;
  /** W3C `traceparent` of the span beneath which it happens; absent where nobody traces. */
  traceParent?: string | undefined;
}
