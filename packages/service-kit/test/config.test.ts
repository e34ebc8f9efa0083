import { isFault } from '@retort/kernel';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseConfig, redactedConfig, secret } from '../src/index.ts';
import { infrastructureConfig } from '../src/host/infrastructure.ts';

const schema = z.object({
  batchSize: z.int().positive().default(100),
  enabled: z.boolean().default(false),
  catalogUrl: z.url(),
  tenants: z.array(z.string()).default(['default']),
  apiKey: secret().optional(),
});
const minimal = { RETORT_CATALOG_URL: 'http://c' };

describe('a configuration', () => {
  it('prefers the service’s own variable to the general one', () => {
    const env = { ...minimal, RETORT_BATCH_SIZE: '7', RETORT_DATA_CATALOG_BATCH_SIZE: '9' };
    expect(parseConfig(schema, { service: 'data-catalog', env }).batchSize).toBe(9);
    expect(parseConfig(schema, { service: 'curation', env }).batchSize).toBe(7);
  });

  it('reads numbers, booleans and lists as what they are', () => {
    const env = { ...minimal, RETORT_ENABLED: 'true', RETORT_TENANTS: 'a, b' };
    expect(parseConfig(schema, { env })).toEqual({
      batchSize: 100,
      enabled: true,
      catalogUrl: 'http://c',
      tenants: ['a', 'b'],
    });
  });

  it('names every variable that is wrong, not only the first', () => {
    const env = { RETORT_BATCH_SIZE: 'many', RETORT_ENABLED: 'perhaps' };
    expect.assertions(1);
    try {
      parseConfig(schema, { env });
    } catch (error) {
      expect(isFault(error, 'config.invalid') && error.detail.errors?.map(({ pointer }) => pointer)).toEqual([
        'RETORT_BATCH_SIZE',
        'RETORT_ENABLED',
        'RETORT_CATALOG_URL',
      ]);
    }
  });

  it('refuses a setting that nobody declared', () => {
    expect(() => parseConfig(schema, { env: minimal, settings: { bathcSize: 3 } })).toThrow('bathcSize');
  });

  it('is shown without its secrets', () => {
    const shown = redactedConfig(schema, { ...parseConfig(schema, { env: minimal }), apiKey: 'hush' });
    expect(JSON.stringify(shown)).not.toContain('hush');
    const url = 'postgres://retort:pa55@db/retort';
    const infrastructure = redactedConfig(infrastructureConfig, infrastructureConfig.parse({ databaseUrl: url }));
    expect(infrastructure['databaseUrl']).toBe('postgres://retort:[redacted]@db/retort');
  });
});
