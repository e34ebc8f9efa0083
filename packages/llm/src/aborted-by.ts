/** Options of one request. The client leaves its listener on the signal it is given: each request gets one of its own, so
 *  that a signal which outlives a thousand requests does not carry a thousand listeners. */
export function abortedBy(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal ? { signal: AbortSignal.any([signal]) } : {};
}
