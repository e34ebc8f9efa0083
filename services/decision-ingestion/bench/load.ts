import { once } from 'node:events';
import { connect } from 'node:net';

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

/** A service that does not answer for so long never will: the run ends instead of waiting for it. */
const answerWithinMs = 60_000;

/** A closed loop of raw keep-alive connections: each sends its next request when the last was answered. The load shares
 *  the machine with what it measures, so it reads into buffers of its own and looks at bytes, not at text. */
export async function load(options: LoadOptions): Promise<LoadReport> {
  const latencies: number[] = [];
  const tally = { events: 0, refused: 0 };
  const started = performance.now();
  const until = started + options.seconds * 1000;
  await Promise.all(Array.from({ length: options.connections }, (_, index) => drive(index)));
  const seconds = (performance.now() - started) / 1000;
  latencies.sort((left, right) => left - right);
  const quantile = (share: number) =>
    latencies[Math.min(latencies.length - 1, Math.floor(share * latencies.length))] ?? 0;
  return { ...tally, seconds, p50Ms: quantile(0.5), p99Ms: quantile(0.99) };

  async function drive(connection: number): Promise<void> {
    let received = Buffer.alloc(0);
    let sentAt = 0;
    let sent = { first: 0, events: 0 };
    let finish: () => void;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const socket = connect({
      port: Number(options.url.port),
      host: options.url.hostname,
      noDelay: true,
      onread: { buffer: Buffer.alloc(65_536), callback: read },
    });
    socket.setTimeout(answerWithinMs, () => socket.destroy());
    await once(socket, 'connect');
    const failed = once(socket, 'close').then(() =>
      Promise.reject(new Error('the server closed a connection, or did not answer for a minute')),
    );
    send();
    await Promise.race([finished, failed]);
    failed.catch(() => undefined);
    socket.destroy();

    function send() {
      const { bytes, first, events } = options.request(connection);
      sent = { first, events };
      sentAt = performance.now();
      socket.write(bytes);
    }

    function read(length: number, buffer: Uint8Array): boolean {
      const chunk = Buffer.from(buffer.buffer, buffer.byteOffset, length);
      const response = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      if (!isWhole(response)) {
        // The chunk's memory is read into again.
        received = response === chunk ? Buffer.from(chunk) : response;
        return true;
      }
      received = response.subarray(0, 0);
      const now = performance.now();
      // `HTTP/1.1 201` or 202
      if (response[9] === 0x32 && (response[11] === 0x31 || response[11] === 0x32)) {
        latencies.push(now - sentAt);
        tally.events += sent.events;
        options.onAcknowledged(sent.first, sent.events);
      } else tally.refused++;
      if (now < until) send();
      else finish();
      return true;
    }
  }
}

const endOfHead = Buffer.from('\r\n\r\n');
const lengthHeader = Buffer.from('content-length: ');

function isWhole(response: Buffer): boolean {
  const end = response.indexOf(endOfHead);
  if (end < 0) return false;
  let at = response.indexOf(lengthHeader);
  if (at < 0 || at > end) return true;
  let length = 0;
  for (at += lengthHeader.length; response[at]! >= 0x30; at++) length = 10 * length + response[at]! - 0x30;
  return response.length >= end + 4 + length;
}
