import { createHash, randomUUID } from 'node:crypto';

export interface StoredObject {
  content: Buffer;
  putAt: Date;
}

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: Buffer | string;
}

export interface Asked {
  method: string;
  key: string;
  query: URLSearchParams;
  body: Buffer;
}

export interface Bucket {
  objects: Map<string, StoredObject>;
  /** Uploads in parts that have neither been completed nor given up. */
  uploads: ReadonlyMap<string, unknown>;
  answer(asked: Asked): Answer;
}

const pageLength = 3;
/** Of every part but the last. */
const leastPartBytes = 5 * 1_048_576;

/** One bucket in memory: objects, uploads in parts, lists of few keys a page. */
export function bucketInMemory(): Bucket {
  const objects = new Map<string, StoredObject>();
  const uploads = new Map<string, { key: string; parts: Map<number, Buffer> }>();
  const put = (key: string, content: Buffer) => objects.set(key, { content, putAt: new Date() });

  function answerOf({ method, key, query, body }: Asked): Answer {
    const upload = query.get('uploadId');
    if (method === 'POST' && query.has('uploads')) {
      const id = randomUUID();
      uploads.set(id, { key, parts: new Map() });
      return xml(`<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`);
    }
    if (upload !== null) return ofUpload(upload, { method, key, query, body });
    if (method === 'GET' && query.get('list-type') === '2') return list(query);
    if (method === 'PUT') {
      put(key, body);
      return { status: 200, headers: { etag: tagOf(body) } };
    }
    if (method === 'DELETE') {
      objects.delete(key);
      return { status: 204 };
    }
    const found = objects.get(key);
    if (!found) return refusal(404, 'NoSuchKey');
    const headers = { 'last-modified': found.putAt.toUTCString(), etag: tagOf(found.content) };
    return { status: 200, headers, body: method === 'HEAD' ? '' : found.content };
  }

  function ofUpload(id: string, { method, key, query, body }: Asked): Answer {
    const upload = uploads.get(id);
    if (upload?.key !== key) return refusal(404, 'NoSuchUpload');
    if (method === 'PUT') {
      upload.parts.set(Number(query.get('partNumber')), body);
      return { status: 200, headers: { etag: tagOf(body) } };
    }
    uploads.delete(id);
    if (method === 'DELETE') return { status: 204 };
    const named = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>([^<]+)<\/ETag>/g)];
    const parts = named.map(([, number]) => upload.parts.get(Number(number)));
    if (named.some(([, , tag], index) => parts[index] === undefined || tagOf(parts[index]) !== tag))
      return refusal(400, 'InvalidPart');
    if (parts.slice(0, -1).some((part) => part!.length < leastPartBytes)) return refusal(400, 'EntityTooSmall');
    put(key, Buffer.concat(parts as Buffer[]));
    return xml('<CompleteMultipartUploadResult></CompleteMultipartUploadResult>');
  }

  function list(query: URLSearchParams): Answer {
    const after = query.get('continuation-token') ?? '';
    const keys = [...objects.keys()].filter((key) => key.startsWith(query.get('prefix') ?? '') && key > after).sort();
    const page = keys.slice(0, pageLength);
    const entries = page.map((key) => {
      const { content, putAt } = objects.get(key)!;
      return `<Contents><Key>${key}</Key><LastModified>${putAt.toISOString()}</LastModified><Size>${content.length}</Size></Contents>`;
    });
    const next = keys.length > page.length ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : '';
    return xml(`<ListBucketResult>${entries.join('')}${next}</ListBucketResult>`);
  }

  return { objects, uploads, answer: answerOf };
}

export function refusal(status: number, code: string): Answer {
  return { ...xml(`<Error><Code>${code}</Code><Message>${code}</Message></Error>`), status };
}

function xml(body: string): Answer {
  return { status: 200, headers: { 'content-type': 'application/xml' }, body };
}

function tagOf(content: Buffer): string {
  return `"${createHash('md5').update(content).digest('hex')}"`;
}
