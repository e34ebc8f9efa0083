import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { predict, urlOf } from '@retort/contracts';
import { digestOfJson } from '@retort/kernel';
import type { Command } from 'commander';
import { runDemo, type Demo } from '../demo/demo.ts';
import { describeScoreboard } from '../demo/scoreboard.ts';
import { count } from '../terminal/format.ts';
import { terminalProgress } from '../terminal/progress.ts';
import { abortOnInterrupt, positiveInteger, wholeNumber } from './options.ts';
import { welcome } from './start.ts';

interface Options {
  seed: number;
  rate?: number;
  decisions: number;
  port: number;
  data?: string;
  exit?: boolean;
  json?: boolean;
}

/** Requests a second that the agents go on with when the loop is closed. */
const servingRate = 5;

export function addDemo(program: Command): void {
  program
    .command('demo')
    .description('the platform, fifteen simulated agents, and the loop to a deployed student')
    .option('--seed <number>', 'seed of the simulated traffic', wholeNumber, 1)
    .option('--decisions <number>', 'decisions the agents make before the first curation', positiveInteger, 8000)
    .option('--rate <number>', 'decisions a second (default: as fast as they come)', positiveInteger)
    .option('--port <number>', 'port to listen on; 0 for any', wholeNumber, 4000)
    .option('--data <folder>', 'data folder (default: a temporary one, removed afterwards)')
    .option('--exit', 'end when the scoreboard stands: code 0, or 1 when no student earned its deployment')
    .option('--json', 'print the scoreboard as one JSON object on the last line of stdout')
    .action(async (options: Options) => {
      const signal = abortOnInterrupt();
      const progress = terminalProgress();
      const folder = options.data ? resolve(options.data) : await mkdtemp(join(tmpdir(), 'retort-demo-'));
      try {
        const demo = await runDemo({ ...options, folder }, progress, signal);
        try {
          await show(demo, options, signal);
        } finally {
          await demo.stop();
        }
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      } finally {
        // A bar left open would keep the process alive.
        progress.done();
        if (!options.data) await rm(folder, { recursive: true, force: true });
      }
    });
}

async function show(demo: Demo, options: Options, signal: AbortSignal): Promise<void> {
  process.stdout.write(`${describeScoreboard(demo.board)}\n`);
  if (options.exit) {
    process.exitCode = demo.board.deployed ? 0 : 1;
  } else {
    process.stdout.write(`\n${welcome(demo.platform)}\n\n${firstPrediction(demo)}Ctrl-C ends it.\n`);
    await demo.keepServing(servingRate, signal, ({ student, teacher }) => {
      if (process.stderr.isTTY)
        process.stderr.write(
          `\ragents go on: ${count(student)} served by the student, ${count(teacher)} by the teacher `,
        );
    });
  }
  if (options.json) process.stdout.write(`${JSON.stringify(demo.board)}\n`);
}

/** A request of the fleet that the student has just answered: asked again, it answers again. */
function firstPrediction({ platform, answered }: Demo): string {
  if (!answered) return '';
  const { agentId, context, tools } = answered;
  const body = JSON.stringify({ agent_id: agentId, context, toolset: digestOfJson(tools) }).replaceAll(
    "'",
    String.raw`'\''`,
  );
  const question = [
    `curl -s ${platform.url}${urlOf(predict)} -H 'authorization: Bearer ${platform.firstKey ?? platform.apiKey}' \\`,
    `  -H 'content-type: application/json' -d '${body}'`,
  ];
  return `${['Ask the student, as an agent does', ...question].join('\n')}\n\n`;
}
