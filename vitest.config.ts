import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Workspace packages are read from their sources: no build step stands between an edit and its test.
  resolve: { conditions: ['source', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['source', 'node', 'import', 'default'] } },
  test: {
    include: ['{packages,services}/*/{src,test}/**/*.test.ts'],
    globalSetup: ['packages/testing/src/global-setup.ts'],
    // Worker threads and child processes that a test starts read TypeScript sources the same way.
    execArgv: ['--conditions=source', '--import', 'tsx'],
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: ['{packages,services}/*/src/**/*.ts'],
      exclude: ['**/*.test.ts', '**/main.ts', '**/contract/**'],
      reporter: ['text-summary', 'json-summary'],
      thresholds: { lines: 80 },
    },
  },
});
