import { isFault } from '@retort/kernel';
import { createLogger } from '@retort/service-kit';
import { runBootstrap } from './bootstrap.ts';

try {
  await runBootstrap();
} catch (error) {
  createLogger().fatal({ err: error }, isFault(error) ? error.detail.public : 'could not prepare the platform');
  process.exitCode = 1;
}
