import { pipeline } from 'node:stream/promises';
import { fault, isFault } from '@retort/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Dispatcher } from 'undici';
import { asked, handedOn } from './headers.ts';
import type { Replicas } from './replicas.ts';

/** Passes a request on and its answer back, a piece at a time, at the pace of whoever is slower. When one side leaves, the
 *  other is told by the end of its connection. */
export function forwarding(replicas: Replicas, largestBody: number) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const { raw } = request;
    const left = new AbortController();
    reply.raw.once('close', () => left.abort());
    const body = hasBody(request) ? limited(request, largestBody) : null;
    const answer = await replicas
      .ask({
        method: raw.method as Dispatcher.HttpMethod,
        path: raw.url!,
        headers: asked(raw.headers, { addresses: callers(request), requestId: request.id }),
        body,
        signal: left.signal,
      })
      .catch((error: unknown) => {
        throw causeOf(error);
      });
    reply.hijack();
    reply.raw.writeHead(answer.statusCode, handedOn(answer.headers));
    reply.raw.flushHeaders();
    try {
      await pipeline(answer.body, reply.raw);
    } catch (error) {
      // The head is sent: a broken connection is what is left to say it with.
      if (!left.signal.aborted) request.log.warn({ err: error }, 'an answer broke off');
    }
  };
}

/** The caller's address, before it those of the proxies that are trusted. */
function callers({ ips, ip }: FastifyRequest): readonly string[] {
  return ips === undefined ? [ip] : [...ips].reverse();
}

function hasBody({ raw: { headers } }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** The body while it is not larger than it may be. What is announced as larger is refused before it is read. */
function limited({ raw }: FastifyRequest, largest: number): AsyncIterable<Uint8Array> {
  if (Number(raw.headers['content-length'] ?? 0) > largest) throw tooLarge(largest);
  return (async function* () {
    let bytes = 0;
    // (Its socket is needed for the answer.)
    for await (const piece of raw.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
      bytes += piece.length;
      if (bytes > largest) throw tooLarge(largest);
      yield piece;
    }
  })();
}

function tooLarge(largest: number) {
  return fault('request.body-too-large', { public: `The body is larger than ${largest} bytes.` });
}

/** The client wraps what a body throws. */
function causeOf(error: unknown): unknown {
  const cause = isFault(error) ? error.cause : error;
  return isFault(cause) ? cause : error;
}
