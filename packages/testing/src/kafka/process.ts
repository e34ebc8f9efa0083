import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePorts } from '../free-ports.ts';
import { kafkaJars, runToEnd } from './jars.ts';
import type { KafkaBroker } from './port.ts';
import { brokerProperties, type SecuredListener } from './properties.ts';

const startTimeoutMs = 120_000;

/** A broker in a process of its own, on a temporary folder. It ends with this process, also when that exits early. */
export async function kafkaProcess(sessionMs: number, secured?: SecuredListener): Promise<KafkaBroker> {
  const jars = await kafkaJars();
  const folder = await mkdtemp(join(tmpdir(), 'retort-kafka-'));
  const [port, controllerPort] = await freePorts();
  const address = { listen: '127.0.0.1', folder: join(folder, 'data') };
  const settings = brokerProperties({ port, controllerPort, sessionMs, secured, ...address });
  const properties = join(folder, 'server.properties');
  await writeFile(
    properties,
    Object.entries(settings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
  const java = ['-Xmx512m', '-XX:TieredStopAtLevel=1', '-cp', join(jars, '*')];
  const clusterId = `A${randomBytes(16).toString('base64url').slice(1)}`;
  // The same users for SCRAM, whose secrets the cluster keeps itself.
  const users = Object.entries(secured?.users ?? {}).flatMap(([name, password]) => [
    '--add-scram',
    `SCRAM-SHA-512=[name=${name},password=${password}]`,
  ]);
  await runToEnd('java', [...java, 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', properties, ...users]);

  const start = async () => {
    const path = join(folder, 'broker.log');
    const log = await open(path, 'a');
    const broker = spawn('java', [...java, 'kafka.Kafka', properties], { stdio: ['ignore', log.fd, log.fd] });
    await log.close();
    await whenListening(broker, { port, log: path });
    return broker;
  };
  let broker = await start();
  const killOnExit = () => broker.kill('SIGKILL');
  process.once('exit', killOnExit);
  return {
    description: 'Apache Kafka 4.1.1 in KRaft mode',
    brokers: [`127.0.0.1:${port}`],
    crash: {
      kill: () => kill(broker),
      restart: async () => {
        broker = await start();
      },
    },
    stop: async () => {
      process.off('exit', killOnExit);
      // Nothing in the folder is kept: there is nothing that an orderly shutdown would save.
      await kill(broker);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function whenListening(broker: ChildProcess, { port, log }: { port: number; log: string }): Promise<void> {
  const deadline = Date.now() + startTimeoutMs;
  while (!(await accepts(port))) {
    if (broker.exitCode !== null)
      throw new Error(`the broker ended with ${broker.exitCode}: ${(await readFile(log, 'utf8')).slice(-2_000)}`);
    if (Date.now() > deadline) {
      await kill(broker);
      throw new Error(`the broker did not listen within ${startTimeoutMs} ms`);
    }
    await delay(100);
  }
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

async function kill(broker: ChildProcess): Promise<void> {
  if (broker.exitCode !== null || broker.signalCode !== null) return;
  broker.kill('SIGKILL');
  await once(broker, 'exit');
}
