import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Events, Lines } from './answers.ts';
import { mediaTypes, wantsGzip } from './negotiate.ts';

/** Sends NDJSON at the reader's pace, compressed for whoever asks for it. A failure before the first line is a problem like
 *  any other; one on the way breaks the answer off instead of ending it. */
export async function sendLines(request: FastifyRequest, reply: FastifyReply, { rows }: Lines): Promise<FastifyReply> {
  const text = whileKeyHolds(request, Readable.from(counted(reply, textOf(await begun(rows)))));
  reply.type(mediaTypes.lines).header('vary', 'accept, accept-encoding');
  if (!wantsGzip(request.headers)) return reply.send(text);
  // A failure of one ends the other: fastify sees it on the stream that it sends.
  return reply.header('content-encoding', 'gzip').send(pipeline(text, createGzip(), () => undefined));
}

/** The same rows once the first is there. */
async function begun<Row>(rows: AsyncIterable<Row>): Promise<AsyncIterable<Row>> {
  const iterator = rows[Symbol.asyncIterator]();
  let ahead: IteratorResult<Row> | undefined = await iterator.next();
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        const row = ahead ?? iterator.next();
        ahead = undefined;
        return row;
      },
      return: async () => (await iterator.return?.()) ?? { done: true, value: undefined },
    }),
  };
}

const sent = new WeakMap<FastifyReply, number>();

/** How many rows an answer of rows has been given so far; undefined for another answer. */
export function rowsSent(reply: FastifyReply): number | undefined {
  return sent.get(reply);
}

async function* counted(reply: FastifyReply, texts: AsyncIterable<string>): AsyncIterable<string> {
  let rows = 0;
  sent.set(reply, rows);
  for await (const text of texts) {
    rows += linesIn(text);
    sent.set(reply, rows);
    yield text;
  }
}

function linesIn(text: string): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines++;
  return lines;
}

async function* textOf(rows: AsyncIterable<unknown>): AsyncIterable<string> {
  for await (const row of rows) yield typeof row === 'string' ? row : `${JSON.stringify(row)}\n`;
}

export function sendEvents(request: FastifyRequest, reply: FastifyReply, { events }: Events): FastifyReply {
  return reply
    .type(mediaTypes.events)
    .header('cache-control', 'no-store')
    .send(whileKeyHolds(request, Readable.from(eventText(events))));
}

const checkKeyMs = 1000;

/** The stream breaks off when the key that it was asked for with is revoked or expires. While that cannot be told it goes on. */
function whileKeyHolds({ caller }: FastifyRequest, stream: Readable): Readable {
  const check = setInterval(() => {
    caller.holds?.().then(
      (holds) => !holds && stream.destroy(),
      () => undefined,
    );
  }, checkKeyMs);
  stream.once('close', () => clearInterval(check));
  return stream;
}

async function* eventText(events: Events['events']): AsyncIterable<string> {
  for await (const { id, event, data } of events)
    yield `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
