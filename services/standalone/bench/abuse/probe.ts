import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Probe {
  /** What the work gave, and the longest that another request waited meanwhile, in ms. */
  during<Result>(work: () => Promise<Result>): Promise<{ result: Result; blockedMs: number }>;
  stop(): void;
}

const entry = fileURLToPath(new URL('./probe-livez.ts', import.meta.url));

export async function startProbe(url: string): Promise<Probe> {
  const child = fork(entry, [url], { execArgv: ['--conditions=source', '--import', 'tsx'] });
  const longestSinceAsked = async (): Promise<number> => {
    const answered = once(child, 'message');
    child.send('longest');
    return ((await answered) as [number])[0];
  };
  // The first answers come while everything is being loaded.
  for (let round = 0; round < 20; round++) await longestSinceAsked();
  return {
    async during(work) {
      await longestSinceAsked();
      const result = await work();
      return { result, blockedMs: await longestSinceAsked() };
    },
    stop: () => child.disconnect(),
  };
}
