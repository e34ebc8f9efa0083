import { decisionEventId, streamName, type EventData } from '@retort/contracts';
import { fault, type Clock, type NewId } from '@retort/kernel';
import { envelope } from '@retort/service-kit';
import { outcomeEventId } from '../domain/identity.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Author } from './record-decisions.ts';

/** Which agent made a decision, and the keys that it is encrypted with. */
export interface DecisionDirectory {
  /** null when the tenant has no such decision. */
  find(decisionId: string, author: Author): Promise<{ agentId: string; keys: readonly string[] } | null>;
}

export interface ReportOutcome {
  decisionId: string;
  told: Pick<EventData<'DECISION_OUTCOME_REPORTED'>, 'outcome' | 'redactions'>;
  /** The same key again is the same report. */
  idempotencyKey?: string | undefined;
}

export interface OutcomePorts {
  directory: DecisionDirectory;
  commits: GroupCommit;
  clock: Clock;
  newId: NewId;
}

/** Records what became of a decision, in the stream of its agent.
 *  @throws `decisions.unknown` (404) */
export async function reportOutcome(
  { decisionId, told, idempotencyKey }: ReportOutcome,
  { tenant, trace }: Author,
  { directory, commits, clock, newId }: OutcomePorts,
): Promise<{ id: string; event_id: string; status: 'recorded' | 'duplicate' }> {
  const decision = await directory.find(decisionId, { tenant, trace });
  if (decision === null) throw fault('decisions.unknown', { public: 'There is no decision of this id.' });
  const { agentId, keys } = decision;
  const reportedAt = clock().toISOString();
  const eventId = outcomeEventId(tenant, decisionId, idempotencyKey ?? newId());
  const data: EventData<'DECISION_OUTCOME_REPORTED'> = { decision_id: decisionId, ...told, reported_at: reportedAt };
  const [result] = await commits.submit([
    {
      stream: streamName('agent', tenant, agentId),
      expected: 'any',
      events: [
        {
          ...envelope({
            id: eventId,
            type: 'DECISION_OUTCOME_REPORTED',
            tenant,
            aggregateId: agentId,
            occurredAt: reportedAt,
            trace: { ...trace, causationId: decisionEventId(tenant, decisionId) },
            json: JSON.stringify(data),
          }),
          ...(keys.length > 0 && { protect: { keys } }),
        },
      ],
    },
  ]);
  if (result?.status === 'rejected') throw result.fault;
  return { id: decisionId, event_id: eventId, status: result?.status === 'appended' ? 'recorded' : 'duplicate' };
}
