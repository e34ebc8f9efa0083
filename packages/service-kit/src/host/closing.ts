import type { Connections } from '../http/connections.ts';
import { rawAnswers } from '../http/raw-answers.ts';
import type { Routes } from '../types.ts';

interface Patience {
  drainDelayMs: number;
  shutdownTimeoutMs: number;
}

/** Closes a server that said that it is not ready: after a delay in which a balancer can notice, connections are
 *  drained, and requests in flight end. */
export async function closeServer(
  app: Routes,
  connections: Connections,
  { drainDelayMs, shutdownTimeoutMs }: Patience,
): Promise<void> {
  await pause(drainDelayMs);
  await connections.drain({ graceMs: drainDelayMs, incomplete: rawAnswers.incomplete });
  await withinOr(app.close(), shutdownTimeoutMs, () => app.server.closeAllConnections());
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Waits for `work`; after `milliseconds` does `late` and waits no longer. */
export async function withinOr(work: Promise<unknown>, milliseconds: number, late: () => void): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      late();
      resolve();
    }, milliseconds);
  });
  await Promise.race([work, limit]).finally(() => clearTimeout(timer));
}
