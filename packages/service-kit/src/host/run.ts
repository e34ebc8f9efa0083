import { isFault } from '@retort/kernel';
import type { Logger } from 'pino';

export interface Running {
  close(): Promise<void>;
}

/** Owns the process: starts, waits for SIGINT or SIGTERM (or an error nobody caught), closes, exits. A second signal
 *  exits at once. Nothing else in the project listens for signals. Never returns. */
export async function runProcess(start: () => Promise<Running>, log: Logger): Promise<never> {
  let end: (exitCode: number) => void = () => undefined;
  const ended = new Promise<number>((resolve) => {
    end = resolve;
  });
  let signals = 0;
  const onSignal = (signal: NodeJS.Signals) => {
    signals += 1;
    if (signals > 1) process.exit(signal === 'SIGINT' ? 130 : 143);
    log.info({ signal }, 'shutting down');
    end(0);
  };
  const onLost = (error: unknown) => {
    log.fatal({ err: error }, 'an error nobody caught: shutting down');
    end(1);
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  process.on('unhandledRejection', onLost).on('uncaughtException', onLost);
  try {
    const running = await Promise.race([start(), ended]);
    // Asked to end while it starts, for instance while it waits for a server.
    if (typeof running === 'number') return await exit(running, log);
    const exitCode = await ended;
    await running.close();
    return exit(exitCode, log);
  } catch (error) {
    if (isFault(error)) log.fatal({ code: error.code }, error.detail.public);
    else log.fatal({ err: error }, 'could not run');
    return exit(1, log);
  }
}

async function exit(code: number, log: Logger): Promise<never> {
  await new Promise<void>((resolve) => log.flush(() => resolve()));
  process.exit(code);
}
