import { once } from 'node:events';
import { Agent, createServer, request, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { trackConnections, type Connections } from '../src/http/connections.ts';
import { rawAnswers } from '../src/http/raw-answers.ts';

const { incomplete } = rawAnswers;
let server: Server;
let connections: Connections;
let port: number;
let release: () => void = () => undefined;
let asked: Promise<unknown>;

beforeEach(async () => {
  let onAsked: () => void;
  asked = new Promise<void>((resolve) => (onAsked = resolve));
  server = createServer((incoming, response) => {
    incoming.resume();
    if (incoming.url === '/slow') {
      release = () => response.end('slow');
      onAsked();
    } else incoming.on('end', () => response.end('quick'));
  });
  connections = trackConnections(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterEach(() => server.closeAllConnections());

function ask(path: string, agent: Agent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request({ port, path, agent, host: '127.0.0.1' }, resolve).on('error', reject).end();
  });
}
const keptAlive = () => new Agent({ keepAlive: true, maxSockets: 1 });
async function open(sent: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  if (sent !== '') {
    const arrives = new Promise((resolve) => server.once('connection', (there) => there.once('data', resolve)));
    socket.write(sent);
    await Promise.race([arrives, once(server, 'request')]);
  }
  return socket;
}

describe('connections that drain', () => {
  it('carry one more answer, which says that they end, and nobody waits for longer', async () => {
    const agent = keptAlive();
    expect(await text(await ask('/', agent))).toBe('quick');
    const drained = connections.drain({ graceMs: 3_600_000, incomplete });
    const answer = await ask('/', agent);
    expect([await text(answer), answer.headers.connection]).toEqual(['quick', 'close']);
    await drained;
    await expect(ask('/', agent)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('let a request that has arrived come to its end', async () => {
    const answer = ask('/slow', keptAlive());
    await asked;
    await connections.drain({ graceMs: 0, incomplete });
    release();
    const { headers } = await answer;
    expect([await text(await answer), headers.connection]).toEqual(['slow', 'close']);
  });

  it('end where nothing was asked, and with 408 where a request did not arrive in full', async () => {
    const silent = await open('');
    const idle = await open('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    const half = await open('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n12345');
    const answers = [silent, idle, half].map((socket) => text(socket));
    await connections.drain({ graceMs: 50, incomplete });
    const [nothing, whole, refused] = await Promise.all(answers);
    expect(nothing).toBe('');
    expect(whole).toMatch(/^HTTP\/1.1 200 OK/);
    expect(refused).toMatch(
      /^HTTP\/1.1 408 Request Timeout\r\n.*\r\n.*\r\nconnection: close\r\n\r\n\{"type":"\/errors#/,
    );
  });
});
