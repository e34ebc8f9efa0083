import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** `pnpm test:chaos`: what is ours is killed at random moments under load, RETORT_CHAOS_ROUNDS times each. */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ['services/standalone/test/chaos/*.chaos.ts'],
    // Every test has servers of its own to kill.
    globalSetup: [],
    maxWorkers: 1,
    testTimeout: 3_600_000,
    hookTimeout: 300_000,
  },
});
