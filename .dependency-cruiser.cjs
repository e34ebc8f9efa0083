/** What may lean on what. Every rule is an error.
 *
 *     services/standalone → services/* → packages/{service-kit, agent-runtime, llm, student, …} → ports → contracts, kernel
 */
const io = [
  'assert',
  'child_process',
  'cluster',
  'dgram',
  'dns',
  'fs',
  'http',
  'http2',
  'https',
  'inspector',
  'net',
  'os',
  'process',
  'readline',
  'repl',
  'stream',
  'timers',
  'tls',
  'tty',
  'worker_threads',
  'zlib',
  'async_hooks',
  'perf_hooks',
].join('|');
const nodeIo = `^(node:)?(${io})($|/)`;
const npm = (names) => `node_modules/(${names.join('|')})/`;
const ioPackages = npm([
  'pg',
  'pg-copy-streams',
  'fastify',
  '@fastify',
  'kafkajs',
  '@eventstore/db-client',
  'undici',
  'openai',
  'pino',
  'prom-client',
  'commander',
  'cli-progress',
]);
const pure = '^packages/(kernel|contracts|conversation|statistics|student|tool-schema)/src/';
const domain = '^services/[^/]+/src/domain/';

/** package → the packages of ours it may use. One that is not listed may use any (services never). */
const layers = {
  kernel: [],
  contracts: ['kernel'],
  conversation: ['kernel', 'contracts'],
  import: ['kernel', 'contracts', 'conversation'],
  statistics: ['kernel'],
  'tool-schema': ['kernel'],
  student: ['kernel', 'contracts', 'statistics', 'tool-schema'],
  postgres: ['kernel'],
  'event-store': ['kernel', 'postgres', 'testing'],
  'event-bus': ['kernel', 'postgres', 'testing'],
  'artifact-store': ['kernel'],
  llm: ['kernel', 'contracts', 'conversation'],
  privacy: ['kernel', 'postgres', 'event-store'],
  'service-kit': ['kernel', 'contracts', 'postgres', 'event-store', 'event-bus', 'artifact-store', 'privacy'],
  'agent-runtime': ['kernel', 'contracts', 'postgres', 'service-kit'],
  sdk: ['kernel', 'contracts', 'conversation'],
  testing: ['kernel', 'postgres'],
  'service-testing': ['kernel', 'contracts', 'event-store', 'event-bus', 'service-kit', 'testing'],
};

module.exports = {
  forbidden: [
    {
      name: 'no-service-to-service',
      comment: 'Services hear of one another over HTTP and the bus. Only the host of all of them imports them.',
      severity: 'error',
      from: { path: '^services/([^/]+)/', pathNot: '^services/standalone/' },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    {
      name: 'no-package-to-service',
      comment: 'A package serves services; it does not know them. The command line reaches them through their host.',
      severity: 'error',
      from: { path: '^packages/', pathNot: '^packages/cli/' },
      to: { path: '^services/' },
    },
    {
      name: 'command-line-only-to-host',
      comment: 'The command line starts the host of all services and speaks HTTP with it.',
      severity: 'error',
      from: { path: '^packages/cli/' },
      to: { path: '^services/', pathNot: '^services/standalone/' },
    },
    {
      name: 'no-io-in-domain',
      comment:
        'Domain code decides; files, sockets, threads and clocks are handed to it as values. One file reads a table that ' +
        'is part of its own package, as it would import a module.',
      severity: 'error',
      from: { path: [domain, pure], pathNot: '^packages/student/src/features/word-vectors[.]ts$' },
      to: { path: [nodeIo, ioPackages] },
    },
    {
      name: 'no-hashing-outside-the-kernel',
      comment: 'Digests have one form, made in packages/kernel.',
      severity: 'error',
      from: { path: [domain, pure], pathNot: '^packages/kernel/' },
      to: { path: '^(node:)?crypto$' },
    },
    {
      name: 'domain-is-the-centre',
      comment: 'Adapters, HTTP and use cases know the domain, never the other way round.',
      severity: 'error',
      from: { path: '^services/([^/]+)/src/domain/' },
      to: { path: '^services/$1/src/', pathNot: '^services/$1/src/domain/' },
    },
    {
      name: 'domain-uses-pure-packages',
      comment: 'Of our packages the domain may use the pure ones only.',
      severity: 'error',
      from: { path: domain },
      to: {
        path: '^packages/',
        pathNot: '^packages/(kernel|contracts|conversation|statistics|student|tool-schema)/',
        // The types of a port are words, not I/O.
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'use-cases-know-no-adapter',
      comment: 'A use case declares the port it needs; the composition hands it an adapter.',
      severity: 'error',
      from: { path: '^services/([^/]+)/src/app/' },
      to: { path: '^services/$1/src/(adapters|http|service[.]ts)' },
    },
    {
      name: 'adapters-know-ports-only',
      comment: 'An adapter implements a port: of the use cases it knows their types.',
      severity: 'error',
      from: { path: '^services/([^/]+)/src/adapters/' },
      to: { path: '^services/$1/src/app/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'routes-and-adapters-meet-in-the-composition',
      comment: 'Routes are handed ports; only service.ts knows which adapter stands behind one.',
      severity: 'error',
      from: { path: '^services/([^/]+)/src/http/' },
      to: { path: '^services/$1/src/(adapters/|service[.]ts)' },
    },
    {
      name: 'adapters-know-no-route',
      severity: 'error',
      from: { path: '^services/([^/]+)/src/adapters/' },
      to: { path: '^services/$1/src/(http|service[.]ts)' },
    },
    ...Object.entries(layers).map(([name, allowed]) => ({
      name: `layer-of-${name}`,
      comment: `packages/${name} leans on: ${allowed.join(', ') || 'nothing of ours'}.`,
      severity: 'error',
      from: { path: `^packages/${name}/src/` },
      to: { path: '^packages/', pathNot: `^packages/(${[name, ...allowed].join('|')})/` },
    })),
    {
      name: 'kernel-leans-on-nothing',
      severity: 'error',
      from: { path: '^packages/kernel/src/' },
      to: { path: 'node_modules/' },
    },
    {
      name: 'contracts-lean-on-little',
      severity: 'error',
      from: { path: '^packages/contracts/src/' },
      to: { path: 'node_modules/', pathNot: npm(['zod', 'fastest-levenshtein']) },
    },
    {
      name: 'no-cycles',
      comment: 'Files depend one way, in what they name of types too: what two files share is a third file.',
      severity: 'error',
      from: { path: '^(packages|services)/' },
      to: { circular: true },
    },
    {
      name: 'no-unlisted-dependency',
      comment: 'What is imported stands in the package.json of the package that imports it.',
      severity: 'error',
      from: { path: '^(packages|services)/[^/]+/src/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-development-dependency-at-run-time',
      severity: 'error',
      from: {
        path: '^(packages|services)/[^/]+/src/',
        pathNot: ['/contract/', '\\.test\\.ts$', 'thread-from-source\\.mjs$'],
      },
      to: { dependencyTypes: ['npm-dev'], path: 'node_modules/' },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: { path: '^(packages|services)/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/(dist|coverage|\\.retort)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    // Packages of ours resolve to their sources, as they do when the program runs from them.
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'node', 'default'],
      extensions: ['.ts', '.mjs', '.js', '.cjs', '.json'],
    },
    skipAnalysisNotInRules: true,
    cache: { folder: 'node_modules/.cache/dependency-cruiser', strategy: 'content' },
  },
};
