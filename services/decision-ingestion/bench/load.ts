import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface LoadOptions {
  url: URL;
  connections: number;
  seconds: number;
  /** The bytes of the next request, head and body; the buffer may be used again for the connection's next one. */
  request(connection: number): { bytes: Buffer; first: number; events: number };
  /** Told of every request that was acknowledged. */
  onAcknowledged(first: number, events: number): void;
}

export interface LoadReport {
  events: number;
  seconds: number;
  p50Ms: number;
  p99Ms: number;
  /** Answers other than 201 and 202. */
  refused: number;
}

/** A closed loop of raw keep-alive connections: each sends its next request when the last was answered. */
export async function load(options: LoadOptions): Promise<LoadReport> {
  const latencies: number[] = [];
  const tally = { events: 0, refused: 0 };
  const sockets = await Promise.all(
    Array.from({ length: options.connections }, async () => {
      const socket = connect(Number(options.url.port), options.url.hostname);
      socket.setNoDelay(true);
      await once(socket, 'connect');
      return socket;
    }),
  );
  const started = performance.now();
  const until = started + options.seconds * 1000;
  await Promise.all(sockets.map((socket, index) => drive(socket, index)));
  const seconds = (performance.now() - started) / 1000;
  latencies.sort((left, right) => left - right);
  const quantile = (share: number) =>
    latencies[Math.min(latencies.length - 1, Math.floor(share * latencies.length))] ?? 0;
  return { ...tally, seconds, p50Ms: quantile(0.5), p99Ms: quantile(0.99) };

  function drive(socket: Socket, connection: number): Promise<void> {
    return new Promise((resolve, reject) => {
      let received = '';
      let sentAt = 0;
      let sent = { first: 0, events: 0 };
      const send = () => {
        const { bytes, first, events } = options.request(connection);
        sent = { first, events };
        sentAt = performance.now();
        socket.write(bytes);
      };
      socket.on('error', reject);
      socket.on('close', () => reject(new Error('the server closed a connection')));
      socket.on('data', (chunk) => {
        received += chunk.toString('latin1');
        if (!isWhole(received)) return;
        const now = performance.now();
        const status = received.slice(9, 12);
        received = '';
        if (status === '201' || status === '202') {
          latencies.push(now - sentAt);
          tally.events += sent.events;
          options.onAcknowledged(sent.first, sent.events);
        } else tally.refused++;
        if (now < until) send();
        else {
          socket.removeAllListeners('close');
          socket.destroy();
          resolve();
        }
      });
      send();
    });
  }
}

function isWhole(response: string): boolean {
  const end = response.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const length = /content-length: (\d+)/i.exec(response)?.[1];
  return length === undefined || response.length >= end + 4 + Number(length);
}
