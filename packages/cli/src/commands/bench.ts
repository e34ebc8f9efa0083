import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { fault } from '@retort/kernel';

/** Each benchmark is a script beside what it measures; it prints one JSON object on its last line. */
interface Benchmark {
  script: string;
  measures: string;
  /** Values of `--mode` that are measured by another script. */
  modes?: Record<string, string>;
}

const benchmarks: Record<string, Benchmark> = {
  predict: { script: 'packages/student/bench/predict.ts', measures: 'whole calls predicted per second, in process' },
  trust: {
    script: 'packages/student/bench/trust.ts',
    measures: 'whether a student keeps its guarantee when requests are not what training was',
  },
  train: { script: 'packages/student/bench/train.ts', measures: 'seconds and memory to train on many decisions' },
  ingest: {
    script: 'services/decision-ingestion/bench/ingest.ts',
    measures: 'durable decisions per second, by --mode single (over HTTP, when not said), batch, sdk or eventstoredb',
    modes: { eventstoredb: 'packages/event-store/bench/eventstoredb.ts' },
  },
  import: {
    script: 'packages/cli/bench/import.ts',
    measures: 'lines of a log that are read and made decisions a second, and the memory it takes',
  },
  projection: {
    script: 'services/event-projection/bench/projection.ts',
    measures: 'seconds until the read model has caught up with a burst of decisions',
  },
  lifetimes: {
    script: 'packages/statistics/bench/lifetimes.ts',
    measures: 'whether the guarantee, its monitors and its withdrawals do what they claim, in simulated lifetimes',
  },
  gateway: {
    script: 'services/standalone/bench/gateway.ts',
    measures: 'answers per second of the student over HTTP, and what the gateway adds to a call of the teacher',
  },
  queries: {
    script: 'services/standalone/bench/queries.ts',
    measures: 'queries of data products a second, of each kind, over HTTP',
  },
  swap: {
    script: 'services/inference/bench/swap.ts',
    measures: 'milliseconds from the event of a promotion or a roll-back until every replica serves by it',
  },
  abuse: {
    script: 'services/standalone/bench/abuse.ts',
    measures: 'the worst accepted request of each route, and 5xx, crashes and foreign reads among hostile requests',
  },
  shutdown: {
    script: 'services/standalone/bench/shutdown.ts',
    measures: 'connections that SIGTERM under load resets, and how long the process takes to end',
  },
  rebuild: {
    script: 'services/standalone/bench/rebuild.ts',
    measures: 'events per second from the log into every read model, made again beside the tables that are read',
  },
  scale: {
    script: 'services/standalone/bench/scale.ts',
    measures: 'what larger demands would take, simulated from what the others measured',
  },
  relay: {
    script: 'services/event-projection/bench/relay.ts',
    measures: 'messages per second from the log to the bus',
  },
};

const root = new URL('../../../../', import.meta.url);

export function addBench(program: Command): void {
  const names = Object.entries(benchmarks).filter(([, { script }]) => existsSync(new URL(script, root)));
  program
    .command('bench')
    .description('measure something, with its ceiling from the same run')
    .argument('<name>', names.map(([name, { measures }]) => `${name}: ${measures}`).join('; '))
    .argument('[options...]', 'the benchmark’s own, e.g. --json or --help')
    .allowUnknownOption()
    .passThroughOptions()
    .helpOption(false)
    .action(async (name: string, options: string[], _: object, command: Command) => {
      // Behind a benchmark's name it is the benchmark's own.
      if (name === '--help' || name === '-h') return command.help();
      const benchmark = names.find(([known]) => known === name)?.[1];
      if (!benchmark) {
        throw fault('cli.unknown-benchmark', {
          public: `There is no benchmark ${JSON.stringify(name)}. There are: ${names.map(([known]) => known).join(', ')}.`,
        });
      }
      const script = fileURLToPath(new URL(scriptOf(benchmark, options), root));
      const child = spawn(process.execPath, [...process.execArgv, script, ...options], { stdio: 'inherit' });
      const [code] = (await once(child, 'exit')) as [number | null];
      process.exitCode = code ?? 1;
    });
}

function scriptOf({ script, modes = {} }: Benchmark, options: readonly string[]): string {
  const index = options.findIndex((option) => option === '--mode' || option.startsWith('--mode='));
  const mode = options[index]?.split('=')[1] ?? options[index + 1];
  return (index < 0 || mode === undefined ? undefined : modes[mode]) ?? script;
}
