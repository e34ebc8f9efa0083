/** What nothing uses is an error: a file, an export, a dependency. `--production` asks again without the tests: what only its
 *  test calls is not used either. An export for users outside of the repository says `@public`. */
const isProduction = process.argv.includes('--production');
/** An index names the types of what it exports, whether or not somebody imports them. */
const asksForTypes = process.argv.includes('types');

const sources = ['{src,bench}/**/*.{ts,mjs}!', '!src/contract/**!'];
const tests = ['test/**/*.{ts,mjs}'];
const benchmarks = 'bench/*.ts!';
// Worker threads load a task by its address.
const tasks = '{src,test}/**/*{tasks/*,-task}.ts!';

export default {
  includeEntryExports: !asksForTypes,
  // What its own file uses may be exported for a test, or for the function that names it.
  ignoreExportsUsedInFile: true,
  // What is loaded by its path or its file's name has a default export or a name that nobody imports.
  ignoreIssues: {
    '{packages,services}/*/{src,test}/**/{tasks/*,*-task}.ts': ['exports'],
    '{packages,services}/*/bench/*.ts': ['exports'],
    'vitest*.config.ts': ['exports'],
    // What other packages' tests are made of.
    '{packages/testing,packages/service-testing,packages/event-*/src/contract}/**': ['exports'],
  },
  exclude: isProduction ? [] : ['types'],
  // The judge of the OpenAPI document, and of examples in it.
  ignoreDependencies: ['@redocly/cli', 'ajv'],
  // Not from npm.
  ignoreBinaries: ['java', 'openssl', 'fasttext', 'promtool', 'mount', 'umount'],
  workspaces: {
    '.': { entry: ['vitest*.config.ts', '.ci/*.mjs!'], project: ['*.{ts,js,cjs}', '.ci/*.mjs!'] },
    'packages/*': { entry: [benchmarks, tasks], project: [...sources, ...tests] },
    // A script writes the reference of errors.
    'packages/cli': { entry: ['scripts/*.ts!', benchmarks, tasks], project: [...sources, ...tests] },
    'packages/sdk': {
      entry: ['scripts/*.ts!', 'src/adapters/*.ts!'],
      project: [...sources, ...tests],
      // Optional peers; what writes the package.
      ignoreDependencies: ['@openai/agents', 'ai', 'openai', '@langchain/core', '@modelcontextprotocol/sdk'],
    },
    'packages/kernel': { entry: ['scripts/*.ts!', tasks], project: [...sources, ...tests] },
    'packages/service-kit': {
      entry: ['src/compute/thread*.{ts,mjs}!', tasks],
      project: [...sources, ...tests],
      // Its files are read by their path.
      ignoreDependencies: ['@fastify/swagger-ui'],
    },
    'packages/student': {
      entry: [benchmarks, 'assembly/build.mjs!', 'test/arguments/measure.ts'],
      project: [...sources, ...tests],
    },
    'packages/simulator': { entry: ['src/main.ts!', benchmarks], project: [...sources, ...tests] },
    'packages/testing': { project: ['src/**/*.ts'] },
    'services/*': {
      entry: ['src/main.ts!', benchmarks, tasks, 'src/train-job/main.ts!', 'test/**/*.mjs'],
      project: [...sources, ...tests],
    },
    // A script writes the routes of the chart.
    'services/edge': { entry: ['src/main.ts!', 'scripts/*.ts!'], project: [...sources, ...tests] },
    'services/standalone': {
      entry: [
        'src/main.ts!',
        'src/bootstrap-main.ts!',
        'src/move-main.ts!',
        benchmarks,
        'test/{chaos/*.chaos,distributed/*.distributed}.ts',
      ],
      project: [...sources, ...tests],
      // In the image beside the others: it runs alone.
      ignoreDependencies: ['@retort/edge'],
    },
    'examples/*': { entry: ['src/agent.ts!'], project: ['src/**/*.ts!'] },
    tools: {
      entry: ['chaos.ts', 'settings.ts!', 'dashboards.ts!', 'new/main.ts', 'new/template/**/*.ts'],
      project: ['**/*.ts', '{settings,dashboards}/*.ts!'],
    },
  },
};
