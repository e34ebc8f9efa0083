import { createRecorder, type CaptureError, type Drop, type Recorder, type RecorderOptions } from '../src/index.ts';
import { afterEach } from 'vitest';
import { decision, startSink, type Sink } from './sink.ts';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

export async function sinkOf(...answers: Parameters<typeof startSink>): Promise<Sink> {
  const sink = await startSink(...answers);
  cleanUps.push(() => sink.stop());
  return sink;
}

export function recorderTo(url: string, options: Partial<RecorderOptions> = {}) {
  const errors: CaptureError[] = [];
  const drops: Drop[] = [];
  const recorder = createRecorder({
    url,
    apiKey: 'rt_test_key',
    flushIntervalMs: 60_000,
    retryDelayMs: () => 1,
    onError: (error) => errors.push(error),
    onDrop: (drop) => drops.push(drop),
    ...options,
  });
  cleanUps.push(() => recorder.shutdown(0));
  return { recorder, errors, drops };
}

export function recordMany(recorder: Recorder, count: number, from = 0): void {
  for (let number = from; number < from + count; number++) recorder.record(decision(`question ${number}`));
}
export const queries = (sink: Sink) => sink.received().map(({ context }) => context.query);
export const numbered = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => `question ${from + index}`);
