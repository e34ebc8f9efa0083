import { isFault } from '@retort/kernel';
import { CommanderError } from 'commander';
import { interruptedExitCode } from './commands/options.ts';
import { createProgram } from './program.ts';

/** What the caller gave was wrong: told apart from what went wrong on the way. */
const usageExitCode = 2;

function exitCodeOf(error: unknown): number {
  // Help that was asked for is no error; anything else was asked for wrongly.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : usageExitCode;
  if (!isFault(error)) return 1;
  if (error.code === 'cli.interrupted') return interruptedExitCode;
  return error.detail.status < 500 ? usageExitCode : 1;
}

try {
  await createProgram().parseAsync();
} catch (error) {
  // What the parser had to say, it has said.
  if (!(error instanceof CommanderError))
    process.stderr.write(`retort: ${isFault(error) ? error.detail.public : String(error)}\n`);
  process.exitCode = exitCodeOf(error);
}
