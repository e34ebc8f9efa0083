import { randomUUID } from 'node:crypto';
import { backOffOf, timerMs } from './back-off.ts';
import { captureError, type CaptureError } from './capture-error.ts';
import { createComplaint } from './complaint.ts';
import { createDelivery } from './delivery.ts';
import type { DecisionInput, OutcomeInput } from './generated/api.ts';
import { settleBeforeExit } from './before-exit.ts';
import type { Fetch } from './post.ts';
import { boundedQueue } from './queue.ts';
import type { Redact } from './redact.ts';
import { snapshotOf, type Snapshot } from './snapshot.ts';

export interface Drop {
  decisions: number;
  reason: 'queue-full' | 'shut-down';
}

export interface RecorderOptions {
  /** Where Retort answers, e.g. `https://retort.example`. */
  url: string;
  /** A key with the scope `decisions:write`. */
  apiKey: string;
  /** Decisions held at most, those on their way included. */
  queueSize?: number;
  /** The same in characters of what they say. */
  queueCharacters?: number;
  /** Decisions in a request; the sink takes 1000 at most. */
  batchSize?: number;
  /** How long a decision waits for its batch to fill, at most. */
  flushIntervalMs?: number;
  requestTimeoutMs?: number;
  redact?: Redact;
  onDrop?: (drop: Drop) => void;
  onError?: (error: CaptureError) => void;
  /** Milliseconds to wait after the n-th failed attempt (from 1) at a batch. */
  retryDelayMs?: (attempt: number) => number;
  fetch?: Fetch;
  /** How long a process that has nothing left to do waits for decisions to arrive, 10 seconds without it; 0: not at all.
   *  `process.exit()` does not wait. */
  exitTimeoutMs?: number;
}

export interface RecorderStats {
  /** Held now, the batch on its way included. */
  queued: number;
  /** Durable at the sink. */
  sent: number;
  /** Never sent, or not known to have arrived: the queue was full, or shutdown ran out of time. */
  dropped: number;
  /** Given up: not JSON, or the sink refused the whole request. */
  failed: number;
  /** Refused by the sink one by one. */
  rejected: number;
  /** Of those sent, with arguments unknown, since they violate the schema of their tool. */
  inPart: number;
}

export interface Recorder {
  /** Of the platform, with a slash at its end. */
  readonly url: string;
  /** Takes a copy of the decision and returns. Never throws, never waits. When the queue is full it is the *incoming*
   *  decision that is dropped: those before it may be on their way already, and a log without its tail says where it
   *  ends, one with holes does not.
   *  @returns the decision's id, to report its outcome by; undefined when it was dropped */
  record(decision: DecisionInput): string | undefined;
  /** What became of a decision, sent after it. Never throws, never waits. */
  outcome(decisionId: string, outcome: OutcomeInput): void;
  /** Sends what is queued now. Resolves when that is settled, or as soon as the sink proves to be away: the decisions
   *  then stay queued. Never rejects. */
  flush(): Promise<void>;
  /** Takes no more, and tries until everything is settled or the time is up, ten seconds when absent; what is left is then
   *  dropped. Never rejects. */
  shutdown(timeoutMs?: number): Promise<void>;
  stats(): RecorderStats;
}

const largestBatch = 1000;

/** Records decisions without being in the agent's way.
 *  @throws TypeError when `url` is none: a mistake in the configuration shows at the start, not in the counters */
export function createRecorder(options: RecorderOptions): Recorder {
  const { queueSize = 1000, queueCharacters = 32 * 1_048_576, flushIntervalMs = 5000 } = options;
  const batchSize = Math.max(1, Math.min(options.batchSize ?? 100, queueSize, largestBatch));
  const queue = boundedQueue({ decisions: queueSize, characters: queueCharacters });
  const counts = { sent: 0, dropped: 0, failed: 0, rejected: 0, inPart: 0 };
  const url = new URL(options.url.endsWith('/') ? options.url : `${options.url}/`);
  const complain = createComplaint(url);
  const told = guarded(options.onError);
  const onError = (error: CaptureError): void => {
    complain(error);
    told(error);
  };
  const onDrop = guarded(options.onDrop);
  const delivery = createDelivery({
    sink: { url, apiKey: options.apiKey, fetch: options.fetch ?? ((url, init) => fetch(url, init)) },
    queue,
    batchSize,
    counts,
    requestTimeoutMs: timerMs(options.requestTimeoutMs ?? 10_000),
    retryDelayMs: backOffOf(options.retryDelayMs),
    redact: options.redact,
    onError,
  });
  const stayBeforeExit = settleBeforeExit(options.exitTimeoutMs ?? 10_000, {
    held: () => queue.held(),
    settle: (timeoutMs) => delivery.settle(timeoutMs),
    giveUp: () => drop(queue.clear(), 'shut-down'),
  });
  let timer: NodeJS.Timeout | undefined;
  let scheduled = false;
  let closing: Promise<void> | undefined;

  function drop(decisions: number, reason: Drop['reason']): void {
    counts.dropped += decisions;
    onDrop({ decisions, reason });
  }

  function schedule(): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      delivery.sendAll();
    }, timerMs(flushIntervalMs)).unref();
    if (scheduled || queue.waiting() < batchSize) return;
    scheduled = true;
    // Making the request costs more than recording: it is not this decision's caller who pays.
    setImmediate(() => {
      scheduled = false;
      delivery.sendFull();
    });
  }

  async function close(timeoutMs: number): Promise<void> {
    stayBeforeExit.end();
    clearTimeout(timer);
    await delivery.close(timeoutMs);
    const left = queue.clear();
    if (left > 0) drop(left, 'shut-down');
  }

  /** The snapshot, where it was taken. */
  function take(copied: Snapshot | CaptureError): Snapshot | undefined {
    if (copied instanceof Error) {
      counts.failed++;
      onError(copied);
    } else if (closing) drop(1, 'shut-down');
    else if (queue.offer(copied)) {
      stayBeforeExit.begin();
      schedule();
      return copied;
    } else drop(1, 'queue-full');
    return undefined;
  }

  return {
    url: url.href,
    record: (decision) => take(copyOf(() => identified(decision)))?.content['id'] as string | undefined,
    outcome(decisionId, outcome) {
      take(copyOf(() => ({ ...snapshotOf(outcome), outcomeOf: decisionId })));
    },
    flush: () => delivery.flush(),
    shutdown: (timeoutMs = 10_000) => (closing ??= close(timeoutMs)),
    stats: () => ({ queued: queue.held(), ...counts }),
  };
}

/** The decision as it is now, under its final id and time: an agent goes on writing into its messages, and what it
 *  writes there next is the answer that a student is to learn. */
function identified(decision: DecisionInput): Snapshot {
  const snapshot = snapshotOf(decision);
  snapshot.content['id'] ??= randomUUID();
  return snapshot;
}

function copyOf(copy: () => Snapshot): Snapshot | CaptureError {
  try {
    return copy();
  } catch (cause) {
    return captureError({
      code: 'recorder.not-json',
      message: 'The decision cannot be written as JSON.',
      retriable: false,
      decisions: 1,
      // Its message may quote a key of the decision; its kind tells enough.
      cause: cause instanceof Error ? cause.name : typeof cause,
    });
  }
}

/** The host's callback may fail; that is the host's, and no reason to fail the agent. */
function guarded<Value>(callback: ((value: Value) => void) | undefined): (value: Value) => void {
  return (value) => {
    try {
      callback?.(value);
    } catch {
      return;
    }
  };
}
