import { isFault } from '@retort/kernel';
import { createProgram } from './program.ts';

/** What the caller gave was wrong: told apart from what went wrong on the way. */
const usageExitCode = 2;

try {
  await createProgram().parseAsync();
} catch (error) {
  process.stderr.write(`retort: ${isFault(error) ? error.detail.public : String(error)}\n`);
  process.exitCode = isFault(error) && error.detail.status < 500 ? usageExitCode : 1;
}
