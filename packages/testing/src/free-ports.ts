import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** Below the ports that systems hand out to whoever asks for any: nobody takes one of these by chance before the broker,
 *  which needs seconds to start, listens. */
const [lowest, highest] = [15_000, 32_000];

/** Two ports that were free a moment ago. */
export async function freePorts(): Promise<[number, number]> {
  const first = await freePort();
  for (;;) {
    const second = await freePort();
    if (second !== first) return [first, second];
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(randomInt(lowest, highest), '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch {
      // Taken.
      continue;
    }
    const { port } = server.address() as AddressInfo;
    await once(server.close(), 'close');
    return port;
  }
}
