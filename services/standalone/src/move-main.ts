import { isFault } from '@retort/kernel';
import { connectInfrastructure, createLogger, infrastructureConfig, parseConfig } from '@retort/service-kit';
import { z } from 'zod';
import { moveFolder } from './move/move.ts';

/** What the one-off that moves a data folder is told, besides the infrastructure to which it is moved. */
const moveConfig = z.object({
  from: z.string(),
  dryRun: z.boolean().default(false),
});

const tell = (message: object) => void process.send?.(message);
try {
  const { env } = process;
  const config = parseConfig(infrastructureConfig, { env });
  const { from, dryRun } = parseConfig(moveConfig, { service: 'move', env });
  const log = createLogger({ level: config.logLevel });
  const to = await connectInfrastructure(config, log);
  try {
    const moved = await moveFolder({
      folder: from,
      to,
      dryRun,
      log,
      onProgress: (step, done) => tell({ type: 'progress', step, done }),
    });
    tell({ type: 'moved', moved });
  } finally {
    await to.close();
  }
} catch (error) {
  tell({ type: 'failed', ...(isFault(error) ? { code: error.code, message: error.detail.public } : {}) });
  if (!isFault(error)) createLogger().fatal({ err: error }, 'the platform could not be moved');
  process.exitCode = 1;
}
process.disconnect?.();
