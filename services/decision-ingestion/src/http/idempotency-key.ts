import type { IncomingHttpHeaders } from 'node:http';
import { digestOf, fault } from '@retort/kernel';
import type { FastifyRequest } from 'fastify';
import { once } from '../app/once.ts';
import type { PersonalData } from '../app/personal-data.ts';
import type { IngestionPorts } from './ports.ts';

/** What may be kept of a body beside its decisions: all of it where nothing is done about personal data. `redacted` tells what is left of it. */
export function contentOf(body: unknown, { isOn }: Pick<PersonalData, 'isOn'>, redacted: () => string): string {
  if (isOn) return redacted();
  return Buffer.isBuffer(body) ? body.toString('latin1') : '';
}

/** Answers a request that may carry an `Idempotency-Key`: the same request with the same key is the same request. `content` is what
 *  may be kept of its body; `answer` gets the ports with which the ids it makes follow from the key.
 *  @throws `decisions.invalid-idempotency-key` (400) and the faults of `once` */
export function idempotently<Result>(
  { request, content }: { request: FastifyRequest; content: string },
  ports: IngestionPorts,
  answer: (ports: IngestionPorts, key?: string) => Promise<Result>,
): Promise<Result> {
  const key = idempotencyKeyOf(request.headers);
  if (key === undefined) return answer(ports);
  for (const name of ['idempotency-key', 'ce-id', 'ce-subject'])
    ports.personalData.identifier(String(request.headers[name] ?? ''), name);
  const { tenant } = request.caller;
  let made = 0;
  const newId = () => (made++ === 0 ? key : `${key}/${made}`);
  return once(
    { tenant, key, digest: digestOf(`${formOf(request)}\n${content}`) },
    { keys: ports.idempotencyKeys, work: () => answer({ ...ports, newId }, key) },
  );
}

function idempotencyKeyOf(headers: IncomingHttpHeaders): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && /^[\x21-\x7e]{1,200}$/.test(key)) return key;
  throw fault('decisions.invalid-idempotency-key', {
    public: 'Idempotency-Key takes 1 to 200 visible ASCII characters.',
  });
}

/** What makes a request what it is, beside its content: where it goes, its form, the attributes of a CloudEvent. */
function formOf({ url, headers }: FastifyRequest): string {
  const attributes = Object.entries(headers)
    .filter(([name]) => name === 'content-type' || name.startsWith('ce-'))
    .sort(([left], [right]) => (left < right ? -1 : 1));
  return JSON.stringify([url, attributes]);
}
