import type { Digest } from '@retort/kernel';
import type { Collected, CollectOptions } from '../port.ts';
import type { S3Client } from './client.ts';

export interface Places {
  /** Of an artifact. */
  keyOf(digest: string): string;
  /** Of the mark that a collection is about to remove it. */
  markOf(digest: string): string;
  /** What the keys of all artifacts begin with. */
  prefix: string;
}

/** Lists the bucket and deletes what nobody keeps. A mark stands beside an artifact while it is looked at for the last time and
 *  deleted: whoever puts it meanwhile sees the mark, or is seen to have made it young. */
export async function collectObjects(client: S3Client, places: Places, options: CollectOptions): Promise<Collected> {
  const collected: Collected = { examined: 0, removed: 0, bytes: 0 };
  for await (const { key, bytes, putAt } of objects(client, places.prefix)) {
    const hex = key.slice(key.lastIndexOf('/') + 1);
    if (!/^[0-9a-f]{64}$/.test(hex)) continue;
    if (collected.removed >= options.atMost) return collected;
    collected.examined++;
    const digest: Digest = `sha256:${hex}`;
    if (putAt >= options.putBefore || options.keep(digest)) continue;
    if (!(await removeOld(client, { key, mark: places.markOf(digest), putBefore: options.putBefore }))) continue;
    collected.removed++;
    collected.bytes += bytes;
  }
  return collected;
}

async function removeOld(
  client: S3Client,
  { key, mark, putBefore }: { key: string; mark: string; putBefore: Date },
): Promise<boolean> {
  await client.send({ method: 'PUT', key: mark, body: '' });
  try {
    const found = await client.send({ method: 'HEAD', key });
    if (!found || new Date(found.headers.get('last-modified') ?? 0) >= putBefore) return false;
    await client.send({ method: 'DELETE', key });
    return true;
  } finally {
    await client.send({ method: 'DELETE', key: mark });
  }
}

interface Listed {
  key: string;
  bytes: number;
  putAt: Date;
}

async function* objects(client: S3Client, prefix: string): AsyncGenerator<Listed> {
  let token: string | undefined;
  do {
    const query = { 'list-type': '2', prefix, ...(token !== undefined && { 'continuation-token': token }) };
    const answer = await client.send({ method: 'GET', key: '', query });
    const text = Buffer.from(answer?.body ?? []).toString('utf8');
    for (const [, entry] of text.matchAll(/<Contents>([^]*?)<\/Contents>/g)) {
      const member = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(entry!)?.[1] ?? '';
      yield { key: member('Key'), bytes: Number(member('Size')), putAt: new Date(member('LastModified')) };
    }
    token = /<NextContinuationToken>([^<]+)</.exec(text)?.[1]?.replaceAll('&amp;', '&');
  } while (token !== undefined);
}
