import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { isFault, type Fault } from '@retort/kernel';
import type { Logger } from 'pino';
import { sparingLog } from '../sparing-log.ts';

export interface Waiting {
  log: Logger;
  /** Where its state is told meanwhile; nowhere when absent. */
  door?: { host: string; port: number };
  /** Milliseconds before the second attempt, doubled each time up to `longestMs`; 250 and 5 000 when absent. */
  firstMs?: number;
  longestMs?: number;
}

/** Starts what needs servers that may not be there yet, in whatever order they come: when one is away, it is tried again for as
 *  long as it takes. Meanwhile the log says for what it waits, and so does `/readyz` (503); `/livez` answers, for nothing is
 *  wrong with the process. The attempt closes that door before it opens its own.
 *  @throws what another attempt does not mend */
export async function startWhenServed<Started>(
  attempt: (closeDoor: () => Promise<void>) => Promise<Started>,
  { log, door: address, firstMs = 250, longestMs = 5_000 }: Waiting,
): Promise<Started> {
  const said = sparingLog(log);
  let door: Door | undefined;
  const closeDoor = async () => {
    await door?.close();
    door = undefined;
  };
  try {
    for (let wait = firstMs; ; wait = Math.min(2 * wait, longestMs))
      try {
        const started = await attempt(closeDoor);
        said.over('start', 'what was waited for is there');
        return started;
      } catch (error) {
        if (!isFault(error) || !error.detail.retriable) throw error;
        said.trouble('start', `waiting: ${error.detail.public}`, { code: error.code, reason: reasonOf(error) });
        if (address) door ??= await openDoor(address);
        door?.waitingFor(error);
        await delay(wait);
      }
  } finally {
    await closeDoor();
  }
}

/** What the driver said, which names an address or a certificate. */
function reasonOf({ cause }: Fault): string | undefined {
  return cause instanceof Error ? cause.message : undefined;
}

interface Door {
  waitingFor(fault: Fault): void;
  close(): Promise<void>;
}

async function openDoor({ host, port }: { host: string; port: number }): Promise<Door> {
  let waiting = {};
  const server = createServer(({ url }, response) => {
    const isLiveness = url === '/livez';
    response.writeHead(isLiveness ? 200 : 503, { 'content-type': 'application/json', connection: 'close' });
    response.end(JSON.stringify(isLiveness ? { status: 'ok' } : waiting));
  }).listen(port, host);
  await once(server, 'listening');
  return {
    waitingFor: ({ code, detail }) => {
      waiting = { status: 'waiting', code, detail: detail.public };
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
