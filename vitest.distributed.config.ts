import { defineConfig } from 'vitest/config';
import chaos from './vitest.chaos.config.ts';

/** `pnpm test:distributed`: a process for each service, on a broker, a Postgres and an event store of their own. */
export default defineConfig({
  ...chaos,
  test: {
    ...chaos.test,
    include: ['services/standalone/test/distributed/*.distributed.ts'],
    testTimeout: 600_000,
    // Each step stands on the one before.
    bail: 1,
  },
});
