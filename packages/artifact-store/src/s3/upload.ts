import { refused } from './faults.ts';
import type { S3Client } from './client.ts';

export interface Upload {
  key: string;
  content: Uint8Array<ArrayBuffer>;
  /** What is larger than this goes in parts of this size: at least 5 MiB, as S3 has it. */
  partBytes: number;
}

const atOnce = 4;

/** Whole or not at all: an upload in parts becomes an object when it is completed. */
export async function upload(client: S3Client, { key, content, partBytes }: Upload): Promise<void> {
  if (content.byteLength <= partBytes) {
    await client.send({ method: 'PUT', key, body: content });
    return;
  }
  const begun = await textOf(client.send({ method: 'POST', key, query: { uploads: '' } }));
  const uploadId = /<UploadId>([^<]+)<\/UploadId>/.exec(begun)?.[1];
  if (uploadId === undefined)
    throw refused({ status: 200, server: 'the endpoint', bucket: key, message: 'no upload was begun' });
  try {
    const tags = await uploadParts(client, { key, content, partBytes, uploadId });
    const parts = tags.map((tag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${tag}</ETag></Part>`);
    const body = `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
    await client.send({ method: 'POST', key, query: { uploadId }, body });
  } catch (error) {
    // Its parts would be kept, and paid for.
    await client.send({ method: 'DELETE', key, query: { uploadId } }).catch(() => null);
    throw error;
  }
}

async function uploadParts(
  client: S3Client,
  { key, content, partBytes, uploadId }: Upload & { uploadId: string },
): Promise<string[]> {
  const tags = new Array<string>(Math.ceil(content.byteLength / partBytes));
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < tags.length; index = next++) {
      const body = content.subarray(index * partBytes, (index + 1) * partBytes);
      const query = { partNumber: String(index + 1), uploadId };
      const answer = await client.send({ method: 'PUT', key, query, body });
      tags[index] = answer?.headers.get('etag') ?? '';
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return tags;
}

async function textOf(sending: ReturnType<S3Client['send']>): Promise<string> {
  return Buffer.from((await sending)?.body ?? []).toString('utf8');
}
