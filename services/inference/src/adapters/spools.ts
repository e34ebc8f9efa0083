import { join } from 'node:path';
import { openSpool, type ServiceContext, type Spool, type SpoolRecord } from '@retort/service-kit';
import type { Config } from '../config.ts';
import type { KeptAudit } from '../app/auditor.ts';
import type { KeptChange } from '../app/rungs.ts';
import type { UsageTable } from '../app/usage.ts';

export interface Receivers {
  addUsage: UsageTable['add'];
  countAudit(audit: KeptAudit): Promise<void>;
  recordRung(change: KeptChange): Promise<void>;
}

export interface InferenceSpools {
  /** On the way into the service's tables. */
  tables: Spool;
  /** On the way to the record. */
  events: Spool;
  /** Delivers what can be delivered now; the rest is there when the process begins again. */
  close(): Promise<void>;
}

/** What predictions leave to be recorded waits on disk: while the event store, the bus or the database is away, answers go
 *  on. One spool a receiver, so that none waits for another's. */
export async function inferenceSpools(
  { folder, config, metrics, log }: ServiceContext<Config>,
  { addUsage, countAudit, recordRung }: Receivers,
): Promise<InferenceSpools> {
  const open = (name: string, deliver: (record: SpoolRecord) => Promise<void>) =>
    openSpool({
      ...{ folder: join(folder, name), name, maxBytes: config.spoolBytes, sync: 'always', metrics, log },
      deliver: async (records) => {
        for (const record of records) await deliver(record);
      },
    });
  const tables = await open('tables', async ({ id, kind, data }) => {
    if (kind === 'audit') await countAudit(data as unknown as KeptAudit);
    else await addUsage(data as unknown as Parameters<UsageTable['add']>[0], id);
  });
  const events = await open('events', ({ data }) => recordRung(data as unknown as KeptChange));
  return {
    tables,
    events,
    async close() {
      for (const spool of [tables, events]) {
        await spool.flush().catch(() => undefined); // whoever is away: it waits on disk
        await spool.close();
      }
    },
  };
}
