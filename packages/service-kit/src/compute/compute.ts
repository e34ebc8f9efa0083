import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { fault, receivedFault } from '@retort/kernel';
import type { Compute } from '../types.ts';
import type { Assignment, Failure, Report } from './messages.ts';

export interface ComputeOptions {
  /** Threads at most; the number of cores when absent. More work than that waits its turn. */
  threads?: number;
  /** Heap of one thread in MiB; 4 096 when absent. */
  memoryMb?: number;
  /** Milliseconds an idle thread is kept; 30 000 when absent. */
  idleMs?: number;
}

interface Job {
  assignment: Assignment;
  transfer: readonly ArrayBuffer[];
  onProgress: ((progress: Extract<Report, { kind: 'progress' }>['progress']) => void) | undefined;
  signal: AbortSignal | undefined;
  resolve(output: unknown): void;
  reject(error: Error): void;
}

/** A thread's entry: the sources need their loader, the build does not. */
const fromSource = import.meta.url.endsWith('.ts');
const entry = new URL(fromSource ? './thread-from-source.mjs' : './thread.js', import.meta.url);

/** Worker threads, started when there is work and kept warm for a while. One thread does one task at a time. */
export function computeThreads(options: ComputeOptions = {}): Compute & { close(): Promise<void> } {
  const { threads = availableParallelism(), memoryMb = 4_096, idleMs = 30_000 } = options;
  const waiting: Job[] = [];
  const idle = new Map<Worker, NodeJS.Timeout>();
  const all = new Set<Worker>();
  let closed = false;

  function startThread(): Worker {
    const worker = new Worker(entry, { resourceLimits: { maxOldGenerationSizeMb: memoryMb } });
    // An unhandled failure is reported to the job it had; see `perform`.
    worker.on('error', () => undefined);
    worker.on('exit', () => {
      all.delete(worker);
      clearTimeout(idle.get(worker));
      idle.delete(worker);
    });
    all.add(worker);
    return worker;
  }

  function next(): void {
    while (waiting.length > 0 && (idle.size > 0 || all.size < threads)) {
      const [warm] = idle.keys();
      if (warm) {
        clearTimeout(idle.get(warm));
        idle.delete(warm);
        warm.ref();
      }
      perform(warm ?? startThread(), waiting.shift()!);
    }
  }

  function rest(worker: Worker): void {
    if (closed || !all.has(worker)) return;
    worker.unref();
    const dismiss = () => {
      // Its end takes a moment, in which it must be given nothing.
      idle.delete(worker);
      all.delete(worker);
      void worker.terminate();
    };
    idle.set(worker, setTimeout(dismiss, idleMs).unref());
  }

  function perform(worker: Worker, job: Job): void {
    const settle = (outcome: () => void) => {
      worker.off('message', onMessage);
      worker.off('error', onError);
      worker.off('exit', onExit);
      job.signal?.removeEventListener('abort', onAbort);
      outcome();
      next();
    };
    const onMessage = (report: Report) => {
      if (report.kind === 'progress') job.onProgress?.(report.progress);
      else
        settle(() => {
          rest(worker);
          if (report.kind === 'done') job.resolve(report.output);
          else job.reject(revive(report.failure));
        });
    };
    const stop = (reason: Error) => {
      all.delete(worker);
      void worker.terminate();
      settle(() => job.reject(reason));
    };
    const onError = (error: unknown) => stop(lost(error));
    const onExit = () => stop(lost(undefined));
    const onAbort = () => job.signal && stop(reasonOf(job.signal));
    worker.on('message', onMessage);
    worker.on('error', onError);
    worker.on('exit', onExit);
    job.signal?.addEventListener('abort', onAbort, { once: true });
    try {
      worker.postMessage(job.assignment, [...job.transfer]);
    } catch (error) {
      settle(() => {
        rest(worker);
        job.reject(notCloneable(error));
      });
    }
  }

  return {
    run: <Input, Output>(task: URL, input: Input, runOptions: Parameters<Compute['run']>[2] = {}) =>
      new Promise<Output>((resolve, reject) => {
        const { signal, onProgress, transfer = [] } = runOptions;
        if (closed) return reject(stopping());
        if (signal?.aborted) return reject(reasonOf(signal));
        const job: Job = {
          assignment: { task: task.href, input },
          transfer,
          onProgress,
          signal,
          resolve: (output) => {
            signal?.removeEventListener('abort', leaveQueue);
            resolve(output as Output);
          },
          reject: (error) => {
            signal?.removeEventListener('abort', leaveQueue);
            reject(error);
          },
        };
        const leaveQueue = () => {
          const place = waiting.indexOf(job);
          if (place < 0) return;
          waiting.splice(place, 1);
          if (signal) job.reject(reasonOf(signal));
        };
        signal?.addEventListener('abort', leaveQueue, { once: true });
        waiting.push(job);
        next();
      }),
    async close() {
      closed = true;
      for (const job of waiting.splice(0)) job.reject(stopping());
      await Promise.all([...all].map((worker) => worker.terminate()));
    },
  };
}

function revive({ name, message, stack, fault: known }: Failure): Error {
  const error = known ? receivedFault(known.code, known.detail) : Object.assign(new Error(message), { name });
  if (stack !== undefined) error.stack = stack;
  return error;
}

function reasonOf(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  return reason instanceof Error ? reason : new Error(String(reason));
}

function notCloneable(cause: unknown): Error {
  return new TypeError('the input of a task must be structured-cloneable', { cause });
}

function lost(cause: unknown): Error {
  return fault('compute.thread-lost', {
    public: 'The computation ended before its result was there.',
    cause,
  });
}

function stopping(): Error {
  return fault('compute.stopping', { public: 'The platform is shutting down.' });
}
