import { defineConfig } from 'vitest/config';
import { contractTable } from './packages/testing/src/contract-table.ts';

/** Where a machine reads the outcome, beside what a person reads in the terminal. */
const report = process.env.RETORT_TEST_REPORT;

const json = (outputFile: string): ['json', { outputFile: string }] => ['json', { outputFile }];

export default defineConfig({
  // Workspace packages are read from their sources: no build step stands between an edit and its test.
  // ('import' and 'default' are implied; named here they would also reach `require` in the test processes, and give a
  // CommonJS package the ES module form of its dependency.)
  resolve: { conditions: ['source', 'node'] },
  ssr: { resolve: { conditions: ['source', 'node'] } },
  // The global setup has an environment of its own.
  environments: { __vitest__: { resolve: { conditions: ['source', 'node'] } } },
  test: {
    include: ['{packages,services}/*/{src,test}/**/*.test.ts', 'tools/test/**/*.test.ts'],
    globalSetup: ['packages/testing/src/global-setup.ts'],
    // Worker threads and child processes that a test starts read TypeScript sources the same way.
    execArgv: ['--conditions=source', '--import', 'tsx'],
    pool: 'forks',
    reporters: ['default', contractTable(), ...(report ? [json(report)] : [])],
    maxWorkers: 2,
    // Generous: a guarantee is not a question of how busy the machine is.
    testTimeout: 120_000,
    hookTimeout: 180_000,
    coverage: {
      provider: 'v8',
      include: ['{packages,services}/*/src/**/*.ts'],
      exclude: ['**/*.test.ts', '**/main.ts', '**/contract/**'],
      reporter: ['text-summary', 'json-summary'],
      // Code that only worker threads and child processes run (the command line, whole services under kill −9) is not
      // counted: the figure is a lower bound.
      thresholds: { lines: 80 },
    },
  },
});
