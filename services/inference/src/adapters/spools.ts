import { join } from 'node:path';
import { openSpool, type ServiceContext, type Spool, type SpoolRecord } from '@retort/service-kit';
import type { Config } from '../config.ts';
import type { JsonValue } from '@retort/kernel';
import type { AuditedDecision, KeptAudit } from '../app/auditor.ts';
import type { OwnAnswerTable } from '../app/own-answers.ts';
import type { KeptRevert } from '../app/rollouts.ts';
import type { KeptChange } from '../app/rungs.ts';
import type { UsageTable } from '../app/usage.ts';

export interface Receivers {
  addUsage: UsageTable['add'];
  countAudit(audit: KeptAudit): Promise<void>;
  addOwnAnswers: OwnAnswerTable['add'];
  recordRung(change: KeptChange): Promise<void>;
  recordRevert(revert: KeptRevert): Promise<void>;
  recordDecision(audited: AuditedDecision): Promise<void>;
}

export interface InferenceSpools {
  /** On the way into the service's tables. */
  tables: Spool;
  /** On the way to the record. */
  events: Spool;
  /** On the way to ingestion. */
  decisions: Spool;
  recordDecision(audited: AuditedDecision): Promise<void>;
  /** Delivers what can be delivered now; the rest is there when the process begins again. */
  close(): Promise<void>;
}

/** What predictions leave to be recorded waits on disk: while the event store, the bus or the database is away, answers go
 *  on. One spool a receiver, so that none waits for another's. */
export async function inferenceSpools(
  { folder, config, privacy, metrics, log }: ServiceContext<Config>,
  { addUsage, countAudit, addOwnAnswers, recordRung, recordRevert, recordDecision }: Receivers,
): Promise<InferenceSpools> {
  const open = (name: string, deliver: (record: SpoolRecord) => Promise<void>) =>
    openSpool({
      folder: join(folder, name),
      name,
      maxBytes: config.spoolBytes,
      sync: 'always',
      encryption: privacy?.encryption,
      metrics,
      log,
      deliver: async (records) => {
        for (const record of records) await deliver(record);
      },
    });
  const tables = await open('tables', async ({ id, kind, data }) => {
    if (kind === 'audit') await countAudit(data as unknown as KeptAudit);
    else if (kind === 'own-answers') await addOwnAnswers(data as unknown as Parameters<OwnAnswerTable['add']>[0]);
    else await addUsage(data as unknown as Parameters<UsageTable['add']>[0], id);
  });
  const events = await open('events', ({ kind, data }) =>
    kind === 'revert' ? recordRevert(data as unknown as KeptRevert) : recordRung(data as unknown as KeptChange),
  );
  const decisions = await open('decisions', ({ data }) => recordDecision(data as unknown as AuditedDecision));
  return {
    tables,
    events,
    decisions,
    recordDecision: (audited) =>
      decisions.append([
        { id: audited.decision.id, kind: 'decision', data: JSON.parse(JSON.stringify(audited)) as JsonValue },
      ]),
    async close() {
      for (const spool of [tables, events, decisions]) {
        await spool.flush().catch(() => undefined); // whoever is away: it waits on disk
        await spool.close();
      }
    },
  };
}
