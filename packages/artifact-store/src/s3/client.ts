import { setTimeout as delay } from 'node:timers/promises';
import { isFault } from '@retort/kernel';
import { refused, unavailable } from './faults.ts';
import { canonicalQuery, sha256, signed, type Credentials } from './signature.ts';

export interface S3Options {
  /** Base URL of the server, such as `https://s3.eu-central-1.amazonaws.com` or `http://minio:9000`; buckets are addressed by
   *  path. */
  endpoint: string;
  bucket: string;
  region: string;
  credentials: Credentials;
  /** Milliseconds for one answer; 60 000 when absent. */
  timeoutMs?: number;
  /** Milliseconds before the first repetition, doubled each time; 200 when absent. */
  firstPauseMs?: number;
}

export interface S3Request {
  method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Within the bucket; empty for the bucket itself. */
  key: string;
  query?: Readonly<Record<string, string>>;
  body?: Uint8Array<ArrayBuffer> | string;
}

export interface S3Answer {
  headers: Headers;
  body: Uint8Array<ArrayBuffer>;
}

export interface S3Client {
  /** Null where there is no such object.
   *  @throws `artifact.unavailable` (503), `artifact.refused` (500) */
  send(request: S3Request): Promise<S3Answer | null>;
}

const attempts = 5;

/** The few calls of S3 that a store of artifacts needs: signed, and tried again where the server or the way to it fails. Every
 *  one of them may be repeated. */
export function s3Client({ timeoutMs = 60_000, firstPauseMs = 200, ...options }: S3Options): S3Client {
  return {
    async send(request) {
      for (let attempt = 1, pauseMs = firstPauseMs; ; attempt++, pauseMs *= 2) {
        try {
          return await sendOnce(options, request, timeoutMs);
        } catch (error) {
          if (attempt === attempts || !isFault(error, 'artifact.unavailable')) throw error;
          await delay(pauseMs);
        }
      }
    },
  };
}

async function sendOnce(
  { endpoint, bucket, region, credentials }: S3Options,
  { method, key, query = {}, body = '' }: S3Request,
  timeoutMs: number,
): Promise<S3Answer | null> {
  const url = new URL(`${endpoint.replace(/\/$/, '')}/${bucket}${key === '' ? '' : `/${key}`}`);
  url.search = canonicalQuery(new URLSearchParams(query));
  const headers = signed(
    { method, url, headers: {}, payloadHash: sha256(body) },
    { credentials, region, at: new Date() },
  );
  let response: Response;
  let content: Uint8Array<ArrayBuffer>;
  try {
    const sent = method === 'PUT' || method === 'POST' ? { body } : {};
    response = await fetch(url, { method, headers, ...sent, signal: AbortSignal.timeout(timeoutMs) });
    content = new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    throw unavailable(`${url.origin} does not answer`, cause);
  }
  // (The end of an upload in parts may fail after its head was sent.)
  const problem = response.ok ? null : problemOf(content);
  const isFailedEnd = response.ok && method === 'POST' && problemOf(content)?.code !== undefined;
  if (response.ok && !isFailedEnd) return { headers: response.headers, body: content };
  if (isFailedEnd || response.status >= 500 || response.status === 429 || problem?.code === 'RequestTimeout')
    throw unavailable(`${url.origin} answered ${response.status}`, problem);
  if (response.status === 404 && problem?.code !== 'NoSuchBucket') return null;
  throw refused({ status: response.status, server: url.origin, bucket, ...problem });
}

/** What an answer says is wrong: an answer to HEAD has no body. */
function problemOf(content: Uint8Array): { code: string; message: string } | null {
  const text = Buffer.from(content.buffer, content.byteOffset, Math.min(content.byteLength, 10_000)).toString('utf8');
  const code = /<Error>[^]*<Code>([^<]*)<\/Code>/.exec(text)?.[1];
  return code === undefined ? null : { code, message: /<Message>([^<]*)<\/Message>/.exec(text)?.[1] ?? '' };
}
