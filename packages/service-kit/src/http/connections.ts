import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as SocketServer, type Socket } from 'node:net';

/** The open connections of a server. */
export interface Connections {
  /** Accepts no more connections, and asks whoever has one to leave with its next answer. What is idle when `graceMs` are
   *  over is ended, and a request that has not arrived in full by then is answered with `incomplete`. Requests that have
   *  arrived go on. */
  drain(options: { graceMs: number; incomplete: string }): Promise<void>;
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
}

/** Keeps account of who asks what over which connection. (Node takes a connection without a request for a busy one, and a
 *  server that closes would wait for it.) */
export function trackConnections(server: Server): Connections {
  const open = new Map<Socket, Exchange | null>();
  let draining = false;
  let onEmpty: () => void = () => undefined;

  server.on('connection', (socket) => {
    open.set(socket, null);
    socket.once('close', () => {
      open.delete(socket);
      if (open.size === 0) onEmpty();
    });
  });
  // Ahead of the application, which may answer at once.
  server.prependListener('request', (request, response) => {
    const { socket } = request;
    open.set(socket, { request, response });
    response.once('close', () => {
      if (open.get(socket)?.response === response) open.set(socket, null);
    });
    if (draining) response.setHeader('connection', 'close');
  });

  return {
    async drain({ graceMs, incomplete }) {
      draining = true;
      // Not the HTTP server's own `close`: that would cut idle connections off while a request is on its way.
      SocketServer.prototype.close.call(server);
      for (const exchange of open.values())
        if (exchange && !exchange.response.headersSent) exchange.response.setHeader('connection', 'close');
      await empty(graceMs);
      for (const [socket, exchange] of open) {
        if (exchange === null) socket.destroy();
        else if (!exchange.request.complete && !exchange.response.headersSent) socket.end(incomplete);
      }
    },
  };

  function empty(graceMs: number): Promise<void> {
    return new Promise((resolve) => {
      if (open.size === 0 || graceMs === 0) return resolve();
      const timer = setTimeout(resolve, graceMs);
      onEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
