import type { IncomingHttpHeaders } from 'node:http';
import { digestOf, fault } from '@retort/kernel';
import type { FastifyRequest } from 'fastify';
import { once } from '../app/once.ts';
import type { IngestionPorts } from './ports.ts';

/** Answers a request that may carry an `Idempotency-Key`: the same request with the same key is the same request. `answer`
 *  gets the ports with which the ids it makes follow from the key.
 *  @throws `decisions.invalid-idempotency-key` (400) and the faults of `once` */
export function idempotently<Result>(
  request: FastifyRequest,
  ports: IngestionPorts,
  answer: (ports: IngestionPorts, key?: string) => Promise<Result>,
): Promise<Result> {
  const key = idempotencyKeyOf(request.headers);
  if (key === undefined) return answer(ports);
  const { tenant } = request.caller;
  let made = 0;
  const newId = () => (made++ === 0 ? key : `${key}/${made}`);
  return once(
    { tenant, key, digest: digestOf(textOfRequest(request)) },
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

/** What makes a request what it is: where it goes, its form, the attributes of a CloudEvent, its body. */
function textOfRequest({ url, headers, body }: FastifyRequest): string {
  const attributes = Object.entries(headers)
    .filter(([name]) => name === 'content-type' || name.startsWith('ce-'))
    .sort(([left], [right]) => (left < right ? -1 : 1));
  return `${JSON.stringify([url, attributes])}\n${Buffer.isBuffer(body) ? body.toString('latin1') : ''}`;
}
