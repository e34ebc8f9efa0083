import { fault } from '@retort/kernel';

export interface KeyClaim {
  tenant: string;
  key: string;
  /** Of the request that carries the key. */
  digest: string;
}

/** Which request a key stands for, and whether it is under way somewhere. */
export interface IdempotencyKeys {
  /** `mine`: the request may go on, and must be ended with `keep` or `giveBack`. */
  take(claim: KeyClaim): Promise<'mine' | 'other-request' | 'in-flight'>;
  /** The request was answered: from now on the key stands for it. */
  keep(claim: KeyClaim): Promise<void>;
  /** The request was refused: unless it had been answered before, the key is free again. */
  giveBack(claim: KeyClaim): Promise<void>;
}

/** Does the work of a request under its key. A repetition does it again: what it writes has ids that follow from the key,
 *  so that the log holds it once and the answer is the same.
 *  @throws `decisions.idempotency-key-reused` (422), `decisions.idempotency-key-in-flight` (409), whatever `work` throws */
export async function once<Result>(
  claim: KeyClaim,
  { keys, work }: { keys: IdempotencyKeys; work: () => Promise<Result> },
): Promise<Result> {
  const taken = await keys.take(claim);
  if (taken === 'other-request') throw reused();
  if (taken === 'in-flight') throw inFlight();
  let result: Result;
  try {
    result = await work();
  } catch (error) {
    // Why the work failed matters more; the claim runs out by itself.
    await keys.giveBack(claim).catch(() => undefined);
    throw error;
  }
  // The work is durable: its answer is true whether or not the key could be marked.
  await keys.keep(claim).catch(() => undefined);
  return result;
}

function reused() {
  return fault('decisions.idempotency-key-reused', {
    public: 'This Idempotency-Key stands for another request.',
  });
}

function inFlight() {
  return fault('decisions.idempotency-key-in-flight', {
    retryAfter: 1,
    public: 'A request with this Idempotency-Key is under way.',
  });
}
