import { once } from 'node:events';
import { createServer } from 'node:net';

/** Why nobody can listen on a port of this machine, as the system calls it (`EADDRINUSE`); null: one can. */
export async function portTrouble(port: number, host = '127.0.0.1'): Promise<string | null> {
  const server = createServer();
  const failed = once(server, 'error').then(([error]) => (error as NodeJS.ErrnoException).code ?? 'unknown error');
  const listening = once(server.listen(port, host), 'listening').then(() => null);
  listening.catch(() => undefined);
  failed.catch(() => undefined);
  const trouble = await Promise.race([failed, listening]);
  if (trouble === null) await new Promise((resolve) => server.close(resolve));
  return trouble;
}
