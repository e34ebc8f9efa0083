import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Snapshot } from './snapshot.ts';
import { redactDecision, type Redact } from './redact.ts';

/** A decision as it leaves; null when it could not be redacted, and does not. */
export interface Encoded {
  snapshot: Snapshot;
  line: string | null;
}

const sliceMs = 0.5;

/** Writes decisions as JSON, redacted, in slices of half a millisecond: the agent has the thread in between. Never
 *  rejects; fails closed. */
export async function encode(batch: readonly Snapshot[], redact: Redact | undefined): Promise<Encoded[]> {
  const encoded: Encoded[] = [];
  let began = performance.now();
  for (const snapshot of batch) {
    encoded.push({ snapshot, line: lineOf(snapshot, redact) });
    if (performance.now() - began < sliceMs) continue;
    await nextTurn();
    began = performance.now();
  }
  return encoded;
}

function lineOf({ decision, recordedAt }: Snapshot, redact: Redact | undefined): string | null {
  try {
    const timestamp = decision['timestamp'] ?? new Date(recordedAt).toISOString();
    return JSON.stringify({ ...(redact ? redactDecision(decision, redact) : decision), timestamp });
  } catch {
    return null;
  }
}

/** The same in requests of bounded size, each with at least one decision. */
export function* requestsOf(encoded: readonly Encoded[], characters: number): Generator<Encoded[]> {
  let request: Encoded[] = [];
  let size = 0;
  for (const item of encoded) {
    const length = item.line?.length ?? 0;
    if (request.length > 0 && size + length > characters) {
      yield request;
      request = [];
      size = 0;
    }
    request.push(item);
    size += length;
  }
  if (request.length > 0) yield request;
}
