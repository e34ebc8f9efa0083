import { temporaryFolder, testDatabase, type TestDatabase } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bootstrap,
  connectInfrastructure,
  createLogger,
  infrastructureConfig,
  type Infrastructure,
} from '../src/index.ts';
import { apiKeys } from '../src/access/keys.ts';
import { newToken } from '../src/access/token.ts';
import { kafkaOptions } from '../src/host/kafka-settings.ts';

let database: TestDatabase;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let infrastructure: Infrastructure;
beforeAll(async () => {
  database = await testDatabase();
  folder = await temporaryFolder('bootstrap');
  const config = infrastructureConfig.parse({ databaseUrl: database.url, dataFolder: folder.path });
  infrastructure = await connectInfrastructure(config, createLogger({ level: 'silent' }));
});
afterAll(async () => {
  await infrastructure.close();
  await database.drop();
  await folder.remove();
});

const prepare = (tenant: string, key?: string) => bootstrap({ infrastructure, services: [], tenant, key });
const keysOf = (tenant: string) =>
  apiKeys({
    database: infrastructure.database('access'),
    events: infrastructure.events,
    clock: () => new Date(),
    newId: () => 'none',
  }).list(tenant);

describe('preparing a platform', () => {
  it('gives a tenant one key, however often it is done', async () => {
    expect(await prepare('acme')).toMatch(/^rt_/);
    expect(await prepare('acme')).toBeNull();
    expect(await keysOf('acme')).toHaveLength(1);
  });

  it('takes the key that it is given, and another one when that changes', async () => {
    const [first, second] = [newToken().text, newToken().text];
    expect(await prepare('bank', first)).toBe(first);
    expect(await prepare('bank', first)).toBeNull();
    expect(await prepare('bank', second)).toBe(second);
    expect(await keysOf('bank')).toHaveLength(2);
  });

  it('refuses a key whose id is the key of somebody else', async () => {
    const given = newToken().text;
    await prepare('one', given);
    await expect(prepare('other', given)).rejects.toThrow('access.key-refused');
    expect(await keysOf('other')).toEqual([]);
  });
});

describe('the settings of Kafka', () => {
  const optionsOf = (settings: object) =>
    kafkaOptions(infrastructureConfig.parse({ databaseUrl: 'postgres://x', kafkaBrokers: ['a:9092'], ...settings }));

  it('are neither encryption nor credentials where none are set', async () => {
    expect(await optionsOf({})).toMatchObject({ ssl: false, sasl: undefined, topics: 'create', partitions: 8 });
  });

  it('name what they need besides', async () => {
    await expect(optionsOf({ kafkaSaslMechanism: 'plain', kafkaUsername: 'a' })).rejects.toThrow(
      'RETORT_KAFKA_PASSWORD',
    );
    await expect(optionsOf({ kafkaTls: true, kafkaCertificateFile: 'c.pem' })).rejects.toThrow('RETORT_KAFKA_KEY_FILE');
    await expect(optionsOf({ kafkaTls: true, kafkaCaFile: '/nowhere.pem' })).rejects.toThrow('RETORT_KAFKA_CA_FILE');
  });
});
