import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface Gate {
  /** The database's URL through the gate. */
  url: string;
  /** Cuts every connection and refuses new ones, as a server that is gone would. */
  shut(): Promise<void>;
  open(): Promise<void>;
}

/** A door before a real server that a test can shut. */
export async function openGate(target: string): Promise<Gate> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let server: Server | null = null;
  let own = 0;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  };
  const open = async () => {
    server = createServer((inside) => {
      const outside = connect(Number(port), hostname);
      keep(inside);
      keep(outside);
      inside.pipe(outside).pipe(inside);
      inside.on('close', () => outside.destroy());
      outside.on('close', () => inside.destroy());
    });
    server.listen(own, '127.0.0.1');
    await once(server, 'listening');
    own = (server.address() as AddressInfo).port;
  };
  await open();
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String(own);
  return {
    url: url.href,
    open,
    shut: async () => {
      const closing = server;
      server = null;
      for (const socket of sockets) socket.destroy();
      if (closing) await new Promise((resolve) => closing.close(resolve));
    },
  };
}
