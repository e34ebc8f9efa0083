import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileArtifactStore } from '@retort/artifact-store';
import { isFault } from '@retort/kernel';
import { parseConfig } from '@retort/service-kit';
import { z } from 'zod';
import { runTrainJob } from './run.ts';
import { hopeless, type LastWord } from './report.ts';

/** The entry point of the container that trains: reads a task from the artifact store, writes the student there, and says
 *  where in its last word. */
const settings = parseConfig(
  z.object({
    /** Digest of the task. */
    trainTask: z.string(),
    /** Shared with whoever asked: artifacts lie in it. */
    dataFolder: z.string(),
    terminationLog: z.string().default('/dev/termination-log'),
  }),
  { env: process.env },
);

const artifacts = fileArtifactStore({ folder: resolve(settings.dataFolder, 'artifacts') });
try {
  const outcome = await runTrainJob(artifacts, settings.trainTask, (progress) =>
    process.stdout.write(`${JSON.stringify(progress)}\n`),
  );
  await say({ outcome });
} catch (error) {
  const known = isFault(error);
  await say({
    error: known
      ? { code: error.code, message: error.detail.public }
      : { code: 'training.job-failed', message: error instanceof Error ? error.message.slice(0, 1000) : 'unknown' },
  });
  process.exitCode = known && !error.detail.retriable ? hopeless : 1;
}

async function say(word: LastWord): Promise<void> {
  await writeFile(settings.terminationLog, JSON.stringify(word));
}
