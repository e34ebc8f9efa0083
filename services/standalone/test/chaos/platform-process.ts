import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

export interface PlatformProcess {
  url: string;
  apiKey: string;
  /** Whether it still runs. */
  alive(): boolean;
  /** kill −9. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** Every service in a process of its own. It ends with this process. `output`: descriptor that its log is written to. */
export async function startPlatformProcess(
  environment: Record<string, string>,
  output: number | 'ignore' = 'ignore',
): Promise<PlatformProcess> {
  const child = fork(main, [], {
    execArgv: ['--conditions=source', '--import', 'tsx'],
    stdio: ['ignore', output, 'inherit', 'ipc'],
    env: { ...process.env, RETORT_PORT: '0', RETORT_AUTO: 'false', RETORT_LOG_LEVEL: 'silent', ...environment },
  });
  const ended = once(child, 'exit');
  const [ready] = (await Promise.race([
    once(child, 'message'),
    ended.then(([code]) => {
      throw new Error(`the platform ended with ${code} before it served`);
    }),
  ])) as [{ url: string; apiKey: string }];
  const end = async (signal: NodeJS.Signals) => {
    if (!runs(child)) return;
    child.kill(signal);
    await ended;
  };
  return {
    url: ready.url,
    apiKey: ready.apiKey,
    alive: () => runs(child),
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  };
}

function runs(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}
