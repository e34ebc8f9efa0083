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

function lineOf({ content, outcomeOf, recordedAt }: Snapshot, redact: Redact | undefined): string | null {
  try {
    if (outcomeOf !== undefined)
      return JSON.stringify(redact ? redactDecision({ outcome: content }, redact)['outcome'] : content);
    const timestamp = content['timestamp'] ?? new Date(recordedAt).toISOString();
    return JSON.stringify({ ...(redact ? redactDecision(content, redact) : content), timestamp });
  } catch {
    return null;
  }
}

/** The same in requests of bounded size, each with at least one decision. An outcome is a request of its own. */
export function* requestsOf(encoded: readonly Encoded[], characters: number): Generator<Encoded[]> {
  let request: Encoded[] = [];
  let size = 0;
  for (const item of encoded) {
    const length = item.line?.length ?? 0;
    const isAlone = item.snapshot.outcomeOf !== request[0]?.snapshot.outcomeOf || item.snapshot.outcomeOf !== undefined;
    if (request.length > 0 && (isAlone || size + length > characters)) {
      yield request;
      request = [];
      size = 0;
    }
    request.push(item);
    size += length;
  }
  if (request.length > 0) yield request;
}
