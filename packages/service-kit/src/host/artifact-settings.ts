import { resolve } from 'node:path';
import { fileArtifactStore, s3ArtifactStore, type ArtifactStore } from '@retort/artifact-store';
import { fault } from '@retort/kernel';
import { z } from 'zod';
import { secret } from '../config/secret.ts';

/** Where a process keeps artifacts: to be spread into its schema. */
export const artifactSettings = {
  /** Where artifacts lie: in the data folder, which all processes then share, or in a bucket. */
  artifacts: z.enum(['folder', 's3']).default('folder'),
  /** Base URL of a server that speaks S3, such as `https://s3.eu-central-1.amazonaws.com` or `http://minio:9000`, for `s3`. Buckets
   *  are addressed by path. */
  s3Endpoint: z.url({ protocol: /^https?$/ }).optional(),
  /** The bucket, which must be there. */
  s3Bucket: z.string().min(1).optional(),
  /** Its region; what servers of one's own mostly ignore. */
  s3Region: z.string().min(1).default('us-east-1'),
  /** What the keys of this platform's objects begin with: one for each that shares the bucket. */
  s3Prefix: z
    .string()
    .regex(
      /^([A-Za-z0-9_./-]+\/)?$/,
      'expected letters, digits, "_", "." and "-" with a slash at the end, such as "retort/"',
    )
    .default(''),
  /** An access key that may get, put, delete and list the objects. */
  s3AccessKeyId: z.string().min(1).optional(),
  /** Its secret. */
  s3SecretAccessKey: secret().optional(),
  /** Of temporary credentials. */
  s3SessionToken: secret().optional(),
};
export type ArtifactConfig = z.infer<z.ZodObject<typeof artifactSettings>> & { dataFolder: string };

/** @throws `config.missing` when the bucket is chosen and one of its settings is not given */
export function openArtifacts(config: ArtifactConfig): ArtifactStore {
  if (config.artifacts === 'folder') return fileArtifactStore({ folder: resolve(config.dataFolder, 'artifacts') });
  return s3ArtifactStore({
    endpoint: given(config.s3Endpoint, 'RETORT_S3_ENDPOINT'),
    bucket: given(config.s3Bucket, 'RETORT_S3_BUCKET'),
    region: config.s3Region,
    prefix: config.s3Prefix,
    credentials: {
      accessKeyId: given(config.s3AccessKeyId, 'RETORT_S3_ACCESS_KEY_ID'),
      secretAccessKey: given(config.s3SecretAccessKey, 'RETORT_S3_SECRET_ACCESS_KEY'),
      sessionToken: config.s3SessionToken,
    },
  });
}

function given(value: string | undefined, setting: string): string {
  if (value !== undefined) return value;
  throw fault('config.missing', { public: `${setting} is needed for the artifacts s3.` });
}
