import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Keeps account of connections on which nothing was asked yet: clients open some in store. Node takes them for busy ones,
 *  and a server that closes would wait for them. The function it returns ends those that are there when it is called. */
export function silentConnections(server: Server): () => void {
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return () => {
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
  };
}
