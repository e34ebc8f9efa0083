import { storableText } from './storable.ts';

const members = ['session_id', 'conversation_id', 'thread_id'];
const longest = 256;

/** The session that a request belongs to: what its metadata say, else its user. */
export function sessionOf(body: Record<string, unknown>): string | undefined {
  const { metadata, user, safety_identifier: person } = body;
  const told = typeof metadata === 'object' && metadata !== null ? (metadata as Record<string, unknown>) : {};
  const found = [...members.map((name) => told[name]), user, person].find(
    (value): value is string => typeof value === 'string' && value !== '' && value.length <= longest,
  );
  return found === undefined ? undefined : storableText(found);
}
