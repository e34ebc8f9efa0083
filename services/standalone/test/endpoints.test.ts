import { endpoints, owners, type Endpoint } from '@retort/contracts';
import { startService } from '@retort/service-testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { services } from '../src/services.ts';
import { startTestPlatform, type TestPlatform } from './harness.ts';

interface ApiDocument {
  paths: Record<string, Record<string, { operationId: string }>>;
}

/** `GET /path operationId` of each operation, in order. */
async function operationsOf({ send }: Pick<TestPlatform, 'send'>): Promise<string[]> {
  const { paths } = (await (await send('/openapi.json')).json()) as ApiDocument;
  return Object.entries(paths)
    .flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, { operationId }]) => `${method.toUpperCase()} ${path} ${operationId}`),
    )
    .sort();
}
const declared = (those: readonly Endpoint[]) => those.map(({ method, path, id }) => `${method} ${path} ${id}`).sort();

describe('a service', () => {
  it('is hosted under the name of each owner of endpoints; what the host serves is owned by access', () => {
    expect(['access', ...services.map(({ name }) => name)]).toEqual(expect.arrayContaining([...owners]));
  });

  it.each(services.map((service) => [service.name, service] as const))(
    '%s serves every endpoint that it owns, and no other',
    { timeout: 120_000 },
    async (name, service) => {
      vi.stubEnv('RETORT_AUTO', 'false');
      const alone = await startService(service);
      const operations = await operationsOf(alone);
      await alone.close();
      vi.unstubAllEnvs();
      expect(operations).toEqual(declared(endpoints.filter(({ owner }) => owner === name || owner === 'access')));
    },
  );
});

describe('the platform', () => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await startTestPlatform('endpoints');
  }, 120_000);
  afterAll(() => platform?.close());

  it('describes exactly the endpoints that are declared, each once', async () => {
    expect(await operationsOf(platform)).toEqual(declared(endpoints));
  });
});
