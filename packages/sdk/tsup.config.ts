import { defineConfig } from 'tsup';

/** One self-contained package: what it uses of the workspace is inside, and nothing is loaded at run time but Node. */
export default defineConfig({
  entry: {
    index: 'src/index.ts',
    'ai-sdk': 'src/adapters/ai-sdk.ts',
    langchain: 'src/adapters/langchain.ts',
    'openai-agents': 'src/adapters/openai-agents.ts',
    mcp: 'src/adapters/mcp.ts',
  },
  outDir: 'package/dist',
  format: 'esm',
  target: 'node20',
  platform: 'node',
  splitting: true,
  treeshake: true,
  noExternal: [/^@retort\//],
  clean: true,
  tsconfig: 'tsconfig.package.json',
  dts: true,
  esbuildOptions(options) {
    options.conditions = ['source'];
  },
});
