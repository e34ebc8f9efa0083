import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';

const mediaType = 'application/x-ndjson';

export function wantsLines({ headers }: FastifyRequest): boolean {
  return headers.accept?.includes(mediaType) ?? false;
}

/** Sends NDJSON at the reader's pace. A failure on the way breaks the answer off instead of ending it. */
export function sendLines(reply: FastifyReply, lines: AsyncIterable<string>): FastifyReply {
  return reply.type(mediaType).send(Readable.from(lines));
}
