import { timerMs } from './back-off.ts';
import { captureError, type CaptureError } from './capture-error.ts';
import { encode, requestsOf } from './encode.ts';
import type { BatchResult } from './generated/api.ts';
import { post, refusedIn, refusedItem, type ItemResult, type Lines, type Sink, type Verdict } from './post.ts';
import type { BoundedQueue } from './queue.ts';
import type { Redact } from './redact.ts';
import { withoutRefusedArguments } from './without-arguments.ts';

export interface DeliveryOptions {
  sink: Sink;
  queue: BoundedQueue;
  batchSize: number;
  /** Counted up here. */
  counts: { sent: number; failed: number; rejected: number; inPart: number };
  requestTimeoutMs: number;
  retryDelayMs: (attempt: number) => number;
  redact: Redact | undefined;
  onError: (error: CaptureError) => void;
}

/** Empties a queue into the sink: one batch at a time, in order, each until it is settled. */
export interface Delivery {
  /** Sends batches as long as full ones wait. */
  sendFull(): void;
  /** Sends all that waits now. */
  sendAll(): void;
  flush(): Promise<void>;
  /** Tries until all that is held now is settled, or the time is up. */
  settle(timeoutMs: number): Promise<void>;
  close(timeoutMs: number): Promise<void>;
}

/** An error of the sink's own may be this batch's fault: it must not hold up the others for ever. */
const attemptsWhenUnclear = 5;
/** A character is three bytes at most, and the sink takes 16 MiB. */
const requestCharacters = 4 * 1_048_576;

export function createDelivery(options: DeliveryOptions): Delivery {
  const { queue, batchSize, counts, onError } = options;
  let running = false;
  let request: AbortController | undefined;
  let endPause: (() => void) | undefined;
  let closed = false;
  /** Decisions at the head of the queue that do not wait for a full batch. */
  let due = 0;
  let settled = 0;
  let waiters: Waiter[] = [];

  function run(): void {
    if (running) return;
    running = true;
    void drain();
  }

  /** Never rejects. */
  async function drain(): Promise<void> {
    while (!closed && queue.waiting() >= (due > 0 ? 1 : batchSize)) {
      const batch = queue.take(batchSize);
      due = Math.max(0, due - batch.length);
      for (const request of requestsOf(await encode(batch, options.redact), requestCharacters)) {
        const lines = request.flatMap(({ line }) => line ?? []);
        withheld(request.length - lines.length);
        if (closed || (lines.length > 0 && !(await deliver({ lines, outcomeOf: request[0]!.snapshot.outcomeOf }))))
          break;
        queue.release(request.map(({ snapshot }) => snapshot));
        settled += request.length;
        release((waiter) => waiter.settled <= settled);
      }
    }
    running = false;
  }

  function withheld(decisions: number): void {
    if (decisions === 0) return;
    counts.failed += decisions;
    onError(
      captureError({
        code: 'recorder.not-encoded',
        message: 'A decision could not be redacted or written as JSON, and was not sent.',
        retriable: false,
        decisions,
      }),
    );
  }

  /** Whether the batch is settled; false when it was abandoned. */
  async function deliver(given: Lines): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      const verdict = await attemptAt(given);
      if (verdict.kind === 'taken') return taken(given, verdict.result);
      if (closed) return false;
      onError(verdict.error);
      if (verdict.kind === 'refused' || (verdict.kind === 'unclear' && attempt >= attemptsWhenUnclear)) {
        counts.failed += given.lines.length;
        return true;
      }
      const delay = options.retryDelayMs(attempt);
      // Jitter on top of what was asked for: everyone was asked for the same.
      await pause(verdict.kind === 'away' ? verdict.retryAfterMs + delay : delay);
      if (closed) return false;
    }
  }

  /** Decisions that violate the schema of their tool are told again without the arguments that were refused. */
  async function taken({ lines, inPart }: Lines, result: BatchResult): Promise<boolean> {
    const again = withoutRefusedArguments(lines, result);
    counts.sent += lines.length - result.rejected;
    if (inPart) counts.inPart += lines.length - result.rejected;
    counts.rejected += result.rejected - again.lines.length;
    const lost = result.rejected - again.lines.length;
    const lostItems = refusedIn(result).filter((item) => !again.items.includes(item));
    if (lost > 0) onError(refusal('recorder.rejected', `The sink rejected ${lost} decisions.`, lost, lostItems));
    if (again.lines.length === 0) return true;
    const message = `${again.lines.length} decisions violate the schema of their tool: they are sent again with those arguments unknown.`;
    onError(refusal('recorder.arguments-refused', message, again.lines.length, again.items));
    return deliver({ lines: again.lines, inPart: true });
  }

  async function attemptAt(given: Lines): Promise<Verdict> {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), options.requestTimeoutMs).unref();
    request = controller;
    try {
      return await post(options.sink, given, controller.signal);
    } finally {
      clearTimeout(timer);
      request = undefined;
    }
  }

  function pause(milliseconds: number): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      const timer = setTimeout(end, timerMs(milliseconds)).unref();
      function end() {
        clearTimeout(timer);
        endPause = undefined;
        resolve();
      }
      endPause = end;
    });
    // Nobody who flushes waits for a sink that is away.
    release((waiter) => !waiter.patient);
    return ended;
  }

  /** Resolves when everything held now is settled; a caller that is not `patient` is told earlier that the sink is away. */
  function held(patient: boolean): Promise<void> {
    return new Promise((resolve) => waiters.push({ settled: settled + queue.held(), patient, resolve }));
  }

  function release(over: (waiter: Waiter) => boolean): void {
    for (const waiter of waiters.filter(over)) waiter.resolve();
    waiters = waiters.filter((waiter) => !over(waiter));
  }

  function sendAll(): void {
    due = queue.waiting();
    run();
  }

  async function settle(timeoutMs: number): Promise<void> {
    sendAll();
    endPause?.();
    if (queue.held() > 0) await within(timeoutMs, held(true));
  }

  return {
    sendFull: run,
    sendAll,
    async flush() {
      sendAll();
      if (endPause === undefined && queue.held() > 0 && !closed) await held(false);
    },
    settle,
    async close(timeoutMs) {
      await settle(timeoutMs);
      closed = true;
      request?.abort();
      endPause?.();
      release(() => true);
    },
  };
}

function refusal(code: string, message: string, decisions: number, items: readonly ItemResult[]): CaptureError {
  return captureError({ code, message, retriable: false, decisions, items: items.map(refusedItem) });
}

interface Waiter {
  settled: number;
  patient: boolean;
  resolve: () => void;
}

/** Not unref'd: as long as it runs, it keeps the process alive for what it waits for. */
function within(milliseconds: number, work: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, timerMs(milliseconds));
    void work.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
