import { once } from 'node:events';
import { Agent, request as send } from 'node:http';
import { connect, type Socket } from 'node:net';
import { listDecisions, recordDecision, urlOf } from '@retort/contracts';
import { startEmbeddedPostgres } from '@retort/postgres';
import { benchmarkOptions, temporaryFolder } from '@retort/testing';
import { startPlatformProcess, type PlatformProcess } from '../test/chaos/platform-process.ts';

/** SIGTERM under load, again and again: how long the process takes to end, and how many requests lost their connection.
 *  A refused connection is no loss: a balancer asks another process. */
const values = benchmarkOptions(
  `Measures connections that SIGTERM under load resets, and how long the process takes to end.

  --rounds N  of load and SIGTERM (default 50)
  --json      one JSON object on the last line`,
  { rounds: { type: 'string', default: '50' }, json: { type: 'boolean', default: false } },
);
const rounds = Number(values.rounds);
const clients = 32;
const halfOpen = 4;
const warmUp = 200;

interface Round {
  milliseconds: number;
  answered: number;
  resets: number;
}

/** Clients that keep their connections and ask again as soon as they are answered. */
function startClients({ url, apiKey }: PlatformProcess) {
  const counts = { answered: 0, refused: 0, resets: 0 };
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const ask = (path: string, body?: string) =>
    new Promise<void>((resolve, reject) => {
      const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
      const outgoing = send(new URL(path, url), { agent, headers, method: body ? 'POST' : 'GET' }, (incoming) => {
        incoming.resume().on('end', resolve).on('error', reject);
      });
      outgoing.on('error', reject).end(body);
    });
  const client = async (number: number): Promise<void> => {
    for (let asked = 0; ; asked++) {
      try {
        if (number % 3 === 0) await ask(urlOf(listDecisions, { query: { limit: 5 } }));
        else await ask(recordDecision.path, decision(`${process.pid}-${number}-${asked}-${Date.now()}`));
        counts.answered++;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') return void counts.refused++;
        counts.resets++;
        process.stderr.write(`${String(error)}\n`);
      }
    }
  };
  return { counts, ended: Promise.all(Array.from({ length: clients }, (_, number) => client(number))) };
}

function decision(id: string): string {
  const tools = { tools_available: [{ name: 'look_up' }], tool_selected: 'look_up' };
  return JSON.stringify({ id, agent_id: 'shutdown', context: { query: id }, ...tools });
}

async function halfOpenConnection(url: string, sent: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => socket.destroy());
  await once(socket, 'connect');
  socket.write(sent);
  return socket;
}

async function shutDownOnce(environment: Record<string, string>): Promise<Round> {
  const platform = await startPlatformProcess(environment);
  const half = `POST ${recordDecision.path} HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n{`;
  const sockets = await Promise.all(
    Array.from({ length: halfOpen }, (_, index) => halfOpenConnection(platform.url, index % 2 === 0 ? half : 'GET /')),
  );
  const { counts, ended } = startClients(platform);
  while (counts.answered < warmUp) await new Promise((resolve) => setTimeout(resolve, 5));
  const startedAt = performance.now();
  await platform.stop();
  const milliseconds = performance.now() - startedAt;
  await ended;
  for (const socket of sockets) socket.destroy();
  return { milliseconds, answered: counts.answered, resets: counts.resets };
}

const folder = await temporaryFolder('shutdown');
const postgres = await startEmbeddedPostgres({ folder: `${folder.path}/postgres`, ephemeral: true });
try {
  const done: Round[] = [];
  for (let round = 0; round < rounds; round++) {
    done.push(await shutDownOnce({ RETORT_DATABASE_URL: postgres.url(), RETORT_DATA_FOLDER: `${folder.path}/data` }));
    if (!values.json) process.stdout.write(`${JSON.stringify(done.at(-1))}\n`);
  }
  const took = done.map(({ milliseconds }) => milliseconds).sort((left, right) => left - right);
  const sum = (read: (round: Round) => number) => done.reduce((total, round) => total + read(round), 0);
  const report = {
    rounds,
    clients,
    half_open: halfOpen,
    answered: sum(({ answered }) => answered),
    resets: sum(({ resets }) => resets),
    median_ms: Math.round(took[Math.floor(took.length / 2)]!),
    longest_ms: Math.round(took.at(-1)!),
    over_5_seconds: took.filter((milliseconds) => milliseconds > 5_000).length,
  };
  process.stdout.write(`${JSON.stringify(report)}\n`);
} finally {
  await postgres.stop();
  await folder.remove();
}
