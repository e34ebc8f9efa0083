import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { kafkaJars, runToEnd } from './jars.ts';

/** A real Apache Kafka broker, in KRaft mode, for tests. */
export interface KafkaBroker {
  /** Which one ran, for the record: `Apache Kafka 4.1.1, KRaft` or the address that was given. */
  description: string;
  brokers: string[];
  /** kill −9; whether a restart is possible. */
  kill(): Promise<void>;
  /** Starts again on the same folder and port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Why no broker can run here; null when one can. */
export function whyNoKafka(): string | null {
  if (process.env['KAFKA_BROKERS']) return null;
  if (spawnSync('java', ['-version']).error) return 'no Java, and KAFKA_BROKERS is not set';
  if (spawnSync('mvn', ['--version']).error) return 'no Maven, and KAFKA_BROKERS is not set';
  return null;
}

const startTimeoutMs = 120_000;

/** Uses `KAFKA_BROKERS` when set, else starts a broker from Maven Central's jars in a temporary folder. */
export async function startKafkaBroker(): Promise<KafkaBroker> {
  const given = process.env['KAFKA_BROKERS'];
  if (given) {
    const cannot = () => Promise.reject(new Error('a broker that was given is not ours to stop'));
    return {
      description: `the broker at ${given}`,
      brokers: given.split(','),
      kill: cannot,
      restart: cannot,
      stop: () => Promise.resolve(),
    };
  }
  const classPath = join(await kafkaJars(), '*');
  const folder = await mkdtemp(join(tmpdir(), 'retort-kafka-'));
  const [port, controllerPort] = await freePorts(2);
  const properties = join(folder, 'server.properties');
  await writeFile(properties, serverProperties({ folder, port: port!, controllerPort: controllerPort! }));
  const clusterId = randomBytes(16).toString('base64url').replace(/^-/, 'A');
  const jvm = ['-Xmx512m', '-XX:TieredStopAtLevel=1', '-cp', classPath];
  await runToEnd('java', [...jvm, 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', properties]);

  const start = async () => {
    const child = spawn('java', [...jvm, 'kafka.Kafka', properties], { stdio: ['ignore', 'pipe', 'pipe'] });
    const log = createWriteStream(join(folder, 'broker.log'), { flags: 'a' });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    await whenListening(child, port!, join(folder, 'broker.log'));
    return child;
  };
  let child = await start();
  const killOnExit = () => child.kill('SIGKILL');
  process.once('exit', killOnExit);
  return {
    description: 'Apache Kafka 4.1.1, KRaft',
    brokers: [`127.0.0.1:${port}`],
    kill: () => end(child, 'SIGKILL'),
    restart: async () => {
      await end(child, 'SIGKILL');
      child = await start();
    },
    stop: async () => {
      process.off('exit', killOnExit);
      // Nothing in the folder is kept, so nothing is gained by an orderly shutdown.
      await end(child, 'SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function serverProperties(broker: { folder: string; port: number; controllerPort: number }): string {
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${broker.controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${broker.port},CONTROLLER://127.0.0.1:${broker.controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${broker.port}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1000,
    'auto.create.topics.enable': false,
    // A broker that was killed is back at once; without a peer to fail over to there is nothing to wait for.
    'broker.session.timeout.ms': 3000,
    'log.dirs': join(broker.folder, 'data'),
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

async function whenListening(child: ChildProcess, port: number, log: string): Promise<void> {
  const deadline = Date.now() + startTimeoutMs;
  while (Date.now() < deadline) {
    if (child.exitCode !== null)
      throw new Error(`the broker ended with ${child.exitCode}: ${(await readFile(log, 'utf8')).slice(-2000)}`);
    if (await accepts(port)) return;
    await delay(100);
  }
  throw new Error('the broker did not listen in time');
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    // Refused: it does not listen yet.
    return false;
  } finally {
    socket.destroy();
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}

/** Ports that were free a moment ago, all different. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  return Promise.all(
    servers.map(async (server) => {
      const { port } = server.address() as { port: number };
      server.close();
      await once(server, 'close');
      return port;
    }),
  );
}
