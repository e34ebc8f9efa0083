import { randomBytes } from 'node:crypto';
import { digestOf } from '@retort/kernel';
import { startS3Server, type S3Server } from '@retort/testing/s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { s3ArtifactStore, type S3ArtifactStoreOptions } from '../src/index.ts';
import { signed } from '../src/s3/signature.ts';
import { artifactStoreContract } from './contract.ts';

const storeOn = (
  { endpoint, bucket, region, ...credentials }: S3Server,
  more: Partial<S3ArtifactStoreOptions> = {},
) => {
  const { accessKeyId, secretAccessKey } = credentials;
  const own = { prefix: 'retort/', firstPauseMs: 1, credentials: { accessKeyId, secretAccessKey } };
  return s3ArtifactStore({ endpoint, bucket, region, ...own, ...more });
};
const keyOf = (digest: string) => `retort/sha256/${digest.slice(7, 9)}/${digest.slice(7)}`;

artifactStoreContract('S3 (test server)', async () => {
  const server = await startS3Server();
  const object = (digest: string) => server.objects.get(keyOf(digest))!;
  return {
    store: storeOn(server),
    stored: async () => server.objects.size + server.uploads.size,
    age: async (digest) => void (object(digest).putAt = new Date(0)),
    damage: async (digest) => void (object(digest).content = object(digest).content.subarray(0, 999)),
    stop: () => server.close(),
  };
});

describe('a bucket of artifacts', () => {
  let server: S3Server;
  beforeEach(async () => {
    server = await startS3Server();
  });
  afterEach(() => server.close());
  const large = randomBytes(12 * 1_048_576);
  const inParts = { partBytes: 5 * 1_048_576 };

  it('takes a large artifact in parts, and gives it back whole', async () => {
    const { digest } = await storeOn(server, inParts).put(large);
    expect(server.requests.filter((request) => request.includes('partNumber='))).toHaveLength(3);
    expect(large.equals(await storeOn(server).get(digest))).toBe(true);
    expect(server.uploads.size).toBe(0);
  });

  it('leaves neither an object nor parts of an upload that failed', async () => {
    const tooSmall = { partBytes: 1_048_576 };
    await expect(storeOn(server, tooSmall).put(large)).rejects.toMatchObject({ code: 'artifact.refused' });
    expect([server.objects.size, server.uploads.size]).toEqual([0, 0]);
  });

  it.each([503, 'drop'] as const)('tries again where the server fails (%s)', async (how) => {
    const store = storeOn(server);
    server.failNext(3, how);
    const { digest } = await store.put(randomBytes(10));
    server.failNext(3, how);
    expect((await store.get(digest)).byteLength).toBe(10);
  });

  it('says that the server is away when it stays so: whoever asks may try again', async () => {
    server.failNext(99, 503);
    await expect(storeOn(server).has(digestOf('any'))).rejects.toMatchObject({
      code: 'artifact.unavailable',
      detail: { status: 503, retriable: true },
    });
  });

  it.each([
    [
      'a wrong secret',
      { credentials: { accessKeyId: 'AKIDTEST', secretAccessKey: 'wrong' } },
      'RETORT_S3_SECRET_ACCESS_KEY',
    ],
    [
      'an unknown access key',
      { credentials: { accessKeyId: 'AKIDNONE', secretAccessKey: 'x' } },
      'RETORT_S3_ACCESS_KEY_ID',
    ],
    ['another region', { region: 'us-east-1' }, 'RETORT_S3_REGION'],
    ['a bucket that is not there', { bucket: 'nothing' }, 'RETORT_S3_BUCKET'],
  ])('names the setting that is to be corrected: %s', async (_what, wrong, setting) => {
    const refusal = { code: 'artifact.refused', detail: { public: expect.stringContaining(setting) as string } };
    await expect(storeOn(server, wrong).get(digestOf('any'))).rejects.toMatchObject(refusal);
    await expect(storeOn(server, wrong).put(randomBytes(3))).rejects.toMatchObject(refusal);
  });
});

describe('a signature', () => {
  it('is that of the example in the documentation of S3', () => {
    const { authorization } = signed(
      {
        method: 'GET',
        url: new URL('https://examplebucket.s3.amazonaws.com/test.txt'),
        headers: { Range: 'bytes=0-9' },
        payloadHash: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      },
      {
        credentials: {
          accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
          secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
        },
        region: 'us-east-1',
        at: new Date('2013-05-24T00:00:00.000Z'),
      },
    );
    expect(authorization).toContain('f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41');
  });
});
