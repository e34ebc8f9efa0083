import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addBackup } from './commands/backup.ts';
import { addBench } from './commands/bench.ts';
import { addBootstrap } from './commands/bootstrap.ts';
import { addMigrate } from './commands/migrate.ts';
import { addDemo } from './commands/demo.ts';
import { addDistill } from './commands/distill.ts';
import { addDoctor } from './commands/doctor.ts';
import { addRebuild } from './commands/rebuild.ts';
import { addImport } from './commands/import.ts';
import { fromSource } from './platform.ts';
import { addStart } from './commands/start.ts';
import { addStatus } from './commands/status.ts';
import { addTrain } from './commands/train.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

export function createProgram(): Command {
  const program = new Command('retort')
    .description('Distils an agent fleet’s tool calling into a small student, and proves where it may be trusted.')
    .version(version)
    .enablePositionalOptions()
    .showHelpAfterError()
    .configureOutput({ outputError: (text, write) => write(text) })
    // Whoever calls decides the exit code.
    .exitOverride();
  addStart(program);
  addStatus(program);
  addTrain(program);
  addDemo(program);
  addDoctor(program);
  addDistill(program);
  addImport(program);
  // Benchmarks are scripts of the repository.
  if (fromSource) addBench(program);
  addBackup(program);
  addRebuild(program);
  addBootstrap(program);
  addMigrate(program);
  return program;
}
