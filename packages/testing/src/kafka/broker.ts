import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { kafkaContainer } from './container.ts';
import { jarsAreCached, kafkaJars } from './jars.ts';
import type { KafkaBroker } from './port.ts';
import { kafkaProcess } from './process.ts';
import type { SecuredListener } from './properties.ts';

type Source = 'given' | 'java' | 'docker';

/** Why no broker can run here; null when one can. Fetches the broker's jars where they are to be had by Maven only.
 *  @throws Error under `CI=true` when they cannot be fetched: there a broker is not optional */
export async function whyNoKafka(): Promise<string | null> {
  if (source() === undefined)
    return 'KAFKA_BROKERS is not set, Java and Maven are not both there, and Docker does not answer';
  if (source() !== 'java') return null;
  try {
    await kafkaJars();
    return null;
  } catch (error) {
    if (process.env['CI'] === 'true') throw error;
    const said = error instanceof Error ? error.message : String(error);
    const line = said.split('\n').find((text) => text.includes('ERROR')) ?? said.split('\n')[0]!;
    return `Java and Maven are there, but the broker cannot be fetched: ${line.slice(0, 300)}`;
  }
}

/** Held up for less than this, as on a busy machine, a broker goes on as if nothing had been. */
const patientSessionMs = 60_000;

/** Uses `KAFKA_BROKERS` when set, else Maven Central's jars where Java and Maven are, else a container.
 *  @param sessionMs for a broker that is to be killed and to be back soon; see `BrokerSettings`
 *  @throws Error when none of them can be had */
export async function startKafkaBroker({ sessionMs = patientSessionMs } = {}): Promise<KafkaBroker> {
  switch (source()) {
    case 'given':
      return givenBroker(process.env['KAFKA_BROKERS'] ?? '');
    case 'java':
      return kafkaProcess(sessionMs);
    case 'docker':
      return kafkaContainer(sessionMs);
    case undefined:
      throw new Error('no Kafka broker can run here');
  }
}

/** The same of a broker with an encrypted door, which is made of the jars alone. */
export async function whyNoSecuredKafka(): Promise<string | null> {
  return (await whyNoKafka()) ?? (source() === 'java' ? null : 'a broker of another’s has no door of ours');
}

/** A broker with an encrypted door besides, for clients that say who they are. */
export function startSecuredKafkaBroker(secured: SecuredListener): Promise<KafkaBroker> {
  return kafkaProcess(patientSessionMs, secured);
}

function source(): Source | undefined {
  if (process.env['KAFKA_BROKERS']) return 'given';
  if (onPath('java') && (onPath('mvn') || jarsAreCached())) return 'java';
  return dockerAnswers() ? 'docker' : undefined;
}

function onPath(command: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, command)));
}

function dockerAnswers(): boolean {
  return onPath('docker') && spawnSync('docker', ['info'], { timeout: 5_000, stdio: 'ignore' }).status === 0;
}

function givenBroker(addresses: string): KafkaBroker {
  return { description: `the broker at ${addresses}`, brokers: addresses.split(','), stop: async () => undefined };
}
