import { once } from 'node:events';
import { connect } from 'node:net';

export interface Asked {
  url: URL;
  path: string;
  headers: Record<string, string>;
  /** What is posted; absent, the path is got. */
  body?: string;
}
export interface Load extends Asked {
  connections: number;
  seconds: number;
}
export interface Measured {
  per_second: number;
  p50_ms: number;
  p99_ms: number;
  /** Answers other than 200. */
  refused: number;
}

/** A closed loop of raw keep-alive connections: each asks again when it was answered. The load shares the machine with what it
 *  measures, so it looks at bytes, not at text. Answers carry their length. */
export async function load({ connections, seconds, ...asked }: Load): Promise<Measured> {
  const bytes = requestBytes(asked);
  const latencies: number[] = [];
  let refused = 0;
  const started = performance.now();
  const until = started + seconds * 1000;

  async function drive(): Promise<void> {
    const socket = connect({ port: Number(asked.url.port), host: asked.url.hostname, noDelay: true });
    await once(socket, 'connect');
    let received = Buffer.alloc(0);
    let sentAt = 0;
    const send = () => {
      sentAt = performance.now();
      socket.write(bytes);
    };
    const finished = new Promise<void>((resolve) => {
      socket.on('data', (piece) => {
        received = received.length === 0 ? piece : Buffer.concat([received, piece]);
        if (!isWhole(received)) return;
        const now = performance.now();
        if (received.subarray(9, 12).equals(ok)) latencies.push(now - sentAt - teacherTook(received));
        else refused++;
        received = Buffer.alloc(0);
        if (now < until) send();
        else resolve();
      });
    });
    const lost = once(socket, 'close').then(() => Promise.reject(new Error('the server closed a connection')));
    send();
    await Promise.race([finished, lost]);
    lost.catch(() => undefined); // ours, from here on
    socket.destroy();
  }

  await Promise.all(Array.from({ length: connections }, drive));
  const took = (performance.now() - started) / 1000;
  latencies.sort((left, right) => left - right);
  const quantile = (share: number) => rounded(latencies[Math.floor(share * latencies.length)] ?? 0);
  return {
    per_second: Math.round(latencies.length / took),
    p50_ms: quantile(0.5),
    p99_ms: quantile(0.99),
    refused,
  };
}

export const rounded = (value: number) => Math.round(value * 1000) / 1000;

const ok = Buffer.from('200');

const tookHeader = Buffer.from('openai-processing-ms: ');

/** Milliseconds that the answer says a teacher took; 0 where it says nothing. */
function teacherTook(response: Buffer): number {
  const at = response.indexOf(tookHeader);
  if (at < 0) return 0;
  const start = at + tookHeader.length;
  return Number(response.toString('latin1', start, response.indexOf('\r', start)));
}

function requestBytes({ url, path, headers, body }: Asked): Buffer {
  const ofBody =
    body === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) };
  const lines = Object.entries({ host: url.host, ...ofBody, ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return Buffer.from(`${body === undefined ? 'GET' : 'POST'} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`);
}

const endOfHead = Buffer.from('\r\n\r\n');
const lengthHeader = Buffer.from('content-length: ');

function isWhole(response: Buffer): boolean {
  const end = response.indexOf(endOfHead);
  const at = response.indexOf(lengthHeader);
  if (end < 0 || at < 0 || at > end) return false;
  const length = Number.parseInt(
    response.toString('latin1', at + lengthHeader.length, at + lengthHeader.length + 10),
    10,
  );
  return response.length >= end + endOfHead.length + length;
}
