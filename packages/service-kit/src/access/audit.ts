import { administrationId as aggregateId } from '@retort/contracts';
import type { EventStore } from '@retort/event-store';
import { fault, type Clock, type NewId } from '@retort/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { recordEvent } from '../events/record-event.ts';
import { renderProblem } from '../http/problem.ts';
import { rowsSent } from '../http/streams.ts';
import type { Routes } from '../types.ts';

/** Puts administration on record: who, what, when, from where. */
export interface Audit {
  /** Before a request is carried out. What it causes names this record as its cause.
   *  @throws `audit.unavailable` (503): nothing is done that cannot be recorded */
  requested(request: FastifyRequest): Promise<void>;
  /** After a request that is on record failed. */
  refused(request: FastifyRequest, error: unknown): Promise<void>;
  /** After rows were sent in answer to a request that is on record. */
  exported(request: FastifyRequest, sent: SentRows): Promise<void>;
}
export interface SentRows {
  rows: number;
  /** Whether the answer reached its end. */
  complete: boolean;
}

export interface AuditOptions {
  events: EventStore;
  clock: Clock;
  newId: NewId;
}

export function audit(options: AuditOptions): Audit {
  const onRecord = new WeakMap<FastifyRequest, string>();
  return {
    async requested(request) {
      const action = actionOf(request);
      if (action === null) return;
      const { caller, method, url, ip: address, id, trace } = request;
      const said = { action, key_id: caller.keyId, address, method, path: pathOf(url), request_id: id };
      const record = (tenant: string, actor: 'tenant' | 'operator') =>
        recordEvent(options, {
          type: 'ADMINISTRATION_REQUESTED',
          tenant,
          aggregateId,
          trace,
          data: { ...said, actor },
        });
      const other = operatedOn(request);
      const recorded = async () => {
        if (other !== null) await record(other, 'operator');
        return record(caller.tenant, 'tenant');
      };
      const eventId = await recorded().catch((cause: unknown) => {
        throw fault('audit.unavailable', {
          retryAfter: 1,
          public: 'The request could not be put on record, and was not carried out.',
          cause,
        });
      });
      request.trace = { ...trace, causationId: eventId };
      onRecord.set(request, action);
    },
    async refused(request, error) {
      const action = onRecord.get(request);
      if (action === undefined) return;
      const { caller, trace } = request;
      const { status, code } = renderProblem(error, request);
      await recordEvent(options, {
        type: 'ADMINISTRATION_REFUSED',
        tenant: caller.tenant,
        aggregateId,
        trace,
        data: { action, key_id: caller.keyId, address: request.ip, status, code },
      });
    },
    async exported(request, { rows, complete }) {
      const action = onRecord.get(request);
      if (action === undefined) return;
      const { caller, trace, ip: address, url } = request;
      await recordEvent(options, {
        type: 'ROWS_EXPORTED',
        tenant: caller.tenant,
        aggregateId,
        trace,
        data: { action, key_id: caller.keyId, address, path: pathOf(url), rows, complete },
      });
    },
  };
}

/** Gives the routes that are audited their hooks; the others pay nothing. */
export function auditRoutes(app: Routes, { requested, refused, exported }: Audit): void {
  async function begin(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    await requested(request);
    // Also when the reader leaves in the middle. The request is on record: an end that is not changes no answer.
    reply.raw.once('close', () => {
      const rows = rowsSent(reply);
      if (rows === undefined) return;
      exported(request, { rows, complete: reply.raw.writableFinished }).catch((failure: unknown) => {
        request.log.error({ err: failure }, 'the end of an export could not be put on record');
      });
    });
  }
  app.addHook('onRoute', (route) => {
    if (route.config?.audited === undefined) return;
    route.preHandler = [begin, ...[route.preHandler ?? []].flat()];
    route.onError = async (request, _reply, error) => {
      await refused(request, error).catch((failure: unknown) => {
        request.log.error({ err: failure }, 'the refusal of a request could not be put on record');
      });
    };
  });
}

function pathOf(url: string): string {
  return url.split('?', 1)[0]!;
}

/** The tenant that the operator of the platform acts on, which is to see it; null where it is the caller's own, or there is none. */
function operatedOn({ routeOptions, params, caller }: FastifyRequest): string | null {
  if (routeOptions.config.scope !== 'platform:operate') return null;
  const { tenant } = (params ?? {}) as { tenant?: unknown };
  return typeof tenant === 'string' && tenant !== caller.tenant ? tenant : null;
}

/** Services that act for a tenant are not its administrators: what they do is recorded by itself. */
function actionOf(request: FastifyRequest): string | null {
  const { audited } = request.routeOptions.config;
  if (audited === undefined || request.caller.isService) return null;
  return typeof audited === 'string' ? audited : audited(request);
}
