import { startS3Server, type S3Server } from '@retort/testing/s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseConfig } from '../src/index.ts';
import { artifactSettings, openArtifacts } from '../src/host/artifact-settings.ts';

let server: S3Server;
beforeAll(async () => {
  server = await startS3Server();
});
afterAll(() => server.close());

const schema = z.object({ ...artifactSettings, dataFolder: z.string().default('/nowhere') });
const environment = () => ({
  RETORT_ARTIFACTS: 's3',
  RETORT_S3_ENDPOINT: server.endpoint,
  RETORT_S3_BUCKET: server.bucket,
  RETORT_S3_REGION: server.region,
  RETORT_S3_PREFIX: 'production/',
  RETORT_S3_ACCESS_KEY_ID: server.accessKeyId,
  RETORT_S3_SECRET_ACCESS_KEY: server.secretAccessKey,
});

describe('the settings of a bucket', () => {
  it('are all that its artifacts need', async () => {
    const store = openArtifacts(parseConfig(schema, { env: environment() }));
    const { digest } = await store.put(Buffer.from('a model'));
    expect(Buffer.from(await store.get(digest)).toString()).toBe('a model');
    expect([...server.objects.keys()]).toEqual([expect.stringMatching(/^production\/sha256\//)]);
  });

  it.each(['RETORT_S3_ENDPOINT', 'RETORT_S3_BUCKET', 'RETORT_S3_ACCESS_KEY_ID', 'RETORT_S3_SECRET_ACCESS_KEY'])(
    'are named when one of them lacks: %s',
    (lacking) => {
      const config = parseConfig(schema, { env: { ...environment(), [lacking]: undefined } });
      expect(() => openArtifacts(config)).toThrow(
        expect.objectContaining({ code: 'config.missing', message: expect.stringContaining(lacking) as string }),
      );
    },
  );
});
