import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bucketInMemory, refusal, type Answer, type Bucket } from './bucket.ts';
import { signatureProblem, type Account } from './check-signature.ts';

export interface S3Server extends Pick<Bucket, 'objects' | 'uploads'>, Account {
  endpoint: string;
  bucket: string;
  /** Requests so far, e.g. `PUT /artifacts/sha256/…`. */
  requests: string[];
  /** So many of the next requests are answered with 503, or (`drop`) not at all. */
  failNext(requests: number, how: 503 | 'drop'): void;
  close(): Promise<void>;
}

/** A **test server** that speaks the part of S3's protocol that a store of artifacts needs, over real HTTP: it checks Signature
 *  Version 4 with the hash of the body, knows one bucket, takes uploads in parts and refuses parts that S3 would refuse, lists
 *  three keys a page, and refuses by S3's codes. It keeps everything in memory. */
export async function startS3Server(): Promise<S3Server> {
  const account = { accessKeyId: 'AKIDTEST', secretAccessKey: 'test-secret/with+signs', region: 'eu-central-1' };
  const name = 'artifacts';
  const bucket = bucketInMemory();
  const requests: string[] = [];
  const failing: { left: number; how: 503 | 'drop' } = { left: 0, how: 503 };
  const answerTo = async (request: IncomingMessage): Promise<Answer | 'drop'> => {
    const body = Buffer.concat((await request.toArray()) as Buffer[]);
    const target = request.url!;
    const method = request.method!;
    requests.push(`${method} ${target}`);
    if (failing.left > 0) {
      failing.left--;
      return failing.how === 'drop' ? 'drop' : refusal(503, 'SlowDown');
    }
    const problem = signatureProblem({ method, target, headers: request.headers, body }, account);
    if (problem !== null) return refusal(problem === 'AuthorizationHeaderMalformed' ? 400 : 403, problem);
    const url = new URL(target, 'http://s3');
    const [, asked, ...key] = url.pathname.split('/');
    if (asked !== name) return refusal(404, 'NoSuchBucket');
    return bucket.answer({ method, key: key.join('/'), query: url.searchParams, body });
  };
  const server = createServer((request, response) => {
    void answerTo(request).then((answer) => {
      if (answer === 'drop') return void request.socket.destroy();
      const { status, headers = {}, body = '' } = answer;
      response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    ...account,
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bucket: name,
    objects: bucket.objects,
    uploads: bucket.uploads,
    requests,
    failNext: (left, how) => Object.assign(failing, { left, how }),
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
