import type { FastifyRequest } from 'fastify';
import type { IngestionPorts } from './ports.ts';

/** Takes so many decisions from what the caller's tenant may use; at once wherever its rows need not be counted.
 *  @throws `quotas.exceeded` (429), `quotas.rows-exhausted` (403) */
export function admit(
  count: number,
  { caller: { tenant, usage }, trace }: Pick<FastifyRequest, 'caller' | 'trace'>,
  { storedRows }: Pick<IngestionPorts, 'storedRows'>,
): void | Promise<void> {
  usage.take('decisions', count);
  return storedRows.admit({ tenant, trace, usage }, count);
}
