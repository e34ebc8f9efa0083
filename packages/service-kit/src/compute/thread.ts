import { parentPort } from 'node:worker_threads';
import { isFault } from '@retort/kernel';
import type { Progress, Task } from '../types.ts';
import type { Assignment, Failure, Report } from './messages.ts';
import { unwrapTransfer } from './transferring.ts';

/** A message for every step of a fast loop would cost more than the loop. */
const betweenReportsMs = 50;

const port = parentPort;
if (!port) throw new Error('this module runs in a worker thread');

port.on('message', ({ task, input }: Assignment) => {
  let reportedAt = 0;
  const onProgress = (progress: Progress) => {
    const now = performance.now();
    if (now - reportedAt < betweenReportsMs && progress.fraction < 1 && !progress.metrics) return;
    reportedAt = now;
    report({ kind: 'progress', progress });
  };
  run(task, input, onProgress)
    .then(
      (result) => {
        const { output, buffers } = unwrapTransfer(result);
        report({ kind: 'done', output }, buffers);
      },
      (error: unknown) => report({ kind: 'failed', failure: describe(error) }),
    )
    .catch((error: unknown) => report({ kind: 'failed', failure: describe(error) }));
});

async function run(task: string, input: unknown, onProgress: (progress: Progress) => void): Promise<unknown> {
  const module = (await import(task)) as { default?: Task<unknown, unknown> };
  if (typeof module.default !== 'function') throw new TypeError(`${task} has no default export that is a function`);
  return module.default(input, onProgress);
}

function report(message: Report, buffers: readonly ArrayBuffer[] = []): void {
  port!.postMessage(message, [...buffers]);
}

function describe(error: unknown): Failure {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message, stack } = error;
  if (!isFault(error)) return { name, message, stack };
  const { cause: _, ...detail } = error.detail;
  return { name, message, stack, fault: { code: error.code, detail } };
}
