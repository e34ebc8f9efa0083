import type { ArtifactStore } from '@retort/artifact-store';
import type { Progress } from '@retort/service-kit';
import { trainPacked } from '../tasks/train.ts';
import { storeOutcome } from './outcome-file.ts';
import { decodeTask } from './task-file.ts';

const betweenLinesMs = 250;

/** Trains as a worker thread does, on a task from the store. @returns the digest of the outcome */
export async function runTrainJob(
  artifacts: ArtifactStore,
  task: string,
  onProgress: (progress: Progress) => void,
): Promise<string> {
  let told = -Infinity;
  const outcome = trainPacked(decodeTask(await artifacts.get(task)), (progress) => {
    const now = performance.now();
    if (now - told < betweenLinesMs && !progress.metrics) return;
    told = now;
    onProgress(progress);
  });
  return storeOutcome(artifacts, outcome);
}
