import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Starts the command line as a user's shell does. */
export function startRetort(commandArguments: readonly string[], environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', main, ...commandArguments], {
    env: { ...process.env, ...environment },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  return {
    child,
    written: () => ({ stdout, stderr }),
    ended: async (): Promise<Finished> => {
      const [code] = child.exitCode === null ? ((await once(child, 'close')) as [number | null]) : [child.exitCode];
      return { code, stdout, stderr };
    },
  };
}

export const retort = (...commandArguments: string[]) => startRetort(commandArguments).ended();
