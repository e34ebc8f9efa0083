import { topics } from '@retort/contracts';
import { kafkaEventBus } from '@retort/event-bus';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@retort/postgres';
import { temporaryFolder, until } from '@retort/testing';
import { startKafkaBroker, whyNoKafka, type KafkaBroker } from '@retort/testing/kafka';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLoad } from './load.ts';
import { startPlatformProcess, type PlatformProcess } from './platform-process.ts';
import { moments, rounds } from './rounds.ts';
import { byAgent, inPostgres, verify } from './verify.ts';

const reason = await whyNoKafka();
if (reason !== null) process.stdout.write(`\nchaos, Kafka broker: SKIPPED, ${reason}\n`);

describe.skipIf(reason !== null)(`kill -9 of the Kafka broker, ${rounds} times under load`, () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let postgres: EmbeddedPostgres;
  let broker: KafkaBroker;
  let platform: PlatformProcess;

  beforeAll(async () => {
    folder = await temporaryFolder('chaos-kafka');
    broker = await startKafkaBroker({ sessionMs: 3_000 });
    postgres = await startEmbeddedPostgres({ folder: `${folder.path}/postgres` });
    platform = await startPlatformProcess({
      RETORT_DATABASE_URL: postgres.url(),
      RETORT_DATA_FOLDER: `${folder.path}/data`,
      RETORT_BUS: 'kafka',
      RETORT_KAFKA_BROKERS: broker.brokers.join(),
    });
  });
  afterAll(async () => {
    await platform.stop();
    await postgres.stop();
    await broker.stop();
    await folder.remove();
  });

  it('agents do not notice; every decision reaches the bus, each agent’s in order', async (context) => {
    const { crash } = broker;
    if (!crash) return context.skip(`${broker.description} is not ours to kill`);
    const moment = moments('Kafka broker');
    const load = startLoad(() => platform);
    for (let round = 0; round < rounds; round++) {
      const before = load.acknowledged();
      await until('decisions are acknowledged', () => load.acknowledged() > before + 50, 120_000);
      await moment();
      await crash.kill();
      const without = load.acknowledged();
      await until('decisions are acknowledged without a broker', () => load.acknowledged() > without + 20, 120_000);
      await crash.restart();
    }
    const written = await load.stop();
    expect([...load.statuses.keys()].every((status) => status >= 200 && status < 300)).toBe(true);
    expect(platform.alive()).toBe(true);
    await verify(platform, { inTheLog: () => inPostgres(postgres.url()), written });
    expect(byAgent(await onTheBus(broker.brokers, load.acknowledged()))).toEqual(
      Object.fromEntries([...written].map(([agent, count]) => [agent, numbered(agent, count)])),
    );
    process.stdout.write(`chaos, Kafka broker: ${load.acknowledged()} decisions, each on the bus in its order\n`);
  });
});

const numbered = (agent: string, count: number) => Array.from({ length: count }, (_, number) => `${agent}-${number}`);

/** Decisions in the order in which a consumer receives them, repetitions aside: the bus delivers at least once. */
async function onTheBus(brokers: string[], count: number): Promise<{ agent: string; id: string }[]> {
  const bus = await kafkaEventBus({ brokers, clientId: 'chaos' });
  const received = new Map<string, { agent: string; id: string }>();
  const consumption = await bus.consume({
    group: 'chaos',
    topics: [topics.decisions],
    handle: async ({ attributes, data }) => {
      if (attributes.type !== 'AGENT_TOOL_SELECTED' || received.has(attributes.id)) return;
      const { agent_id: agent, id } = JSON.parse(data) as { agent_id: string; id: string };
      received.set(attributes.id, { agent, id });
    },
  });
  await until('every decision is received', () => received.size >= count, 180_000);
  await consumption.close();
  await bus.close();
  return [...received.values()];
}
