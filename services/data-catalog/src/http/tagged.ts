import type { FastifyReply, FastifyRequest } from 'fastify';

/** Answers with a strong ETag, or with 304 when the caller has this very view already. */
export function answerTagged<View>(
  request: FastifyRequest,
  reply: FastifyReply,
  { tag, view }: { tag: string; view: View },
): View {
  const quoted = `"${tag}"`;
  reply.header('etag', quoted);
  const held = request.headers['if-none-match']?.split(',').map((one) => one.trim());
  if (!held?.includes(quoted)) return view;
  reply.status(304);
  return null as View;
}
